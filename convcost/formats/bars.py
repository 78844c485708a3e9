"""Bars beside the figures of tables, of which the longest is that of the largest figure."""

from __future__ import annotations

from convcost.errors import ConvcostError, Problem
from convcost.formats.columns import LAST, title_key
from convcost.formats.document import Column, Document, Table

WIDTH = 16
"""Characters of the longest bar."""

_EIGHTHS = " ▏▎▍▌▋▊▉"


def title_of_bars(title: str) -> str:
    """What the column of bars is called of the figures of this title."""
    return f"bar of {title}"


def with_bars(document: Document, title: str) -> Document:
    """The document with a bar behind each figure of the column of this title.

    Raises:
        ConvcostError: no table has such a column of numbers.
    """
    blocks = [_barred(b, title) if isinstance(b, Table) else b for b in document.blocks]
    if all(old is new for old, new in zip(document.blocks, blocks, strict=True)):
        raise ConvcostError(Problem("--bars", f"goes with a column of figures, not '{title}'"))
    return document._replace(blocks=tuple(blocks))


def _barred(table: Table, title: str) -> Table:
    """The table with bars, if it has that column."""
    places = [
        n
        for n, each in enumerate(table.columns)
        if each.numeric and title_key(each.title) == title_key(title)
    ]
    if not places:
        return table
    behind = places[0] + 1
    values = [row[behind - 1] for row in table.rows]
    numbers = [
        value if isinstance(value, int | float) and row[0] not in LAST else 0
        for row, value in zip(table.rows, values, strict=True)
    ]
    most = max(numbers, default=0)
    bars = [_bar(number / most if most else 0) for number in numbers]
    column = Column(title_of_bars(table.columns[places[0]].title), numeric=False)
    rows = [(*row[:behind], bar, *row[behind:]) for row, bar in zip(table.rows, bars, strict=True)]
    columns = (*table.columns[:behind], column, *table.columns[behind:])
    return table._replace(columns=columns, rows=tuple(rows))


def _bar(share: float) -> str:
    """A bar in eighths of a character; what is not 0 can be seen."""
    eighths = max(round(share * WIDTH * 8), 1 if share > 0 else 0)
    whole, rest = divmod(eighths, 8)
    return "█" * whole + _EIGHTHS[rest].strip()
