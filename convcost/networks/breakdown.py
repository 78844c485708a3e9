"""A network in layers, down to a depth of its paths: the rows of its table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from convcost.graph.cost import Cost, cost
from convcost.graph.nodes import Graph, Node
from convcost.ops.op import Input, Shape, times

_LEVEL = re.compile(r"(?:\d+\.)?[^.]+")
"""One level of a path: a name, or a number and a kind."""

TOTAL = "total"


class Layer(NamedTuple):
    """A layer of a network, or all that a path begins with.

    Attributes:
        path: such as `3.bottleneck.conv1`.
        op: what it is, or how many ops there are in it; whose weights it uses; if it is not run.
        output: C x spatial of what it writes last.
        cost: its params, MACs and activations.
        indices: of its nodes in the graph.
    """

    path: str
    op: str
    output: Shape
    cost: Cost
    indices: Sequence[int]

    def __repr__(self) -> str:
        figures = f"{self.cost.params:,} params, {self.cost.macs:,} MACs"
        return f"<layer {self.path}, {self.op}: {times(self.output)}, {figures}>"

    def nodes(self, graph: Graph) -> list[Node]:
        """Its nodes."""
        return [graph.nodes[index] for index in self.indices]


def layers_of(graph: Graph, depth: int = 1, batch: int = 1) -> list[Layer]:
    """The layers of a graph in order, down to so many levels of their paths."""
    indices: dict[str, list[int]] = {}
    for index, node in enumerate(graph.nodes):
        if not isinstance(node.op, Input):
            indices.setdefault(_at_depth(graph, node.path, depth), []).append(index)
    return [layer_at(graph, path, own, batch) for path, own in indices.items()]


def whole(graph: Graph, batch: int = 1) -> Layer:
    """All layers as one, called `total`."""
    ops = [index for index, node in enumerate(graph.nodes) if not isinstance(node.op, Input)]
    return layer_at(graph, TOTAL, ops, batch)._replace(output=graph.output)


def layer_at(graph: Graph, path: str, indices: Sequence[int], batch: int = 1) -> Layer:
    """Some nodes as one layer, called by a path."""
    nodes = [graph.nodes[index] for index in indices]
    words = [str(nodes[0].op) if len(nodes) == 1 else f"{len(nodes)} ops"]
    own = "some weights" if any(node.params for node in nodes) else "weights"
    words += [f"{own} of {owner}" for owner in _owners(graph, path, nodes)]
    words += ["not run"] * all(not node.run for node in nodes)
    return Layer(
        path, ", ".join(words), graph.nodes[indices[-1]].shape, cost(graph, batch, nodes), indices
    )


def _owners(graph: Graph, path: str, nodes: Sequence[Node]) -> Sequence[str]:
    """The layers whose weights others of this depth use, by their paths."""
    depth = len(levels_of(graph, path))
    owned = [graph.nodes[node.owner].path for node in nodes if node.owner is not None]
    found = dict.fromkeys([_at_depth(graph, owner, depth) for owner in owned])
    return [owner for owner in found if owner != path and path != TOTAL]


def _at_depth(graph: Graph, path: str, depth: int) -> str:
    """A path down to so many levels."""
    return ".".join(levels_of(graph, path)[:depth])


def levels_of(graph: Graph, path: str) -> list[str]:
    """The levels of a path; those of modules are as code has them."""
    return path.split(".") if graph.of_code else _LEVEL.findall(path)
