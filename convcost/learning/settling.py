"""What figures leave open: the calls for which another rule would explain them as well."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import floor, gcd, isfinite
from typing import NamedTuple

from convcost.learning.columns import Column
from convcost.learning.figures import Window
from convcost.learning.programme import MOST, Budget, Factors, Programme, twice

AT_ONCE = 40
"""Windows that are looked at together, at first."""

EFFORT, MOST_EFFORT = 1.5, 0.3
"""Of all questions, and the most of one, in the solver's own steps."""

TOO_SMALL, TOGETHER, BALANCED = "too small to show", "always comes with", "others make up for it"
ALIKE = "its quantities are the same here"


class Span(NamedTuple):
    """The factors of a quantity, twice, that some rule has which explains the figures.

    `proven` is whether the least and the largest are had by one; else none is beyond them.
    """

    quantity: str
    low: int
    high: int
    proven: bool = True

    def __str__(self) -> str:
        if self.low == self.high:
            return f"{self.low / 2:g} {self.quantity}"
        most = "" if self.proven else " at most"
        return f"{self.low / 2:g} to {self.high / 2:g}{most} {self.quantity}"


class Open(NamedTuple):
    """A call whose rule the figures do not settle.

    Attributes:
        call: its name.
        spans: what of each of its quantities may be counted.
        why: `TOO_SMALL`, `TOGETHER` with the names of others, or `BALANCED`.
    """

    call: str
    spans: tuple[Span, ...]
    why: str


def settle(
    columns: Sequence[Column],
    asked: Mapping[int, Window],
    factors: Factors,
    say: Callable[[str], None] = lambda words: None,
) -> list[Open]:
    """The calls whose rule is open, where those of all others may be any; `factors` are one rule.

    Rules are made of these columns only.
    """
    calls: dict[str, list[int]] = {}
    for index, column in enumerate(columns):
        calls.setdefault(column.call, []).append(index)
    budget = Budget(EFFORT, MOST_EFFORT)
    found = []
    for call, own in calls.items():
        say(f"what else {call} may count")
        small = [index for index in own if _is_small(columns[index], asked)]
        spans = [_span(columns, asked, factors, n, budget) for n in own if n not in small]
        free = [Span(columns[index].words, 0, 2 * MOST) for index in small]
        if any(span.low < span.high for span in spans):
            why = _together(columns, asked, own) or BALANCED
            found.append(Open(call, tuple(spans + free), why))
        elif any(columns[n].same and n in factors for n in own):
            found.append(Open(call, tuple(spans + free), ALIKE))
        elif free:
            found.append(Open(call, tuple(spans + free), TOO_SMALL))
    return found


def _is_small(column: Column, asked: Mapping[int, Window]) -> bool:
    """Whether the largest factor changes no figure by as much as one of its last digit."""
    return all(2 * MOST * column.sums[n] < each.high - each.low for n, each in asked.items())


def _span(
    columns: Sequence[Column],
    asked: Mapping[int, Window],
    factors: Factors,
    index: int,
    budget: Budget,
) -> Span:
    """The least and the largest factor of one column."""
    known = factors.get(index, 0)
    low, lowest = _end(columns, asked, factors, index, 1, budget)
    high, highest = _end(columns, asked, factors, index, -1, budget)
    low, high = min(max(low, 0), known), max(min(high, 2 * MOST), known)
    return Span(columns[index].words, low, high, lowest and highest)


def _end(
    columns: Sequence[Column],
    asked: Mapping[int, Window],
    factors: Factors,
    index: int,
    sign: int,
    budget: Budget,
) -> tuple[int, bool]:
    """The least factor of a column, or with -1 the largest; and whether some rule has it.

    Windows that are not looked at join those that are where a rule does not hold them.
    """
    looked = dict(list(asked.items())[:: max(len(asked) // AT_ONCE, 1)])
    nothing_known = (0 if sign > 0 else 2 * MOST), False
    while budget.left:
        programme = Programme(columns)
        for network, window in looked.items():
            programme.within(network, window)
        programme.hint(factors)
        programme.model.minimize(sign * programme.factors[index])
        status, solver = programme.solve(budget)
        if status != "OPTIMAL":  # what the solver has excluded is beyond this
            bound = solver.best_objective_bound
            if status != "FEASIBLE" or not isfinite(bound):
                return nothing_known
            return sign * floor(bound), False
        found = programme.read(solver)
        broken = [n for n in asked if twice(columns, found, n) not in asked[n]]
        if not broken:
            return found.get(index, 0), True
        looked |= {n: asked[n] for n in broken[:AT_ONCE]}
    return nothing_known


def _together(columns: Sequence[Column], asked: Mapping[int, Window], own: Sequence[int]) -> str:
    """The calls of which some quantity is in every network as many times one of this call's."""
    shapes = {_direction(columns[index], asked) for index in own}
    call = columns[own[0]].call
    alike = {c.call: None for c in columns if c.call != call and _direction(c, asked) in shapes}
    return f"{TOGETHER} {', '.join(alike)}" if alike else ""


def _direction(column: Column, asked: Mapping[int, Window]) -> tuple[int, ...]:
    sums = [column.sums[n] for n in asked]
    common = gcd(*sums) or 1
    return tuple([each // common for each in sums])
