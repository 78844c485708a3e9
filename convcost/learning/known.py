"""Which known convention prints a table of figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from convcost.counting.conventions import Convention
from convcost.counting.counts import Count, tally
from convcost.counting.profilers import TOOLS
from convcost.learning.figures import ROUNDED, TRUNCATED, Line
from convcost.learning.programme import TERM
from convcost.learning.settling import Open
from convcost.learning.written import Written

CUT_OFF = 4
"""Points of a table whose figures are cut off, not rounded."""


class Explained(NamedTuple):
    """A way of counting, and what of a table it explains.

    Attributes:
        convention: counts so.
        rounding: how the table's figures were printed.
        missed: the figures that it does not explain, by index.
        points: how simple it is, with what the missed ones are worth.
        but: the call that is counted otherwise than the tool does, if one is.
        written: the convention's own rules, if it has some.
        open: what else that call may count, if it is not settled.
    """

    convention: Convention
    rounding: str
    missed: tuple[int, ...]
    points: int
    but: str = ""
    written: Written | None = None
    open: tuple[Open, ...] = ()


def missed_by(lines: Sequence[Line], convention: Convention, rounding: str) -> tuple[int, ...]:
    """The figures that a convention does not print."""
    found = [tally(line.survey, convention, line.batch).total for line in lines]
    return tuple(
        n
        for n, (line, exact) in enumerate(zip(lines, found, strict=True))
        if exact is None or not line.fits(exact, rounding)
    )


def known(lines: Sequence[Line], conventions: Sequence[Convention]) -> list[Explained]:
    """Every convention with the way of printing that suits it better, the best and newest first."""
    found = []
    for convention in conventions:
        counts = [tally(line.survey, convention, line.batch) for line in lines]
        found.append(min(_as_printed(lines, convention, counts), key=_points))
    return sorted(found, key=lambda e: (e.points, TOOLS.get(e.convention.tool) != e.convention))


def _as_printed(
    lines: Sequence[Line], convention: Convention, counts: Sequence[Count]
) -> Iterator[Explained]:
    for rounding in (ROUNDED, TRUNCATED):
        missed = [
            n
            for n, (line, count) in enumerate(zip(lines, counts, strict=True))
            if count.total is None or not line.fits(count.total, rounding)
        ]
        points = points_of(lines, missed, rounding) + TERM
        yield Explained(convention, rounding, tuple(missed), points)


def points_of(lines: Sequence[Line], missed: Sequence[int], rounding: str) -> int:
    """What figures that are not explained are worth, and that others are cut off."""
    cut_off = CUT_OFF if rounding == TRUNCATED else 0
    return sum(lines[n].worth for n in missed) + cut_off


def _points(explained: Explained) -> int:
    return explained.points
