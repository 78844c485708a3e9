"""convcost check: fail if a cost grew past what is locked, or over its budget."""

from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli.gate import (
    FAILURES,
    GateFormat,
    GuardedConfigs,
    LockFile,
    OfSteps,
    OneConvention,
    counted_as,
    gate_printer,
    print_gate,
)
from convcost.cli.options import Only, Output
from convcost.cli.printer import say, tell
from convcost.errors import ConvcostError, Problem, shorten

if TYPE_CHECKING:
    from convcost.gate.outcome import Gate


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
    allow_new: Annotated[
        bool, typer.Option("--allow-new", help="Entries that the lock does not have pass.")
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
    train: OfSteps = False,
    format: GateFormat = "",
    output: Output = "",
) -> int:
    """Fail if a cost grew past what is locked, or over its budget, or is not locked.

    All costs are recomputed, nothing is written. Published figures have to hold as well. Exit 1 if
    anything fails. What is smaller, gone or renamed is told, and fails with --locked. The layers
    that account for a network's growth are found in its config as git has it at the commit that
    last changed the lock, or at --against.
    """
    with gate_printer(format, output, FAILURES) as printer:
        from convcost.counting.figures import check_published
        from convcost.gate.causes import changed_networks
        from convcost.gate.check import against_lock, with_causes
        from convcost.gate.entries import unbuilt
        from convcost.gate.lock import require_lock
        from convcost.gate.outcome import Gate
        from convcost.gate.sides import locked_side, read_before, side_of
        from convcost.gate.tolerances import read_tolerances
        from convcost.sources.designs import firsts_taken
        from convcost.sources.files import pick_from
        from convcost.sources.guarded import usual_configs

        tolerances, convention = read_tolerances(tolerance), counted_as(as_, train)
        paths = configs or usual_configs(lockfile)
        picked = pick_from(paths, only)
        if published:
            side = side_of(picked, None)
            gate = Gate((), ())
        else:
            lock = require_lock(lockfile, convention, configs)
            side = side_of(picked, convention)
            if configs:
                side = side._replace(others=side.others | _names_of_others())
            say(*unbuilt(side.comparisons), more="more kinds are no entries")
            say(*firsts_taken(side.comparisons))
            was = locked_side(lock, only, side).figures
            gate = against_lock(side, was, tolerances, locked, allow_new)
            commit = _commit(against)
            if changed_networks(gate.changes, side.entries):
                before = read_before(paths, lockfile, convention, commit)
                gate = with_causes(gate, side, was, before)
        gate = gate._replace(verdicts=check_published(side.comparisons))
        if published and not gate.verdicts:
            raise ConvcostError(f"nothing was published in {', '.join(paths)}: nothing to check")
        print_gate(gate, printer, every, published)
    return 0 if exit_zero else _conclude(gate)


def _names_of_others() -> frozenset[str]:
    """The entries that usual configs have, which are not gone where others are named."""
    from convcost.gate.sides import names_anywhere

    try:
        return names_anywhere()
    except ConvcostError:  # this is not about them
        return frozenset()


def _commit(ref: str) -> str | None:
    """The commit that --against names, if it names one."""
    from convcost.sources.history import resolve

    commit = resolve(ref) if ref else None
    if ref and commit is None:
        raise ConvcostError(Problem("--against", f"git has no commit '{shorten(ref)}' here"))
    return commit


def _conclude(gate: "Gate") -> int:
    """Say what fails, and give the exit code."""
    from convcost.report.gate.failures import sentences

    tell(sentences(gate), more="more fail; the report has all")
    return 1 if gate.failed or gate.broken else 0
