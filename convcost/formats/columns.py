"""Which columns of tables are shown, in which order their rows stand, and in which unit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from convcost.errors import ConvcostError, Problem, no_such
from convcost.formats.document import Cell, Column, Document, Table

UNITS = {"k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}

RAW = ("csv", "json")
"""Formats whose numbers are those that were counted, whatever unit people ask for."""

_FIGURE = re.compile(
    r"params|macs|flops|activations|bytes|figure|swapped|adds|counted|nearest|convcost|measured"
    r"|difference|old|new|delta|.+@.+",
    re.IGNORECASE,
)
"""Titles of columns, or their beginnings, that have figures and no counts of anything else."""


class Arrangement(NamedTuple):
    """What was asked of tables.

    Attributes:
        columns: titles, in order; all if there are none.
        sort: the title of a column, the largest first; behind a `-`, the smallest first.
        units: one of `UNITS`.
    """

    columns: tuple[str, ...] = ()
    sort: str = ""
    units: str = ""


AS_IT_IS = Arrangement()


def arrange(document: Document, how: Arrangement, format: str) -> Document:
    """The document with its tables as they were asked for.

    Raises:
        ConvcostError: no table has such a column, or there is no such unit.
    """
    if how == AS_IT_IS:
        return document
    if how.units and how.units not in UNITS:
        raise ConvcostError(Problem("--units", no_such("unit", how.units, UNITS)))
    tables = [block for block in document.blocks if isinstance(block, Table)]
    _check("--columns", how.columns, tables, document.titles)
    _check("--sort", [how.sort.removeprefix("-")] if how.sort else [], tables, document.titles)
    units = "" if format in RAW else how.units
    left_out = {id(each) for each in _said_less(tables, how.columns)}
    blocks = tuple(
        _scaled(_sorted(_chosen(block, how.columns), block, how.sort), units)
        if isinstance(block, Table) and not block.summary
        else block
        for block in document.blocks
        if id(block) not in left_out
    )
    return document._replace(blocks=blocks)


def _said_less(tables: Sequence[Table], names: Sequence[str]) -> list[Table]:
    """Tables of which only the first column was asked for, where others have more to say."""
    tables = [table for table in tables if not table.summary]
    kept = [{n for name in names for n in find_columns(name, table)} for table in tables]
    if not any(columns - {0} for columns in kept):
        return []
    return [table for table, columns in zip(tables, kept, strict=True) if columns == {0}]


def _check(flag: str, names: Sequence[str], tables: Sequence[Table], others: Sequence[str]) -> None:
    """Refuse the names that no table has as a title, and might not have either."""
    found = [title for table in tables for title in table.titles]
    titles = list(dict.fromkeys(map(title_key, [*found, *others])))
    unknown = [
        name
        for name in names
        if title_key(name) not in titles and not any(find_columns(name, table) for table in tables)
    ]
    if unknown:
        raise ConvcostError(*[Problem(flag, no_such("column", name, titles)) for name in unknown])


def title_key(title: str) -> str:
    """A title as it is typed: `macs-ratio`."""
    return title.strip().lower().replace(" ", "-").replace("_", "-")


def find_columns(name: str, table: Table) -> list[int]:
    """The columns of this title; of a tool's, the version and the unit may be left out."""
    key = title_key(name)
    exact = [n for n, title in enumerate(table.titles) if title_key(title) == key]
    tools = [n for n, title in enumerate(table.titles) if re.split("[@ ]", title)[0].lower() == key]
    return exact or [n for n in tools if "@" in table.titles[n]]


def _chosen(table: Table, names: Sequence[str]) -> Table:
    """The first column, which says what a row is of, and those that are named; they all stay."""
    asked = [index for name in names for index in find_columns(name, table)]
    if not asked:
        return table
    kept = list(dict.fromkeys([0, *asked]))
    columns = tuple(table.columns[index]._replace(drop=0) for index in kept)
    rows = tuple(tuple(row[index] for index in kept) for row in table.rows)
    return table._replace(columns=columns, rows=rows)


def _sorted(table: Table, whole: Table, name: str) -> Table:
    """The rows by a column of the whole table, with their remarks."""
    found = find_columns(name.removeprefix("-"), whole) if name else []
    if not found:
        return table
    values = [row[found[0]] for row in whole.rows]
    numeric = whole.columns[found[0]].numeric and not any(isinstance(v, str) for v in values)
    turned = name.startswith("-")
    others, last = range(len(whole.parts)), range(len(whole.parts), len(values))
    known = [n for n in others if values[n] is not None]
    known.sort(key=lambda n: _rank(values[n], numeric), reverse=numeric != turned)
    order = [*known, *[n for n in others if values[n] is None], *last]
    remarks = tuple(table.remarks[n] for n in order) if table.remarks else ()
    return table._replace(rows=tuple(table.rows[n] for n in order), remarks=remarks)


def _rank(value: Cell, numeric: bool) -> tuple[float, str]:
    if numeric and value is not None and not isinstance(value, str):
        return value, ""
    return 0, str(value)


def _scaled(table: Table, units: str) -> Table:
    """The figures in a unit, which their columns' titles say."""
    if not units:
        return table
    counts = () if "old" in table.titles else ("figures", "new")
    scaled = [
        column.numeric
        and not column.percent
        and column.title not in counts
        and bool(_FIGURE.match(column.title))
        for column in table.columns
    ]
    whole = [any(isinstance(row[n], int) for row in table.rows) for n in range(len(scaled))]
    columns = tuple(
        _in_unit(column, units) if each and ints else column
        for column, each, ints in zip(table.columns, scaled, whole, strict=True)
    )
    rows = tuple(
        tuple(
            cell / UNITS[units] if each and isinstance(cell, int) else cell
            for cell, each in zip(row, scaled, strict=True)
        )
        for row in table.rows
    )
    return table._replace(columns=columns, rows=rows)


def _in_unit(column: Column, units: str) -> Column:
    return column._replace(title=f"{column.title} ({units})", decimals=2)
