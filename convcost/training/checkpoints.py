"""Layers that are computed again in the backward pass, so that nothing in them has to be kept.

As `torch.utils.checkpoint` does it: what a layer reads is kept, and its ops are run again until the
last of them has kept what it keeps.
"""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from convcost.graph.nodes import Graph
from convcost.ops.op import Input
from convcost.training.saved import Saved


class Segment(NamedTuple):
    """A layer that is computed again.

    Attributes:
        path: of the layer.
        nodes: the indices of its ops.
        reads: the storages that it reads from outside, which are kept.
        again: the indices of the ops that are run again.
    """

    path: str
    nodes: tuple[int, ...]
    reads: tuple[int, ...]
    again: frozenset[int]

    @property
    def last(self) -> int:
        """Its last op, at whose backward pass it is computed again."""
        return self.nodes[-1]


def layer_of(path: str, pattern: str) -> str:
    """The outermost layer around a path that a pattern names: `layer1*` of `layer1.0.conv1`."""
    parts = path.split(".")
    layers = [".".join(parts[:count]) for count in range(1, len(parts) + 1)]
    return next((each for each in layers if fnmatchcase(each, pattern)), "")


def layers_named(graph: Graph, patterns: Sequence[str]) -> dict[int, str]:
    """The nodes that patterns name, with their layers; the first that names a node counts."""
    found = {}
    for index, node in enumerate(graph.nodes):
        named = [layer_of(node.path, pattern) for pattern in patterns]
        if any(named) and not isinstance(node.op, Input):
            found[index] = next(filter(None, named))
    return found


def segments_of(graph: Graph, patterns: Sequence[str], kept: Saved) -> tuple[Segment, ...]:
    """The layers that patterns name, with what they read, and which of their ops are run again."""
    layers: dict[str, list[int]] = {}
    for index, layer in layers_named(graph, patterns).items():
        layers.setdefault(layer, []).append(index)
    return tuple([_segment(graph, kept, *each) for each in layers.items()])


def _segment(graph: Graph, kept: Saved, path: str, nodes: list[int]) -> Segment:
    inside = set(nodes)
    read = [source for index in nodes for source in graph.nodes[index].sources]
    outside = [kept.storage_of[source] for source in read if source not in inside]
    keeping = [index for index in nodes if kept.kept[index] or kept.made[index]]
    until = keeping[-1] if keeping else -1
    again = [index for index in nodes if index < until or (index == until and _runs(kept, index))]
    return Segment(path, tuple(nodes), tuple(dict.fromkeys(outside)), frozenset(again))


def _runs(kept: Saved, index: int) -> bool:
    """Whether the last op that keeps something has to run for it, as what it writes is kept."""
    return bool(kept.made[index]) or kept.storage_of[index] in kept.kept[index]


def without(kept: Saved, segments: Sequence[Segment]) -> Saved:
    """What is kept if these segments keep no more than they read."""
    own, made = list(kept.kept), list(kept.made)
    for segment in segments:
        for index in segment.nodes:
            own[index], made[index] = (), 0
        own[segment.nodes[0]] = segment.reads
    return kept._replace(kept=tuple(own), made=tuple(made))
