"""A network in layers, down to a depth of its paths, or as a tree of all that is in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import NamedTuple

from convcost.graph.cost import Cost, cost
from convcost.graph.nodes import Graph, Node
from convcost.ops.op import Input, Shape, times

_LEVEL = re.compile(r"(?:\d+\.)?[^.]+")
"""One level of a path: a name, or a number and a kind."""

TOTAL = "total"

MOST_LEVELS = 24
"""Of a tree; ops that lie deeper are leaves of the deepest level."""

Path = Sequence[str]


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


class Branch(NamedTuple):
    """A layer, in a list in which it stands behind what it is in.

    Attributes:
        layer: one op, or all that is in it.
        name: the levels of its path that what it is in does not have.
        level: how deep it lies; the whole network is 0.
        parent: the index in the list of what it is in; -1 of the whole network.
        leaf: whether it is one op.
    """

    layer: Layer
    name: str
    level: int
    parent: int
    leaf: bool


def tree_of(graph: Graph, batch: int = 1) -> list[Branch]:
    """The whole network, then its layers in order, each with what is in it behind it.

    Costs of leaves add up to those of what they are in. A layer with one part alone is that part.
    """
    root = whole(graph, batch)
    tree = [Branch(root, "", 0, -1, False)]
    paths = {index: levels_of(graph, graph.nodes[index].path) for index in root.indices}

    def grow(indices: Sequence[int], known: int, parent: int) -> None:
        level = tree[parent].level + 1
        groups: dict[tuple[str, ...], list[int]] = {}
        for index in indices:
            groups.setdefault(tuple(paths[index][: known + 1]), []).append(index)
        for own in groups.values():
            common = _in_common([paths[index] for index in own])
            if len(own) > 1 and common > known and level < MOST_LEVELS:
                path = paths[own[0]][:common]
                layer = layer_at(graph, ".".join(path), own, batch)
                tree.append(Branch(layer, ".".join(path[known:]), level, parent, False))
                grow(own, common, len(tree) - 1)
                continue
            for index in own:
                levels = paths[index]
                layer = layer_at(graph, ".".join(levels), [index], batch)
                name = ".".join(levels[known:] or levels[-1:])
                tree.append(Branch(layer, name, level, parent, True))

    grow(root.indices, 0, 0)
    return tree


def _in_common(paths: Iterable[Path]) -> int:
    """How many levels all paths begin with."""
    return sum(1 for _ in takewhile(lambda names: len(set(names)) == 1, zip(*paths, strict=False)))
