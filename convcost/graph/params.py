"""Ways in which the params of a graph are counted."""

from __future__ import annotations

from collections.abc import Callable

from convcost.graph.nodes import Graph
from convcost.ops.maps import Norm
from convcost.ops.op import Op


def _sum(graph: Graph, of: Callable[[Op], int]) -> int:
    """What the ops that have weights of their own have together."""
    return sum([of(node.op) for node in graph.nodes if node.owner is None])


def _slim(op: Op) -> int:
    """TensorFlow's slim has beta, mean and variance of a batch norm among its variables."""
    return op.params // 2 * 3 if isinstance(op, Norm) else op.params


def _folded(graph: Graph) -> int:
    from convcost.graph.folding import fold

    return _sum(fold(graph), lambda op: op.params)


PARAM_COUNTS: dict[str, Callable[[Graph], int]] = {
    "all": lambda graph: _sum(graph, lambda op: op.params),
    "without-norms": lambda graph: _sum(graph, lambda op: 0 if isinstance(op, Norm) else op.params),
    "beta-mean-variance": lambda graph: _sum(graph, _slim),
    "folded": _folded,
}
"""Ways in which params are counted: all trainable ones unless a source says otherwise; `folded` are
those that are left where batch norms are folded into the convolutions before them."""


def count_params(graph: Graph, way: str = "all") -> int:
    """The params of a graph, by one of `PARAM_COUNTS`."""
    return PARAM_COUNTS[way](graph)
