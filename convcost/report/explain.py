"""Why tools print different figures: the difference between two, itemised."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from convcost.counting import explain as counted
from convcost.counting.conventions import Convention
from convcost.counting.counts import Count, unseen, zeros
from convcost.counting.explain import Item, explain
from convcost.counting.profilers import own_count
from convcost.counting.survey import survey
from convcost.formats.document import VERSION, Cell, Column, Document, Table
from convcost.networks.cases import Comparison, Row
from convcost.networks.inputs import written
from convcost.report.cases import case_data
from convcost.report.counts import printed_data
from convcost.report.notebook import Answer, Chart


class Explanation(Answer, counted.Explanation):
    """Why two tools print different figures, which notebooks show as a table."""

    def plot(self) -> Chart:
        """What each part adds to the difference, the largest first.

        Raises:
            ConvcostError: vl-convert is not installed.
        """
        from convcost.report.charts.changes import Delta, changes_chart
        from convcost.report.charts.images import require_vega

        require_vega()
        first, second = self.conventions
        deltas = [Delta(item.what, item.difference) for item in self.items]
        title = f"{second.name} less {first.name}"
        return Chart(changes_chart(deltas, title, second.unit))

    def _document(self) -> Document:
        return Document({}, (explained_table(self, ""),))


def explain_report(
    comparisons: Sequence[Comparison], conventions: Sequence[Convention]
) -> Document:
    """The difference between the first convention and each other, itemised, for each row.

    One alone is explained against convcost's own count in the same unit.
    """
    if len(conventions) == 1:
        conventions = (own_count(conventions[0].unit), *conventions)
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
    row: Row, comparison: Comparison, found: counted.Explanation
) -> tuple[Table, dict[str, Any]]:
    case = comparison.case.name
    who = row.label if case in ("", row.label) else f"{case}: {row.label}"
    entry = {
        "kind": row.kind.name,
        "label": row.label,
        "from": printed_data(found.conventions[0], found.counts[0]),
        "to": printed_data(found.conventions[1], found.counts[1]),
        "difference": found.difference,
        "items": [
            {
                "call": item.what,
                "calls": item.calls,
                "rules": list(item.rules),
                "figures": list(item.figures),
                "difference": item.difference,
                "terms": [[term._asdict() for term in side] for side in item.terms],
            }
            for item in found.items
        ],
    }
    table = explained_table(found, f"{who} ({_input(comparison)})")
    first, second = [each.name for each in found.conventions]
    return table._replace(name=f"{who}: {first} to {second}"), entry


def explained_table(found: counted.Explanation, who: str) -> Table:
    """The difference between two tools' figures for somebody, itemised."""
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
    title = f"{who}: " * bool(who) + f"{says[0]}; {says[1]}"
    remarks = [*[_defects(item, pair) for item in items], ""]
    below = [*_meanings(items, pair), *_left_out(found)]
    name = f"{first} to {second}"
    return Table(name, title, columns, tuple(rows), tuple(remarks), tuple(below), summed=True)


def _meanings(items: Sequence[Item], pair: tuple[Convention, Convention]) -> Iterator[str]:
    """What each rule of the items means, and what its quantities are here."""
    for item in items:
        for each, rule, terms in zip(pair, item.rules, item.terms, strict=True):
            if terms and rule != "MACs":
                parts = [f"{t.name}: {t.meaning} (here {t.value:,})" for t in terms]
                means = "; ".join(dict.fromkeys(parts))
                yield f"{each.name} counts {item.what} as {rule}; {means}"


def _left_out(found: counted.Explanation) -> Iterator[str]:
    """What each tool counts as zero, on purpose or as it does not see it."""
    for each, count in zip(found.conventions, found.counts, strict=True):
        if each.versions:  # what is no tool leaves out what it leaves out by what it is
            for words, calls in (
                ("counts zero on purpose", zeros(count)),
                ("does not see", unseen(count)),
            ):
                if calls:
                    yield f"{each.name} {words}: {calls}"


def _input(comparison: Comparison) -> str:
    batch = comparison.case.batch
    return written(comparison.case.inputs) + (f", batch {batch}" if batch > 1 else "")


def _says(convention: Convention, count: Count) -> str:
    figure = f"no figure ({count.error})" if count.total is None else f"{count.total:,}"
    called, unit = convention.label, convention.unit
    if convention is own_count(unit):
        return f"{convention.name} {figure} {unit}, convcost's own count"
    return f"{convention.name} {figure} {unit}" + (f", called {called}" if called != unit else "")


def _defects(item: Item, pair: tuple[Convention, Convention]) -> str:
    sides = zip(pair, item.defects, strict=True)
    return "; ".join(f"a defect of {each.name}: {defect}" for each, defect in sides if defect)
