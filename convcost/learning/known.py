"""Which tool prints a table of figures, or does but for its rule of one call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from convcost.counting.conventions import Convention
from convcost.counting.counts import Count, seen_rules, tally
from convcost.counting.own import own_convention
from convcost.counting.profilers import TOOLS
from convcost.counting.rules import Rule
from convcost.learning.columns import PRODUCTS, Column
from convcost.learning.figures import ROUNDED, TRUNCATED, Line, Window, windows
from convcost.learning.programme import DEVIATION, HALF, MOST, TERM, twice
from convcost.learning.settling import BALANCED, Open, Span
from convcost.learning.written import Written, term

CUT_OFF = 4
"""Points of a table whose figures are cut off, not rounded."""

PRODUCT = 20
"""Points more where that is a product, in which a tool is hardly another."""

_LEAST = TERM + DEVIATION
"""Points of a tool that counts one call otherwise, at the least."""

TRIED = 3
"""Figures from which a factor is found: those in which the call has the largest share."""


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
    ways = {rounding: windows(lines, rounding) for rounding in (ROUNDED, TRUNCATED)}
    calls = _calls(lines, columns)
    worth = [line.worth for line in lines]
    found: Explained | None = None
    for convention in conventions:
        counts = [tally(line.survey, convention, line.batch) for line in lines]
        totals = [2 * count.total for count in counts if count.total is not None]
        if len(totals) < len(lines):
            continue
        for rounding, asked in ways.items():
            least = _LEAST + points_of(lines, (), rounding)
            lost = [0 if t in w else own for t, w, own in zip(totals, asked, worth, strict=True)]
            for call in calls:
                if sum([lost[n] for n in call.without]) + least >= best:
                    continue
                own = [_counted(count, call.name) for count in counts]
                rest = [total - 2 * each for total, each in zip(totals, own, strict=True)]
                left = [Window(*(end - r for end in w)) for w, r in zip(asked, rest, strict=True)]
                tried = _Another(call, left, worth)
                for factors in tried.rules(best - points_of(lines, (), rounding)):
                    rule = sum_of(factors, call.columns)
                    changed = _with_rule(lines, convention, call.name, rule, name, source)
                    missed = missed_by(lines, changed.convention, rounding)
                    points = tried.points(factors) + points_of(lines, missed, rounding)
                    if points < best:
                        best = points
                        done = changed.convention, rounding, missed, points, call.name, changed
                        found = Explained(*done, tried.open(missed))
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
    return Written(own_convention(name, convention, rules, source=source), convention, rules)
