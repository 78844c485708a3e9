"""convcost verify: every figure beside those of torch and real profilers."""

from contextlib import suppress
from typing import Annotated

import typer

from convcost.cli.options import Format, Output
from convcost.cli.parameters import takes_request
from convcost.cli.printer import Printer, ReaderLeftError
from convcost.cli.requests import comparisons_of, conclude, run_tools
from convcost.sources.conventions import read_conventions, require_tools
from convcost.sources.request import Request


@takes_request()
def verify_command(
    request: Request,
    with_: Annotated[
        list[str],
        typer.Option(
            "--with", metavar="TOOL[,…]", help="Which real tools to run. [default: torch,thop]"
        ),
    ] = [],  # noqa: B006
    as_: Annotated[
        list[str],
        typer.Option(
            "--as", metavar="TOOL@VERSION", help="Run a tool too if this is the installed version."
        ),
    ] = [],  # noqa: B006
    format: Format = "",
    output: Output = "",
) -> int:
    """Check the figures against torch modules and real profilers.

    Takes what compare takes. A tool that is not installed is skipped, and said to be. Exit 1 if any
    figure differs. Needs convcost[torch]; tools other than torch and thop, convcost[profilers].
    """
    with Printer(format, output) as printer:
        from convcost.report.verify import verify_report

        tools = [name.strip() for words in with_ for name in words.split(",")]
        conventions = read_conventions(as_)
        require_tools(conventions)
        comparisons = comparisons_of(request)
        results = run_tools(comparisons, tools, conventions)
        with suppress(ReaderLeftError):  # the verdict is the same
            printer.show(verify_report(comparisons, results))
    return conclude(results)
