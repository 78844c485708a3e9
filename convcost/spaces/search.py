"""The best design within spans of which both ends matter, by a search from the best bound on.

What a way can come to at the most is known from fronts of what is left to decide: so much of the
figure for so much of another. The way with the best bound goes on first, so that the first design
that is complete is the best.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from heapq import heappop, heappush
from operator import add

from convcost.spaces.designs import Reach, Steps
from convcost.spaces.diagram import Diagram
from convcost.spaces.figures import Values
from convcost.spaces.tally import Span

MOST_SEEN = 500_000
"""Ways that are looked at."""

Curve = tuple[list[int], list[int]]
"""Rising costs, and the most of the figure that is to be had for each."""


def search(
    diagram: Diagram, reach: Reach, column: int, sign: int, spans: Mapping[int, Span]
) -> Steps | None:
    """The design within spans with the most of a figure times the sign; None if it is not found.

    It is not where too many ways would have to be looked at.
    """
    bound = _Bound(diagram, reach, column, sign, spans)
    heap: list[tuple[int, int, Steps, int, Values]] = []
    start = bound.of(0, diagram.base)
    if start is not None:
        heappush(heap, (-start, 0, (), 0, diagram.base))
    for _ in range(MOST_SEEN):
        if not heap:
            return None
        _, depth, steps, place, values = heappop(heap)
        if place == diagram.end:
            return steps
        for number, step in enumerate(diagram.points[place].steps):
            more = tuple(map(add, values, step.cost))
            best = bound.of(step.to, more)
            if best is not None:
                heappush(heap, (-best, depth - 1, (*steps, number), step.to, more))
    return None


class _Bound:
    """The most that a figure, times its sign, may come to from a point on, within spans."""

    def __init__(
        self,
        diagram: Diagram,
        reach: Reach,
        column: int,
        sign: int,
        spans: Mapping[int, Span],
    ) -> None:
        self.reach = reach
        self.column = column
        self.sign = sign
        self.spans = spans
        self.curves: dict[tuple[int, int], list[Curve]] = {}
        """For each end of a span, by the column and whether less is better there: by point."""
        for other, span in spans.items():
            for end, way in ((span.most, 1), (span.least, -1)):
                if end is not None and other != column:
                    self.curves[other, way] = _curves(diagram, column, sign, other, way)

    def of(self, place: int, values: Values) -> int | None:
        """The bound of a way that has cost so much at a point; None if it comes to nothing."""
        if not self.reach.within(place, values, self.spans):
            return None
        ends = self.reach.most if self.sign > 0 else self.reach.least
        best = self.sign * (values[self.column] + ends[place][self.column])
        own = self.spans.get(self.column, Span())
        limit = own.most if self.sign > 0 else own.least
        if limit is not None:
            best = min(best, self.sign * limit)
        for (other, way), curves in self.curves.items():
            span = self.spans[other]
            end = span.most if way > 0 else span.least
            assert end is not None
            costs, gains = curves[place]
            found = bisect_right(costs, way * (end - values[other]))
            if not found:
                return None
            best = min(best, self.sign * values[self.column] + gains[found - 1])
        return best


def _curves(diagram: Diagram, column: int, sign: int, other: int, way: int) -> list[Curve]:
    """By point, the most of a figure to be had from there on for at most so much of another."""
    curves: list[Curve] = [([], []) for _ in range(diagram.end)]
    curves.append(([0], [0]))
    for place in range(diagram.end - 1, -1, -1):
        pairs = []
        for step in diagram.points[place].steps:
            cost, gain = way * step.cost[other], sign * step.cost[column]
            costs, gains = curves[step.to]
            pairs += [(c + cost, g + gain) for c, g in zip(costs, gains, strict=True)]
        pairs.sort(key=lambda pair: (pair[0], -pair[1]))
        costs, gains = [], []
        for cost, gain in pairs:
            if not gains or gain > gains[-1]:
                costs.append(cost)
                gains.append(gain)
        curves[place] = costs, gains
    return curves
