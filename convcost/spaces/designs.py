"""Single designs of a diagram: by their numbers, all in order, and drawn at random."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from operator import add
from random import Random
from typing import NamedTuple

from convcost.spaces.diagram import Diagram
from convcost.spaces.figures import Values
from convcost.spaces.tally import Span
from convcost.spaces.ways import Ways

Steps = tuple[int, ...]
"""A design as the numbers of its steps, from the first decision to the end."""

MOST_DRAWS = 200_000
"""Designs that are drawn in vain, one after the other."""


class Design(NamedTuple):
    """One way through all decisions.

    Attributes:
        number: its place among all designs in order, from 0.
        choices: the option of each decision, by path.
        values: its figures.
    """

    number: int
    choices: Mapping[str, str]
    values: Values


def design_of(diagram: Diagram, steps: Steps) -> Design:
    """The design that these steps make."""
    place, number, values = 0, 0, diagram.base
    choices = {}
    for chosen in steps:
        point = diagram.points[place]
        number += sum([diagram.ways(step.to) for step in point.steps[:chosen]])
        step = point.steps[chosen]
        choices[point.path] = point.words[step.option]
        values = tuple(map(add, values, step.cost))
        place = step.to
    return Design(number, choices, values)


def numbered(diagram: Diagram, number: int) -> Steps:
    """The steps of the design of this number, which is from 0 and less than there are."""
    place, steps = 0, []
    while place != diagram.end:
        for chosen, step in enumerate(diagram.points[place].steps):
            ways = diagram.ways(step.to)
            if number < ways:
                steps.append(chosen)
                place = step.to
                break
            number -= ways
    return tuple(steps)


def chosen(diagram: Diagram, design: Mapping[str, str]) -> Steps | None:
    """The steps of the first design that has these options; None if there is none."""
    vain: set[tuple[int, frozenset[str]]] = set()
    stack: list[tuple[int, frozenset[str], Steps]] = [(0, frozenset(design), ())]
    while stack:
        place, left, steps = stack.pop()
        if place == diagram.end:
            if not left:
                return steps
            continue
        if (place, left) in vain:  # whatever else led here
            continue
        vain.add((place, left))
        point = diagram.points[place]
        word = design.get(point.path)
        for number in range(len(point.steps) - 1, -1, -1):
            step = point.steps[number]
            if word in (None, point.words[step.option]):
                stack.append((step.to, left - {point.path}, (*steps, number)))
    return None


class Reach:
    """The least and the most of each figure from each point to the end."""

    def __init__(self, diagram: Diagram) -> None:
        zero = tuple([0 for _ in diagram.base])
        self.least: list[Values] = [zero] * (diagram.end + 1)
        self.most: list[Values] = [zero] * (diagram.end + 1)
        for place in range(diagram.end - 1, -1, -1):
            steps = diagram.points[place].steps
            lows = [map(add, step.cost, self.least[step.to]) for step in steps]
            highs = [map(add, step.cost, self.most[step.to]) for step in steps]
            self.least[place] = tuple(map(min, zip(*lows, strict=True)))
            self.most[place] = tuple(map(max, zip(*highs, strict=True)))

    def within(self, place: int, values: Values, spans: Mapping[int, Span]) -> bool:
        """Whether designs that have cost so much at a point may come to be within spans."""
        for column, (least, most) in spans.items():
            so_far = values[column]
            if least is not None and so_far + self.most[place][column] < least:
                return False
            if most is not None and so_far + self.least[place][column] > most:
                return False
        return True


def each_within(diagram: Diagram, reach: Reach, spans: Mapping[int, Span]) -> Iterator[Steps]:
    """The designs within spans, in order."""
    if not reach.within(0, diagram.base, spans):
        return
    stack: list[tuple[int, Values, Steps]] = [(0, diagram.base, ())]
    while stack:
        place, values, steps = stack.pop()
        if place == diagram.end:
            yield steps
            continue
        for chosen in range(len(diagram.points[place].steps) - 1, -1, -1):
            step = diagram.points[place].steps[chosen]
            more = tuple(map(add, values, step.cost))
            if reach.within(step.to, more, spans):
                stack.append((step.to, more, (*steps, chosen)))


class Urn:
    """Draws designs that are within spans, each as likely as any other."""

    def __init__(self, ways: Ways, columns: Sequence[int], spans: Mapping[int, Span]) -> None:
        """Draw by the ways to each sum of these columns, which all of the spans are of."""
        self.ways = ways
        self.spans = spans
        axes = {axis: spans[column] for axis, column in enumerate(columns) if column in spans}
        found = ways.tally.within(axes)
        self.indices = found.indices
        self.sums = list(accumulate(map(int, found.counts)))

    def draw(self, random: Random) -> Steps | None:
        """One design, with those before; None if none was found that is within.

        Sums that were cut to buckets are looked at again: what is not within is drawn again.
        """
        from bisect import bisect_right

        diagram = self.ways.diagram
        for _ in range(MOST_DRAWS if self.sums else 0):
            cell = bisect_right(self.sums, random.randrange(self.sums[-1]))
            steps = self._back(int(self.indices[cell]), random)
            values = design_of(diagram, steps).values
            if all(span.has(values[column]) for column, span in self.spans.items()):
                return steps
            if self.ways.scale.exact:
                break
        return None

    def _back(self, index: int, random: Random) -> Steps:
        """The way to an index at the end, step by step backwards."""
        place, steps = self.ways.diagram.end, []
        while place:
            sources = self.ways.into[place]
            counts = [self.ways.at(source, index - more) for source, _, more in sources]
            left = random.randrange(sum(counts))
            for (source, number, more), count in zip(sources, counts, strict=True):
                if left < count:
                    steps.append(number)
                    place, index = source, index - more
                    break
                left -= count
        return tuple(reversed(steps))
