"""What is compared: the costs of configs, as they are or as git has them, and those of a lock."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from convcost.counting.conventions import Convention
from convcost.errors import ConvcostError, Problem
from convcost.gate.entries import Entry, entries_of
from convcost.gate.lock import Figures, Lock, require_lock
from convcost.networks.cases import Case, Comparison, run_all
from convcost.sources import history
from convcost.sources.files import pick_from, read_configs
from convcost.sources.guarded import SUFFIXES, configs_in, find_usual, usual_configs_at, with_listed
from convcost.sources.patterns import is_code
from convcost.sources.selection import Picked, Wanted
from convcost.sources.shipped import find_network
from convcost.values.code import Code


class Side(NamedTuple):
    """Costs that are compared.

    Attributes:
        figures: by entry.
        entries: only where they come from configs, and have layers.
        others: names of entries of the configs that `--only` leaves out.
        comparisons: of the configs.
    """

    figures: Mapping[str, Figures]
    entries: Mapping[str, Entry] = {}
    others: frozenset[str] = frozenset()
    comparisons: Sequence[Comparison] = ()


def side_of(picked: Picked, convention: Convention | None) -> Side:
    """What the cases cost that were picked; of the others, the names of their entries.

    Raises:
        ConvcostError: a network cannot be built, or a case can be no entry.
    """
    comparisons = run_all(picked.cases)
    entries = entries_of(comparisons, convention)
    figures = {name: entry.figures for name, entry in entries.items()}
    return Side(figures, entries, names_of(picked.others), comparisons)


def names_of(cases: Iterable[Case]) -> frozenset[str]:
    """The names of the entries that cases are, whether they can be built or not."""
    return frozenset(
        case.name if case.network else f"{case.name}: {use.label}"
        for case in cases
        for use in case.uses
    )


def names_anywhere(configs: Sequence[str] = ()) -> frozenset[str]:
    """The names of the entries of the usual configs, and of these.

    Raises:
        ConvcostError: one of them cannot be read.
    """
    return names_of(read_configs([*find_usual(), *configs]))


def read_side(
    word: str, only: list[str], convention: Convention | None, code: Code | None = None
) -> Side:
    """One side of a diff: a lock, a config or a folder, a commit, a shipped network, or code.

    Raises:
        ConvcostError: there is no such thing, or it cannot be read.
    """
    if os.path.isdir(word):
        return _configured(configs_in(word), only, convention)
    if os.path.exists(word):
        if word.endswith(SUFFIXES):
            return side_of(pick_from([word], only, code=code), convention)
        return locked_side(require_lock(word, convention), only)
    if is_code(word):
        return side_of(pick_from([word], only, code=code), convention)
    commit = history.resolve(word)
    if commit is None and find_network(word) is not None:
        return _configured([word], only, convention)
    if commit is None:
        raise history.not_a_commit(word, ["config", "lock file", "network"])
    paths = usual_configs_at(commit)
    if not paths:
        message = f"there is no convcost.yaml and nothing in configs/ at {commit[:12]}"
        raise ConvcostError(Problem(word, message))
    return _configured(paths, only, convention, commit)


def _configured(
    paths: list[str], only: list[str], convention: Convention | None, commit: str | None = None
) -> Side:
    """What configs cost, as they are or at a commit."""
    return side_of(pick_from(paths, only, commit), convention)


class Before(NamedTuple):
    """What configs cost when the lock was made, as git has them.

    Attributes:
        commit: where; None if git knows of none.
        lockfile: whose last change it is.
        entries: of the configs there.
        absent: what is wrong with the configs that cannot be read there.
        shallow: whether older commits were left behind when this repository was cloned.
    """

    commit: str | None
    lockfile: str
    entries: Mapping[str, Entry] = {}
    absent: Sequence[str] = ()
    shallow: bool = False

    def why_not(self, name: str) -> str:
        """Why it is not known what the layers of an entry cost then."""
        if self.commit is None:
            return f"as git has no commit of {self.lockfile} here; --against REF names one"
        if self.shallow:
            return "as this clone is shallow; fetch its history (fetch-depth: 0)"
        if name not in self.entries and self.absent:
            return f"as at {self.commit[:12]} {'; '.join(self.absent)}"
        return f"as the configs at {self.commit[:12]} do not cost what is locked"


def read_before(
    paths: Sequence[str], lockfile: str, convention: Convention | None, commit: str | None = None
) -> Before:
    """What configs cost at a commit, or else at the one that last changed the lock."""
    commit = commit or history.last_change(lockfile)
    if commit is None:
        return Before(None, lockfile)
    entries: dict[str, Entry] = {}
    absent = []
    for path in with_listed(paths):
        try:
            entries |= entries_of(run_all(read_configs([path], commit)), convention)
        except ConvcostError as error:
            absent.append(str(error.problems[0]))
    return Before(commit, lockfile, entries, absent, history.is_shallow())


class Since(NamedTuple):
    """Configs as they were at a commit, and as they are.

    Attributes:
        absent: what is wrong with those that cannot be read there, as those that are new.
    """

    old: Side
    new: Side
    absent: Sequence[str]


def sides_since(ref: str, paths: list[str], only: Sequence[str]) -> Since | None:
    """Some configs as git has them at a ref, and as they are; None if these are none, or no files.

    Raises:
        ConvcostError: a config cannot be read here.
    """
    commit = None if os.path.exists(ref) else history.resolve(ref)
    if commit is None or not paths or not all(map(os.path.isfile, paths)):
        return None
    new = side_of(pick_from(paths, only), None)
    before = read_before(paths, "", None, commit)
    wanted = {name: each for name, each in before.entries.items() if name not in new.others}
    figures = {name: each.figures for name, each in wanted.items()}
    return Since(Side(figures, wanted), new, before.absent)


def locked_side(lock: Lock, only: Sequence[str], side: Side | None = None) -> Side:
    """What a lock has of the entries that are asked for by name, or of all.

    Compared with a `side`, those are the entries of that side, and entries that no config has any
    more and that `only` does not leave out.
    """
    known, others = (side.entries.keys(), side.others) if side else (set(), frozenset())
    wanted = Wanted(word for listed in only for word in (listed, *listed.split(",")))
    return Side(
        {
            name: figures
            for name, figures in lock.entries.items()
            if name in known or (name not in others and (not only or _is_wanted(name, wanted)))
        }
    )


def _is_wanted(name: str, wanted: Wanted) -> bool:
    """Whether an entry that no config has is asked for, by its name or that of its case."""
    parts = name.split(": ", 20)
    return any(": ".join(parts[:count]) in wanted for count in range(1, len(parts) + 1))
