"""What is compared by check and diff: configs, lock files, and configs as git has them."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from convcost import history
from convcost.arguments import configs_in, read_configs
from convcost.cases import Comparison
from convcost.causes import Cause, Part, causes, parts
from convcost.conventions import Convention
from convcost.cost import CONVENTION
from convcost.errors import ConvcostError, Problem, shorten
from convcost.gate import GREW, SHRANK, Entry, Tolerances, changes, entries_of, over_budget
from convcost.gated import Gate
from convcost.lock import NAME, RULES, Figures, Lock, read_lock
from convcost.picking import is_called


class Side(NamedTuple):
    """Costs that are compared.

    Attributes:
        figures: by entry.
        entries: only where they come from configs, and have layers.
        others: names of entries of the configs that were not called for.
        comparisons: of the configs.
    """

    figures: Mapping[str, Figures]
    entries: Mapping[str, Entry] = {}
    others: frozenset[str] = frozenset()
    comparisons: Sequence[Comparison] = ()


def side_of(
    paths: list[str], only: list[str], convention: Convention | None, commit: str | None = None
) -> Side:
    """What configs cost, of what is called for."""
    comparisons, left = read_configs(paths, only, commit)
    entries = entries_of(comparisons, convention)
    others = [
        case.name if case.network else f"{case.name}: {use.label}"
        for case in left
        for use in case.uses
    ]
    figures = {name: entry.figures for name, entry in entries.items()}
    return Side(figures, entries, frozenset(others), comparisons)


def require_lock(path: str, convention: Convention | None, configs: Sequence[str] = ()) -> Lock:
    """The lock file, which has to be there and to count as is asked for.

    Raises:
        ConvcostError: there is none, or it counts otherwise.
    """
    lock = read_lock(path)
    if lock is None:
        command = ["convcost", "lock", *configs]
        command += ["--lockfile", path] if path != NAME else []
        command += ["--as", convention.name] if convention else []
        message = f"there is no lock; make one with: {shlex.join(command)}"
        raise ConvcostError(Problem(path, message))
    require_counting(lock, path, convention)
    return lock


def require_counting(lock: Lock, path: str, convention: Convention | None) -> None:
    """Refuse a lock that was counted otherwise: its figures say nothing of growth."""
    name = convention.name if convention else CONVENTION
    if lock.convention != name:
        ask = f"check with --as {lock.convention}" if lock.convention != CONVENTION else "drop --as"
        message = f"is counted as {lock.convention}, not as {name}; {ask}, or lock again"
        raise ConvcostError(Problem(path, message))
    if lock.rules != RULES:
        message = (
            f"is counted by revision {lock.rules} of the rules, this convcost has {RULES}: other "
            "figures do not mean that a network grew; lock again"
        )
        raise ConvcostError(Problem(path, message))


def against_lock(
    side: Side, locked: Mapping[str, Figures], tolerances: Tolerances, strict: bool
) -> Gate:
    """What changed since the lock, and what is over its budget."""
    places = {name: entry.place for name, entry in side.entries.items()}
    found = changes(locked, side.figures, tolerances, strict, places)
    return Gate(list(side.entries), [*over_budget(side.entries), *found])


def between(old: Side, new: Side) -> Gate:
    """What changed from one side to the other, and in which layers."""
    places = {name: entry.place for name, entry in new.entries.items()}
    before = {name: old.figures[name] for name in old.figures if name not in new.others}
    after = {name: new.figures[name] for name in new.figures if name not in old.others}
    gate = Gate(list(after), changes(before, after, places=places))
    names = _networks(gate, new.entries, old.entries)
    found = {name: causes(_parts(old.entries[name]), _parts(new.entries[name])) for name in names}
    return gate._replace(causes=found)


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
    names = _networks(gate, side.entries)
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
            found[name] = causes(_parts(entry), _parts(side.entries[name]))
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
            comparisons, _ = read_configs([path], [], commit)
            found |= entries_of(comparisons, convention)
        except ConvcostError as error:
            absent.append(str(error.problems[0]))
    return found, absent


def _networks(gate: Gate, *sides: Mapping[str, Entry]) -> list[str]:
    """The networks whose figures grew or shrank, that all sides have."""
    changed = {change.name: None for change in gate.changes if change.status in (GREW, SHRANK)}
    return [
        name
        for name in changed
        if all(name in side and side[name].comparison.case.network for side in sides)
    ]


def _parts(entry: Entry) -> list[Part]:
    case = entry.comparison.case
    [use] = case.uses
    return parts(use.kind, case.input, use.given, case.batch)


def read_side(word: str, only: list[str], convention: Convention | None) -> Side:
    """One side of a diff: a lock file, a config or a folder of them, or a commit of git.

    Raises:
        ConvcostError: there is no such thing, or it cannot be read.
    """
    if os.path.isdir(word):
        return side_of(configs_in(word), only, convention)
    if os.path.exists(word):
        if word.endswith((".yaml", ".yml")):
            return side_of([word], only, convention)
        return locked_side(require_lock(word, convention), only)
    commit = history.resolve(word)
    if commit is None:
        raise history.not_a_commit(word, ["config", "lock file"])
    paths = history.configs_at(commit)
    if not paths:
        message = f"there is no convcost.yaml and nothing in configs/ at {commit[:12]}"
        raise ConvcostError(Problem(word, message))
    return side_of(paths, only, convention, commit)


def locked_side(lock: Lock, only: Sequence[str], side: Side | None = None) -> Side:
    """What a lock has of what is called for; `side` are the configs that it is compared with."""
    known, others = (side.entries.keys(), side.others) if side else (set(), frozenset())
    return Side(
        {
            name: figures
            for name, figures in lock.entries.items()
            if name in known or (name not in others and _is_wanted(name, only))
        }
    )


def _is_wanted(name: str, only: Sequence[str]) -> bool:
    """Whether an entry that no config has is called for, by its name or that of its case."""
    parts = name.lower().split(": ")
    called = [": ".join(parts[:count]) for count in range(1, len(parts) + 1)]
    words = [word.strip().lower() for listed in only for word in (listed, *listed.split(","))]
    return not words or any(is_called(each, word) for word in words for each in called)
