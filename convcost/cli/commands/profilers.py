"""convcost profilers: the tools whose counting is known, or the table of one."""

from typing import Annotated

import typer

from convcost.cli.options import Format, Output
from convcost.cli.printer import Printer
from convcost.sources.conventions import read_conventions


def profilers_command(
    tool: Annotated[
        str,
        typer.Argument(metavar="[TOOL[@VERSION]|FILE]", help="Whose table to print whole."),
    ] = "",
    format: Format = "",
    output: Output = "",
) -> int:
    """List the tools whose counting is known, or one's whole table, or that of a file of rules."""
    with Printer(format, output) as printer:
        from convcost.report.profilers import convention_report, profilers_report

        if tool not in ("", "all"):
            printer.show(convention_report(read_conventions([tool], "TOOL")[0]))
        else:
            from convcost.sources.reading.conventions import shipped_conventions

            printer.show(profilers_report(shipped_conventions()))
    return 0
