"""What tools print, and why they differ, as documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from convcost.cases import Comparison, Row
from convcost.conventions import Convention
from convcost.ops import times
from convcost.profilers import (
    TOOLS,
    Count,
    Item,
    Survey,
    differences,
    survey,
    tally,
    unseen,
)
from convcost.render import VERSION, Cell, Column, Document, Table
from convcost.reports import case_data, case_title, side_by_side

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


Line = tuple[dict[str, Any], tuple[Cell, ...], str]
"""A row as JSON has it, its cells, and a remark."""


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
        items = _besides(groups, convention, found, batch)
        figures = found.total, convention.unit, found.params
        words = "; ".join(map(_item_words, items)), unseen(found), convention.summary
        remark = f"{convention.name} {found.error}" if found.error else ""
        others = {
            name.lower(): tally(groups, convention, batch, table).total
            for name, table in convention.others.items()
        }
        entry = _count_data(row, convention, found, items) | others
        yield entry, (row.label, convention.name, *figures, *words), remark


BASES = {"MACs": "macs", "FLOPs": "flops"}
"""What a tool's figure is compared with: MACs, or 2 x MACs if it prints FLOPs."""


def _besides(groups: Survey, convention: Convention, found: Count, batch: int) -> list[Item]:
    """What a tool counts besides the MACs, or leaves out of them."""
    if found.total is None:
        return []
    base = tally(groups, TOOLS[BASES[convention.unit]], batch)
    return differences(base, found)


def _item_words(item: Item) -> str:
    calls = f"{item.calls} " if item.calls > 1 else ""
    return f"{item.difference:+,} {calls}{item.what}"


def _count_data(
    row: Row, convention: Convention, found: Count, items: Sequence[Item]
) -> dict[str, Any]:
    data: dict[str, Any] = {
        "kind": row.kind.name,
        "label": row.label,
        **_side(convention, found),
        "params": found.params,
        "besides": [
            {"call": each.what, "count": each.calls, "adds": each.difference} for each in items
        ],
        "unknown": [{"call": each.label, "count": len(each.calls)} for each in found.unknown],
    }
    return data | ({"error": found.error} if found.error else {})


def explain_report(
    comparisons: Sequence[Comparison], conventions: Sequence[Convention]
) -> Document:
    """The difference between the first convention and each other, itemised, for each row."""
    first, *others = conventions
    data: dict[str, Any] = {"version": VERSION, "cases": []}
    tables = []
    for comparison in comparisons:
        entries: list[dict[str, Any]] = []
        for row in comparison.rows:
            if row.error:
                entries.append({"kind": row.kind.name, "label": row.label, "error": row.error})
                reason = (Column("not built", numeric=False),)
                tables.append(Table(row.label, row.label, reason, ((row.error,),)))
                continue
            for second in others:
                table, entry = _explained(row, comparison, first, second)
                tables.append(table)
                entries.append(entry)
        data["cases"].append(case_data(comparison) | {"rows": entries})
    return Document(data, tuple(tables))


def _explained(
    row: Row, comparison: Comparison, first: Convention, second: Convention
) -> tuple[Table, dict[str, Any]]:
    batch = comparison.case.batch
    groups = survey(row.graph, batch)
    pair = (first, second)
    counts = [tally(groups, each, batch) for each in pair]
    items = _items(groups, pair, counts, batch)
    known = [count.total for count in counts]
    total = None if None in known else (known[1] or 0) - (known[0] or 0)
    rows: list[tuple[Cell, ...]] = [
        (item.what, item.calls or None, *item.rules, item.difference) for item in items
    ]
    rows.append(("difference" if items else "they agree", None, "", "", total))
    columns = (
        Column("call", numeric=False),
        Column("calls"),
        Column(first.name, numeric=False, narrow=12),
        Column(second.name, numeric=False, narrow=12),
        Column("adds"),
    )
    says = [_says(each, count) for each, count in zip(pair, counts, strict=True)]
    case = comparison.case.name
    who = row.label if case in ("", row.label) else f"{case}: {row.label}"
    title = f"{who} ({_input(comparison)}): {says[0]}; {says[1]}"
    remarks = [*[_defects(item, pair) for item in items], ""]
    name = f"{who}: {first.name} to {second.name}"
    entry = {
        "kind": row.kind.name,
        "label": row.label,
        "from": _side(first, counts[0]),
        "to": _side(second, counts[1]),
        "difference": total,
        "items": [
            {
                "call": item.what,
                "calls": item.calls,
                "rules": list(item.rules),
                "figures": list(item.figures),
                "difference": item.difference,
            }
            for item in items
        ],
    }
    return Table(name, title, columns, tuple(rows), tuple(remarks)), entry


def _items(
    groups: Survey, pair: tuple[Convention, Convention], counts: Sequence[Count], batch: int
) -> list[Item]:
    """The items between two tools, in the unit of the second where they have different ones."""
    first, second = pair
    if first.unit == second.unit or None in (counts[0].total, counts[1].total):
        return differences(counts[0], counts[1])
    macs = tally(groups, TOOLS["macs"], batch)
    if second.unit == "FLOPs":
        return differences(counts[0], counts[1], macs)
    # From FLOPs to MACs is the other way round with the signs turned.
    return [
        item._replace(
            rules=item.rules[::-1], figures=item.figures[::-1], defects=item.defects[::-1]
        )
        for item in differences(counts[1], counts[0], macs)
    ]


def _input(comparison: Comparison) -> str:
    batch = comparison.case.batch
    return times(comparison.case.input) + (f", batch {batch}" if batch > 1 else "")


def _side(convention: Convention, count: Count) -> dict[str, Any]:
    return {
        "as": convention.name,
        "figure": count.total,
        "unit": convention.unit,
        "called": convention.label,
    }


def _says(convention: Convention, count: Count) -> str:
    figure = f"no figure ({count.error})" if count.total is None else f"{count.total:,}"
    called = convention.label
    unit = convention.unit
    return f"{convention.name} {figure} {unit}" + (f", called {called}" if called != unit else "")


def _defects(item: Item, pair: tuple[Convention, Convention]) -> str:
    sides = zip(pair, item.defects, strict=True)
    return "; ".join(f"a defect of {each.name}: {defect}" for each, defect in sides if defect)
