"""convcost lock: write the table of costs that check compares with."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli.gate import (
    GuardedConfigs,
    LockFile,
    OfSteps,
    OneConvention,
    count_entries,
    counted_as,
)
from convcost.cli.options import Only
from convcost.cli.printer import say
from convcost.errors import ConvcostError, Problem

if TYPE_CHECKING:
    from convcost.gate.changes import Change
    from convcost.gate.lock import Figures, Lock

MOST_SAID = 20
"""Changes of a lock that are said one by one."""


def lock_command(
    configs: GuardedConfigs = [],  # noqa: B006  # typer copies it
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 if the file would change.")
    ] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove what no config has any more.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing; say what would change.")
    ] = False,
    only: Only = [],  # noqa: B006
    lockfile: LockFile = "convcost.lock",
    as_: OneConvention = "",
    train: OfSteps = False,
) -> int:
    """Write the table of costs that check compares with.

    It is for you to commit, one entry a line: every network, and every kind of every case. The file
    is written whole or not at all, and is the same for the same costs. Where configs are named, or
    --only, the entries of all others stay as they are; --prune removes those that no config has any
    more. Else it is about every config, and what is gone is removed.
    """
    from convcost.formats.files import WholeFile
    from convcost.gate.changes import changes
    from convcost.gate.entries import unbuilt
    from convcost.gate.lock import MAX_BYTES, Lock, read_lock, require_counting
    from convcost.gate.sides import names_anywhere, side_of
    from convcost.graph.cost import CONVENTION
    from convcost.sources.designs import firsts_taken
    from convcost.sources.files import pick_from
    from convcost.sources.guarded import usual_configs

    convention = counted_as(as_, train)
    old = read_lock(lockfile)
    side = side_of(pick_from(configs or usual_configs(lockfile), only), convention)
    say(*unbuilt(side.comparisons), more="more kinds are no entries")
    say(*firsts_taken(side.comparisons))
    others: dict[str, Figures] = {}
    if (configs or only) and old is not None:
        kept = names_anywhere(configs) if prune else old.entries.keys()
        others = {n: old.entries[n] for n in old.entries if n in kept and n not in side.figures}
        if only or others:
            require_counting(old, lockfile, convention)
    figures = {**others, **side.figures}
    new = Lock(figures, convention.signature if convention else CONVENTION)
    text = new.text()
    if len(text.encode()) > MAX_BYTES:
        raise ConvcostError(Problem(lockfile, f"would be larger than {MAX_BYTES:,} bytes"))
    count = count_entries(len(figures))
    if others:
        count += f", {len(others):,} of them of other configs or cases"
    if old is not None and old.text() == text:
        say(f"{lockfile} is up to date: {count}")
        return 0
    if not check and not dry_run:
        with WholeFile(lockfile) as file:
            file.write(text)
    _say_changes(old, new, changes(old.entries, figures) if old else [])
    if check or dry_run:
        say(f"{lockfile} would {'change' if old else 'be written'}: {count}")
        return 1 if check else 0
    say(f"wrote {lockfile}: {count}")
    return 0


def _say_changes(old: "Lock | None", new: "Lock", found: "Sequence[Change]") -> None:
    """What a lock will say that it did not say before."""
    from convcost.report.gate.failures import explain

    if old is not None and (old.convention, old.rules) != (new.convention, new.rules):
        say(
            f"counted as {old.convention}, revision {old.rules}, until now; as {new.convention}, "
            f"revision {new.rules}, from now on"
        )
        return
    sentences = [f"{change.name}: {explain(change)}" for change in found]
    say(*sentences, most=MOST_SAID, more="more changes")
