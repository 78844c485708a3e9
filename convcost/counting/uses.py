"""What a graph does with its calls: which lead to an output, and which modules are called again."""

from __future__ import annotations

from collections.abc import Sequence

from convcost.counting.conventions import TO_STATISTICS
from convcost.graph.calls import AS_MODULE
from convcost.graph.nodes import Graph, Node
from convcost.ops.maps import Norm
from convcost.ops.op import Input


def leading_aside(graph: Graph) -> dict[int, str]:
    """The nodes that lead to no output, by identity, and whether they lead to statistics."""
    outputs, statistics = set(graph.outputs), set[int]()
    found: dict[int, str] = {}
    for index in range(len(graph.nodes) - 1, -1, -1):
        node = graph.nodes[index]
        if index in outputs:
            outputs.update(node.sources)
            continue
        if not node.run or isinstance(node.op, Input):
            continue
        keeps = isinstance(node.op, Norm) and node.op.function in _KEEPING and node.op.stats
        if keeps or index in statistics:
            statistics.update(node.sources)
            found[id(node)] = TO_STATISTICS
        else:
            found[id(node)] = ""
    return found


_KEEPING = ("batch", "sync")
"""Norms that may keep running statistics."""


def called_again(nodes: Sequence[Node]) -> set[int]:
    """The nodes whose module another node calls after them, by identity."""
    users: dict[int, list[int]] = {}
    for index, node in enumerate(nodes):
        if node.owner is not None:
            users.setdefault(node.owner, [node.owner]).append(index)
    again: set[int] = set()
    for indices in users.values():
        calls = [nodes[index] for index in sorted(indices)]
        called = [node for node in calls if node.run and node.form in AS_MODULE]
        again.update(map(id, called[:-1]))
    return again
