"""convcost diff: what costs another sum here than there, and why."""

from typing import Annotated

import typer

from convcost.cli.gate import (
    DiffFormat,
    LockFile,
    OfSteps,
    OneConvention,
    count_entries,
    counted_as,
    gate_printer,
    print_gate,
)
from convcost.cli.options import Arguments, Batch, Inputs, Mode, Only, Output, Real, Timeout
from convcost.cli.printer import say
from convcost.values.code import TIMEOUT


def diff_command(
    old: Annotated[
        str,
        typer.Argument(
            metavar="[A]",
            help="A lock file, config, folder, git ref or torch module. [default: the lock file]",
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
    train: OfSteps = False,
    inputs: Inputs = [],  # noqa: B006
    args: Arguments = [],  # noqa: B006
    batch: Batch = "",
    mode: Mode = "",
    real: Real = False,
    timeout: Timeout = TIMEOUT,
    format: DiffFormat = "",
    output: Output = "",
) -> int:
    """Show whose cost differs between A and B, and why.

    `convcost diff origin/main` is what this branch costs. Of a git ref the configs are compared
    that lie there: convcost.yaml, or else all in configs/.
    """
    with gate_printer(format, output) as printer:
        from convcost.gate.diff import between
        from convcost.gate.lock import require_lock
        from convcost.gate.sides import locked_side, read_side, side_of
        from convcost.sources.files import pick_from
        from convcost.sources.flags import CodeWords, read_code
        from convcost.sources.guarded import usual_configs

        convention = counted_as(as_, train)
        code = read_code(CodeWords(inputs, args, mode, real, timeout), batch)
        lock = None if old else require_lock(lockfile, convention)
        if new:
            after = read_side(new, only, convention, code)
        else:
            after = side_of(pick_from(usual_configs(lockfile), only), convention)
        if lock is None:
            before = read_side(old, only, convention, code)
        else:
            before = locked_side(lock, only, after)
        gate = between(before, after)
        print_gate(gate, printer, every)
    if not gate.changes:
        say(f"no difference in {count_entries(len(gate.names))}")
    return 1 if exit_code and gate.changes else 0
