"""How a figure is spread over designs, and how often each option of a choice is taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import ConvcostError
from convcost.spaces.best import best
from convcost.spaces.designs import Design
from convcost.spaces.diagram import Diagram
from convcost.spaces.figures import Figure
from convcost.spaces.front import LESS, MORE
from convcost.spaces.tally import Between, Line, Span

if TYPE_CHECKING:
    from convcost.spaces.space import Space

QUANTILES = (5, 25, 50, 75, 95)
"""Per cent."""

BINS = 12
"""Of a histogram."""


class Bin(NamedTuple):
    """Designs with a figure from one value to another, both included."""

    first: int
    last: int
    designs: Between


class Spread(NamedTuple):
    """How a figure is spread over designs.

    Attributes:
        figure: what it is of.
        least: of all designs.
        most: of all designs.
        quantiles: by per cent of designs that have as much at the most.
        bins: a histogram.
    """

    figure: Figure
    least: Between
    most: Between
    quantiles: Mapping[int, Between]
    bins: tuple[Bin, ...]


def spread(space: Space, column: int, spans: Mapping[int, Span]) -> Spread | None:
    """How a figure is spread over the designs within spans; None if there are none."""
    axis = sorted({column, *spans}).index(column)
    maybe = space.tally((column,), spans)
    exact = maybe.scale.exact
    line = maybe.line(axis)
    sure = line if exact else space.tally((column,), spans, True).line(axis)
    if not line.total:
        return None
    within = Between(sure.total, line.total)
    quantiles = {each: _quantile(sure, line, within, each) for each in QUANTILES}
    least, most = (_quantile(sure, line, within, each) for each in (0, 100))
    if not exact:
        found = [_found(space, column, sign, spans) for sign in (LESS, MORE)]
        least, most = (
            ends if own is None else Between(own.values[column], own.values[column])
            for ends, own in zip((least, most), found, strict=True)
        )
    bins = tuple(_bins(sure, line, least.least, most.most))
    return Spread(space.figures[column], least, most, quantiles, bins)


def _found(space: Space, column: int, sign: int, spans: Mapping[int, Span]) -> Design | None:
    """The best design; None also where too many ways would be kept to find it."""
    try:
        return best(space, column, sign, spans)
    except ConvcostError:
        return None


class Option(NamedTuple):
    """One option of a choice, and how many designs take it; `reached` have the choice at all."""

    path: str
    word: str
    designs: Between
    reached: Between


def options(space: Space, spans: Mapping[int, Span]) -> list[Option]:
    """How often each option of each choice is taken by the designs within spans."""
    maybe = _taken(space, spans, False)
    exact = not spans or space.ways([*spans], True).scale.exact
    surely = maybe if exact else _taken(space, spans, True)
    found = []
    for path, words in space.choices.items():
        reached = Between(*[sum([own.get((path, w), 0) for w in words]) for own in (surely, maybe)])
        for word in words:
            taken = Between(surely.get((path, word), 0), maybe.get((path, word), 0))
            found.append(Option(path, word, taken, reached))
    return found


def _taken(space: Space, spans: Mapping[int, Span], surely: bool) -> dict[tuple[str, str], int]:
    """How many designs within spans take an option, by path and word."""
    columns = tuple(sorted(spans))
    found: dict[tuple[str, str], int] = {}
    points = space.diagram.points
    if spans:
        ways = space.ways(columns, True)
        axes = {columns.index(column): span for column, span in spans.items()}
        steps = ways.taken(ways.tally.within(axes, surely).indices)
    else:
        steps = iter(_all_taken(space.diagram))
    for place, number, designs in steps:
        point = points[place]
        key = point.path, point.words[point.steps[number].option]
        found[key] = found.get(key, 0) + designs
    return found


def _all_taken(diagram: Diagram) -> Iterator[tuple[int, int, int]]:
    """By point and step, how many of all designs take it."""
    into = [0] * (diagram.end + 1)
    into[0] = 1
    for place, point in enumerate(diagram.points):
        for number, step in enumerate(point.steps):
            into[step.to] += into[place]
            yield place, number, into[place] * diagram.ways(step.to)


def _quantile(sure: Line, maybe: Line, within: Between, percent: int) -> Between:
    """The figure that so many per cent of designs have at the most.

    Of those that are surely within, and those that may be: as many as are within lie between.
    """
    first = (max(within.least, 1) - 1) * percent // 100
    last = (within.most - 1) * percent // 100
    least = maybe.quantile(min(first, maybe.total - 1)).least
    most = sure.quantile(last).most if last < sure.total else maybe.quantile(maybe.total - 1).most
    return Between(least, most)


def _bins(sure: Line, maybe: Line, least: int, most: int) -> Iterator[Bin]:
    """A histogram in steps of one size."""
    size = -(-(most - least + 1) // BINS)
    for first in range(least, most + 1, size):
        last = min(first + size - 1, most)
        low = sure.up_to(last).least - sure.up_to(first - 1).most
        high = maybe.up_to(last).most - maybe.up_to(first - 1).least
        yield Bin(first, last, Between(max(low, 0), high))
