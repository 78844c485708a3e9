"""What costs now against what did before: what grew, past which limit, and what is new or gone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import inf
from typing import NamedTuple

from convcost.errors import ConvcostError, Problem
from convcost.gate.entries import Entry
from convcost.gate.lock import Figures
from convcost.gate.tolerances import Tolerance, Tolerances
from convcost.networks.cases import precision_of
from convcost.networks.figures import FIGURES, Most

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


def changes(
    old: Mapping[str, Figures],
    new: Mapping[str, Figures],
    tolerances: Tolerances | None = None,
    locked: bool = False,
    places: Mapping[str, str] | None = None,
    refused: Collection[str] = (),
) -> list[Change]:
    """Every figure that changed, the largest growth first, then what is new, smaller or gone.

    With tolerances, growth past them fails (past 0, where a figure has none); if `locked`, any
    difference does. What is new fails if it is among the `refused` names, and so does what is
    renamed while others are gone: it may be one of those, and have grown.
    """
    where = places or {}
    renamed = _renamed(old, new)
    before_that = set(renamed.values())
    unclear = any(name not in new and name not in before_that for name in old)
    found = []
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name, {}), new.get(name, {})
        place, was = where.get(name, ""), renamed.get(name, "")
        if was:
            fails = locked or (unclear and name in refused)
            found.append(Change(RENAMED, name, "", None, None, None, fails, place, was))
        if was or name in before_that:
            continue
        for what in [figure for figure in FIGURES if before.get(figure) != after.get(figure)]:
            one, two = before.get(what), after.get(what)
            status, limit = _status(one, two), None
            if one is not None and two is not None and tolerances is not None:
                limit = tolerances.get(what, Tolerance()).limit(one)
            fails = locked or (limit is not None and two is not None and two > limit)
            fails = fails or (status == NEW and name in refused)
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
        key = tuple(figures.items())
        if name not in old and len(gone.get(key, ())) == 1:
            [found[name]] = gone.pop(key)
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
        for what, most in entry.budget.items():
            own = _bound(entry, most) if most.device else getattr(entry.row.cost, what)
            if own > most.value:
                place = most.place
                found.append(Change(OVER, name, what, most.value, own, most.value, True, place))
    return sorted(found, key=_order)


def _bound(entry: Entry, most: Most) -> int:
    """The least time of an entry on the device of its budget, in picoseconds."""
    from convcost.graph.bound import bound

    assert most.device is not None
    case = entry.comparison.case
    try:
        stored = precision_of(most.stored, case.precision)
        return bound(entry.row.graph, most.device, stored, case.batch).picoseconds
    except ConvcostError as error:
        problems = [Problem(most.place, f"{each.place} {each.message}") for each in error.problems]
        raise ConvcostError(*problems) from None
