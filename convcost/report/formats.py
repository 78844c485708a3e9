"""The formats by name: text, markdown, CSV and JSON are written here.

LaTeX has a file of its own, and `table` draws on the terminal (`terminal.draw`).
"""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Callable

from convcost.errors import clean
from convcost.report.document import ABOUT, Cell, Document, Equations, Table

SUFFIXES = {".txt": "text", ".md": "markdown", ".csv": "csv", ".json": "json", ".tex": "latex"}
"""The format that a file's name asks for."""

MOST_ON_A_LINE = 900
"""Characters of a list in JSON."""

_BREAK = r"\n *"
_FLAT_LIST = r"\[\n *([^\[\]{}]*?)\n *\]"

_MARKDOWN = str.maketrans(
    {letter: f"\\{letter}" for letter in r"\`*[]|~$"} | {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
)
_SIGN = re.compile(r":(?=//)|(?<=www)\.|(?<![^\W_])_|_(?![^\W_])")
"""What is markup in some places only: not the `_` within a name."""
_MENTION = re.compile(r"(?<!\w)@(?=\w)|@(?=[^\W\d])|#(?=\w)")
"""What GitHub takes for a person, an address or an issue, also where it is escaped: a comment parts
it. `tool@1.0` is none."""
_BLOCK = re.compile(r"^(\d*)([#+.)-])")


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
    title = [block.heading, ""] if block.title else []
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
        rows = [list(map(_markdown_words, row)) for row in block.words]
        lines = ["| " + " | ".join(row) + " |" for row in (block.titles, rule, *rows)]
        title = [f"**{_markdown_words(block.heading)}**", ""] if block.title else []
        notes = ["", *map(_markdown_item, block.notes)] if block.notes else []
        parts.append("\n".join([*title, *lines, *notes]))
    return "\n\n".join(parts) + "\n"


def _markdown_words(words: str) -> str:
    """Words that are no markup: they end no cell, name nobody, and are neither link nor HTML."""
    plain = _SIGN.sub(r"\\\g<0>", words.translate(_MARKDOWN))
    return _MENTION.sub(r"\g<0><!-- -->", plain)


def _markdown_item(note: str) -> str:
    """A note as an item of a list, which does not begin another list, a title or a quote."""
    return f"- {_BLOCK.sub(lambda begin: begin[1] + chr(92) + begin[2], _markdown_words(note))}"


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
            cells = (table.name, *row, *table.remarks[index : index + 1])
            writer.writerow(map(_csv_cell, cells))
    return out.getvalue()


def _csv_cell(value: Cell) -> Cell:
    """A cell that a spreadsheet takes for no formula."""
    if not isinstance(value, str):
        return value
    words = clean(value)
    return f"'{words}" if words.lstrip().startswith(("=", "+", "-", "@")) else words


def json(document: Document) -> str:
    """The document's data, indented, with short lists of plain values on one line."""
    import json as library

    indented = library.dumps(document.data, indent=2, ensure_ascii=False)
    shown = re.sub(_FLAT_LIST, _flat, indented).replace("##[", r"##\u005b")  # see `clean`
    if shown.replace("\n", "").isprintable():
        return shown + "\n"
    letters = (c if c.isprintable() or c == "\n" else library.dumps(c)[1:-1] for c in shown)
    return "".join(letters) + "\n"


def _flat(found: re.Match[str]) -> str:
    """A list on one line, where it is not too long for one."""
    flat = "[" + re.sub(_BREAK, " ", found[1]) + "]"
    return flat if len(flat) <= MOST_ON_A_LINE else found[0]


def latex(document: Document) -> str:
    """LaTeX, for a paper."""
    from convcost.report import latex as late  # which most runs do not need

    return late.latex(document)


FORMATS: dict[str, Callable[[Document], str]] = {
    "text": text,
    "markdown": markdown,
    "csv": csv,
    "json": json,
    "latex": latex,
}
"""Formats that are plain text."""
