"""What costs now against what is locked: what grew, past which limit, and what may be new or gone.

All arithmetic is on whole numbers; a tolerance in percent is a fraction.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import inf
from typing import NamedTuple

from convcost.cases import Comparison, Row
from convcost.conventions import Convention
from convcost.errors import ConvcostError, Problem, no_such, shorten
from convcost.lock import NAME, Figures
from convcost.profilers import count
from convcost.published import EXACT, FIGURES, Budget


class Entry(NamedTuple):
    """A network, or a kind in a case: what it costs now, where it stands, and what it may cost."""

    name: str
    figures: Figures
    place: str
    budget: Budget
    comparison: Comparison
    row: Row


GREW, SHRANK, NEW, GONE = "grew", "shrank", "new", "gone"
RENAMED, OVER = "renamed", "over budget"


class Change(NamedTuple):
    """A figure that is another one than before.

    Attributes:
        status: one of the words above.
        name: of the entry.
        what: of which figure.
        old: before, or the budget that it is over; None if there was none.
        new: now; None if there is none.
        limit: what it may be at most, if there is a limit.
        fails: whether that is a "no".
        place: the entry's line in its config, or the budget's.
        was: what the entry was probably called.
    """

    status: str
    name: str
    what: str
    old: int | None
    new: int | None
    limit: int | None = None
    fails: bool = False
    place: str = ""
    was: str = ""

    @property
    def delta(self) -> int:
        """How much more it is than before."""
        return (self.new or 0) - (self.old or 0)

    @property
    def share(self) -> float | None:
        """The difference as a share of what it was."""
        return self.delta / self.old if self.old and self.new is not None else None


class Tolerance(NamedTuple):
    """How much a figure may grow: by `more`, and by so many parts of a hundred million."""

    more: int = 0
    share: int = 0

    def limit(self, old: int) -> int:
        """The largest figure that is let through."""
        return old + self.more + old * self.share // PARTS


PARTS = 10**8
Tolerances = Mapping[str, Tolerance]
_PERCENT = re.compile(r"(\d{1,4})(?:\.(\d{1,6}))?\s*%", re.ASCII)


def read_tolerances(words: Iterable[str]) -> dict[str, Tolerance]:
    """Tolerances by figure from `macs:1%`, `params:5k`, or `1%` for every other figure.

    Raises:
        ConvcostError: one of them is none.
    """
    found: dict[str, Tolerance] = {}
    problems = []
    for text in sorted(map(str.strip, words), key=lambda text: ":" in text):
        figure, colon, amount = text.rpartition(":")
        if colon and figure not in FIGURES:
            problems.append(no_such("figure", figure, FIGURES))
            continue
        try:
            tolerance = _tolerance(amount.strip())
        except ValueError as error:
            problems.append(f"'{shorten(text)}' {error}, such as macs:1% or params:5k")
            continue
        found |= dict.fromkeys([figure] if figure else FIGURES, tolerance)
    if problems:
        raise ConvcostError(*[Problem("--tolerance", problem) for problem in problems])
    return found


def _tolerance(text: str) -> Tolerance:
    percent = _PERCENT.fullmatch(text)
    if percent is None:
        return Tolerance(more=EXACT.parse(text))
    return Tolerance(share=int(percent[1] + (percent[2] or "").ljust(6, "0")))


def entries_of(
    comparisons: Sequence[Comparison], convention: Convention | None = None
) -> dict[str, Entry]:
    """Every network, and every kind of every case that can be built, by name.

    Raises:
        ConvcostError: two have one name, or the convention's tool has no figure for one.
    """
    found: dict[str, Entry] = {}
    problems = []
    for entry in _entries(comparisons, convention):
        other = found.setdefault(entry.name, entry)
        if other is not entry:
            message = f"'{entry.name}' is another entry's name, at {other.place}"
            problems.append(Problem(entry.place, message))
        if entry.name == NAME:
            problems.append(Problem(entry.place, f"'{NAME}' is not for entries"))
        if any(value > EXACT.maximum for value in entry.figures.values()):
            problems.append(Problem(entry.place, f"{entry.name} costs more than 10^18"))
        if not entry.figures:
            tool = convention.name if convention else ""
            reason = f"{tool} prints no figure for {entry.name}; leave it out with --only"
            problems.append(Problem(entry.place, reason))
    if problems:
        raise ConvcostError(*problems)
    return found


def unbuilt(comparisons: Sequence[Comparison]) -> list[str]:
    """The kinds of cases that cannot be built, and why; they are no entries."""
    return [
        f"{case.name}: {row.label} is no entry, as it cannot be built: {row.error}"
        for case, rows in comparisons
        for row in rows
        if not row.built
    ]


def _entries(comparisons: Sequence[Comparison], convention: Convention | None) -> Iterator[Entry]:
    for comparison in comparisons:
        case, rows = comparison
        for row in rows:
            if row.built:
                name = case.name if case.network else f"{case.name}: {row.label}"
                figures = _figures(comparison, row, convention)
                yield Entry(name, figures, case.place, case.budget, comparison, row)


def _figures(comparison: Comparison, row: Row, convention: Convention | None) -> Figures:
    """What is locked of a row: nothing if the convention's tool has no figure for it."""
    own = row.cost
    if convention is None:
        return {"params": own.params, "macs": own.macs, "activations": own.activations}
    found = count(row.graph, convention, comparison.case.batch)
    if found.total is None:
        return {}
    params = own.params if found.params is None else found.params
    return {"params": params, convention.unit.lower(): found.total}


def changes(
    old: Mapping[str, Figures],
    new: Mapping[str, Figures],
    tolerances: Tolerances | None = None,
    locked: bool = False,
    places: Mapping[str, str] | None = None,
) -> list[Change]:
    """Every figure that changed, the largest growth first, then what is new, smaller or gone.

    With tolerances, growth past them fails (past 0, where a figure has none); if `locked`, any
    difference does.
    """
    where = places or {}
    renamed = _renamed(old, new)
    found = []
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name, {}), new.get(name, {})
        place, was = where.get(name, ""), renamed.get(name, "")
        if was:
            found.append(Change(RENAMED, name, "", None, None, None, locked, place, was))
        if was or name in renamed.values():
            continue
        for what in [figure for figure in FIGURES if before.get(figure) != after.get(figure)]:
            one, two = before.get(what), after.get(what)
            status, limit = _status(one, two), None
            if one is not None and two is not None and tolerances is not None:
                limit = tolerances.get(what, Tolerance()).limit(one)
            fails = locked or (limit is not None and two is not None and two > limit)
            found.append(Change(status, name, what, one, two, limit, fails, place))
    return sorted(found, key=_order)


def _status(old: int | None, new: int | None) -> str:
    if old is None:
        return NEW
    return GONE if new is None else GREW if new > old else SHRANK


def _renamed(old: Mapping[str, Figures], new: Mapping[str, Figures]) -> dict[str, str]:
    """New names that have the figures of one that is gone, and of no other."""
    gone: dict[tuple[tuple[str, int], ...], list[str]] = {}
    for name, figures in old.items():
        if name not in new:
            gone.setdefault(tuple(figures.items()), []).append(name)
    found: dict[str, str] = {}
    for name, figures in new.items():
        names = gone.get(tuple(figures.items()), [])
        if name not in old and len(names) == 1 and names[0] not in found.values():
            found[name] = names[0]
    return found


def _order(change: Change) -> tuple[int, float, int, str]:
    """Sort key: what fails, then the largest growth, as a share and as a number."""
    groups = (OVER, GREW, NEW, SHRANK, RENAMED, GONE)
    rank = groups.index(change.status) + (0 if change.fails else len(groups))
    endless = change.old == 0 and change.delta > 0
    return rank, -(inf if endless else change.share or 0.0), -change.delta, change.name


def over_budget(entries: Mapping[str, Entry]) -> list[Change]:
    """Every figure above what its entry may cost, as convcost counts whatever is locked."""
    found = []
    for name, entry in entries.items():
        for what, (most, place) in entry.budget.items():
            cost = getattr(entry.row.cost, what)
            if cost > most:
                found.append(Change(OVER, name, what, most, cost, most, True, place))
    return sorted(found, key=_order)
