"""The command line: parse, call one function, render, exit.

Exit 0: fine; 1: the answer is no (a cross-check disagrees); 2: it could not answer. stdout carries
the answer and nothing else.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Annotated, Any

import typer

from convcost import __version__
from convcost.cases import (
    PARAMS,
    Case,
    Comparison,
    input_shape,
    make_case,
    run,
    shape_problems,
    show_value,
    unused,
)
from convcost.errors import ConvcostError, Problem
from convcost.kinds import KINDS, find
from convcost.options import flag_name, takes_params
from convcost.printer import Printer, say
from convcost.registry import Kind

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
    str, typer.Option("--kinds", metavar="NAME[,…]", help="Which kinds. [default: all]")
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
@takes_params
def compare_command(
    configs: Configs = [],  # noqa: B006  # typer copies it
    kinds: KindNames = "",
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

        comparisons = _comparisons(configs, kinds, given)
        verified = _verify(comparisons) if verify else None
        printer.show(compare_report(comparisons, verified))
    return 0 if verified is None else _verdict(verified)


@app.command("verify")
@takes_params
def verify_command(
    configs: Configs = [],  # noqa: B006  # typer copies it
    kinds: KindNames = "",
    format: Format = "",
    output: Output = "",
    **given: Any,
) -> int:
    """Check the figures against real torch modules, torch's FLOP counter and thop.

    Takes what compare takes. Exit 1 if any figure differs. Needs convcost[torch].
    """
    with Printer(format, output) as printer:
        from convcost.reports import verify_report

        comparisons = _comparisons(configs, kinds, given)
        verified = _verify(comparisons)
        printer.show(verify_report(comparisons, verified))
    return _verdict(verified)


@app.command("show")
@takes_params
def show_command(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="A kind; convcost kinds lists them.")],
    format: Format = "",
    output: Output = "",
    **given: Any,
) -> int:
    """Take one kind apart: its ops, its formulas, and its ratio to standard."""
    with Printer(format, output) as printer:
        from convcost.show import show_report

        chosen = _kind(kind, "KIND")
        values = _values(given, [chosen])
        try:
            report = show_report(chosen, input_shape(values), values, values.get("batch", 1))
        except ValueError as error:
            raise ConvcostError(Problem(f"convcost show {chosen.name}", str(error))) from None
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
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors.")] = False,
) -> None:
    """Params and FLOPs of convolutional layers, from shapes alone."""
    if version:
        print(f"convcost {__version__}")
    elif context.invoked_subcommand is None:
        print(context.get_help())


def _comparisons(configs: list[str], kinds: str, given: dict[str, Any]) -> list[Comparison]:
    """Run the cases of the configs, or the one case that the flags describe."""
    if configs:
        flags = [flag_name(n.rstrip("_")) for n, value in given.items() if value is not None]
        if kinds or flags:
            place = "--kinds" if kinds else flags[0]
            raise ConvcostError(Problem(place, "a config says this itself; give one or the other"))
        from convcost.spec import read_cases

        cases = [case for path in configs for case in read_cases(path)]
    else:
        cases = [_case(kinds, given)]
    comparisons = [run(case) for case in cases]
    if all(row.error for comparison in comparisons for row in comparison.rows):
        raise ConvcostError(
            *[
                Problem(c.case.place or "convcost compare", f"{row.label}: {row.error}")
                for c in comparisons
                for row in c.rows
            ]
        )
    return comparisons


def _case(kinds: str, given: dict[str, Any]) -> Case:
    names = [name.strip() for name in kinds.split(",") if name.strip()]
    chosen = [_kind(name, "--kinds") for name in names] or list(KINDS.values())
    values = _values(given, chosen)
    words = " ".join(f"{name}={show_value(value)}" for name, value in values.items())
    return make_case(words, values, [(kind, {}) for kind in chosen])


def _kind(name: str, place: str) -> Kind:
    try:
        return find(name)
    except ValueError as error:
        raise ConvcostError(Problem(place, str(error))) from None


def _values(given: dict[str, Any], kinds: list[Kind]) -> dict[str, Any]:
    """Parse the flags that were given; all that is wrong with them is reported at once."""
    values, problems = {}, []
    for identifier, raw in given.items():
        name = identifier.rstrip("_")
        if raw is None:
            continue
        try:
            values[name] = PARAMS[name].type.parse(raw)
        except ValueError as error:
            problems.append(Problem(flag_name(name), str(error)))
    wrong = {problem.place for problem in problems}
    found = [*unused(values, kinds), *shape_problems(values)]
    problems += [Problem(flag_name(name), m) for name, m in found if flag_name(name) not in wrong]
    if problems:
        raise ConvcostError(*problems)
    return values


def _verify(comparisons: list[Comparison]) -> dict[int, Any]:
    """Check every row, with a progress bar on a terminal; results by the row's identity."""
    from convcost.verify import verify

    total = sum(row.graph is not None for c in comparisons for row in c.rows)
    results = (verified for _, verified in verify(comparisons))
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import track

        results = track(results, "verifying", total, console=Console(stderr=True), transient=True)  # type: ignore[assignment]
    return {id(verified.row): verified for verified in results}


def _verdict(verified: dict[int, Any]) -> int:
    checks = [check for result in verified.values() for check in result.checks]
    exact = sum(check.holds for check in checks)
    failed = sum(bool(result.error) for result in verified.values())
    modules = f"modules run: {len(verified) - failed}, could not be run: {failed}"
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
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        code = app([a for a in arguments if a != "--debug"], standalone_mode=False)
        sys.stdout.flush()
    except ConvcostError as error:
        if debug:
            raise
        report(error.problems)
        code = 2
    except UsageError as error:
        report([Problem("", _usage(error))])
        code = 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # nobody reads; not an error of ours
        code = 0
    except KeyboardInterrupt:
        code = 130
    except Exception as error:
        if debug:
            raise
        say(f"internal error, {type(error).__name__}: {error}; --debug shows where")
        code = 2
    sys.exit(code)


def _usage(error: Any) -> str:
    message = error.format_message().replace("\n", " ").rstrip(".")
    command = error.ctx.command_path if error.ctx else "convcost"
    return f"{message[0].lower()}{message[1:]}; {command} --help lists what there is"
