"""Fronts: the designs than which no other is better in one figure and as good in the others.

Costs add up, and what is left to decide depends on the state alone. So of two ways to one state, of
which one has nothing for it, only the other can lead to a front: the rest is left behind at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import add, le
from typing import Any, NamedTuple, TypeVar

from convcost.errors import ConvcostError, Problem
from convcost.spaces.designs import Reach, Steps
from convcost.spaces.diagram import Diagram
from convcost.spaces.figures import Values
from convcost.spaces.tally import Span

MORE, LESS = 1, -1

Item = TypeVar("Item")

Aims = Mapping[int, int]
"""By column of figures, whether `MORE` of it is wanted, or `LESS`."""

MOST_KEPT = 50_000
"""Ways to one state that are kept."""


MOST_COMPARED = 20_000_000
"""Pairs of ways of three figures or more that are compared in one state."""


class _Way(NamedTuple):
    """A way to a state: what it has cost, and where it came from."""

    values: Values
    source: int
    before: int
    step: int


class _Comparer:
    """Which of several ways may be left behind.

    Of a figure of which both more and less may be good, as it is aimed at and may be too much, ways
    are compared only with those that have the same of it.
    """

    def __init__(self, aims: Aims, spans: Mapping[int, Span]) -> None:
        wanted: dict[int, set[int]] = {column: {aim} for column, aim in aims.items()}
        for column, (least, most) in spans.items():
            found = wanted.setdefault(column, set())
            found |= {MORE} if least is not None else set()
            found |= {LESS} if most is not None else set()
        self.signs = {column: min(own) for column, own in wanted.items() if len(own) == 1}
        self.alike = [column for column, own in wanted.items() if len(own) == 2]

    def best(self, ways: Iterable[_Way]) -> list[_Way]:
        """The ways that none of the others leaves behind, of each value once."""
        groups: dict[Values, list[tuple[Values, _Way]]] = {}
        for way in ways:
            key = tuple([way.values[column] for column in self.alike])
            signed = tuple([-sign * way.values[column] for column, sign in self.signs.items()])
            groups.setdefault(key, []).append((signed, way))
        kept: list[_Way] = []
        for group in groups.values():
            kept += undominated(group)
        return kept


def undominated(group: list[tuple[tuple[Any, ...], Item]]) -> list[Item]:
    """Those of which no other has less of everything, of each point one; less is better here.

    Raises:
        ConvcostError: of three figures or more they are too many to be compared.
    """
    group.sort(key=lambda pair: pair[0])
    kept: list[tuple[tuple[Any, ...], Item]] = []
    axes = len(group[0][0])
    compared = 0
    for values, item in group:
        if axes <= 1:
            return [item]
        if axes == 2 and kept and kept[-1][0][1] <= values[1]:
            continue
        if axes > 2:
            compared += len(kept)
            if compared > MOST_COMPARED:
                raise ConvcostError("a front of three figures is too large here; ask for two")
            if any(all(map(le, own, values)) for own, _ in reversed(kept)):
                continue
        kept.append((values, item))
    return [item for _, item in kept]


def front(diagram: Diagram, reach: Reach, aims: Aims, spans: Mapping[int, Span]) -> list[Steps]:
    """The front of designs within spans: one design of each point, in no order.

    Raises:
        ConvcostError: too many ways have to be kept.
    """
    comparer = _Comparer(aims, spans)
    coming: list[list[_Way]] = [[] for _ in range(diagram.end + 1)]
    kept: list[list[_Way]] = [[] for _ in range(diagram.end + 1)]
    if reach.within(0, diagram.base, spans):
        coming[0].append(_Way(diagram.base, -1, -1, -1))
    for place in range(diagram.end + 1):
        kept[place] = own = comparer.best(coming[place])
        coming[place] = []
        if len(own) > MOST_KEPT:
            message = f"keeps more than {MOST_KEPT:,} ways to one state; ask for less"
            raise ConvcostError(Problem("", f"the front {message}"))
        if place == diagram.end:
            break
        for number, step in enumerate(diagram.points[place].steps):
            for before, way in enumerate(own):
                values = tuple(map(add, way.values, step.cost))
                if reach.within(step.to, values, spans):
                    coming[step.to].append(_Way(values, place, before, number))
    # All that are left are within the spans.
    ends = _Comparer(aims, {}).best(kept[diagram.end])
    return [_steps(kept, way) for way in ends]


def _steps(kept: Sequence[Sequence[_Way]], way: _Way) -> Steps:
    steps = []
    while way.source >= 0:
        steps.append(way.step)
        way = kept[way.source][way.before]
    return tuple(reversed(steps))
