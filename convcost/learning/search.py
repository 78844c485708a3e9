"""The search for the simplest rule: from coarse windows to the printed digits.

In windows of half a percent few terms show, and a figure that is wrong stands out; each finer step
begins with what the one before it found. At the end nothing is taken for granted any more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from convcost.learning.columns import Column
from convcost.learning.figures import Line, Window, windows
from convcost.learning.programme import MOST, Budget, Solved, simplest, twice

STEPS = (5e-3, 1e-3, 1e-4)
"""Shares of a figure around it, from coarse to fine; the printed digits come last."""

AT_ONCE = 40
"""Figures that are looked at together, at first; those that a rule does not explain join them."""

ROUNDS = 6

Say = Callable[[str], None]
"""What takes words on how far the search is."""


class Task(NamedTuple):
    """What a rule is looked for.

    Attributes:
        lines: networks with their figures.
        columns: what a rule may be made of.
        rounding: how figures were printed.
        budget: how long to look at all steps.
    """

    lines: Sequence[Line]
    columns: Sequence[Column]
    rounding: str
    budget: Budget

    def missed(self, factors: Mapping[int, int]) -> tuple[int, ...]:
        """The figures that factors do not explain."""
        asked = windows(self.lines, self.rounding)
        return tuple(
            n for n, each in enumerate(asked) if twice(self.columns, factors, n) not in each
        )

    def scored(self, solved: Solved) -> Solved:
        """The same, of all figures and not only of those that were looked at."""
        missed = self.missed(solved.factors)
        more = sum(self.lines[n].worth for n in missed) - sum(
            self.lines[n].worth for n in solved.missed
        )
        return solved._replace(missed=missed, points=solved.points + more)


class Start(NamedTuple):
    """What a search in windows that are wider than the printed digits has found.

    Attributes:
        chosen: the figures that were looked at.
        found: the simplest rule for them; None if nothing is coarser than the digits.
        left_out: the figures that it does not explain.
    """

    chosen: Sequence[int]
    found: Solved | None
    left_out: set[int]


def coarse(task: Task, say: Say = lambda words: None) -> Start:
    """The simplest rule for some of the figures, step by step; what is missed once is let go."""
    chosen = _first(task, ())
    asked = windows(task.lines, task.rounding)
    found: Solved | None = None
    left_out: set[int] = set()
    for share in STEPS:
        wide = {n: asked[n].widened(share) for n in chosen}
        if any(wide[n] != asked[n] for n in chosen):
            say(f"to {share:.2%} of each figure")
            kept = {n: wide[n] for n in chosen if n not in left_out}
            found = _step(task, kept, found) or found
            left_out |= set(found.missed if found else ())
    return Start(chosen, found, left_out)


def search(task: Task, start: Start, say: Say = lambda words: None) -> Solved | None:
    """The simplest rule, and the figures that it does not explain; None if none was found."""
    chosen = list(start.chosen)
    say("to the printed digits")
    best = _held_to(task, chosen, start.found, start.left_out)
    for _ in range(ROUNDS):
        more = [n for n in best.missed if n not in chosen] if best else []
        if best is None or not more:
            break
        kept = [n for n in chosen if n not in best.missed]
        chosen = sorted({*chosen, *more[:AT_ONCE]})
        say(f"to the printed digits of {len(chosen)} figures")
        best = _mended(task, [*kept, *more[:AT_ONCE]], best, more) or best
    return _again(task, chosen, best, say) if best else None


def refit(task: Task, known: Solved, without: Iterable[int]) -> Solved | None:
    """The simplest rule for the figures that a rule explains, but for those that it is without."""
    out = {*without, *known.missed}
    return _held_to(task, _first(task, out), known, set())


def _mended(
    task: Task, chosen: Sequence[int], found: Solved, missed: Collection[int]
) -> Solved | None:
    """The simplest rule that explains of the chosen figures more of those that were missed.

    All others stay explained, so that it is not proven that nothing is simpler.
    """
    asked = windows(task.lines, task.rounding)
    mended = _step(task, {n: asked[n] for n in chosen}, found, only=missed)
    if mended is None:
        return None
    scored = task.scored(mended._replace(proven=False))
    return min((scored, found), key=lambda each: each.points)


def _first(task: Task, out: Collection[int]) -> list[int]:
    """Some figures: for each column the networks with the largest share of it, then others."""
    kept = [n for n in range(len(task.lines)) if n not in out]
    if len(kept) <= AT_ONCE:
        return kept
    values = [max(line.printed.value, 1) for line in task.lines]
    chosen: dict[int, None] = {}
    for column in sorted(task.columns, key=lambda each: not each.usual):
        shares = sorted(kept, key=lambda n: -column.sums[n] / values[n])
        chosen |= dict.fromkeys(shares[:2])
    step = max(len(kept) // AT_ONCE, 1)
    return sorted([*chosen][:AT_ONCE] + [n for n in kept[::step] if n not in chosen])


def _held_to(
    task: Task, chosen: Sequence[int], hint: Solved | None, left_out: set[int]
) -> Solved | None:
    """The simplest rule for the chosen figures but those that are left out."""
    asked = windows(task.lines, task.rounding)
    found = _step(task, {n: asked[n] for n in chosen if n not in left_out}, hint)
    return task.scored(found) if found else None


def _again(task: Task, chosen: Sequence[int], found: Solved, say: Say) -> Solved:
    """The rule, or a better one if no figure is let go beforehand: that there is none is proven."""
    missed = set(found.missed) & set(chosen)
    if found.proven and not missed:
        return found
    if missed:
        say("with the figures that are not explained")
        found = _mended(task, chosen, found, missed) or found
    say("with every figure again")
    whole = _held_to(task, chosen, found, set())
    if whole is None or whole.points > found.points:
        return found._replace(proven=False)
    return whole


def _step(
    task: Task,
    asked: Mapping[int, Window],
    hint: Solved | None,
    only: Collection[int] | None = None,
) -> Solved | None:
    """One programme, of the columns that can show in its windows; `only` these may be missed."""
    worth = {n: task.lines[n].worth for n in asked if only is None or n in only}
    shown = [index for index, column in enumerate(task.columns) if _shows(column, asked)]
    place = {index: n for n, index in enumerate(shown)}
    if hint is not None:
        known = {place[i]: factor for i, factor in hint.factors.items() if i in place}
        hint = hint._replace(factors=known)
    found = simplest([task.columns[i] for i in shown], asked, worth, task.budget, hint)
    if found is None:
        return None
    return found._replace(factors={shown[n]: factor for n, factor in found.factors.items()})


def _shows(column: Column, asked: Mapping[int, Window]) -> bool:
    """Whether the largest factor of a column would take a figure from one end to the other."""
    return any(2 * MOST * column.sums[n] > each.high - each.low for n, each in asked.items())
