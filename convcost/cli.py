"""The command line: parse, call one function, render, exit.

Exit 0: fine; 1: the answer is no (a cross-check disagrees); 2: it could not answer. stdout carries
the answer and nothing else.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from convcost import __version__
from convcost.arguments import (
    read_comparisons,
    read_conventions,
    read_kind,
    read_kinds,
    read_networks,
)
from convcost.cases import Comparison
from convcost.errors import ConvcostError, Problem, no_such
from convcost.gate_commands import check_command, diff_command, lock_command
from convcost.options import As, Format, Output, Request, takes_request
from convcost.printer import Printer, ReaderLeftError, say
from convcost.shell import run
from convcost.tool_commands import explain_command, match_command, profilers_command

if TYPE_CHECKING:
    from convcost.conventions import Convention
    from convcost.reports import Results

app = typer.Typer(
    name="convcost",
    help="Params and FLOPs of convolutional layers and networks, from shapes alone.",
    add_completion=False,
    rich_markup_mode=None,
)


@app.command("compare")
@takes_request()
def compare_command(
    request: Request,
    as_: As = [],  # noqa: B006  # typer copies it
    swap: Annotated[
        list[str],
        typer.Option(
            "--swap",
            metavar="KIND=KIND",
            help="Put one kind in another's place in networks, such as "
            "standard=depthwise-separable. Repeatable.",
        ),
    ] = [],  # noqa: B006
    verify: Annotated[bool, typer.Option("--verify", help="Also run torch and thop.")] = False,
    format: Format = "",
    output: Output = "",
) -> int:
    """Compare kinds of layer at one shape, or all that configs have.

    FLOPs are 2 x MACs; params are all trainable parameters. A kind that cannot be built at the
    shape is listed with its reason. With --as, a row for each kind and profiler. Networks of all
    configs stand in one table. With --swap, what each would cost with other kinds of layer.
    """
    with Printer(format, output) as printer:
        conventions = read_conventions(as_)
        if conventions and verify:
            raise ConvcostError(Problem("--verify", "goes without --as; convcost verify has both"))
        if swap:
            from convcost.swapped import swap_report
            from convcost.swapping import read_swaps

            if conventions or verify:
                raise ConvcostError(Problem("--swap", "goes without --as and --verify"))
            swaps, request = read_swaps(swap, request)
            printer.show(swap_report(read_networks(request), swaps))
            return 0
        comparisons = read_comparisons(request)
        if conventions:
            from convcost.counted import as_report

            printer.show(as_report(comparisons, conventions))
            return 0
        from convcost.reports import compare_report

        results = _verify(comparisons) if verify else None
        printer.show(compare_report(comparisons, results))
    return 0 if results is None else _conclude(results)


@app.command("verify")
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
        from convcost.reports import verify_report

        tools = [name.strip() for words in with_ for name in words.split(",")]
        conventions = read_conventions(as_)
        comparisons = read_comparisons(request)
        results = _verify(comparisons, tools, conventions)
        with suppress(ReaderLeftError):  # the verdict is the same
            printer.show(verify_report(comparisons, results))
    return _conclude(results)


@app.command("show")
@takes_request("dtype")
def show_command(
    request: Request,
    subject: Annotated[
        str,
        typer.Argument(metavar="KIND|CONFIG", help="A kind (convcost kinds lists them) or a file."),
    ],
    as_: As = [],  # noqa: B006  # typer copies it
    depth: Annotated[
        int | None, typer.Option(min=1, help="How far to open a network's layers. [default: 1]")
    ] = None,
    by: Annotated[
        str, typer.Option(metavar="kind|op", help="Sum a network by the kinds of its ops.")
    ] = "",
    format: Format = "",
    output: Output = "",
) -> int:
    """Take one kind apart, or the networks of a config.

    A kind is shown op by op, with its formulas. A network's table has a row for each layer; --depth
    2 shows what is in blocks, a larger depth what is in that. Variants of a network are shown if
    --only names them. With --as, what each profiler counts for each row.
    """
    with Printer(format, output) as printer:
        conventions = read_conventions(as_)
        if subject.endswith((".yaml", ".yml")):
            from convcost.breakdown import WAYS, network_report

            if by and by not in WAYS:
                raise ConvcostError(Problem("--by", no_such("way to sum", by, WAYS)))
            networks = read_networks(request._replace(configs=[subject]))
            printer.show(network_report(networks, conventions, depth or 1, by))
            return 0
        for flag, wanted in (("--by", by), ("--depth", depth)):
            if wanted:
                raise ConvcostError(Problem(flag, "is for networks in a config"))
        from convcost.show import show_report

        chosen, shape, values = read_kind(subject, request)
        try:
            batch = values.get("batch", 1)
            report = show_report(chosen, shape, values, batch, conventions)
        except ValueError as error:
            raise ConvcostError(f"{chosen.name}: {error}") from None
        printer.show(report)
    return 0


app.command("explain")(explain_command)
app.command("match")(match_command)
app.command("profilers")(profilers_command)
app.command("lock")(lock_command)
app.command("check")(check_command)
app.command("diff")(diff_command)


@app.command("kinds")
def kinds_command(
    kind: Annotated[str, typer.Argument(metavar="[KIND]", help="Which to show alone.")] = "",
    format: Format = "",
    output: Output = "",
) -> int:
    """List the kinds of layer, or the parameters of one."""
    with Printer(format, output) as printer:
        from convcost.reports import kind_report, kinds_report

        chosen = read_kinds([kind], "KIND") if kind else []
        printer.show(kind_report(chosen[0]) if chosen else kinds_report())
    return 0


@app.command("schema")
def schema_command(
    what: Annotated[
        str, typer.Argument(metavar="[config|check]", help="Of configs, or of check's JSON.")
    ] = "config",
    output: Output = "",
) -> int:
    """Print the JSON Schema of configs, or of what check prints."""
    with Printer("json", output) as printer:
        from convcost.gate_schema import check_schema
        from convcost.render import Document
        from convcost.schema import config_schema

        schemas = {"config": config_schema, "check": check_schema}
        if what not in schemas:
            raise ConvcostError(no_such("schema", what, schemas))
        printer.show(Document(schemas[what](), ()))
    return 0


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    # `main` takes --debug out wherever it stands; it is declared for the help text.
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors.")] = False,
) -> None:
    """Params and FLOPs of convolutional layers and networks, from shapes alone."""
    if version:
        print(f"convcost {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())


def _verify(
    comparisons: list[Comparison],
    tools: Sequence[str] = (),
    conventions: Sequence[Convention] = (),
) -> Results:
    """Check every row, with a progress bar on a terminal."""
    from convcost.verify import choose, verify

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


def _conclude(results: Results) -> int:
    """Say how many figures are exact, and give the exit code."""
    run = [result for result in results if result is not None]
    checks = [check for result in run for check in result.checks]
    exact = sum(check.holds for check in checks)
    failed = sum(bool(result.error) for result in run)
    modules = f"modules run: {len(run) - failed}, could not be run: {failed}"
    unbuilt = f", not built: {len(results) - len(run)}" if len(run) < len(results) else ""
    say(f"{exact} of {len(checks)} figures exact; {modules}{unbuilt}")
    return 1 if exact < len(checks) else 2 if failed else 0


def main() -> None:
    """Run the program."""
    run(app)
