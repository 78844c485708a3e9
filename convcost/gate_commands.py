"""The commands that guard costs: lock, check, diff."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from convcost.arguments import read_conventions, usual_configs
from convcost.errors import ConvcostError, Problem
from convcost.options import Only, Output
from convcost.printer import Printer, ReaderLeftError, say
from convcost.render import Document

if TYPE_CHECKING:
    from convcost.conventions import Convention
    from convcost.gate import Change
    from convcost.gated import Gate
    from convcost.lock import Lock

GuardedConfigs = Annotated[
    list[str],
    typer.Argument(
        metavar="[CONFIG]...",
        help="YAML configs. [default: convcost.yaml, or else all in configs/]",
        show_default=False,
    ),
]
LockFile = Annotated[str, typer.Option("--lockfile", metavar="PATH", help="The lock file.")]
OneConvention = Annotated[
    str,
    typer.Option("--as", metavar="TOOL@VERSION", help="Count as a profiler does."),
]
GateFormat = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help="table, text, markdown, json, github (annotations) or junit. [default: table on a "
        "terminal, text in a pipe, and as a file is called]",
    ),
]
OWN_FORMATS = ("github", "junit")


def lock_command(
    configs: GuardedConfigs = [],  # noqa: B006  # typer copies it
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 if the file would change.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing; say what would change.")
    ] = False,
    only: Only = [],  # noqa: B006
    lockfile: LockFile = "convcost.lock",
    as_: OneConvention = "",
) -> int:
    """Write the table of costs that check compares with.

    It is for you to commit, one entry a line: every network, and every kind of every case. The file
    is written whole or not at all, and is the same for the same costs. With --only, other entries
    stay as they are.
    """
    from convcost.cost import CONVENTION
    from convcost.files import WholeFile
    from convcost.gate import changes, unbuilt
    from convcost.guarding import require_counting, side_of
    from convcost.lock import Lock, read_lock

    convention = _convention(as_)
    old = read_lock(lockfile)
    side = side_of(_paths(configs), only, convention)
    for sentence in unbuilt(side.comparisons):
        say(sentence)
    figures = dict(side.figures)
    if only and old is not None:
        require_counting(old, lockfile, convention)
        figures = {**old.entries, **figures}
    new = Lock(figures, convention.name if convention else CONVENTION)
    if old is not None and old.text() == new.text():
        say(f"{lockfile} is up to date: {_count(len(figures))}")
        return 0
    if not check and not dry_run:
        with WholeFile(lockfile) as file:
            file.write(new.text())
    _say_changes(old, new, changes(old.entries, figures) if old else [])
    if check or dry_run:
        say(f"{lockfile} would {'change' if old else 'be written'}: {_count(len(figures))}")
        return 1 if check else 0
    say(f"wrote {lockfile}: {_count(len(figures))}")
    return 0


def check_command(
    configs: GuardedConfigs = [],  # noqa: B006  # typer copies it
    tolerance: Annotated[
        list[str],
        typer.Option(
            "--tolerance", metavar="[FIGURE:]N|N%", help="Let a figure grow: macs:1%. Repeatable."
        ),
    ] = [],  # noqa: B006
    locked: Annotated[
        bool, typer.Option("--locked", help="Any difference fails: smaller, new and gone too.")
    ] = False,
    published: Annotated[
        bool, typer.Option("--published", help="Check published figures only; needs no lock.")
    ] = False,
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", help="Exit 0 even if something fails.")
    ] = False,
    against: Annotated[
        str,
        typer.Option(
            "--against", metavar="REF", help="Where git has the configs as they were locked."
        ),
    ] = "",
    every: Annotated[
        bool, typer.Option("--all", help="Show what is unchanged, and what holds, as well.")
    ] = False,
    only: Only = [],  # noqa: B006
    lockfile: LockFile = "convcost.lock",
    as_: OneConvention = "",
    format: GateFormat = "",
    output: Output = "",
) -> int:
    """Fail if a cost grew past what is locked, or over its budget.

    All costs are recomputed, nothing is written. Published figures have to hold as well. Exit 1 if
    anything fails. What is smaller, new, gone or renamed is told, and fails with --locked. The
    layers that account for a network's growth are found in its config as git has it at the commit
    that last changed the lock, or at --against.
    """
    with _printer(format, output) as printer:
        from convcost.checking import check_published
        from convcost.gate import read_tolerances, unbuilt
        from convcost.gated import Gate
        from convcost.guarding import (
            against_lock,
            explained_by_git,
            locked_side,
            require_lock,
            side_of,
        )

        paths, tolerances = _paths(configs), read_tolerances(tolerance)
        convention = _convention(as_)
        if published:
            side = side_of(paths, only, None)
            gate = Gate((), ())
        else:
            lock = require_lock(lockfile, convention, configs)
            side = side_of(paths, only, convention)
            for sentence in unbuilt(side.comparisons):
                say(sentence)
            was = locked_side(lock, only, side).figures
            gate = against_lock(side, was, tolerances, locked)
            gate = explained_by_git(gate, side, was, paths, lockfile, convention, against)
        gate = gate._replace(verdicts=check_published(side.comparisons))
        if published and not gate.verdicts:
            raise ConvcostError(f"nothing was published in {', '.join(paths)}: nothing to check")
        _print(gate, printer, every, published)
    return 0 if exit_zero else _conclude(gate)


def diff_command(
    old: Annotated[
        str,
        typer.Argument(
            metavar="[A]", help="A lock file, config, folder or git ref. [default: the lock file]"
        ),
    ] = "",
    new: Annotated[
        str,
        typer.Argument(
            metavar="[B]", help="What to compare it with. [default: the configs as they are here]"
        ),
    ] = "",
    every: Annotated[bool, typer.Option("--all", help="Show what is unchanged as well.")] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit 1 if there is any difference.")
    ] = False,
    only: Only = [],  # noqa: B006
    lockfile: LockFile = "convcost.lock",
    as_: OneConvention = "",
    format: GateFormat = "",
    output: Output = "",
) -> int:
    """Show what costs another sum in B than in A, and why.

    `convcost diff origin/main` is what this branch costs. Of a git ref the configs are compared
    that lie there: convcost.yaml, or else all in configs/.
    """
    with _printer(format, output) as printer:
        from convcost.guarding import between, locked_side, read_side, require_lock, side_of

        convention = _convention(as_)
        lock = None if old else require_lock(lockfile, convention)
        if new:
            after = read_side(new, only, convention)
        else:
            after = side_of(usual_configs(), only, convention)
        if lock is None:
            before = read_side(old, only, convention)
        else:
            before = locked_side(lock, only, after)
        gate = between(before, after)
        _print(gate, printer, every)
    if not gate.changes:
        say(f"no difference in {_count(len(gate.names))}")
    return 1 if exit_code and gate.changes else 0


def _printer(format: str, output: str) -> Printer:
    """Where a report goes: not as csv, which is one table, nor as latex."""
    printer = Printer(format, output, OWN_FORMATS)
    if printer.format in ("csv", "latex"):
        message = f"{printer.format} is not for this; take json, markdown or text"
        raise ConvcostError(Problem("--format", message))
    return printer


def _convention(name: str) -> Convention | None:
    """The convention to count by; None is convcost's own."""
    if not name:
        return None
    found = read_conventions([name])
    if len(found) > 1:
        raise ConvcostError(Problem("--as", "takes one tool here"))
    return found[0]


def _paths(configs: list[str]) -> list[str]:
    return configs or usual_configs()


def _count(number: int) -> str:
    return "1 entry" if number == 1 else f"{number:,} entries"


MOST_SAID = 20
"""Changes of a lock that are said one by one."""


def _say_changes(old: Lock | None, new: Lock, found: Sequence[Change]) -> None:
    """What a lock will say that it did not say before."""
    from convcost.gated import explain

    if old is not None and (old.convention, old.rules) != (new.convention, new.rules):
        say(
            f"counted as {old.convention}, revision {old.rules}, until now; as {new.convention}, "
            f"revision {new.rules}, from now on"
        )
        return
    for change in found[:MOST_SAID]:
        say(f"{change.name}: {explain(change)}")
    if len(found) > MOST_SAID:
        say(f"{len(found) - MOST_SAID:,} more changes")


def _print(gate: Gate, printer: Printer, every: bool = False, published: bool = False) -> None:
    """Print what was found; a reader that leaves does not change the verdict."""
    with suppress(ReaderLeftError):
        _write(gate, printer, every, published)


def _write(gate: Gate, printer: Printer, every: bool, published: bool) -> None:
    """Print what was found, in the printer's format."""
    from convcost.gated import gate_report

    if printer.format in ("github", "junit", "markdown"):
        from convcost import annotations

        writers = {
            "github": annotations.github,
            "junit": annotations.junit,
            "markdown": annotations.summary,
        }
        printer.write(writers[printer.format](gate))
    elif published:
        from convcost.checked import published_tables
        from convcost.gated import gate_data

        tables = published_tables(gate.verdicts, every)
        printer.show(Document(gate_data(gate, every=True), tables, group="table"))
    else:
        printer.show(gate_report(gate, every))


def _conclude(gate: Gate) -> int:
    """Say what fails, and give the exit code."""
    from convcost.gated import sentences

    for sentence in sentences(gate):
        print(sentence, file=sys.stderr)
    return 1 if gate.failed or gate.broken else 0
