"""Files that convcost exported: the graph that they came from, if it is still what they hold."""

from __future__ import annotations

from collections import Counter

from convcost.errors import ConvcostError
from convcost.graph.captured import Captured
from convcost.graph.cost import cost
from convcost.graph.nodes import Graph
from convcost.graph.reading import parse
from convcost.ops.called import Parameter
from convcost.ops.op import Input

CHANGED = (
    "it was changed since convcost exported it: what its nodes are now is read, not the graph of "
    "its metadata"
)


def exported(text: str, read: Captured, path: str) -> Captured | None:
    """The graph that a file has as metadata; None where its nodes are no longer that.

    Its nodes were `read` without it: each path has the same parameters and multiply-accumulates,
    and what comes in and goes out has the same sizes.
    """
    try:
        found = parse(text, path)
    except ConvcostError:
        return None
    same = found.batch == read.batch and _ends(found.graph) == _ends(read.graph)
    return found if same and _figures(found) == _figures(read, ".") else None


def _ends(graph: Graph) -> list[tuple[object, ...]]:
    """The names and sizes of inputs, and the sizes of outputs."""
    inputs = [(node.path, tuple(node.shape)) for node in graph.nodes if isinstance(node.op, Input)]
    return [*inputs, *[tuple(graph.nodes[index].shape) for index in graph.outputs]]


def _figures(captured: Captured, before: str = "") -> Counter[tuple[str, str]]:
    """Params and multiply-accumulates of each path.

    A parameter that an op reads as a map has the path of that op, with its name `before` which
    there is a dot.
    """
    graph, found = captured.graph, Counter[tuple[str, str]]()
    for node in graph.nodes:
        is_weight = before and isinstance(node.op, Parameter)
        path = node.path.rpartition(before)[0] if is_weight else node.path
        found[path, "params"] += node.params
        found[path, "macs"] += cost(graph, captured.batch, [node]).macs
    return +found
