"""The formats by name, and by how a file is called."""

from __future__ import annotations

from collections.abc import Callable

from convcost.latex import latex
from convcost.render import Document, csv, json, markdown, text

FORMATS: dict[str, Callable[[Document], str]] = {
    "text": text,
    "markdown": markdown,
    "csv": csv,
    "json": json,
    "latex": latex,
}
"""Formats that are plain text; `table` draws on the terminal (`terminal.draw`)."""

SUFFIXES = {".txt": "text", ".md": "markdown", ".csv": "csv", ".json": "json", ".tex": "latex"}
"""The format that a file's name asks for."""
