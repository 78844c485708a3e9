"""A known convention that prints a table of figures but for its rule of one call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations

from convcost.counting.conventions import Convention
from convcost.counting.counts import Count, seen_rules, tally
from convcost.counting.own import own_convention
from convcost.counting.rules import Rule
from convcost.learning.columns import PRODUCTS, Column
from convcost.learning.figures import ROUNDED, TRUNCATED, Line, Window, windows
from convcost.learning.known import Explained, missed_by, points_of
from convcost.learning.programme import DEVIATION, HALF, MOST, TERM, twice
from convcost.learning.settling import BALANCED, Open, Span
from convcost.learning.written import Written, term

PRODUCT = 20
"""Points more where that is a product, in which a tool is hardly another."""

_LEAST = TERM + DEVIATION
"""Points of a tool that counts one call otherwise, at the least."""

TRIED = 3
"""Figures from which a factor is found: those in which the call has the largest share."""


def but_for_one(
    lines: Sequence[Line],
    conventions: Sequence[Convention],
    columns: Sequence[Column],
    name: str,
    source: str,
    best: int,
) -> Explained | None:
    """The convention that explains the table with another rule for one call, if one is better.

    Args:
        lines: networks with their figures.
        conventions: those to begin with.
        columns: what the other rule may be made of.
        name: what that convention is to be called.
        source: where it is from.
        best: the points that it has to be better than.
    """
    best = min(best, sum(line.worth for line in lines) // 2)  # one call is no other rule
    calls = _calls(lines, columns)
    found: Explained | None = None
    for convention in conventions:
        counts = [tally(line.survey, convention, line.batch) for line in lines]
        if any(count.total is None for count in counts):
            continue
        for rounding in (ROUNDED, TRUNCATED):
            printed = _Printed(lines, convention, counts, rounding)
            for call in calls:
                found = printed.but_for(call, best, name, source) or found
                best = found.points if found else best
    return found


def _calls(lines: Sequence[Line], columns: Sequence[Column]) -> list[_Call]:
    """The calls that columns are of."""
    own: dict[str, list[Column]] = {}
    for column in columns:
        own.setdefault(column.call, []).append(column)
    return [_Call(lines, each) for each in own.values()]


def sum_of(factors: Mapping[int, int], columns: Sequence[Column]) -> Rule:
    """The rule of these factors, which are twice as large."""
    rule = Rule()
    for index, factor in factors.items():
        rule += term(factor, columns[index].quantity)
    return rule


class _Call:
    """A call for which there may be another rule, and what that may be made of."""

    def __init__(self, lines: Sequence[Line], columns: Sequence[Column]) -> None:
        """Find where it shows, and where it is not at all."""
        self.name, self.columns = columns[0].call, columns
        self.multiplies = any(column.family == PRODUCTS for column in columns)
        numbers = range(len(lines))
        self.without = [n for n in numbers if not any(column.sums[n] for column in columns)]
        self.largest = [
            [n for n in sorted(numbers, key=_share(lines, column))[:TRIED] if column.sums[n]]
            for column in columns
        ]


def _share(lines: Sequence[Line], column: Column) -> Callable[[int], float]:
    """A key that sorts networks by their share of a column, the largest first."""
    return lambda n: -column.sums[n] / lines[n].printed.value


class _Printed:
    """What a tool prints for a table, in one way of printing."""

    def __init__(
        self, lines: Sequence[Line], convention: Convention, counts: Sequence[Count], rounding: str
    ) -> None:
        """Find what the figures are worth that it does not explain."""
        self.lines, self.convention, self.counts, self.rounding = (
            lines,
            convention,
            counts,
            rounding,
        )
        self.asked = windows(lines, rounding)
        self.totals = [2 * (count.total or 0) for count in counts]
        self.worth = [line.worth for line in lines]
        self.own_points = points_of(lines, (), rounding)
        self.lost = [
            0 if total in window else worth
            for total, window, worth in zip(self.totals, self.asked, self.worth, strict=True)
        ]

    def but_for(self, call: _Call, best: int, name: str, source: str) -> Explained | None:
        """The same with the best other rule for a call, if that has fewer points."""
        if sum([self.lost[n] for n in call.without]) + _LEAST + self.own_points >= best:
            return None
        tried = _Another(call, self._left(call), self.worth)
        found: Explained | None = None
        for factors in tried.rules(best - self.own_points):
            rule = sum_of(factors, call.columns)
            changed = _with_rule(self.lines, self.convention, call.name, rule, name, source)
            missed = missed_by(self.lines, changed.convention, self.rounding)
            points = tried.points(factors) + points_of(self.lines, missed, self.rounding)
            if points < best:
                best = points
                done = changed.convention, self.rounding, missed, points, call.name, changed
                found = Explained(*done, tried.open(missed))
        return found

    def _left(self, call: _Call) -> list[Window]:
        """What is left of each figure for a call."""
        own = [2 * _counted(count, call.name) for count in self.counts]
        rest = [total - each for total, each in zip(self.totals, own, strict=True)]
        return [Window(*(end - r for end in w)) for w, r in zip(self.asked, rest, strict=True)]


class _Another:
    """What another rule for a call would have to count, given all that a tool counts beside it."""

    def __init__(self, call: _Call, left: Sequence[Window], worth: Sequence[int]) -> None:
        """Keep what is left of each figure, and what the figures are worth."""
        self.call, self.columns, self.left, self.worth = call, call.columns, left, worth

    def points(self, factors: Mapping[int, int]) -> int:
        """Points of the tool and of the other rule."""
        terms = sum(TERM + factor // 2 + HALF * (factor % 2) for factor in factors.values())
        return _LEAST + terms + PRODUCT * self.call.multiplies

    def rules(self, best: int) -> Iterator[dict[int, int]]:
        """Factors that have fewer points than the best, with what they do not explain."""
        for factors in self._candidates():
            points = self.points(factors)
            for n, window in enumerate(self.left):
                if twice(self.columns, factors, n) not in window:
                    points += self.worth[n]
                    if points >= best:
                        break
            else:
                yield factors

    def open(self, missed: Sequence[int]) -> tuple[Open, ...]:
        """What else the call may count so that no other figures are missed."""
        kept = [n for n in range(len(self.left)) if n not in missed]
        fitting = [
            factors
            for factors in self._candidates()
            if all(twice(self.columns, factors, n) in self.left[n] for n in kept)
        ]
        if len(fitting) < 2:
            return ()
        counted = {index for factors in fitting for index in factors}
        spans = []
        for index in sorted(counted):
            values = [factors.get(index, 0) for factors in fitting]
            spans.append(Span(self.columns[index].words, min(values), max(values)))
        return (Open(self.call.name, tuple(spans), BALANCED),)

    def _candidates(self) -> Iterator[dict[int, int]]:
        """No rule, each factor of a quantity that explains some figure, and so of two of them."""
        yield {}
        for index in range(len(self.columns)):
            yield from self._completed({}, index)
        for first, second in combinations(range(len(self.columns)), 2):
            for factor in range(1, 2 * MOST + 1):
                yield from self._completed({first: factor}, second)

    def _completed(self, factors: dict[int, int], index: int) -> Iterator[dict[int, int]]:
        sums = self.columns[index].sums
        found: dict[int, None] = {}
        for n in self.call.largest[index]:
            taken = twice(self.columns, factors, n)
            low, high = self.left[n].low - taken, self.left[n].high - taken
            first, last = max(-(-low // sums[n]), 1), min(high // sums[n], 2 * MOST)
            found |= dict.fromkeys(range(first, last + 1))
        for factor in found:
            yield {**factors, index: factor}


def _counted(count: Count, call: str) -> int:
    """What a tool counts for a call."""
    return sum(part.figure for part in count.parts if part.group.label == call)


def _with_rule(
    lines: Sequence[Line], convention: Convention, call: str, rule: Rule, name: str, source: str
) -> Written:
    """A convention with another rule for a call, under the names by which the tool knows it."""
    rules: dict[str, Rule] = {}
    for group in [group for line in lines for group in line.survey]:
        if group.label == call and not group.within:
            seen = [each for each, _ in seen_rules(group.names, convention, convention.rules)]
            listened = [each for each in seen if each in convention.rules] or [call]
            rules |= {each: Rule() for each in listened[1:] if each not in rules}
            rules.setdefault(listened[0], rule)
    return Written(own_convention(name, convention, rules, source=source), rules)
