"""Tables on a terminal, by rich: whole columns are left out where they do not fit, never digits."""

from __future__ import annotations

import sys

from rich import box
from rich.console import Console as RichConsole
from rich.table import Table as RichTable
from rich.text import Text

from convcost.formats.document import Document, Equations, Table
from convcost.formats.text import equation_lines


class Console(RichConsole):
    """A console that leaves it to the caller what a reader that left means."""

    def on_broken_pipe(self) -> None:
        """Raise what rich would exit 1 of."""
        raise BrokenPipeError


def draw(document: Document) -> list[str]:
    """Print a document on stdout; returns the titles of the columns that were left out."""
    console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = 10_000
    console.height = console.size.height  # a dumb terminal has the width that is set only with it
    width = console.width
    left_out: dict[str, None] = {}
    for index, block in enumerate(document.blocks):
        if index:
            console.print()
        if isinstance(block, Equations):
            for line in equation_lines(block, console.width):
                console.print(line, soft_wrap=True)
            continue
        fitted = _fit(block, console.width)
        left_out |= dict.fromkeys(t for t in block.titles if t not in fitted.titles)
        if block.title:
            console.print(Text(block.heading, style="bold"))
        # Too wide all the same: the terminal may break the lines, but not a digit is missing.
        console.width = max(width, _width(fitted))
        console.print(_rich(fitted, console.width))
        console.width = width
        for note in block.notes:
            console.print(Text(note, style="yellow"))
    return list(left_out)


def _fit(table: Table, width: int) -> Table:
    """The table less the columns that do not fit."""
    while _width(table) > width:
        index = max(range(len(table.columns)), key=lambda i: table.columns[i].drop)
        if not table.columns[index].drop:
            break
        table = table.without(index)
    return table


def _width(table: Table) -> int:
    """How wide the table is at the least: two blanks after each column but the last."""
    return sum(least for least, _ in _widths(table)) + 2 * len(table.columns) - 2


def _widths(table: Table) -> list[tuple[int, int]]:
    """How wide each column is at the least, and at full width."""
    widths = []
    for column, *cells in zip(table.columns, table.titles, *table.words, strict=True):
        full = max(map(len, cells))
        longest = max(len(word) for cell in cells for word in [*cell.split(), ""])
        widths.append((max(column.narrow, longest) if column.narrow else full, full))
    return [(min(least, full), full) for least, full in widths]


def _shared_out(table: Table, total: int) -> list[int]:
    """The columns' widths: what is left over goes to those that need the least more first."""
    widths = _widths(table)
    given = [least for least, _ in widths]
    left = total - _width(table)
    wanting = sorted(range(len(widths)), key=lambda index: widths[index][1] - widths[index][0])
    for done, index in enumerate(wanting):
        least, full = widths[index]
        more = min(full - least, max(left, 0) // (len(wanting) - done))
        given[index] += more
        left -= more
    return given


def _rich(table: Table, total: int) -> RichTable:
    drawn = RichTable(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for column, width in zip(table.columns, _shared_out(table, total), strict=True):
        drawn.add_column(
            column.title,
            justify="right" if column.numeric else "left",
            no_wrap=not column.narrow,
            overflow="fold",
            width=width,
        )
    for row in table.words:
        drawn.add_row(*row)
    return drawn
