"""All designs of a network and what they cost: how many, how much, which ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from importlib.util import find_spec
from itertools import islice
from random import Random
from typing import NamedTuple

from convcost.errors import ConvcostError, Problem, listed, no_such
from convcost.networks.cases import Case
from convcost.networks.choices import option_of
from convcost.spaces.designs import (
    Design,
    Reach,
    Steps,
    Urn,
    chosen,
    design_of,
    each_within,
    numbered,
)
from convcost.spaces.diagram import Diagram, NotAddedUpError, explore
from convcost.spaces.figures import Figure, Meter
from convcost.spaces.front import LESS, MORE, Aims, front
from convcost.spaces.listing import count_each
from convcost.spaces.search import search
from convcost.spaces.sums import summed
from convcost.spaces.tally import Between, Line, Span, Tally
from convcost.spaces.ways import Ways, ways_of

QUANTILES = (5, 25, 50, 75, 95)
"""Per cent."""

BINS = 12
"""Of a histogram."""

PROVED = 8
"""Designs that are counted whole, to hold the sums against them."""

MOST_LISTED = 100_000
"""Designs that are listed one by one."""

Spans = Mapping[int, Span]
"""Values that are asked for, by column of figures."""


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


class Option(NamedTuple):
    """One option of a choice, and how many designs take it; `reached` have the choice at all."""

    path: str
    word: str
    designs: Between
    reached: Between


class Space:
    """All designs of a network.

    Attributes:
        case: the network.
        figures: what is counted of each design, in the order of their values.
        diagram: the designs.
        added_up: whether figures are sums over layers; else each design was counted whole.
        whole: how many there are, of which fewer may have been counted when that was stopped.
    """

    def __init__(
        self,
        case: Case,
        figures: Sequence[Figure],
        progress: Callable[[int], None] | None = None,
        listed: Callable[[Diagram, Meter], Diagram] = count_each,
    ) -> None:
        """Explore the space.

        `listed` counts each design whole, where figures do not add up.

        Raises:
            ConvcostError: no design can be built, or there are too many of them to be listed, or
                too many states.
        """
        self.case = case
        self.figures = tuple(figures)
        meter = Meter(case, figures)
        try:
            if not all(figure.adds for figure in figures):
                raise NotAddedUpError
            self.diagram = explore(case, meter, progress)
            self._prove(meter)
            self.whole, self.added_up = self.designs, True
        except NotAddedUpError:
            plain = explore(case, Meter(case, ()), progress)
            self.whole, self.added_up = plain.designs, False
            self.diagram = listed(plain, meter)
        self._ways: dict[tuple[tuple[int, ...], bool], Ways] = {}
        self._tallies: dict[tuple[int, ...], Tally] = {}

    def _prove(self, meter: Meter) -> None:
        """Hold the sums of some designs against these built whole, one by one."""
        from convcost.spaces.listing import count_design

        random = Random(0)
        for _ in range(min(PROVED, self.designs)):
            steps = numbered(self.diagram, random.randrange(self.designs))
            if count_design(self.diagram, steps, meter) != design_of(self.diagram, steps).values:
                raise NotAddedUpError

    @property
    def designs(self) -> int:
        """How many there are."""
        return self.diagram.designs

    @cached_property
    def reach(self) -> Reach:
        """The least and the most of figures from each decision on."""
        return Reach(self.diagram)

    @cached_property
    def choices(self) -> dict[str, tuple[str, ...]]:
        """The options of every choice by path, in the order in which they are made."""
        depth = [0] * (self.diagram.end + 1)
        latest: dict[str, int] = {}
        for place, point in enumerate(self.diagram.points):
            latest[point.path] = max(latest.get(point.path, 0), depth[place])
            for step in point.steps:
                depth[step.to] = max(depth[step.to], depth[place] + 1)
        words = {point.path: point.words for point in self.diagram.points}
        return {path: words[path] for path in sorted(latest, key=latest.__getitem__)}

    def column(self, key: str) -> int:
        """Which of the figures is called so."""
        keys = [figure.key for figure in self.figures]
        if key.strip().lower() in keys:
            return keys.index(key.strip().lower())
        begun = [n for n, each in enumerate(keys) if each.partition("@")[0] == key.strip().lower()]
        if len(begun) != 1:
            raise ConvcostError(no_such("figure of this space", key, keys))
        return begun[0]

    def ways(self, columns: Sequence[int], kept: bool = False) -> Ways:
        """How many ways lead to each sum of some figures."""
        key = tuple(sorted(columns)), kept
        if key not in self._ways:
            self._ways[key] = ways_of(self.diagram, key[0], kept)
        return self._ways[key]

    def tally(self, columns: Sequence[int], spans: Spans, surely: bool = False) -> Tally:
        """How many designs within spans have each sum of some figures."""
        wanted = tuple(sorted({*columns, *spans}))
        axes = {wanted.index(column): span for column, span in spans.items()}
        return self._tally(wanted).within(axes, surely)

    def _tally(self, columns: tuple[int, ...]) -> Tally:
        """How many designs have each sum of some figures; one by one where states have too many."""
        known = self._tallies.get(columns)
        if known is None:
            known = self.ways(columns).tally
            if not known.scale.exact and find_spec("numpy") is not None:
                known = summed(self.diagram, columns) or known
            self._tallies[columns] = known
        return known

    def count(self, spans: Spans) -> Between:
        """How many designs are within spans."""
        if not spans:
            return Between(self.designs, self.designs)
        most = self.tally((), spans)
        exact = most.scale.exact
        return Between((most if exact else self.tally((), spans, True)).total, most.total)

    def spread(self, column: int, spans: Spans) -> Spread | None:
        """How a figure is spread over the designs within spans; None if there are none."""
        axis = sorted({column, *spans}).index(column)
        maybe = self.tally((column,), spans)
        exact = maybe.scale.exact
        line = maybe.line(axis)
        sure = line if exact else self.tally((column,), spans, True).line(axis)
        if not line.total:
            return None
        within = Between(sure.total, line.total)
        quantiles = {each: _quantile(sure, line, within, each) for each in QUANTILES}
        least, most = (_quantile(sure, line, within, each) for each in (0, 100))
        if not exact:
            best = [self.best(column, sign, spans) for sign in (LESS, MORE)]
            least, most = (
                ends if own is None else Between(own.values[column], own.values[column])
                for ends, own in zip((least, most), best, strict=True)
            )
        bins = tuple(_bins(sure, line, least.least, most.most))
        return Spread(self.figures[column], least, most, quantiles, bins)

    def options(self, spans: Spans) -> list[Option]:
        """How often each option of each choice is taken by the designs within spans."""
        maybe = self._taken(spans, False)
        exact = not spans or self.ways([*spans], True).scale.exact
        surely = maybe if exact else self._taken(spans, True)
        found = []
        for path, words in self.choices.items():
            reached = Between(
                *[sum([own.get((path, w), 0) for w in words]) for own in (surely, maybe)]
            )
            for word in words:
                taken = Between(surely.get((path, word), 0), maybe.get((path, word), 0))
                found.append(Option(path, word, taken, reached))
        return found

    def _taken(self, spans: Spans, surely: bool) -> dict[tuple[str, str], int]:
        """How many designs within spans take an option, by path and word."""
        columns = tuple(sorted(spans))
        found: dict[tuple[str, str], int] = {}
        points = self.diagram.points
        if spans:
            ways = self.ways(columns, True)
            axes = {columns.index(column): span for column, span in spans.items()}
            steps = ways.taken(ways.tally.within(axes, surely).indices)
        else:
            steps = iter(_all_taken(self.diagram))
        for place, number, designs in steps:
            point = points[place]
            key = point.path, point.words[point.steps[number].option]
            found[key] = found.get(key, 0) + designs
        return found

    def design(self, number: int) -> Design:
        """The design of this number, from 0.

        Raises:
            ConvcostError: there are not so many.
        """
        if not 0 <= number < self.designs:
            words = f"{self.case.name} has designs 0 to {self.designs - 1:,}, not {number:,}"
            raise ConvcostError(Problem("--design", words))
        return self._design(numbered(self.diagram, number))

    def chosen(self, design: Mapping[str, str]) -> Design:
        """The first design with these options.

        Raises:
            ConvcostError: there is no such choice, or no such option, or no design has them all.
        """
        wanted = {}
        for path, word in design.items():
            known = self.choices
            if path not in known:
                raise ConvcostError(Problem("--design", no_such("choice", path, known)))
            option = option_of(word, known[path])
            if option is None:
                words = no_such(f"option of {path}", word, known[path])
                raise ConvcostError(Problem("--design", words))
            wanted[path] = known[path][option]
        steps = chosen(self.diagram, wanted)
        if steps is None:
            said = listed([f"{path}={word}" for path, word in wanted.items()])
            raise ConvcostError(Problem("--design", f"no design has {said}"))
        return self._design(steps)

    def _design(self, steps: Steps) -> Design:
        return design_of(self.diagram, steps)

    def each(self, spans: Spans) -> Iterator[Design]:
        """All designs within spans, in order."""
        return map(self._design, each_within(self.diagram, self.reach, spans))

    def sample(self, count: int, seed: int, spans: Spans) -> list[Design]:
        """Different designs within spans, each as likely as any other; all if there are no more."""
        random = Random(seed)
        there = self.count(spans)
        if there.most <= count:
            return [*islice(self.each(spans), count)]
        if not spans:
            drawn = _distinct(lambda: numbered(self.diagram, random.randrange(self.designs)), count)
            return [self._design(steps) for steps in drawn]
        columns = tuple(sorted(spans))
        urn = Urn(self.ways(columns, True), columns, spans)
        return [self._design(steps) for steps in _distinct(lambda: urn.draw(random), count)]

    def front(self, aims: Aims, spans: Spans) -> list[Design]:
        """The designs within spans than which no other is better, by the first aim.

        Raises:
            ConvcostError: too many ways would have to be kept.
        """
        found = map(self._design, front(self.diagram, self.reach, aims, spans))
        [first, *_] = aims
        return sorted(found, key=lambda design: (-aims[first] * design.values[first], design))

    def best(self, column: int, sign: int, spans: Spans) -> Design | None:
        """The design within spans that has most of a figure, or least; None if none is within."""
        for eased in _eased(column, sign, spans):
            found = self.front({column: sign}, eased)
            if not found:
                return None
            if all(span.has(found[0].values[at]) for at, span in spans.items()):
                return found[0]
        return self._best_of_all(column, sign, spans)

    def _best_of_all(self, column: int, sign: int, spans: Spans) -> Design | None:
        """The best design where both ends of a span matter: by all sums that there are."""
        columns = tuple(sorted({column, *spans}))
        tally = self.tally((column,), spans)
        if not tally.total:
            return None
        steps = None
        if tally.scale.exact:
            line = tally.line(columns.index(column))
            value = line.quantile(0 if sign == LESS else line.total - 1).least
            within = {**spans, column: Span(value, value)}
            steps = Urn(self.ways(columns, True), columns, within).draw(Random(0))
        steps = steps or search(self.diagram, self.reach, column, sign, spans)
        if steps is None:
            found = self.front({column: sign}, spans)
            return found[0] if found else None
        return self._design(steps)


def _all_taken(diagram: Diagram) -> Iterator[tuple[int, int, int]]:
    """By point and step, how many of all designs take it."""
    into = [0] * (diagram.end + 1)
    into[0] = 1
    for place, point in enumerate(diagram.points):
        for number, step in enumerate(point.steps):
            into[step.to] += into[place]
            yield place, number, into[place] * diagram.ways(step.to)


def _eased(column: int, sign: int, spans: Spans) -> Iterator[Spans]:
    """Spans without the ends that the best of a figure will hardly come to, but may.

    What is best without them and within them all the same is best with them: a design with the most
    params has many MACs anyway, and the upper end is what holds it.
    """
    eased = {}
    for at, span in spans.items():
        if at == column:
            eased[at] = span._replace(least=None) if sign == MORE else span._replace(most=None)
        elif None in span:
            eased[at] = span
        else:
            eased[at] = span._replace(least=None) if sign == MORE else span._replace(most=None)
    conflicting = column in spans and eased[column] != Span()
    if not conflicting:
        yield {at: span for at, span in eased.items() if span != Span()}


def _distinct(draw: Callable[[], Steps | None], count: int) -> list[Steps]:
    """Different ones of what is drawn, in the order in which they come."""
    found: dict[Steps, None] = {}
    vain = 0
    while len(found) < count and vain < 100 * count + 1000:
        steps = draw()
        if steps is None:
            break
        vain += steps in found
        found[steps] = None
    return [*found]


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


def listed_designs(space: Space, spans: Spans) -> list[Design]:
    """All designs within spans.

    Raises:
        ConvcostError: they are too many to be listed.
    """
    count = space.count(spans).least
    if count > MOST_LISTED:
        words = f"these are {count:,} designs, and {MOST_LISTED:,} may be listed"
        raise ConvcostError(Problem("--list", f"{words}; --within and --sample take fewer"))
    found = [*islice(space.each(spans), MOST_LISTED + 1)]
    if len(found) > MOST_LISTED:
        raise ConvcostError(Problem("--list", f"these are more than {MOST_LISTED:,} designs"))
    return found
