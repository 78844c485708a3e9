"""What lock, check and diff have in common: their options, and how a report is printed."""

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli.printer import Printer, ReaderLeftError
from convcost.errors import ConvcostError, Problem, listed
from convcost.formats.document import Document
from convcost.sources.conventions import read_convention

if TYPE_CHECKING:
    from convcost.counting.conventions import Convention
    from convcost.gate.outcome import Gate

GuardedConfigs = Annotated[
    list[str],
    typer.Argument(
        metavar="[CONFIG]...",
        help="YAML configs. [default: convcost.yaml and what it lists, or else all in configs/]",
        show_default=False,
    ),
]
LockFile = Annotated[str, typer.Option("--lockfile", metavar="PATH", help="The lock file.")]
OneConvention = Annotated[
    str,
    typer.Option(
        "--as", metavar="TOOL@VERSION|FILE", help="Count as a profiler does, or by a file of rules."
    ),
]
OfSteps = Annotated[
    bool, typer.Option("--train", help="FLOPs of training steps: the same as --as train.")
]
GateFormat = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help="table, text, markdown, json, github (annotations) or junit. [default: table on a "
        "terminal, text in a pipe, and as a file is called]",
    ),
]
DiffFormat = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help="table, text, markdown or json. [default: table on a terminal, text in a pipe, and as "
        "a file is called]",
    ),
]
FAILURES = ("github", "junit")
"""Formats of what fails, which is no document."""


def counted_as(tool: str, train: bool) -> "Convention | None":
    """How figures are counted; None is convcost's own way.

    Raises:
        ConvcostError: there is no such tool, or both are asked for.
    """
    if train and tool:
        raise ConvcostError(Problem("--train", "goes without --as; it is --as train"))
    return read_convention("train" if train else tool)


def gate_printer(format: str, output: str, others: Sequence[str] = ()) -> Printer:
    """Where a report goes: not as csv, which is one table, nor as latex."""
    as_named = "junit" if "junit" in others and output.lower().endswith(".xml") else ""
    printer = Printer(format or as_named, output, others)
    if printer.format in ("csv", "latex"):
        known = listed(["json", "markdown", "text", *others])
        message = f"{printer.format} is not for this; take one of {known}"
        raise ConvcostError(Problem("--format", message))
    return printer


def count_entries(number: int) -> str:
    """So many entries, in words."""
    return "1 entry" if number == 1 else f"{number:,} entries"


def print_gate(
    gate: "Gate", printer: Printer, every: bool = False, published: bool = False
) -> None:
    """Print what was found; a reader that leaves does not change the verdict."""
    with suppress(ReaderLeftError):
        _write(gate, printer, every, published)


def _write(gate: "Gate", printer: Printer, every: bool, published: bool) -> None:
    """Print what was found, in the printer's format."""
    from convcost.report.gate.tables import gate_data, gate_report

    if printer.format == "github":
        from convcost.report.gate.annotations import github
        from convcost.sources.history import in_repository

        printer.write(github(gate, in_repository))
    elif printer.format == "junit":
        from convcost.report.gate.annotations import junit

        printer.write(junit(gate))
    elif published:
        from convcost.report.printed.published import published_tables, published_titles

        tables = published_tables(gate.verdicts, every)
        data = gate_data(gate, every=True)
        printer.show(Document(data, tables, "table", published_titles()))
    elif printer.format == "markdown":
        from convcost.report.gate.annotations import summary

        printer.write(summary(printer.arranged(gate_report(gate))))
    else:
        printer.show(gate_report(gate, every))
