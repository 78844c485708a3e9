"""Where a command's answer goes, and in which format."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TextIO

from convcost.errors import MOST_LINES, SENTENCE, ConvcostError, Problem, as_line, no_such
from convcost.formats.document import Document
from convcost.formats.names import FORMATS, SUFFIXES, write

if TYPE_CHECKING:
    from convcost.formats.columns import Arrangement
    from convcost.formats.files import WholeFile


def say(*sentences: str, most: int = MOST_LINES, more: str = "more") -> None:
    """Sentences for the person, on stderr: the first of them, and how many more there are."""
    tell([as_line(each, "convcost", SENTENCE) for each in sentences], most, more)


def tell(lines: Sequence[str], most: int = MOST_LINES, more: str = "more") -> None:
    """Lines on stderr: the first of them, and how many more there are."""
    for line in lines[:most]:
        print(line, file=sys.stderr)
    if len(lines) > most:
        say(f"{len(lines) - most:,} {more}")


ASKED: ContextVar[Arrangement | None] = ContextVar("asked", default=None)
"""How the tables of the command were asked for."""


PAGES = "convcost report makes pages, with --against of what changed"


class ReaderLeftError(Exception):
    """Whoever read stdout has enough; click would make exit 1, a "no", of a `BrokenPipeError`."""


@contextmanager
def writing_stdout() -> Iterator[None]:
    """Raise what stops stdout from being written as `ConvcostError`, but for a reader that left."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        forget_stdout()
        raise ReaderLeftError from None
    except OSError as error:
        forget_stdout()
        reason = (error.strerror or str(error)).lower()
        raise ConvcostError(f"stdout cannot be written: {reason}") from None


def forget_stdout() -> None:
    """Python must not try again, when it ends, to write what nobody takes."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _whole_file(path: str) -> WholeFile:
    from convcost.formats.files import WholeFile

    return WholeFile(path)


class Printer:
    """Where a command's document goes: the terminal, a pipe, or a file opened before the work."""

    def __init__(self, format: str, output: str, others: Sequence[str] = ()) -> None:
        """Settle the format; the file's name or the terminal decide where none is given.

        `others` are formats in which the command writes itself.
        """
        names = ("table", *FORMATS, *others)
        if format and format not in names:
            hint = f"; {PAGES}" if format == "html" else ""
            raise ConvcostError(Problem("--format", no_such("format", format, names) + hint))
        to_file = output not in ("", "-")
        self.format = format or self._by_place(output if to_file else "")
        if self.format == "table" and to_file:
            self.format = "text"
        self.file: AbstractContextManager[TextIO | WholeFile] = (
            _whole_file(output) if to_file else nullcontext(sys.stdout)
        )

    @staticmethod
    def _by_place(path: str) -> str:
        """The format that suits the file's name, the terminal or the pipe."""
        if not path:
            return "table" if sys.stdout.isatty() else "text"
        suffix = os.path.splitext(path)[1].lower()
        if suffix and suffix not in SUFFIXES:
            hint = PAGES if suffix == ".html" else "name one with --format"
            message = f"no format is known by '{suffix}'; {hint}"
            raise ConvcostError(Problem(path, message))
        return SUFFIXES.get(suffix, "text")

    def __enter__(self) -> Printer:
        self.target = self.file.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self.file.__exit__(*error)

    def write(self, text: str) -> None:
        """Print text that is in its format already."""
        with writing_stdout():
            self.target.write(text)

    def arranged(self, document: Document) -> Document:
        """The document with its tables as they were asked for."""
        arrangement = ASKED.get()
        if arrangement is None:
            return document
        from convcost.formats.columns import arrange

        return arrange(document, arrangement, self.format)

    def show(self, document: Document) -> None:
        """Print the document, with its tables as they were asked for."""
        document = self.arranged(document)
        if self.format != "table":
            self.write(write(document, self.format))
            return
        from convcost.formats.terminal import draw

        with writing_stdout():
            left_out = draw(document)
        if left_out:
            say(f"no room for {', '.join(left_out)}; --format text has every column")
