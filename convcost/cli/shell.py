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
from convcost.errors import (
    ConvcostError,
    Problem,
    as_line,
    few_hints,
    first_of,
    nearest,
    shorten,
)

UsageError: type[Exception] = typer.BadParameter.__bases__[0]
"""What typer raises for wrong usage; it has no public name."""


_KERNEL = "--k is the kernel's size"
_IN = "--in is the input's channels"
_INPUT = "--in is the input's channels, --hw its sizes"
_SIZE = "--hw is the input's size"
_OUT = "--out is the output's channels"
_KINDS = "--kinds names kinds of layer"
_TOOL = "--as counts as a tool does"
_STRIDE = "--stride is the stride"
_PADDING = "--padding is the zeros around the map"
_DILATION = "--dilation is the dilation"
_GROUPS = "--groups is the number of groups"
_BATCH = "--batch is the number of samples"
_OUTPUT = "--output names a file"
_FORMAT = "--format names a format"
_ACT = "--act is the activation"
_DTYPE = "--dtype is that of weights and maps"
_COLUMNS = "--columns chooses a table's columns"
_SET = "--set NAME=VALUE sets a network's parameter"

MEANT = {
    **dict.fromkeys(("-k", "--kernel", "--kernel-size", "--ksize", "--filter"), _KERNEL),
    **dict.fromkeys(("-i", "--in-channels", "--input-channels", "--channels", "--cin", "-c"), _IN),
    **dict.fromkeys(("--input", "--input-size", "--input-shape", "--shape"), _INPUT),
    **dict.fromkeys(("--resolution", "--res", "--image-size", "--imgsz", "--img", "--hxw"), _SIZE),
    **dict.fromkeys(("--out-channels", "--output-channels", "--cout", "--filters"), _OUT),
    **dict.fromkeys(("--kind", "--layer", "--layers", "--type"), _KINDS),
    **dict.fromkeys(("--tool", "--tools", "--profiler", "--like", "--convention"), _TOOL),
    **dict.fromkeys(("-s", "--strides"), _STRIDE),
    **dict.fromkeys(("-p", "--pad"), _PADDING),
    **dict.fromkeys(("-d", "--dilations"), _DILATION),
    **dict.fromkeys(("-g", "--group"), _GROUPS),
    **dict.fromkeys(("-b", "-n", "--batch-size", "--bs"), _BATCH),
    **dict.fromkeys(("-o", "--out-file", "--file", "--save"), _OUTPUT),
    **dict.fromkeys(("-f",), _FORMAT),
    **dict.fromkeys(("--activation", "--relu"), _ACT),
    **dict.fromkeys(("--precision", "--bits"), _DTYPE),
    **dict.fromkeys(("--macs", "--flops", "--params", "--fields", "--column"), _COLUMNS),
    **dict.fromkeys(("--arg", "--param"), _SET),
    **{
        f"--{word}": f"--format {name} is the format"
        for word, name in (
            ("json", "json"),
            ("csv", "csv"),
            ("markdown", "markdown"),
            ("md", "markdown"),
            ("latex", "latex"),
            ("tex", "latex"),
            ("text", "text"),
            ("txt", "text"),
        )
    },
}
"""Options that other programs have, and what to say of them here."""


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
    command = error.ctx.command_path if error.ctx else "convcost"
    option = getattr(error, "option_name", "")
    if option and hasattr(error, "possibilities"):
        message = _no_option(option, error.possibilities or [])
    else:
        message = error.format_message().replace("\n", " ").rstrip(".")
    return f"{message[0].lower()}{message[1:]}; {command} --help lists what there is"


def _no_option(name: str, known: Sequence[str]) -> str:
    """That there is no such option, and which one is meant, if that can be told."""
    flag = name.partition("=")[0]
    if flag in MEANT:
        return f"no option {flag}; {MEANT[flag]}"
    near = nearest(flag, known)
    return f"no such option: {shorten(flag)}" + (f"; did you mean {near}?" if near else "")
