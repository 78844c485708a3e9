"""Why tools print different figures: the difference between two, itemised."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcost.counting.conventions import Convention
from convcost.counting.counts import Count, survey
from convcost.counting.explain import Explanation, Item, explain
from convcost.formats.document import VERSION, Cell, Column, Document, Table
from convcost.graph.ops import times
from convcost.networks.cases import Comparison, Row
from convcost.report.cases import case_data
from convcost.report.counts import printed_data


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
            batch = comparison.case.batch
            groups = survey(row.graph, batch)
            for second in others:
                table, entry = _explained(row, comparison, explain(groups, first, second, batch))
                tables.append(table)
                entries.append(entry)
        data["cases"].append(case_data(comparison) | {"rows": entries})
    return Document(data, tuple(tables))


def _explained(
    row: Row, comparison: Comparison, found: Explanation
) -> tuple[Table, dict[str, Any]]:
    pair, counts, items = found
    rows: list[tuple[Cell, ...]] = [
        (item.what, item.calls or None, *item.rules, item.difference) for item in items
    ]
    rows.append(("difference" if items else "they agree", None, "", "", found.difference))
    first, second = [each.name for each in pair]
    columns = (
        Column("call", numeric=False),
        Column("calls"),
        Column(first, numeric=False, narrow=12),
        Column(second, numeric=False, narrow=12),
        Column("adds"),
    )
    says = [_says(each, count) for each, count in zip(pair, counts, strict=True)]
    case = comparison.case.name
    who = row.label if case in ("", row.label) else f"{case}: {row.label}"
    title = f"{who} ({_input(comparison)}): {says[0]}; {says[1]}"
    remarks = [*[_defects(item, pair) for item in items], ""]
    entry = {
        "kind": row.kind.name,
        "label": row.label,
        "from": printed_data(pair[0], counts[0]),
        "to": printed_data(pair[1], counts[1]),
        "difference": found.difference,
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
    return Table(f"{who}: {first} to {second}", title, columns, tuple(rows), tuple(remarks)), entry


def _input(comparison: Comparison) -> str:
    batch = comparison.case.batch
    return times(comparison.case.input) + (f", batch {batch}" if batch > 1 else "")


def _says(convention: Convention, count: Count) -> str:
    figure = f"no figure ({count.error})" if count.total is None else f"{count.total:,}"
    called = convention.label
    unit = convention.unit
    return f"{convention.name} {figure} {unit}" + (f", called {called}" if called != unit else "")


def _defects(item: Item, pair: tuple[Convention, Convention]) -> str:
    sides = zip(pair, item.defects, strict=True)
    return "; ".join(f"a defect of {each.name}: {defect}" for each, defect in sides if defect)
