"""Graphs that nodes have as attributes: what they read from outside, and what they hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnx import GraphProto, NodeProto, TensorProto


def captured_by(node: NodeProto) -> list[str]:
    """The names outside of it that the graphs of a node read."""
    found: dict[str, None] = {}
    for graph in _graphs_of(node):
        own = {each.name for each in [*graph.input, *graph.initializer]}
        for each in graph.node:
            found |= dict.fromkeys([name for name in each.input if name and name not in own])
            own |= set(each.output)
    return list(found)


def held_by(node: NodeProto) -> Iterator[TensorProto]:
    """The initialisers of the graphs of a node."""
    for graph in _graphs_of(node):
        yield from graph.initializer


def _graphs_of(node: NodeProto) -> Iterator[GraphProto]:
    """The graphs of a node, and those within them."""
    left = [each.g for each in node.attribute if each.HasField("g")]
    while left:
        graph = left.pop()
        yield graph
        left += [each.g for own in graph.node for each in own.attribute if each.HasField("g")]
