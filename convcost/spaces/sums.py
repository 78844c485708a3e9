"""The sums of all designs one after the other: the check of what is counted by states.

In parts of bounded size, with numpy as arrays; and where there are too many different sums to be
kept by state, but not too many designs, the way to count them exactly all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

from convcost.spaces.designs import Reach
from convcost.spaces.diagram import Diagram
from convcost.spaces.scale import scale_of
from convcost.spaces.tally import Arrays, Tally

PART = 2**16
"""Designs of a part."""

MOST_SUMMED = 20_000_000
"""Designs that are gone through for one answer."""

LARGEST = 2**63 - 1


def sums_of(diagram: Diagram, first: int, last: int) -> Iterator[Any]:
    """The figures of the designs of these numbers, the last not included, as arrays of rows.

    Raises:
        ValueError: figures do not fit into 64 bits.
    """
    return _Sums(diagram).parts(0, first, last, diagram.base)


class _Sums:
    def __init__(self, diagram: Diagram) -> None:
        reach = Reach(diagram)
        ends = [abs(each) for row in (*reach.least, *reach.most) for each in row]
        if max(ends, default=0) + max(map(abs, diagram.base), default=0) > LARGEST:
            raise ValueError("figures of more than 64 bits")
        self.diagram = diagram
        self.known: dict[int, Any] = {}

    def parts(self, place: int, first: int, last: int, so_far: Sequence[int]) -> Iterator[Any]:
        """What the designs from a point on come to, of those of these numbers."""
        import numpy

        if self.diagram.ways(place) <= PART:
            yield self.whole(place)[first:last] + numpy.array(so_far, numpy.int64)
            return
        for step in self.diagram.points[place].steps:
            ways = self.diagram.ways(step.to)
            if first < ways and last > 0:
                more = [one + other for one, other in zip(so_far, step.cost, strict=True)]
                yield from self.parts(step.to, max(first, 0), min(last, ways), more)
            first, last = first - ways, last - ways

    def whole(self, place: int) -> Any:
        """What all designs from a point on come to."""
        import numpy

        known = self.known.get(place)
        if known is None:
            if place == self.diagram.end:
                known = numpy.zeros((1, len(self.diagram.base)), numpy.int64)
            else:
                steps = self.diagram.points[place].steps
                costs = [numpy.array(step.cost, numpy.int64) for step in steps]
                pairs = zip(steps, costs, strict=True)
                known = numpy.concatenate([self.whole(step.to) + cost for step, cost in pairs])
            self.known[place] = known
        return known


def summed(diagram: Diagram, columns: Sequence[int]) -> Tally | None:
    """How many designs have each sum of some figures, exactly; None where that takes too long."""
    import numpy

    scale = scale_of(diagram, columns)
    if diagram.designs > MOST_SUMMED or prod(scale.size) > LARGEST:
        return None
    radix = [prod(scale.size[:axis]) for axis in range(len(columns))]
    parts: list[tuple[Any, Any]] = []
    try:
        for part in sums_of(diagram, 0, diagram.designs):
            digits = (part[:, list(columns)] - numpy.array(scale.low)) // numpy.array(scale.unit)
            parts.append(numpy.unique(digits @ numpy.array(radix), return_counts=True))
    except (ValueError, OverflowError):
        return None
    indices = numpy.concatenate([each for each, _ in parts])
    order = numpy.argsort(indices, kind="stable")
    indices, counts = indices[order], numpy.concatenate([each for _, each in parts])[order]
    starts = numpy.flatnonzero(numpy.diff(indices, prepend=-1))
    return Arrays(scale, indices[starts], numpy.add.reduceat(counts, starts))
