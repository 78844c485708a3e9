"""CSV: one table of raw values."""

from __future__ import annotations

import csv as library
import io

from convcost.errors import clean
from convcost.formats.document import Cell, Document, Table


def csv(document: Document) -> str:
    """One table with the tables' names as first column.

    Tables with other columns than the first, and equations, have no place in it.
    """
    out = io.StringIO()
    writer = library.writer(out, lineterminator="\n")
    tables = [block for block in document.blocks if isinstance(block, Table)]
    tables = [table for table in tables if table.columns == tables[0].columns]
    remarks = any(table.remarks for table in tables)
    if tables:
        titles = [column.raw_title for column in tables[0].columns]
        writer.writerow([document.group, *titles, *["remark"] * remarks])
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
