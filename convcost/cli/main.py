"""The command line: parse, call one function, render, exit.

Exit 0: fine; 1: the answer is no (a cross-check disagrees); 2: it could not answer. stdout carries
the answer and nothing else. Each command has a file of its own, which is loaded if it is called.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer

from convcost._version import __version__
from convcost.cli.options import with_tables
from convcost.cli.parameters import RequestCommand
from convcost.cli.shell import run

COMMANDS = (
    "compare",
    "verify",
    "time",
    "show",
    "report",
    "space",
    "fit",
    "explain",
    "match",
    "learn",
    "capture",
    "export",
    "profilers",
    "lock",
    "check",
    "diff",
    "kinds",
    "networks",
    "devices",
    "schema",
)
"""In the order of the help text; `compare` is `compare_command` in `commands/compare.py`."""

GATE = ("lock", "check", "diff")
"""Those in `commands/gate`."""


SETTINGS = {"help_option_names": ["-h", "--help"]}


def make_app(arguments: Sequence[str]) -> typer.Typer:
    """The program with the command that the arguments begin with, or else with all commands."""
    app = typer.Typer(
        name="convcost",
        help="Params and FLOPs of convolutional layers and networks, from shapes alone.",
        add_completion=False,
        context_settings=SETTINGS,
        rich_markup_mode=None,
    )
    app.callback(invoke_without_command=True)(root)
    called = arguments[:1] if arguments[:1] and arguments[0] in COMMANDS else COMMANDS
    for name in called:
        place = f"gate.{name}" if name in GATE else name
        command = getattr(import_module(f"convcost.cli.commands.{place}"), f"{name}_command")
        if isinstance(command, RequestCommand):
            command = command.with_options(arguments)
        app.command(name, context_settings=SETTINGS)(with_tables(command))
    return app


def root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    # `run` takes --debug out wherever it stands; it is declared for the help text.
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors.")] = False,
) -> None:
    """Params and FLOPs of convolutional layers and networks, from shapes alone."""
    if version:
        print(f"convcost {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())


def main() -> None:
    """Run the program."""
    run(make_app)
