"""Files that convcost exported: the graph that they came from, if it is still what they hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from convcost.errors import ConvcostError
from convcost.graph.captured import Captured, names_of
from convcost.graph.cost import cost
from convcost.graph.nodes import Graph
from convcost.graph.reading import parse
from convcost.ops.called import Parameter
from convcost.ops.op import Input

CHANGED = (
    "it was changed since convcost exported it: what its nodes are now is read, not the graph of "
    "its metadata"
)


def graph_of(text: str, path: str) -> Captured | None:
    """The graph that a file has as metadata; None where that is none."""
    try:
        return parse(text, path)
    except ConvcostError:
        return None


def is_same(found: Captured, read: Captured) -> bool:
    """Whether a graph costs what the nodes of its file do, which were `read` without it.

    Each name has the same parameters and multiply-accumulates, and what comes in and goes out has
    the same sizes.
    """
    own = _figures(found, names_of(found.graph))
    same = own == _figures(read, _owners(read.graph))
    return same and found.batch == read.batch and _ends(found.graph) == _ends(read.graph)


def _ends(graph: Graph) -> list[tuple[object, ...]]:
    """The sizes of inputs and of outputs."""
    inputs = [(tuple(node.shape),) for node in graph.nodes if isinstance(node.op, Input)]
    return [*inputs, *[tuple(graph.nodes[index].shape) for index in graph.outputs]]


def _figures(captured: Captured, names: Sequence[str]) -> Counter[tuple[str, str]]:
    """Params and multiply-accumulates of each name."""
    graph, found = captured.graph, Counter[tuple[str, str]]()
    for name, node in zip(names, graph.nodes, strict=True):
        found[name, "params"] += node.params
        found[name, "macs"] += cost(graph, captured.batch, [node]).macs
    return +found


def _owners(graph: Graph) -> list[str]:
    """The name of what each node was: a parameter that is read as a map has one of its own."""
    return [
        node.path.rpartition(".")[0] if isinstance(node.op, Parameter) else node.path
        for node in graph.nodes
    ]
