"""HTML: tables for pages and notebooks, every word of which is escaped, and nothing is styled."""

from __future__ import annotations

import html as library

from convcost.formats.document import Cell, Column, Document, Equations, Table
from convcost.formats.text import equation_lines


def html(document: Document) -> str:
    """The document's tables and equations, as parts of a page."""
    return "\n".join(
        equations_html(block) if isinstance(block, Equations) else table_html(block)
        for block in document.blocks
    )


def equations_html(block: Equations) -> str:
    """Equations as lines."""
    return f"<pre>{escape(chr(10).join(equation_lines(block)))}</pre>"


def table_html(table: Table) -> str:
    """A table with its title as caption, and its notes below it."""
    caption = f"<caption>{escape(table.heading)}</caption>" if table.title else ""
    head = "".join(head_cell(column) for column in table.columns)
    rows = "\n".join(
        f"<tr>{''.join(map(cell, table.columns, row, words))}</tr>"
        for row, words in zip(table.rows, table.words, strict=True)
    )
    notes = "".join(f"<li>{escape(note)}</li>" for note in table.notes)
    below = f"<ul>{notes}</ul>" if notes else ""
    return (
        f"<table>{caption}<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody></table>{below}"
    )


def head_cell(column: Column) -> str:
    """The title of a column."""
    return f'<th scope="col"{_aligned(column)}>{escape(column.title)}</th>'


def cell(column: Column, value: Cell, words: str) -> str:
    """A cell; where its words are not the digits of its number, that stands beside them."""
    raw = ""
    if isinstance(value, int | float) and words.replace(",", "") != str(int(value)):
        raw = f' data-value="{value if isinstance(value, float) else int(value)}"'
    return f"<td{_aligned(column)}{raw}>{escape(words)}</td>"


def escape(words: str) -> str:
    """Words that are no markup, neither between tags nor within quotes."""
    return library.escape(words, quote=True)


def _aligned(column: Column) -> str:
    return ' class="number"' if column.numeric else ""
