"""How many ways lead to each sum of costs at each decision of a diagram, and on to the end.

By index of a `Scale`. Few sums are kept in dictionaries; many, where numpy is installed, in arrays.
Counts are exact: of 64 bits where it is sure that they fit, and else Python's whole numbers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from importlib.util import find_spec
from typing import Any

from convcost.spaces.diagram import Diagram
from convcost.spaces.scale import Scale, scale_of
from convcost.spaces.tally import Arrays, Lists, Tally, exact_sum

FEW = 100_000
"""Sums that are kept in dictionaries even where numpy is installed."""
MOST_SUMS = 4_000_000
"""Sums of all decisions that are kept in dictionaries."""
MOST_CELLS = 30_000_000
"""Cells of eight bytes of all arrays that are kept."""
MOST_INDICES = 30_000_000
"""Cells of one array."""
MOST_BUCKETS = 8_000_000
"""Indices where sums are cut to buckets, of one array; of all that are kept, `MOST_CELLS`."""

LARGEST = 2**63 - 1
WRAP = 2**64
SURE = WRAP // 4 * 2**52
"""Designs times cells up to which the first bits of their sums are sure, of 53 in all."""

Table = Any
"""Counts by index: a dictionary, or an array."""


class Ways(ABC):
    """How many ways lead to each index at each point.

    Tables of points are dropped when no point needs them any more, unless they are to be `kept`.
    """

    def __init__(self, diagram: Diagram, scale: Scale, kept: bool) -> None:
        self.diagram = diagram
        self.scale = scale
        self.kept = kept
        self.into: list[list[tuple[int, int, int]]] = [[] for _ in range(diagram.end + 1)]
        """By point, the steps that lead there: from which point, which, and by how much."""
        last = list(range(diagram.end + 1))
        for place, point in enumerate(diagram.points):
            for number, (step, more) in enumerate(_steps(point.steps, scale.steps[place])):
                self.into[step.to].append((place, number, more))
                last[place] = max(last[place], step.to)
        self.tables: dict[int, Table] = {0: self.one()}
        ending: dict[int, list[int]] = {}
        for place, end in enumerate(last):
            ending.setdefault(end, []).append(place)
        for place in range(1, diagram.end + 1):
            [first, *others] = self.into[place]
            alone = not (others or first[2])
            self.tables[place] = self.tables[first[0]] if alone else self.joined(place)
            for done in ending.get(place, ()) if not kept else ():
                if done != place:
                    del self.tables[done]

    @abstractmethod
    def one(self) -> Table:
        """The one way to the first decision."""

    @abstractmethod
    def joined(self, place: int) -> Table:
        """The counts at a point, of the tables of the points before it."""

    @property
    @abstractmethod
    def tally(self) -> Tally:
        """The counts of all designs."""

    @abstractmethod
    def at(self, place: int, index: int) -> int:
        """How many ways lead to an index at a point."""

    @abstractmethod
    def taken(self, wanted: Collection[int]) -> Iterator[tuple[int, int, int]]:
        """By point and step from the last, how many of the designs of these indices take it."""


def _steps(steps: Sequence[Any], more: Sequence[int]) -> Iterator[tuple[Any, int]]:
    return zip(steps, more, strict=True)


class _Sparse(Ways):
    """Counts in dictionaries."""

    def one(self) -> Table:
        return {0: 1}

    def joined(self, place: int) -> Table:
        found: dict[int, int] = {}
        for source, _, more in self.into[place]:
            for index, count in self.tables[source].items():
                index += more
                found[index] = found.get(index, 0) + count
        return found

    @cached_property
    def tally(self) -> Tally:
        """The counts of all designs."""
        table = sorted(self.tables[self.diagram.end].items())
        return Lists(self.scale, [index for index, _ in table], [count for _, count in table])

    def at(self, place: int, index: int) -> int:
        count: int = self.tables[place].get(index, 0)
        return count

    def taken(self, wanted: Collection[int]) -> Iterator[tuple[int, int, int]]:
        end = self.diagram.end
        left: list[dict[int, int]] = [{} for _ in range(end + 1)]
        left[end] = dict.fromkeys(wanted, 1)
        for place in range(end - 1, -1, -1):
            own = left[place]
            steps = _steps(self.diagram.points[place].steps, self.scale.steps[place])
            for number, (step, more) in enumerate(steps):
                total, after = 0, left[step.to]
                for index, count in self.tables[place].items() if after else ():
                    ways = after.get(index + more)
                    if ways:
                        total += count * ways
                        own[index] = own.get(index, 0) + ways
                yield place, number, total


class _Dense(Ways):
    """Counts in arrays of numpy."""

    def __init__(self, diagram: Diagram, scale: Scale, kept: bool) -> None:
        self.highest: dict[int, int] = {}
        """The largest count of each array, by which is known what fits into the next."""
        super().__init__(diagram, scale, kept)

    def one(self) -> Table:
        import numpy

        return numpy.ones(1, numpy.int64)

    def highest_in(self, table: Table) -> int:
        """The largest count of an array."""
        known = self.highest.get(id(table))
        if known is None:
            known = self.highest[id(table)] = int(table.max())
        return known

    def summed(self, width: int, parts: Sequence[tuple[Table, int]]) -> Table:
        """Arrays added up, each moved by so much, in one that has room for all of their counts."""
        import numpy

        fits = sum([self.highest_in(part) for part, _ in parts]) <= LARGEST
        table = numpy.zeros(width, numpy.int64 if fits else object)
        for part, more in parts:
            own = part[max(-more, 0) : width - more]
            table[max(more, 0) : max(more, 0) + len(own)] += own
        self.highest.pop(id(table), None)  # of one that was there before
        return table

    def joined(self, place: int) -> Table:
        parts = [(self.tables[source], more) for source, _, more in self.into[place]]
        return self.summed(self.scale.widths[place], parts)

    @cached_property
    def tally(self) -> Tally:
        """The counts of all designs."""
        table = self.tables[self.diagram.end]
        found = table.nonzero()[0]
        return Arrays(self.scale, found, table[found])

    def at(self, place: int, index: int) -> int:
        table = self.tables[place]
        return int(table[index]) if 0 <= index < len(table) else 0

    def taken(self, wanted: Collection[int]) -> Iterator[tuple[int, int, int]]:
        import numpy

        end, points = self.diagram.end, self.diagram.points
        left: dict[int, Table] = {end: numpy.zeros(self.scale.widths[end], numpy.int64)}
        left[end][numpy.asarray(wanted, numpy.int64)] = 1
        first = [min([source for source, _, _ in into], default=0) for into in self.into]
        for place in range(end - 1, -1, -1):
            width, table = self.scale.widths[place], self.tables[place]
            steps = [*_steps(points[place].steps, self.scale.steps[place])]
            left[place] = self.summed(width, [(left[step.to], -more) for step, more in steps])
            for number, (step, more) in enumerate(steps):
                yield place, number, self.product(table, left[step.to][more : more + width])
            for other in [other for other in left if first[other] == place]:
                self.highest.pop(id(left[other]), None)
                del left[other]

    def product(self, one: Table, other: Table) -> int:
        """The sum of the products of counts, which is no more than there are designs."""
        one, most = one[: len(other)], self.diagram.designs
        if object in (one.dtype, other.dtype) or most * (len(one) + 2) > SURE:
            return exact_sum(one.astype(object) * other)
        if most <= LARGEST:
            return int(one @ other)
        # The last 64 bits are those of a product that runs over; the first, of one in floating
        # point, whose error is less than half of what they stand for.
        last = int(one @ other) % WRAP
        about = float(one.astype(float) @ other.astype(float))
        return last + round((about - last) / WRAP) * WRAP


def ways_of(diagram: Diagram, columns: Sequence[int], kept: bool = False) -> Ways:
    """How many ways lead to each sum of these figures.

    In buckets where they are too many; `kept` are all tables, for which there is less room.
    """
    scale = scale_of(diagram, columns)
    into, steps = [1] + [0] * diagram.end, [0] * (diagram.end + 1)
    for place, point in enumerate(diagram.points):
        for step in point.steps:
            into[step.to] += into[place]
            steps[step.to] += 1
    # Where one step leads to a point alone, it has the table of the point before it.
    joined = [place for place, count in enumerate(steps) if count > 1]
    sums = sum([min(into[place], scale.widths[place]) for place in joined])
    cells = sum([scale.widths[place] for place in joined])
    if sums <= FEW:
        return _Sparse(diagram, scale, True)
    if find_spec("numpy") is None:
        if sums > MOST_SUMS:
            scale = scale_of(diagram, columns, MOST_SUMS // len(joined))
        return _Sparse(diagram, scale, kept)
    if scale.widths[-1] <= MOST_INDICES and (not kept or cells <= MOST_CELLS):
        return _Dense(diagram, scale, kept)
    if sums <= MOST_SUMS:
        return _Sparse(diagram, scale, kept)
    buckets = min(MOST_BUCKETS, MOST_CELLS // len(joined)) if kept else MOST_BUCKETS
    return _Dense(diagram, scale_of(diagram, columns, buckets), kept)
