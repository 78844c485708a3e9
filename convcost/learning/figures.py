"""Printed figures of networks, and between which numbers what was counted has to lie for each."""

from __future__ import annotations

from collections.abc import Sequence
from math import log2
from typing import NamedTuple

from convcost.counting.survey import Survey
from convcost.networks.figures import Printed

ROUNDED, TRUNCATED = "rounded", "truncated"


class Line(NamedTuple):
    """A network and the figure that a table has for it.

    Attributes:
        label: what the table calls it.
        survey: the network as profilers see it.
        batch: of how many samples.
        printed: the figure.
        place: where the table says so.
    """

    label: str
    survey: Survey
    batch: int
    printed: Printed
    place: str = ""

    @property
    def worth(self) -> int:
        """What it is worth to explain the figure, in points of simplicity: more for more digits."""
        return round(_SURE + _PER_BIT * log2(max(self.printed.value / self.printed.step, 2)))

    def fits(self, exact: int, rounding: str) -> bool:
        """Whether a number, rounded or cut off, is this figure."""
        if rounding == TRUNCATED:
            return self.printed.truncates(exact)
        return self.printed.rounds(exact)


_SURE, _PER_BIT = 12, 1.2
"""A figure of three digits is worth two terms of a rule: that it is wrong is the less likely."""


class Window(NamedTuple):
    """Between which numbers, both included, a sum has to lie; twice the figure, as of halves."""

    low: int
    high: int

    def widened(self, share: float) -> Window:
        """At least so far around its middle, as a share of that."""
        middle = (self.low + self.high) // 2
        reach = int(middle * share)
        return Window(min(self.low, middle - reach), max(self.high, middle + reach))

    def __contains__(self, twice: object) -> bool:
        return isinstance(twice, int) and self.low <= twice <= self.high


def windows(lines: Sequence[Line], rounding: str) -> list[Window]:
    """The window of each figure."""
    return [_window(line.printed, rounding) for line in lines]


def _window(printed: Printed, rounding: str) -> Window:
    value, step = printed.value, printed.step
    if rounding == TRUNCATED:
        return Window(value, value + step - 1)
    return Window(value - step // 2, value + step // 2)
