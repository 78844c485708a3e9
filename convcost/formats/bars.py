"""Bars beside the figures of tables, of which the longest is that of the largest figure."""

from __future__ import annotations

from convcost.errors import ConvcostError, Problem
from convcost.formats.columns import find_columns
from convcost.formats.document import Column, Document, Table

WIDTH = 16
"""Characters of the longest bar."""

_EIGHTHS = " ▏▎▍▌▋▊▉"


def with_bars(document: Document, title: str) -> tuple[Document, str]:
    """The document with a bar behind each figure of the column of this title; and their title.

    Raises:
        ConvcostError: no table has such a column of numbers.
    """
    blocks = [_barred(b, title) if isinstance(b, Table) else b for b in document.blocks]
    if all(old is new for old, new in zip(document.blocks, blocks, strict=True)):
        raise ConvcostError(Problem("--bars", f"goes with a column of figures, not '{title}'"))
    [added, *_] = [
        name
        for old, new in zip(document.blocks, blocks, strict=True)
        if isinstance(new, Table) and isinstance(old, Table)
        for name in new.titles
        if name not in old.titles
    ]
    return document._replace(blocks=tuple(blocks)), added


def _barred(table: Table, title: str) -> Table:
    """The table with bars, if it has that column."""
    places = [place for place in find_columns(title, table) if table.columns[place].numeric]
    if not places:
        return table
    behind = places[0] + 1
    values = [row[behind - 1] for row in table.parts]
    numbers = [value if isinstance(value, int | float) else 0 for value in values]
    most = max(numbers, default=0)
    bars = [bar(number / most if most > 0 else 0) for number in numbers]
    bars += [""] * table.summed
    column = Column(f"bar of {table.columns[places[0]].title}", numeric=False)
    rows = [(*row[:behind], bar, *row[behind:]) for row, bar in zip(table.rows, bars, strict=True)]
    columns = (*table.columns[:behind], column, *table.columns[behind:])
    return table._replace(columns=columns, rows=tuple(rows))


def bar(share: float) -> str:
    """A bar in eighths of a character; what is not 0 can be seen."""
    eighths = max(round(share * WIDTH * 8), 1 if share > 0 else 0)
    whole, rest = divmod(eighths, 8)
    return "█" * whole + _EIGHTHS[rest].strip()
