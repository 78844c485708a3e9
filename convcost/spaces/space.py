"""All designs of a network and what they cost: how many, how much, which ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from importlib.util import find_spec
from itertools import islice
from random import Random

from convcost.errors import ConvcostError, Problem, listed, no_such
from convcost.networks.cases import Case
from convcost.networks.choices import option_of
from convcost.spaces.best import Spans, best
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
from convcost.spaces.front import Aims, front
from convcost.spaces.listing import count_design, count_each
from convcost.spaces.spread import Option, Spread, options, spread
from convcost.spaces.sums import summed
from convcost.spaces.tally import Between, Tally
from convcost.spaces.ways import Ways, ways_of

PROVED = 8
"""Designs that are counted whole, to hold the sums against them."""

MOST_LISTED = 100_000
"""Designs that are listed one by one."""


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
        return spread(self, column, spans)

    def options(self, spans: Spans) -> list[Option]:
        """How often each option of each choice is taken by the designs within spans."""
        return options(self, spans)

    def best(self, column: int, sign: int, spans: Spans) -> Design | None:
        """The design within spans that has most of a figure, or least; None if none is within."""
        return best(self, column, sign, spans)

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
