"""convcost verify: every figure beside those of torch and real profilers."""

import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli.options import Format, Output, takes_request
from convcost.cli.printer import Printer, ReaderLeftError, say
from convcost.cli.requests import comparisons_of
from convcost.networks.cases import Comparison
from convcost.sources.conventions import read_conventions
from convcost.sources.request import Request

if TYPE_CHECKING:
    from convcost.counting.conventions import Convention
    from convcost.report.verify import Results


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
        comparisons = comparisons_of(request)
        results = run_tools(comparisons, tools, conventions)
        with suppress(ReaderLeftError):  # the verdict is the same
            printer.show(verify_report(comparisons, results))
    return conclude(results)


def run_tools(
    comparisons: list[Comparison],
    tools: Sequence[str] = (),
    conventions: "Sequence[Convention]" = (),
) -> "Results":
    """Check every row, with a progress bar on a terminal."""
    from convcost.pytorch.verify import choose, verify

    chosen = choose(tools, conventions)
    for reason in chosen.skipped:
        say(f"skipped: {reason}")
    results = verify(comparisons, chosen.conventions)
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import track

        total = sum(len(rows) for _, rows in comparisons)
        console = Console(stderr=True)
        return list(track(results, "verifying", total, console=console, transient=True))
    return list(results)


def conclude(results: "Results") -> int:
    """Say how many figures are exact, and give the exit code."""
    run = [result for result in results if result is not None]
    checks = [check for result in run for check in result.checks]
    exact = sum(check.holds for check in checks)
    failed = sum(bool(result.error) for result in run)
    modules = f"modules run: {len(run) - failed}, could not be run: {failed}"
    unbuilt = f", not built: {len(results) - len(run)}" if len(run) < len(results) else ""
    say(f"{exact} of {len(checks)} figures exact; {modules}{unbuilt}")
    return 1 if exact < len(checks) else 2 if failed else 0
