"""What each tool would print, beside each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from convcost.counting.conventions import Convention
from convcost.counting.counts import Count, tally, unseen
from convcost.counting.explain import Item, besides
from convcost.counting.survey import survey
from convcost.formats.document import VERSION, Cell, Column, Document, Table
from convcost.networks.cases import Comparison, Row
from convcost.report.cases import case_data, case_title, side_by_side

AS_COLUMNS = (
    Column("kind", numeric=False),
    Column("as", numeric=False),
    Column("figure"),
    Column("unit", numeric=False),
    Column("params"),
    Column("besides MACs", 2, numeric=False, narrow=20),
    Column("not seen", 1, numeric=False, narrow=16),
    Column("counts", 3, numeric=False, narrow=24),
)

Line = tuple[dict[str, Any], tuple[Cell, ...], str]
"""A row as JSON has it, its cells, and a remark."""


def as_report(comparisons: Sequence[Comparison], conventions: Sequence[Convention]) -> Document:
    """What each tool would print for each row: a row of the table for both."""
    data: dict[str, Any] = {"version": VERSION, "cases": []}
    tables: list[tuple[Comparison, Table]] = []
    several = sum(comparison.case.network for comparison in comparisons) > 1
    alone = not several and all(len(comparison.rows) == 1 for comparison in comparisons)
    for comparison in comparisons:
        lines = [line for row in comparison.rows for line in _printed(row, comparison, conventions)]
        data["cases"].append(case_data(comparison) | {"rows": [entry for entry, _, _ in lines]})
        label, name = comparison.rows[0].label, comparison.case.name
        who = f"{label}, " if alone and label != name else ""
        title = f"{who}{case_title(comparison)}: what each tool prints"
        rows = tuple(cells for _, cells, _ in lines)
        table = Table(name, title, AS_COLUMNS, rows, tuple(remark for _, _, remark in lines))
        tables.append((comparison, table.without(0) if alone else table))
    return Document(data, tuple(side_by_side(tables)))


def _printed(row: Row, comparison: Comparison, conventions: Sequence[Convention]) -> Iterator[Line]:
    """A line for each tool, or one for a row that could not be built."""
    if row.error:
        entry = {"kind": row.kind.name, "label": row.label, "error": row.error}
        yield entry, (row.label, *[None] * (len(AS_COLUMNS) - 1)), row.error
        return
    batch = comparison.case.batch
    groups = survey(row.graph, batch)
    for convention in conventions:
        found = tally(groups, convention, batch)
        items = besides(groups, convention, found, batch)
        figures = found.total, convention.unit, found.params
        words = "; ".join(map(_item_words, items)), unseen(found), convention.summary
        remark = f"{convention.name} {found.error}" if found.error else ""
        others = {
            name.lower(): tally(groups, convention, batch, table).total
            for name, table in convention.others.items()
        }
        entry = _count_data(row, convention, found, items) | others
        yield entry, (row.label, convention.name, *figures, *words), remark


def _item_words(item: Item) -> str:
    calls = f"{item.calls} " if item.calls > 1 else ""
    return f"{item.difference:+,} {calls}{item.what}"


def _count_data(
    row: Row, convention: Convention, found: Count, items: Sequence[Item]
) -> dict[str, Any]:
    data: dict[str, Any] = {
        "kind": row.kind.name,
        "label": row.label,
        **printed_data(convention, found),
        "params": found.params,
        "besides": [
            {"call": each.what, "count": each.calls, "adds": each.difference} for each in items
        ],
        "unknown": [{"call": each.label, "count": len(each.calls)} for each in found.unknown],
    }
    return data | ({"error": found.error} if found.error else {})


def printed_data(convention: Convention, count: Count) -> dict[str, Any]:
    """A tool's figure as JSON has it."""
    return {
        "as": convention.name,
        "figure": count.total,
        "unit": convention.unit,
        "called": convention.label,
    }
