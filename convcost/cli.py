"""The command line: parse, call one function, render, exit.

Exit 0: fine; 1: the answer is no (a cross-check disagrees); 2: it could not answer. stdout carries
the answer and nothing else.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from convcost import __version__
from convcost.arguments import read_comparisons, read_flags, read_kinds
from convcost.cases import Comparison, input_shape
from convcost.errors import ConvcostError, Problem
from convcost.options import takes_params
from convcost.printer import Printer, forget_stdout, say, writing_stdout

if TYPE_CHECKING:
    from convcost.reports import Results

UsageError: type[Exception] = typer.BadParameter.__bases__[0]
"""What typer raises for wrong usage; it has no public name."""

app = typer.Typer(
    name="convcost",
    help="Params and FLOPs of convolutional layers, from shapes alone.",
    add_completion=False,
    rich_markup_mode=None,
)

Configs = Annotated[
    list[str],
    typer.Argument(
        metavar="[CONFIG]...", help="YAML configs, instead of the flags below.", show_default=False
    ),
]
KindNames = Annotated[
    list[str], typer.Option("--kinds", metavar="NAME[,…]", help="Which kinds. [default: all]")
]
Format = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help="table, text, markdown, csv, json or latex. [default: table on a terminal, text in a "
        "pipe, and as a file is called]",
    ),
]
Output = Annotated[
    str, typer.Option("--output", metavar="FILE", help="Write to a file, whole or not at all.")
]


@app.command("compare")
@takes_params()
def compare_command(
    configs: Configs = [],  # noqa: B006  # typer copies it
    kinds: KindNames = [],  # noqa: B006
    verify: Annotated[bool, typer.Option("--verify", help="Also run torch and thop.")] = False,
    format: Format = "",
    output: Output = "",
    **given: Any,
) -> int:
    """Compare kinds of layer at one shape, or every case of YAML configs.

    FLOPs are 2 x MACs of the convolutions; params are all trainable parameters. A kind that cannot
    be built at the shape is listed with its reason.
    """
    with Printer(format, output) as printer:
        from convcost.reports import compare_report

        comparisons = read_comparisons(configs, kinds, given)
        results = _verify(comparisons) if verify else None
        printer.show(compare_report(comparisons, results))
    return 0 if results is None else _conclude(results)


@app.command("verify")
@takes_params()
def verify_command(
    configs: Configs = [],  # noqa: B006  # typer copies it
    kinds: KindNames = [],  # noqa: B006
    format: Format = "",
    output: Output = "",
    **given: Any,
) -> int:
    """Check the figures against real torch modules, torch's FLOP counter and thop.

    Takes what compare takes. Exit 1 if any figure differs. Needs convcost[torch].
    """
    with Printer(format, output) as printer:
        from convcost.reports import verify_report

        comparisons = read_comparisons(configs, kinds, given)
        results = _verify(comparisons)
        printer.show(verify_report(comparisons, results))
    return _conclude(results)


@app.command("show")
@takes_params("dtype")
def show_command(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="A kind; convcost kinds lists them.")],
    format: Format = "",
    output: Output = "",
    **given: Any,
) -> int:
    """Take one kind apart: its ops, its formulas, and its ratio to standard."""
    with Printer(format, output) as printer:
        from convcost.show import show_report

        [chosen] = read_kinds([kind], "KIND")
        values = read_flags(given, [chosen], known=("in", "hw", "dims", "batch"))
        try:
            report = show_report(chosen, input_shape(values), values, values.get("batch", 1))
        except ValueError as error:
            raise ConvcostError(f"{chosen.name}: {error}") from None
        printer.show(report)
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


def _verify(comparisons: list[Comparison]) -> Results:
    """Check every row, with a progress bar on a terminal."""
    from convcost.verify import verify

    results = verify(comparisons)
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
    say(f"{exact} of {len(checks)} figures exact; {modules}")
    return 1 if exact < len(checks) else 2 if failed else 0


def report(problems: Iterable[Problem]) -> None:
    """Print errors, one line each, that start with the place."""
    for problem in problems:
        print(str(problem) if problem.place else f"convcost: {problem}", file=sys.stderr)


def main() -> None:
    """Run the program; every failure but a "no" ends with exit code 2."""
    arguments = sys.argv[1:]
    debug = "--debug" in arguments
    try:
        code = _run([argument for argument in arguments if argument != "--debug"])
    except ConvcostError as error:
        if debug:
            raise
        report(error.problems)
        code = 2
    except UsageError as error:
        report([Problem("", _usage(error))])
        code = 2
    except BrokenPipeError:
        forget_stdout()
        code = 0
    except KeyboardInterrupt:
        code = 130
    except Exception as error:
        if debug:
            raise
        say(f"internal error, {type(error).__name__}: {error}; --debug shows where")
        code = 2
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    """Run one command; a stream that was closed is not there."""
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    if sys.stdout is None:
        raise ConvcostError("stdout is closed")
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that files are cleaned up
    code: int = app(arguments, prog_name="convcost", standalone_mode=False) or 0
    with writing_stdout():  # help and version, which typer prints
        return code


def _usage(error: Any) -> str:
    message = error.format_message().replace("\n", " ").rstrip(".")
    command = error.ctx.command_path if error.ctx else "convcost"
    return f"{message[0].lower()}{message[1:]}; {command} --help lists what there is"
