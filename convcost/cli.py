"""The command line: parse, call one function, render, exit.

Exit 0: fine; 1: the answer is no (a cross-check disagrees); 2: it could not answer. stdout carries
the answer and nothing else.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from convcost import __version__
from convcost.arguments import (
    read_comparisons,
    read_conventions,
    read_flags,
    read_kinds,
    read_sizes,
    read_subjects,
)
from convcost.cases import Comparison, input_shape
from convcost.errors import ConvcostError, Problem
from convcost.options import As, Configs, Format, KindNames, Output, takes_params
from convcost.printer import Printer, say
from convcost.shell import run

if TYPE_CHECKING:
    from convcost.conventions import Convention
    from convcost.reports import Results

app = typer.Typer(
    name="convcost",
    help="Params and FLOPs of convolutional layers, from shapes alone.",
    add_completion=False,
    rich_markup_mode=None,
)


@app.command("compare")
@takes_params()
def compare_command(
    configs: Configs = [],  # noqa: B006  # typer copies it
    kinds: KindNames = [],  # noqa: B006
    as_: As = [],  # noqa: B006
    verify: Annotated[bool, typer.Option("--verify", help="Also run torch and thop.")] = False,
    format: Format = "",
    output: Output = "",
    **given: Any,
) -> int:
    """Compare kinds of layer at one shape, or every case of YAML configs.

    FLOPs are 2 x MACs; params are all trainable parameters. A kind that cannot be built at the
    shape is listed with its reason. With --as, a row for each kind and profiler.
    """
    with Printer(format, output) as printer:
        conventions = read_conventions(as_)
        if conventions and verify:
            raise ConvcostError(Problem("--verify", "goes without --as; convcost verify has both"))
        comparisons = read_comparisons(configs, kinds, given)
        if conventions:
            from convcost.counted import as_report

            printer.show(as_report(comparisons, conventions))
            return 0
        from convcost.reports import compare_report

        results = _verify(comparisons) if verify else None
        printer.show(compare_report(comparisons, results))
    return 0 if results is None else _conclude(results)


@app.command("verify")
@takes_params()
def verify_command(
    configs: Configs = [],  # noqa: B006  # typer copies it
    kinds: KindNames = [],  # noqa: B006
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
    **given: Any,
) -> int:
    """Check the figures against real torch modules and the profilers themselves.

    Takes what compare takes. A tool that is not installed is skipped, and said to be. Exit 1 if any
    figure differs. Needs convcost[torch]; tools other than torch and thop, convcost[profilers].
    """
    with Printer(format, output) as printer:
        from convcost.reports import verify_report

        tools = [name.strip() for words in with_ for name in words.split(",")]
        conventions = read_conventions(as_)
        comparisons = read_comparisons(configs, kinds, given)
        results = _verify(comparisons, tools, conventions)
        printer.show(verify_report(comparisons, results))
    return _conclude(results)


@app.command("show")
@takes_params("dtype")
def show_command(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="A kind; convcost kinds lists them.")],
    as_: As = [],  # noqa: B006
    format: Format = "",
    output: Output = "",
    **given: Any,
) -> int:
    """Take one kind apart: its ops, its formulas, and its ratio to standard.

    With --as, what each profiler counts for each op.
    """
    with Printer(format, output) as printer:
        from convcost.show import show_report

        if kind.endswith((".yaml", ".yml")):
            message = "show takes a kind, not a file; compare and explain take networks"
            raise ConvcostError(Problem(kind, message))
        [chosen] = read_kinds([kind], "KIND")
        values = read_flags(given, [chosen], known=("in", "hw", "dims", "batch"))
        try:
            conventions = read_conventions(as_)
            shape, batch = input_shape(values), values.get("batch", 1)
            report = show_report(chosen, shape, values, batch, conventions)
        except ValueError as error:
            raise ConvcostError(f"{chosen.name}: {error}") from None
        printer.show(report)
    return 0


@app.command("explain")
@takes_params("dtype")
def explain_command(
    configs: Configs = [],  # noqa: B006  # typer copies it
    kinds: KindNames = [],  # noqa: B006
    as_: As = [],  # noqa: B006
    format: Format = "",
    output: Output = "",
    **given: Any,
) -> int:
    """Itemise the difference between two profilers' figures.

    Takes what compare takes, and --as at least twice: the first against each other.
    """
    with Printer(format, output) as printer:
        from convcost.counted import explain_report

        conventions = read_conventions(as_)
        if len(conventions) < 2:
            alone = f"; here both are {conventions[0].name}" if len(as_) > 1 else ""
            message = f"names two tools or more, as in --as thop --as fvcore{alone}"
            raise ConvcostError(Problem("--as", message))
        printer.show(explain_report(read_comparisons(configs, kinds, given), conventions))
    return 0


@app.command("match")
@takes_params("hw", "dtype")
def match_command(
    configs: Configs = [],  # noqa: B006  # typer copies it
    kinds: KindNames = [],  # noqa: B006
    macs: Annotated[
        str, typer.Option("--macs", metavar="FIGURE", help="MACs as printed: 258.55M.")
    ] = "",
    flops: Annotated[
        str, typer.Option("--flops", metavar="FIGURE", help="FLOPs as printed, whatever is meant.")
    ] = "",
    printed_params: Annotated[
        str, typer.Option("--params", metavar="FIGURE", help="Params as printed: 5.93k.")
    ] = "",
    sizes: Annotated[
        str,
        typer.Option(
            "--hw",
            metavar="N[xN]|N..N[/STEP]",
            help="Input sizes to try beside the network's own: 416, 32..1024, 32..1024/32.",
        ),
    ] = "",
    format: Format = "",
    output: Output = "",
    **given: Any,
) -> int:
    """Find out how a printed figure was counted.

    Tries every convention on a network or kind, rounded and cut off at the printed digits, and at a
    range of inputs. Figures may stand in the config, under published, or be given here in their
    place. Exit 1 if nothing fits that means anything.
    """
    with Printer(format, output) as printer:
        from convcost.matched import match_report, verdict
        from convcost.matching import match

        tried = read_sizes(sizes)
        if not configs and len(tried) > 1:
            given["hw"] = "x".join(map(str, tried[1] or ()))
        printed = {"macs": macs, "flops": flops, "params": printed_params}
        subjects = read_subjects(configs, kinds, given, printed)
        tried = tuple(
            size
            for size in tried
            if size is None or any(each.at(size) != each.input for each in subjects)
        )
        try:
            matched = match(subjects, tried)
        except ValueError as error:
            raise ConvcostError(str(error)) from None
        printer.show(match_report(matched, subjects))
    for sentence in verdict(matched):
        say(sentence)
    return 0 if any(hit.strength != "means nothing" for hit in matched.hits) else 1


@app.command("profilers")
def profilers_command(
    tool: Annotated[
        str, typer.Argument(metavar="[TOOL[@VERSION]]", help="Whose table to print whole.")
    ] = "",
    format: Format = "",
    output: Output = "",
) -> int:
    """List the profilers and papers whose counting is known, or one's whole table."""
    with Printer(format, output) as printer:
        from convcost.catalogue import convention_report, profilers_report

        chosen = read_conventions([tool], "TOOL") if tool not in ("", "all") else ()
        printer.show(convention_report(chosen[0]) if chosen else profilers_report())
    return 0


@app.command("kinds")
def kinds_command(format: Format = "", output: Output = "") -> int:
    """List the kinds of layer and their parameters."""
    with Printer(format, output) as printer:
        from convcost.reports import kinds_report

        printer.show(kinds_report())
    return 0


@app.command("schema")
def schema_command(output: Output = "") -> int:
    """Print the JSON Schema of the YAML configs, for editors."""
    with Printer("json", output) as printer:
        from convcost.render import Document
        from convcost.schema import config_schema

        printer.show(Document(config_schema(), ()))
    return 0


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    # `main` takes --debug out wherever it stands; it is declared for the help text.
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors.")] = False,
) -> None:
    """Params and FLOPs of convolutional layers, from shapes alone."""
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
