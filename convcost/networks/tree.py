"""A network as a tree: its blocks, what is in them, and single ops as leaves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import NamedTuple

from convcost.graph.nodes import Graph
from convcost.networks.breakdown import Layer, layer_at, levels_of, whole

MOST_LEVELS = 24
"""Of a tree; ops that lie deeper are leaves of the deepest level."""

Path = Sequence[str]


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
