"""Where a command's answer goes, and in which format."""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TextIO

from convcost.errors import ConvcostError, Problem, no_such
from convcost.files import WholeFile
from convcost.render import FORMATS, SUFFIXES, Document


def say(message: str) -> None:
    """A sentence for the person, on stderr."""
    print(f"convcost: {message}", file=sys.stderr)


class Printer:
    """Where a command's document goes: the terminal, a pipe, or a file opened before the work."""

    def __init__(self, format: str, output: str) -> None:
        """Settle the format; the file's name or the terminal decide where none is given."""
        names = ("table", *FORMATS)
        if format and format not in names:
            raise ConvcostError(Problem("--format", no_such("format", format, names)))
        to_file = output not in ("", "-")
        self.format = format or self._by_place(output if to_file else "")
        if self.format == "table" and to_file:
            self.format = "text"
        self.file: AbstractContextManager[TextIO | WholeFile] = (
            WholeFile(output) if to_file else nullcontext(sys.stdout)
        )

    @staticmethod
    def _by_place(path: str) -> str:
        """The format that suits the file's name, the terminal or the pipe."""
        if not path:
            return "table" if sys.stdout.isatty() else "text"
        suffix = os.path.splitext(path)[1].lower()
        if suffix and suffix not in SUFFIXES:
            message = f"no format is known by '{suffix}'; name one with --format"
            raise ConvcostError(Problem(path, message))
        return SUFFIXES.get(suffix, "text")

    def __enter__(self) -> Printer:
        self.target = self.file.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self.file.__exit__(*error)

    def show(self, document: Document) -> None:
        """Print the document."""
        if self.format == "table":
            from convcost.terminal import draw

            left_out = draw(document)
            if left_out:
                say(f"no room for {', '.join(left_out)}; --format text has every column")
        else:
            self.target.write(FORMATS[self.format](document))
