"""How many designs have each sum of costs, and what is asked of that: counts, quantiles, bins."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate
from typing import Any, NamedTuple

from convcost.spaces.scale import Scale

HALF = 32
"""Bits of the halves in which counts are added up, as the sums of many may not fit into 64."""


class Span(NamedTuple):
    """A figure from one value to another, both included; None where there is no end."""

    least: int | None = None
    most: int | None = None

    def has(self, value: int) -> bool:
        """Whether a value is within."""
        above = self.least is None or value >= self.least
        return above and (self.most is None or value <= self.most)

    def and_(self, other: Span) -> Span:
        """What is within both."""
        least = [end for end in (self.least, other.least) if end is not None]
        most = [end for end in (self.most, other.most) if end is not None]
        return Span(max(least, default=None), min(most, default=None))


class Between(NamedTuple):
    """What an exact number is known to be at the least, and at the most."""

    least: int
    most: int

    @property
    def exact(self) -> bool:
        """Whether it is known."""
        return self.least == self.most


class Line:
    """How many designs have each digit of one figure; digits are in order."""

    def __init__(self, scale: Scale, axis: int, digits: Any, counts: Any) -> None:
        self.low, self.unit, self.slack = scale.low[axis], scale.unit[axis], scale.slack[axis]
        self.digits = digits
        self.sums = _Sums(counts)
        self.total = self.sums.first(len(digits))

    def up_to(self, value: int) -> Between:
        """How many designs have at most this value."""
        sure, maybe = value - self.low - self.slack, value - self.low
        return Between(*[self._first(each // self.unit) for each in (sure, maybe)])

    def _first(self, digit: int) -> int:
        """How many designs have at most this digit."""
        return self.sums.first(bisect_right(self.digits, digit))

    def quantile(self, rank: int) -> Between:
        """The value of the design at this rank by it, from 0."""
        low, high = 0, len(self.digits) - 1
        while low < high:
            middle = (low + high) // 2
            if self.sums.first(middle + 1) > rank:
                high = middle
            else:
                low = middle + 1
        value = self.low + self.unit * int(self.digits[low])
        return Between(value, value + self.slack)


class _Sums:
    """The sums of the first of some counts, exactly, also where they do not fit into 64 bits."""

    def __init__(self, counts: Any) -> None:
        if isinstance(counts, list) or counts.dtype == object:
            self.parts: list[tuple[int, Any]] = [(0, list(accumulate(counts)))]
        else:
            halves = [(HALF, counts >> HALF), (0, counts & (2**HALF - 1))]
            self.parts = [(bits, half.cumsum()) for bits, half in halves]

    def first(self, count: int) -> int:
        """The sum of so many of them."""
        return sum([int(sums[count - 1]) << bits for bits, sums in self.parts]) if count else 0


class Tally(ABC):
    """How many designs have each index of a scale."""

    def __init__(self, scale: Scale, indices: Any, counts: Any) -> None:
        self.scale = scale
        self.indices = indices
        self.counts = counts

    @property
    def total(self) -> int:
        """All designs."""
        return exact_sum(self.counts)

    def count(self, spans: Mapping[int, Span]) -> Between:
        """How many designs are within the spans of some axes."""
        return Between(self.within(spans, True).total, self.within(spans).total)

    def within(self, spans: Mapping[int, Span], surely: bool = False) -> Tally:
        """The indices of which designs may be within the spans, or surely are."""
        ranges = {
            axis: _digits(self.scale, axis, span, surely)
            for axis, span in spans.items()
            if span != Span()
        }
        return self._kept(ranges) if ranges else self

    @abstractmethod
    def _kept(self, ranges: Mapping[int, tuple[int, int]]) -> Tally:
        """The indices with digits in these ranges, both ends included."""

    @abstractmethod
    def line(self, axis: int) -> Line:
        """The counts of one figure."""


def _digits(scale: Scale, axis: int, span: Span, surely: bool) -> tuple[int, int]:
    """The first and the last digit that may be within a span, or surely are."""
    low, unit, slack = scale.low[axis], scale.unit[axis], scale.slack[axis]
    first, last = 0, scale.size[axis] - 1
    if span.least is not None:
        first = max(first, -((low - span.least + (0 if surely else slack)) // unit))
    if span.most is not None:
        last = min(last, (span.most - low - (slack if surely else 0)) // unit)
    return first, last


class Lists(Tally):
    """Indices and counts in lists."""

    def _kept(self, ranges: Mapping[int, tuple[int, int]]) -> Tally:
        kept = []
        for index, count in zip(self.indices, self.counts, strict=True):
            digits = self.scale.digits(index)
            if all(first <= digits[axis] <= last for axis, (first, last) in ranges.items()):
                kept.append((index, count))
        return Lists(self.scale, [index for index, _ in kept], [count for _, count in kept])

    def line(self, axis: int) -> Line:
        """The counts of one figure."""
        found: dict[int, int] = {}
        for index, count in zip(self.indices, self.counts, strict=True):
            digit = self.scale.digits(index)[axis]
            found[digit] = found.get(digit, 0) + count
        digits = sorted(found)
        return Line(self.scale, axis, digits, [found[digit] for digit in digits])


class Arrays(Tally):
    """Indices and counts in arrays of numpy."""

    def _kept(self, ranges: Mapping[int, tuple[int, int]]) -> Tally:
        import numpy

        kept = numpy.ones(len(self.indices), bool)
        for axis, (first, last) in ranges.items():
            digits = self._axis(axis)
            kept &= (digits >= first) & (digits <= last)
        return Arrays(self.scale, self.indices[kept], self.counts[kept])

    def _axis(self, axis: int) -> Any:
        """The digits of one figure."""
        digits = self.indices
        for size in self.scale.size[:axis]:
            digits = digits // size
        return digits % self.scale.size[axis] if axis < len(self.scale.size) - 1 else digits

    def line(self, axis: int) -> Line:
        """The counts of one figure."""
        import numpy

        if len(self.scale.size) == 1:
            return Line(self.scale, axis, self.indices, self.counts)
        digits = self._axis(axis)
        order = numpy.argsort(digits, kind="stable")
        digits, counts = digits[order], self.counts[order]
        if exact_sum(counts) >= 2**63:
            counts = counts.astype(object)
        starts = numpy.flatnonzero(numpy.diff(digits, prepend=-1))
        sums = numpy.add.reduceat(counts, starts) if len(starts) else counts
        return Line(self.scale, axis, digits[starts], sums)


def exact_sum(counts: Any) -> int:
    """The sum of counts, of which there may be so many that it does not fit into 64 bits."""
    if isinstance(counts, list) or counts.dtype == object:
        return sum(counts)
    return (int((counts >> HALF).sum()) << HALF) + int((counts & (2**HALF - 1)).sum())
