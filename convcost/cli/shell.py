"""What stands around the commands: errors become lines on stderr, and exit codes."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import typer

from convcost.cli.printer import ReaderLeftError, say, tell, writing_stdout
from convcost.errors import ConvcostError, Problem, as_line, few_hints, first_of

UsageError: type[Exception] = typer.BadParameter.__bases__[0]
"""What typer raises for wrong usage; it has no public name."""


def report(problems: Sequence[Problem]) -> None:
    """Print the first errors, one line each, that start with the place."""
    with suppress(OSError):  # where stderr cannot be written, the exit code has to do
        tell([as_line(message, place or "convcost") for place, message in first_of(problems)])


def run(make_app: Callable[[Sequence[str]], typer.Typer]) -> None:
    """Run the program; every failure but a "no" ends with exit code 2."""
    # A run makes many small records and hardly a cycle: looking for those takes a third of it.
    gc.set_threshold(100_000, 50, 100)
    arguments = sys.argv[1:]
    debug = "--debug" in arguments
    try:
        code = _run(make_app, [argument for argument in arguments if argument != "--debug"])
    except ConvcostError as error:
        if debug:
            raise
        report(error.problems)
        code = 2
    except UsageError as error:
        report([Problem("", _usage(error))])
        code = 2
    except ReaderLeftError:
        code = 0
    except SystemExit as ended:
        # What click does by itself when the reader of a help text has left.
        code = 0 if ended.code == 1 else int(ended.code or 0)
    except KeyboardInterrupt:
        code = 130
    except Exception as error:
        if debug:
            raise
        with suppress(OSError):
            say(f"internal error, {type(error).__name__}: {error}; --debug shows where")
        code = 2
    sys.exit(code)


def _run(make_app: Callable[[Sequence[str]], typer.Typer], arguments: list[str]) -> int:
    """Run one command; a stream that was closed is not there."""
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    if sys.stdout is None:
        raise ConvcostError("stdout is closed")
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that files are cleaned up
    with few_hints():
        app = make_app(arguments)
        code: int = app(arguments, prog_name="convcost", standalone_mode=False) or 0
    with writing_stdout():  # help and version, which typer prints
        return code


def _usage(error: Any) -> str:
    message = error.format_message().replace("\n", " ").rstrip(".")
    command = error.ctx.command_path if error.ctx else "convcost"
    return f"{message[0].lower()}{message[1:]}; {command} --help lists what there is"
