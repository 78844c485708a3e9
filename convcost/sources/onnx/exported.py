"""Files that convcost exported: the graph that they came from, if it is still what they hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set

from convcost.errors import ConvcostError
from convcost.graph.captured import Captured, names_of
from convcost.graph.cost import cost
from convcost.graph.memory import sizes_of
from convcost.graph.nodes import Graph
from convcost.graph.reading import parse
from convcost.ops.called import Opaque, Parameter
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
    names, owners = names_of(found.graph), _owners(read.graph)
    strange = {
        name
        for name, node in zip(owners, read.graph.nodes, strict=True)
        if isinstance(node.op, Opaque) and node.op.function.startswith("convcost.")
    }
    same = _figures(found, names, strange) == _figures(read, owners, strange)
    return same and found.batch == read.batch and _ends(found) == _ends(read)


def _ends(captured: Captured) -> list[tuple[int, ...]]:
    """The sizes of inputs and of outputs, the batch among them."""
    graph = captured.graph
    nodes = [node for node in graph.nodes if isinstance(node.op, Input)]
    nodes += [graph.nodes[index] for index in graph.outputs]
    return [sizes_of(node.shape, captured.batch) for node in nodes]


def _figures(
    captured: Captured, names: Sequence[str], strange: Set[str]
) -> Counter[tuple[str, str]]:
    """Params and multiply-accumulates of each name; only params of what ONNX has no op for."""
    graph, found = captured.graph, Counter[tuple[str, str]]()
    for name, node in zip(names, graph.nodes, strict=True):
        found[name, "params"] += node.params
        if name in strange:
            continue
        found[name, "macs"] += cost(graph, captured.batch, [node]).macs
    return +found


def _owners(graph: Graph) -> list[str]:
    """The name of what each node was: a parameter that is read as a map has one of its own."""
    return [
        node.path.rpartition(".")[0] if isinstance(node.op, Parameter) else node.path
        for node in graph.nodes
    ]
