"""Ways in which the params of a graph are counted."""

from __future__ import annotations

from collections.abc import Callable

from convcost.graph.maps import Norm
from convcost.graph.nodes import Graph
from convcost.graph.ops import Op


def _slim(op: Op) -> int:
    """TensorFlow's slim has beta, mean and variance of a batch norm among its variables."""
    return op.params // 2 * 3 if isinstance(op, Norm) else op.params


PARAM_COUNTS: dict[str, Callable[[Op], int]] = {
    "all": lambda op: op.params,
    "without-norms": lambda op: 0 if isinstance(op, Norm) else op.params,
    "beta-mean-variance": _slim,
}
"""Ways in which params are counted: all trainable ones unless a source says otherwise."""


def count_params(graph: Graph, way: str = "all") -> int:
    """The params of a graph, by one of `PARAM_COUNTS`."""
    return sum([PARAM_COUNTS[way](node.op) for node in graph.nodes if node.owner is None])
