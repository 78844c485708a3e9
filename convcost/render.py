"""One document, many formats: here text, markdown, csv and json.

Reports fill a `Document` with raw values; a format only says how they look. Machine formats hold
raw integers; only formats for people group digits.
"""

from __future__ import annotations

import io
import re
import textwrap
from typing import Any, NamedTuple

VERSION = 1
"""Of the JSON documents."""

Cell = int | float | str | None


class Column(NamedTuple):
    """A table's column.

    On a narrow terminal the columns with the highest `drop` go first (0 never goes), and those with
    a `narrow` width may wrap their words to it.
    """

    title: str
    drop: int = 0
    numeric: bool = True
    decimals: int = 4
    narrow: int = 0
    percent: bool = False

    def words(self, value: Cell) -> str:
        """A value as people read it: grouped digits, and a few decimals of a fraction."""
        if value is None:
            return "–"
        if isinstance(value, str):
            return value
        if self.percent:
            return f"{value:.1%}"
        if isinstance(value, int):
            return f"{value:,}"
        tiny = 0 < value < 10 ** (1 - self.decimals)
        return f"{value:.3g}" if tiny else f"{value:,.{self.decimals}f}"


class Table(NamedTuple):
    """Rows of raw values under a name.

    `remarks` has a sentence, or none, for each row; `below` are sentences on the whole table.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    remarks: tuple[str, ...] = ()
    below: tuple[str, ...] = ()

    @property
    def titles(self) -> list[str]:
        """The columns' titles."""
        return [column.title for column in self.columns]

    @property
    def words(self) -> list[list[str]]:
        """The rows as people read them."""
        return [
            [column.words(value) for column, value in zip(self.columns, row, strict=True)]
            for row in self.rows
        ]

    @property
    def notes(self) -> list[str]:
        """The sentences below the table; a remark starts with its row's first cell."""
        pairs = zip(self.rows, self.remarks, strict=False)
        return [*[f"{row[0]}: {remark}" for row, remark in pairs if remark], *self.below]

    def without(self, index: int) -> Table:
        """The table less one column."""

        def cut(values: tuple[Any, ...]) -> tuple[Any, ...]:
            return values[:index] + values[index + 1 :]

        return self._replace(columns=cut(self.columns), rows=tuple(map(cut, self.rows)))


ABOUT = "≈ "
"""In front of a step that is rounded."""


class Equation(NamedTuple):
    """A name and what it equals, step by step, as text and as LaTeX."""

    name: str
    steps: tuple[str, ...]
    latex_name: str
    latex_steps: tuple[str, ...]


class Equations(NamedTuple):
    """Equations that stand together."""

    equations: tuple[Equation, ...]


class Document(NamedTuple):
    """Everything that a command prints: the JSON form, and the blocks that people read."""

    data: dict[str, Any]
    blocks: tuple[Table | Equations, ...]
    group: str = "case"
    """What the tables' names are called, as the first column of a CSV file."""


def text(document: Document) -> str:
    """Aligned plain text at full width."""
    return "\n".join(_text_block(block) for block in document.blocks)


def _text_block(block: Table | Equations) -> str:
    if isinstance(block, Equations):
        return "\n".join(equation_lines(block)) + "\n"
    cells = [block.titles, *block.words]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(
            word.rjust(width) if column.numeric else word.ljust(width)
            for word, width, column in zip(row, widths, block.columns, strict=True)
        ).rstrip()
        for row in cells
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    title = [block.title, ""] if block.title else []
    return "\n".join([*title, *lines, *block.notes]) + "\n"


def equation_lines(block: Equations, width: int | None = None) -> list[str]:
    """Equations with their signs aligned, wrapped between terms where a width is given."""
    margin = max(len(equation.name) for equation in block.equations)
    lines = []
    for equation in block.equations:
        name = equation.name
        for step in equation.steps:
            pieces = [step]
            if width:
                pieces = textwrap.wrap(
                    step,
                    max(width - margin - 3, 20),
                    break_long_words=False,
                    break_on_hyphens=False,
                )
            sign = "≈" if step.startswith(ABOUT) else "="
            lines.append(f"{name:<{margin}} {sign} {pieces[0].removeprefix(ABOUT)}")
            lines += [" " * (margin + 3) + piece for piece in pieces[1:]]
            name = ""
    return lines


def markdown(document: Document) -> str:
    """Pipe tables, and equations as code."""
    parts = []
    for block in document.blocks:
        if isinstance(block, Equations):
            parts.append("\n".join(["```text", *equation_lines(block), "```"]))
            continue
        rule = ["---:" if column.numeric else "---" for column in block.columns]
        rows = [list(map(_markdown_cell, row)) for row in block.words]
        lines = ["| " + " | ".join(row) + " |" for row in (block.titles, rule, *rows)]
        title = [f"**{block.title}**", ""] if block.title else []
        notes = ["", *[f"- {note}" for note in block.notes]] if block.notes else []
        parts.append("\n".join([*title, *lines, *notes]))
    return "\n\n".join(parts) + "\n"


def _markdown_cell(word: str) -> str:
    """A word that neither ends its cell nor is taken for HTML."""
    return word.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


def csv(document: Document) -> str:
    """One table with the tables' names as first column.

    Tables with other columns than the first, and equations, have no place in it.
    """
    import csv as library

    out = io.StringIO()
    writer = library.writer(out, lineterminator="\n")
    tables = [block for block in document.blocks if isinstance(block, Table)]
    tables = [table for table in tables if table.columns == tables[0].columns]
    remarks = any(table.remarks for table in tables)
    if tables:
        writer.writerow([document.group, *tables[0].titles, *["remark"] * remarks])
    for table in tables:
        for index, row in enumerate(table.rows):
            writer.writerow([table.name, *row, *table.remarks[index : index + 1]])
    return out.getvalue()


def json(document: Document) -> str:
    """The document's data, indented, with lists of plain values on one line."""
    import json as library

    indented = library.dumps(document.data, indent=2, ensure_ascii=False)
    return _FLAT_LIST.sub(lambda found: "[" + _BREAK.sub(" ", found[1]) + "]", indented) + "\n"


_BREAK = re.compile(r"\n *")
_FLAT_LIST = re.compile(r"\[\n *([^\[\]{}]*?)\n *\]")
