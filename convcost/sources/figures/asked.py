"""What a rule is looked for: lines of a table, or of configs, and conventions that may be it."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from convcost.counting.conventions import Convention
from convcost.counting.profilers import CONVENTIONS, TOOLS
from convcost.errors import ConvcostError, Problem
from convcost.learning.figures import Line
from convcost.sources.conventions import read_conventions
from convcost.sources.figures.published import read_published
from convcost.sources.figures.table import SCALES, TableWords, read_table
from convcost.sources.reading.conventions import is_convention_file

NONE = "none"
"""No convention at all."""


def read_lines(paths: Sequence[str], source: str, words: TableWords) -> list[Line]:
    """The networks with their figures.

    Raises:
        ConvcostError: everything that is wrong with them, or with the flags.
    """
    if words.scale and words.scale not in SCALES:
        raise ConvcostError(Problem("--scale", f"is one of {', '.join(SCALES)}"))
    tables = [path for path in paths if path.lower().endswith(".csv")]
    if not tables:
        for flag, given in (("--scale", words.scale), ("--hw", words.hw)):
            if given:
                raise ConvcostError(Problem(flag, "is for a CSV of figures"))
        return read_published(paths, source, words.column)
    if len(paths) > 1:
        message = "a table goes alone; a table of each source has a rule of its own"
        raise ConvcostError(Problem(paths[1], message))
    if source:
        raise ConvcostError(Problem("--source", "is for published figures of configs"))
    return read_table(tables[0], words)


def conventions_of(names: list[str]) -> Sequence[Convention]:
    """The conventions that may be the rule: every known one if none is named."""
    if not names:
        return CONVENTIONS
    if [name.strip().lower() for name in names] == [NONE]:
        return ()
    return read_conventions(names)


def check_output(path: str) -> None:
    """Raise `ConvcostError` if a rule cannot be written to a path, or not be taken from there."""
    if not path:
        return
    if not is_convention_file(path):
        raise ConvcostError(Problem("--output", "a rule is a YAML file: call it .yaml"))
    if not os.path.isdir(os.path.dirname(path) or "."):
        raise ConvcostError(Problem(path, "there is no such folder"))


def named(output: str, paths: Sequence[str]) -> str:
    """What the convention is called: as its file, or as the table."""
    path = output or (paths[0] if paths else "learned")
    stem = os.path.splitext(os.path.basename(path))[0]
    name = re.sub(r"[^A-Za-z0-9.+_-]+", "-", stem).strip("-._+")[:60] or "learned"
    return f"{name[:54]}-rules" if name.lower() in TOOLS else name
