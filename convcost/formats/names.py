"""The formats by name; each has a file of its own, which is loaded if it is asked for.

`table`, the format of a terminal, is none of them: it draws, and what it writes depends on the
terminal (`formats.terminal`).
"""

from __future__ import annotations

from importlib import import_module

from convcost.formats.document import Document

FORMATS = ("text", "markdown", "csv", "json", "latex")
"""Formats that are plain text; each is a function of that name in a file of that name."""

SUFFIXES = {".txt": "text", ".md": "markdown", ".csv": "csv", ".json": "json", ".tex": "latex"}
"""The format that a file's name asks for."""


def write(document: Document, format: str) -> str:
    """The document in one of `FORMATS`."""
    written: str = getattr(import_module(f"convcost.formats.{format}"), format)(document)
    return written
