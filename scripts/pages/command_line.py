"""The page of the command line, as the program's own help has it."""

from __future__ import annotations

from typing import Any

import typer

from convcost.cli.main import COMMANDS, make_app

from .markdown import code, page, rows, text

PATH = "docs/reference/command-line.md"


def command_line_page() -> dict[str, str]:
    """The text of the page by its path."""
    program = typer.main.get_command(make_app(["--help", "--train"]))
    commands: dict[str, Any] = program.commands  # type: ignore[attr-defined]
    whole = [
        "```text\nconvcost [OPTIONS] COMMAND [ARGS]...\n```",
        options(program),
        rows(("command", "what it does"), map(first_line, commands.values())),
        "The answer is on stdout, everything else on stderr; "
        "[exit codes and formats](formats.md) are the same for all commands.",
    ]
    parts = [part for name in COMMANDS for part in command_parts(name, commands[name])]
    return {PATH: page("Command line", *whole, *parts)}


def first_line(command: Any) -> tuple[str, str]:
    """A row of the list of commands."""
    return f"[`{command.name}`](#{command.name})", text(command.help.split("\n\n")[0])


def command_parts(name: str, command: Any) -> list[str]:
    """One command: how it is called, what it does, and its options."""
    context = command.make_context(name, [], resilient_parsing=True)
    usage = " ".join([f"convcost {name}", *command.collect_usage_pieces(context)])
    words = [text(" ".join(part.split())) for part in command.help.split("\n\n")]
    return [f"## {name}", f"```text\n{usage}\n```", *words, options(command)]


def options(command: Any) -> str:
    """The arguments and options of a command, as its help has them."""
    context = command.make_context(command.name, [], resilient_parsing=True)
    records = [param.get_help_record(context) for param in command.get_params(context)]
    return rows(
        ("option", "what it does"),
        [(code(each[0]), text(" ".join(each[1].split()))) for each in records if each],
    )
