"""convcost kinds: the kinds of layer, or the parameters of one."""

from typing import Annotated

import typer

from convcost.cli.options import Format, Output
from convcost.cli.printer import Printer
from convcost.sources.flags import read_kinds


def kinds_command(
    kind: Annotated[str, typer.Argument(metavar="[KIND]", help="Which to show alone.")] = "",
    format: Format = "",
    output: Output = "",
) -> int:
    """List the kinds of layer, or the parameters of one."""
    with Printer(format, output) as printer:
        from convcost.report.kinds import kind_report, kinds_report

        chosen = read_kinds([kind], "KIND") if kind else []
        printer.show(kind_report(chosen[0]) if chosen else kinds_report())
    return 0
