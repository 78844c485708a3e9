"""Why a network costs another sum than before: the layers that are others now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from convcost.gate.changes import GREW, SHRANK, Change
from convcost.gate.entries import Entry
from convcost.graph.cost import Cost, cost
from convcost.graph.nodes import Node
from convcost.kinds.registry import Kind
from convcost.networks.inputs import Inputs
from convcost.networks.paths import build_placed
from convcost.ops.op import Input, Shape

MOST_PAIRS = 2_000_000
"""Layers of one side times those of the other that are compared with each other, of all networks
together; and of one network an eighth of that, as it takes more than linear time."""


class Part(NamedTuple):
    """One layer of a network, as its file has it."""

    path: str
    kind: str
    """Its name, or its kind."""
    output: Shape
    cost: Cost
    place: str


class Cause(NamedTuple):
    """A layer that costs another sum than before; None where there is no such layer."""

    old: Part | None
    new: Part | None

    @property
    def delta(self) -> Cost:
        """What it adds to the totals."""
        one, two = [part.cost if part else Cost() for part in self]
        return Cost(two.params - one.params, two.macs - one.macs, two.activations - one.activations)


def changed_networks(found: Sequence[Change], *sides: Mapping[str, Entry]) -> list[str]:
    """The networks whose figures grew or shrank, that all sides have."""
    changed = {change.name: None for change in found if change.status in (GREW, SHRANK)}
    return [
        name
        for name in changed
        if all(name in side and side[name].comparison.case.network for side in sides)
    ]


def entry_parts(entry: Entry) -> list[Part]:
    """The layers of a network that is an entry."""
    case = entry.comparison.case
    [use] = case.uses
    return parts(use.kind, case.inputs, use.given, case.batch)


def parts(kind: Kind, inputs: Inputs, given: Mapping[str, Any], batch: int = 1) -> list[Part]:
    """The layers of a network in order, those within blocks of the file each by itself."""
    placed = build_placed(kind, inputs, given)
    graph = placed.graph
    layers: dict[str, list[Node]] = {}
    for node in graph.nodes:
        if not isinstance(node.op, Input):
            layers.setdefault(placed.layer(node), []).append(node)
    return [
        Part(
            path,
            path.rpartition(".")[2],
            nodes[-1].shape,
            cost(graph, batch, nodes),
            placed.place(path),
        )
        for path, nodes in layers.items()
    ]


def causes(old: Sequence[Part], new: Sequence[Part], networks: int = 1) -> list[Cause]:
    """The layers that account for the difference, the dearest first; their deltas add up to it.

    So many `networks` are asked about together.
    """
    pairs = MOST_PAIRS // max(networks, 8)
    found = [cause for cause in _aligned(old, new, pairs) if cause.delta != Cost()]
    return sorted(found, key=lambda cause: (-abs(cause.delta.macs), -abs(cause.delta.params)))


def _aligned(old: Sequence[Part], new: Sequence[Part], pairs: int) -> Iterator[Cause]:
    """Layers beside each other: by their paths, or else, where some came or went, by what they are.

    Only what lies between the first and the last difference is compared, if that are not too many
    `pairs`.
    """
    if [part.path for part in old] == [part.path for part in new]:
        yield from map(Cause, old, new)
        return
    keys = [[(part.kind, part.output, part.cost) for part in side] for side in (old, new)]
    head = _alike(*keys)
    tail = _alike(keys[0][head:][::-1], keys[1][head:][::-1])
    old, new = old[head : len(old) - tail], new[head : len(new) - tail]
    keys = [side[head : len(side) - tail] for side in keys]
    matcher = SequenceMatcher(a=keys[0], b=keys[1], autojunk=False)
    blocks = matcher.get_opcodes() if len(old) * len(new) <= pairs else None
    for tag, start, end, first, last in blocks or [("replace", 0, len(old), 0, len(new))]:
        if tag == "equal":
            continue
        before, after = old[start:end], new[first:last]
        both = min(len(before), len(after))
        yield from (Cause(*pair) for pair in zip(before[:both], after[:both], strict=True))
        yield from (Cause(part, None) for part in before[both:])
        yield from (Cause(None, part) for part in after[both:])


def _alike(one: Sequence[object], other: Sequence[object]) -> int:
    """How many items are the same from the beginning."""
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
