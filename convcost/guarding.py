"""What is compared by check and diff: configs, lock files, and configs as git has them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from convcost import history
from convcost.arguments import configs_in, read_configs, usual_configs
from convcost.causes import Cause, Part, causes, parts
from convcost.conventions import Convention
from convcost.cost import CONVENTION
from convcost.errors import ConvcostError, Problem, shorten
from convcost.gate import GREW, SHRANK, Entry, Tolerances, changes, entries_of, over_budget
from convcost.gated import Gate
from convcost.lock import RULES, Figures, Lock, read_lock
from convcost.picking import is_called


class Side(NamedTuple):
    """Costs that are compared; `entries` only where they come from configs, and have layers."""

    figures: Mapping[str, Figures]
    entries: Mapping[str, Entry] = {}


def side_of(entries: Mapping[str, Entry]) -> Side:
    """What configs cost."""
    return Side({name: entry.figures for name, entry in entries.items()}, entries)


def require_lock(path: str, convention: Convention | None, configs: Sequence[str] = ()) -> Lock:
    """The lock file, which has to be there and to count as is asked for.

    Raises:
        ConvcostError: there is none, or it counts otherwise.
    """
    lock = read_lock(path)
    if lock is None:
        command = " ".join(["convcost lock", *configs])
        raise ConvcostError(Problem(path, f"there is no lock; make one with: {command}"))
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
    entries: Mapping[str, Entry],
    locked: Mapping[str, Figures],
    tolerances: Tolerances,
    strict: bool,
) -> Gate:
    """What changed since the lock, and what is over its budget."""
    side = side_of(entries)
    places = {name: entry.place for name, entry in entries.items()}
    found = changes(locked, side.figures, tolerances, strict, places)
    return Gate(list(entries), [*over_budget(entries), *found])


def between(old: Side, new: Side) -> Gate:
    """What changed from one side to the other, and in which layers."""
    places = {name: entry.place for name, entry in new.entries.items()}
    gate = Gate(list(new.figures), changes(old.figures, new.figures, places=places))
    return explained(gate, old.entries, new.entries) if old.entries and new.entries else gate


def explained(gate: Gate, old: Mapping[str, Entry], new: Mapping[str, Entry]) -> Gate:
    """The same with the layers that account for each network's change."""
    found: dict[str, Sequence[Cause]] = {}
    unknown = dict(gate.unknown)
    for name in _networks(gate, new):
        if name in old:
            found[name] = causes(_parts(old[name]), _parts(new[name]))
        else:
            unknown[name] = "as there is no entry of this name in the configs before"
    return gate._replace(causes=found, unknown=unknown)


def explained_by_git(
    gate: Gate,
    entries: Mapping[str, Entry],
    locked: Mapping[str, Figures],
    paths: Sequence[str],
    lockfile: str,
    against: str = "",
) -> Gate:
    """The same, by the configs as they were when the lock was made.

    Raises:
        ConvcostError: git has no such commit as `against`.
    """
    names = _networks(gate, entries)
    commit = history.resolve(against) if against else None
    if commit is None and against:
        raise ConvcostError(Problem("--against", f"git has no commit '{shorten(against)}' here"))
    if not names:
        return gate
    commit = commit or history.last_change(lockfile)
    if commit is None:
        reason = f"as git has no commit of {lockfile} here; --against REF names one"
        return gate._replace(unknown=dict.fromkeys(names, reason))
    there = [path for path in paths if history.text_at(commit, path) is not None]
    try:
        old = entries_of(read_configs(there, [], commit)) if there else {}
    except ConvcostError as error:
        reason = f"as the configs at {commit[:12]} cannot be read: {error.problems[0]}"
        return gate._replace(unknown=dict.fromkeys(names, reason))
    known, unknown = {}, {}
    for name in names:
        entry = old.get(name)
        if entry is not None and _same(entry, locked[name]):
            known[name] = entry
        else:
            unknown[name] = f"as the configs at {commit[:12]} do not cost what is locked"
    gate = gate._replace(unknown=unknown)
    found = {name: causes(_parts(known[name]), _parts(entries[name])) for name in known}
    return gate._replace(causes=found)


def _same(entry: Entry, locked: Figures) -> bool:
    """Whether an entry costs what is locked, of what does not depend on the convention."""
    return all(entry.figures[name] == locked[name] for name in entry.figures if name in locked)


def _networks(gate: Gate, entries: Mapping[str, Entry]) -> list[str]:
    """The networks whose figures grew or shrank."""
    changed = {change.name: None for change in gate.changes if change.status in (GREW, SHRANK)}
    return [name for name in changed if name in entries and entries[name].comparison.case.network]


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
        return side_of(entries_of(read_configs(configs_in(word), only), convention))
    if os.path.exists(word):
        if word.endswith((".yaml", ".yml")):
            return side_of(entries_of(read_configs([word], only), convention))
        return locked_side(require_lock(word, convention), only)
    commit = history.resolve(word)
    if commit is None:
        raise history.not_a_commit(word, ["config", "lock file"])
    paths = history.configs_at(commit)
    if not paths:
        message = f"there is no convcost.yaml and nothing in configs/ at {commit[:12]}"
        raise ConvcostError(Problem(word, message))
    return side_of(entries_of(read_configs(paths, only, commit), convention))


def locked_side(lock: Lock, only: Sequence[str]) -> Side:
    """What a lock has of these names."""
    return Side({name: lock.entries[name] for name in lock.entries if wanted(name, only)})


def wanted(name: str, only: Sequence[str]) -> bool:
    """Whether an entry, or the case that it belongs to, is called for."""
    words = [word.strip().lower() for listed in only for word in (listed, *listed.split(","))]
    case = name.partition(": ")[0]
    return not words or any(
        is_called(each.lower(), word) for word in words for each in (name, case)
    )


def working_side(only: list[str], convention: Convention | None) -> Side:
    """What the configs here cost."""
    return side_of(entries_of(read_configs(usual_configs(), only), convention))
