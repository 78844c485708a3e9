"""The rule behind a table of printed figures: a known tool's, one but for a call, or a new one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from math import comb, inf, log10
from typing import NamedTuple

from convcost.counting.conventions import Convention
from convcost.counting.counts import tally
from convcost.counting.match import WEAK, WORTHLESS
from convcost.counting.profilers import CONVENTIONS
from convcost.errors import ConvcostError
from convcost.learning.chance import log_chance, number_of, rules_as_simple
from convcost.learning.columns import Column, columns_of
from convcost.learning.figures import ROUNDED, TRUNCATED, Line, windows
from convcost.learning.known import (
    CUT_OFF,
    Explained,
    known,
    missed_by,
)
from convcost.learning.nearly import but_for_one
from convcost.learning.programme import MOST, Budget, Solved, twice
from convcost.learning.search import Say, Task, coarse, refit, search
from convcost.learning.settling import Open, settle
from convcost.learning.written import written

KNOWN, BUT_FOR, NEW = "known", "but for one call", "new"

COMPARABLE = 3
"""How much likelier a new rule that explains all may do so by chance, as a decimal logarithm."""

FOLDS = 12
"""Parts of a table that are left out in turn, at most."""

LEFT_OUT_EFFORT = 1.0
"""Of all rules without some figures, in the solver's own steps."""

MOST_OF = 0.5
"""The share of a table that a rule has to explain more of."""

TWICE_AS_LONG = 300
"""Figures for which the search may be twice as long."""

MANY, MANY_MISSED = 100, 0.2
"""Of more figures other quantities are tried only where the usual ones leave such a share."""


class Options(NamedTuple):
    """How a rule is looked for.

    Attributes:
        name: of the convention that is found.
        source: of the table.
        conventions: those that may be it already.
        effort: how long to look, in the solver's own steps: one is some seconds.
        solver: whether there is one.
    """

    name: str = "learned"
    source: str = ""
    conventions: Sequence[Convention] = CONVENTIONS
    effort: float = 2.0
    solver: bool = True


class Learned(NamedTuple):
    """What was found.

    Attributes:
        kind: whether the rule is that of a `KNOWN` tool, one `BUT_FOR` a call, or `NEW`.
        explained: the rule and what it explains, counted again by its convention.
        alike: other known conventions that explain the same figures.
        counted: what the convention counts for each line; None where its tool raises.
        open: calls whose rule is not settled.
        chance: how many rules as simple would explain as much by chance, as a decimal logarithm.
        predicted: whether the rule from the others gives a figure, by its index.
        simplest: whether it is proven that no simpler rule explains as much.
    """

    kind: str
    explained: Explained
    alike: tuple[Convention, ...]
    counted: tuple[int | None, ...]
    open: tuple[Open, ...]
    chance: float
    predicted: dict[int, bool]
    simplest: bool

    @property
    def by_chance(self) -> float:
        """How many rules as simple would explain as much by chance."""
        return number_of(self.chance)

    @property
    def strength(self) -> str:
        """What the rule is worth, in a word."""
        missed, lines = len(self.explained.missed), len(self.counted)
        if lines - missed <= MOST_OF * lines or self.by_chance >= WORTHLESS:
            return "means nothing"
        return "weak" if self.by_chance >= WEAK else "strong"

    @property
    def fits(self) -> bool:
        """Whether it is a rule behind the table."""
        return self.strength != "means nothing"


def learn(lines: Sequence[Line], options: Options, say: Say = lambda words: None) -> Learned:
    """Find the rule behind the figures.

    A known convention that explains all is the answer, then one that does but for its rule of one
    call; else that of these and the simplest rule there is which would least likely explain by
    chance as many as it does. One that explains all is preferred where that is comparable.

    Raises:
        ConvcostError: the solver is needed, and not there; or nothing was found.
    """
    say("known tools")
    tried = known(lines, options.conventions)
    if tried and not tried[0].missed:
        return _known(lines, tried)
    columns = columns_of([line.survey for line in lines])
    best = tried[0].points if tried else sum(line.worth for line in lines)
    say("known tools but for one call")
    found = but_for_one(lines, options.conventions, columns, options.name, options.source, best)
    if found is not None and not found.missed:
        return _but_for_one(lines, found, columns, options)
    answers = [_known(lines, tried)] if tried else []
    answers += [_but_for_one(lines, found, columns, options)] if found else []
    least = min([each.chance for each in answers], default=inf)
    new = _new(lines, columns, options, say) if options.solver else None
    more = COMPARABLE if new is not None and not new[1].missed else 0
    if new is not None and _chance(*new) < least + more:
        return _learned(lines, columns, *new, options, say)
    answer = min(answers, key=lambda each: each.chance, default=None)
    if not options.solver and not (answer and answer.fits):
        message = (
            "no known tool prints these figures, not even but for one call; to find a new rule"
        )
        raise ConvcostError(f"{message}: pip install 'convcost[learn]'")
    if answer is None:
        raise ConvcostError("no rule was found in the time; --effort takes more")
    return answer._replace(simplest=options.solver)


def _known(lines: Sequence[Line], tried: Sequence[Explained]) -> Learned:
    best = tried[0]
    alike = [e.convention for e in tried if (e.missed, e.rounding) == (best.missed, best.rounding)]
    chance = log_chance(lines, best.missed, log10(2 * len(tried)))
    return Learned(
        KNOWN, best, tuple(alike), _counted(lines, best.convention), (), chance, {}, True
    )


def _but_for_one(
    lines: Sequence[Line], found: Explained, columns: Sequence[Column], options: Options
) -> Learned:
    calls = Counter(column.call for column in columns)
    rules = sum(comb(n, 2) * (2 * MOST) ** 2 + n * 2 * MOST + 1 for n in calls.values())
    counted = _counted(lines, found.convention)
    chance = log_chance(lines, found.missed, log10(2 * len(options.conventions) * rules))
    return Learned(BUT_FOR, found, (), counted, found.open, chance, {}, True)


def _counted(lines: Sequence[Line], convention: Convention) -> tuple[int | None, ...]:
    return tuple(tally(line.survey, convention, line.batch).total for line in lines)


def _new(
    lines: Sequence[Line], columns: Sequence[Column], options: Options, say: Say
) -> tuple[Task, Solved] | None:
    """The simplest rule, of usual quantities or else of all, rounded or else cut off."""
    usual = [column for column in columns if column.usual]
    found: list[tuple[Task, Solved]] = []
    for of in (usual, columns):
        best = min(found, key=_points, default=None)
        missed = len(best[1].missed) if best else len(lines)
        seldom = of is columns and len(lines) > MANY and missed < MANY_MISSED * len(lines)
        if not missed or seldom:
            break
        budget = Budget(options.effort * (1 + len(lines) / TWICE_AS_LONG))
        found += _searched(Task(lines, of, ROUNDED, budget), say)
    return min(found, key=_points, default=None)


def _searched(task: Task, say: Say) -> Iterator[tuple[Task, Solved]]:
    """The simplest rule for rounded figures, and for figures that are cut off."""
    start = coarse(task, say)
    for rounding in (ROUNDED, TRUNCATED):
        own = task._replace(rounding=rounding)
        solved = search(own, start, say)
        if solved is not None:
            yield own, solved


def _chance(task: Task, solved: Solved) -> float:
    """How many rules as simple would explain as much by chance, as a decimal logarithm."""
    terms = {
        (task.columns[n].family, task.columns[n].quantity.name, factor)
        for n, factor in solved.factors.items()
    }
    rules = rules_as_simple(len(task.columns), len(terms))
    return log_chance(task.lines, task.missed(solved.factors), rules)


def _points(found: tuple[Task, Solved]) -> int:
    task, solved = found
    return solved.points + (CUT_OFF if task.rounding == TRUNCATED else 0)


def _learned(
    lines: Sequence[Line],
    columns: Sequence[Column],
    task: Task,
    solved: Solved,
    options: Options,
    say: Say,
) -> Learned:
    """A new rule with all that there is to say of it."""
    every = _with_all(task, solved, columns)
    surveys = [line.survey for line in lines]
    own = written(columns, every, surveys, options.name, options.source)
    missed = missed_by(lines, own.convention, task.rounding)
    asked = {n: w for n, w in enumerate(windows(lines, task.rounding)) if n not in missed}
    opened = settle(task.columns, asked, solved.factors, say)
    calls = [each.call for each in opened]
    own = written(columns, every, surveys, options.name, options.source, calls)
    found = Explained(own.convention, task.rounding, missed, _points((task, solved)), written=own)
    return Learned(
        NEW,
        found,
        (),
        _counted(lines, own.convention),
        tuple(opened),
        _chance(task, solved),
        _left_out(task, solved, missed, say),
        solved.proven,
    )


def _with_all(task: Task, solved: Solved, columns: Sequence[Column]) -> dict[int, int]:
    """The factors by the indices of all columns."""
    places = {id(column): index for index, column in enumerate(columns)}
    return {places[id(task.columns[i])]: factor for i, factor in solved.factors.items()}


def _left_out(task: Task, solved: Solved, missed: Sequence[int], say: Say) -> dict[int, bool]:
    """Whether the rule from the other figures gives each, in turn or in a few parts.

    Where it is not proven that there is no simpler one, nothing is said.
    """
    kept = [n for n in range(len(task.lines)) if n not in missed]
    asked = windows(task.lines, task.rounding)
    parts = [kept[n::FOLDS] for n in range(min(FOLDS, len(kept)))] if len(kept) > 1 else []
    task = task._replace(budget=Budget(LEFT_OUT_EFFORT * (1 + len(kept) / MANY)))
    found: dict[int, bool] = {}
    for number, part in enumerate(parts, 1):
        say(f"without a part of the figures, {number} of {len(parts)}")
        others = refit(task, solved._replace(missed=tuple(missed)), part)
        if others is not None and others.proven:
            given = {n: twice(task.columns, others.factors, n) in asked[n] for n in part}
            found.update(given)
    return dict(sorted(found.items()))
