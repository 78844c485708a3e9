"""Batch norms folded into the convolutions before them, as for inference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from convcost.graph.nodes import Graph, Node, Scattered
from convcost.ops.convolutions import Conv
from convcost.ops.maps import Norm
from convcost.ops.op import Op
from convcost.ops.products import Linear
from convcost.ops.transposed import TransposedConv


def fold(graph: Graph) -> Graph:
    """The graph with each batch norm folded into the convolution or linear layer before it.

    That has a bias then. A norm stays where others read what is before it too, where it has no
    running statistics, and where a convolution is shared by several norms. Source: `fuse_conv_bn`
    of torch.nn.utils.fusion.
    """
    pairs = _shared_alike(graph, _pairs(graph))
    folded = set(pairs.values())
    places: dict[int, int] = {}
    kept = 0
    for index, node in enumerate(graph.nodes):
        places[index] = places[node.sources[0]] if index in folded else kept
        kept += index not in folded
    nodes: list[Node] = []
    for index, node in enumerate(graph.nodes):
        if index not in folded:
            owner = None if node.owner is None else places[node.owner]
            sources = tuple([places[source] for source in node.sources])
            op = _with_bias(node.op) if index in pairs else node.op
            nodes.append(node._replace(op=op, sources=sources, owner=owner))
    named = {name: places[index] for name, index in graph.named.items()}
    last = places[graph.last % len(graph.nodes)]
    left = sum([node.params for node in nodes])
    return graph._replace(
        nodes=tuple(nodes),
        last=last,
        named=named,
        scattered=_moved(graph.scattered, places),
        frozen=min(graph.frozen, left),  # all of them, if all were
    )


def _moved(scattered: Scattered | None, places: Mapping[int, int]) -> Scattered | None:
    """What does not lie in order, by the indices that nodes have now."""
    if scattered is None:
        return None
    return Scattered(*[frozenset([places[index] for index in each]) for each in scattered])


def _pairs(graph: Graph) -> dict[int, int]:
    """Convolutions, each with the batch norm that alone reads it."""
    readers: dict[int, list[int]] = {index: [-1] for index in graph.outputs}
    for index, node in enumerate(graph.nodes):
        for source in node.sources:
            readers.setdefault(source, []).append(index)
    return {
        index: readers[index][0]
        for index, node in enumerate(graph.nodes)
        if isinstance(node.op, Conv | TransposedConv | Linear) and len(readers.get(index, ())) == 1
        if _is_batch_norm(graph.nodes[readers[index][0]].op) and readers[index][0] >= 0
    }


def _shared_alike(graph: Graph, pairs: Mapping[int, int]) -> dict[int, int]:
    """The pairs without those whose convolution is shared in another way than its norm."""

    def owner_of(index: int) -> int:
        owner = graph.nodes[index].owner
        return index if owner is None else owner

    alike: dict[int, set[int | None]] = {}
    for index in range(len(graph.nodes)):
        norm = pairs.get(index)
        alike.setdefault(owner_of(index), set()).add(None if norm is None else owner_of(norm))
    return {conv: norm for conv, norm in pairs.items() if len(alike[owner_of(conv)]) == 1}


def _is_batch_norm(op: Op) -> bool:
    return isinstance(op, Norm) and op.function in ("batch", "sync") and op.stats


def _with_bias(op: Op) -> Op:
    if isinstance(op, Conv):
        return op._replace(bias=True)
    assert isinstance(op, TransposedConv | Linear), op
    return replace(op, bias=True)
