"""Whether costs grew past what is locked or over their budgets, and the layers that did it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from convcost.counting.conventions import Convention
from convcost.counting.figures import Verdict
from convcost.errors import ConvcostError, Problem, shorten
from convcost.gate.causes import Cause, causes, changed_networks, entry_parts
from convcost.gate.changes import OVER, Change, changes, over_budget
from convcost.gate.entries import Entry, entries_of
from convcost.gate.lock import Figures
from convcost.gate.sides import Side
from convcost.gate.tolerances import Tolerances
from convcost.networks.cases import run_all
from convcost.sources import history
from convcost.sources.files import read_configs

CHECK_VERSION = 1
"""Of the JSON that check and diff print; `convcost schema check` is its schema."""


class Gate(NamedTuple):
    """What was found.

    Attributes:
        names: every entry that there is now.
        changes: figures that are others than before, or above their budget.
        verdicts: published figures.
        causes: layers that account for a network's change, by its name.
        unknown: why they are not known, by name.
    """

    names: Sequence[str]
    changes: Sequence[Change]
    verdicts: Sequence[Verdict] = ()
    causes: Mapping[str, Sequence[Cause]] = {}
    unknown: Mapping[str, str] = {}

    @property
    def failed(self) -> list[Change]:
        """The changes that fail."""
        return [change for change in self.changes if change.fails]

    @property
    def broken(self) -> list[Verdict]:
        """The published figures that fail."""
        return [verdict for verdict in self.verdicts if not verdict.passes]

    @property
    def unchanged(self) -> list[str]:
        """Entries that cost what they cost before."""
        changed = {change.name for change in self.changes if change.status != OVER}
        return [name for name in self.names if name not in changed]


def against_lock(
    side: Side, locked: Mapping[str, Figures], tolerances: Tolerances, strict: bool
) -> Gate:
    """What changed since the lock, and what is over its budget."""
    places = {name: entry.place for name, entry in side.entries.items()}
    found = changes(locked, side.figures, tolerances, strict, places)
    return Gate(list(side.entries), [*over_budget(side.entries), *found])


def explained_by_git(
    gate: Gate,
    side: Side,
    locked: Mapping[str, Figures],
    paths: Sequence[str],
    lockfile: str,
    convention: Convention | None = None,
    against: str = "",
) -> Gate:
    """The same with the layers, by the configs as they were when the lock was made.

    Raises:
        ConvcostError: git has no such commit as `against`.
    """
    commit = history.resolve(against) if against else None
    if commit is None and against:
        raise ConvcostError(Problem("--against", f"git has no commit '{shorten(against)}' here"))
    names = changed_networks(gate.changes, side.entries)
    if not names:
        return gate
    commit = commit or history.last_change(lockfile)
    if commit is None:
        reason = f"as git has no commit of {lockfile} here; --against REF names one"
        return gate._replace(unknown=dict.fromkeys(names, reason))
    old, absent = _entries_at(commit, paths, convention)
    found: dict[str, Sequence[Cause]] = {}
    unknown: dict[str, str] = {}
    for name in names:
        entry = old.get(name)
        if entry is not None and entry.figures == locked[name] and entry.comparison.case.network:
            found[name] = causes(entry_parts(entry), entry_parts(side.entries[name]))
        elif history.is_shallow():
            unknown[name] = "as this clone is shallow; fetch its history (fetch-depth: 0)"
        elif entry is None and absent:
            unknown[name] = f"as at {commit[:12]} {'; '.join(absent)}"
        else:
            unknown[name] = f"as the configs at {commit[:12]} do not cost what is locked"
    return gate._replace(causes=found, unknown=unknown)


def _entries_at(
    commit: str, paths: Sequence[str], convention: Convention | None
) -> tuple[dict[str, Entry], list[str]]:
    """The entries of configs at a commit, and what is wrong with those that cannot be read."""
    found: dict[str, Entry] = {}
    absent = []
    for path in paths:
        try:
            found |= entries_of(run_all(read_configs([path], commit)), convention)
        except ConvcostError as error:
            absent.append(str(error.problems[0]))
    return found, absent
