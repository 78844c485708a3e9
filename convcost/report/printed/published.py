"""Published figures, and whether they hold, as tables and as JSON has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcost.counting.figures import HOLDS, KNOWN, Verdict
from convcost.formats.document import Cell, Column, Table
from convcost.networks.inputs import written

SOURCE_COLUMNS = (
    Column("source", numeric=False, narrow=30),
    Column("figures"),
    Column("hold"),
    Column("known not to"),
    Column("fail"),
)
FIGURE_COLUMNS = (
    Column("network", numeric=False, narrow=16),
    Column("figure", numeric=False),
    Column("printed"),
    Column("counted"),
    Column("as", 1, numeric=False, narrow=14),
    Column("verdict", numeric=False, narrow=8),
    Column("source", 4, numeric=False, narrow=20),
    Column("input", 3),
    Column("note", 2, numeric=False, narrow=16),
)


def published_tables(verdicts: Sequence[Verdict], every: bool = False) -> tuple[Table, ...]:
    """Published figures: how many hold, by source, and those that do not; or `every` one."""
    rows: list[tuple[Cell, ...]] = [
        (each["source"] or "no source", *list(each.values())[1:]) for each in source_data(verdicts)
    ]
    rows.append(("total", *_counts(verdicts)))
    title, cells = "Published figures", tuple(rows)
    tables = [Table("sources", title, SOURCE_COLUMNS, cells, summary=every, summed=True)]
    shown = [each for each in verdicts if every or not each.passes]
    if shown:
        title = "" if every else "Figures that do not hold"
        figures = tuple(map(figure_cells, shown))
        tables.append(Table("figures", title, FIGURE_COLUMNS, figures))
    return tuple(reversed(tables) if every else tables)


def published_titles() -> tuple[str, ...]:
    """Of the columns that these tables may have."""
    return tuple(dict.fromkeys(each.title for each in (*SOURCE_COLUMNS, *FIGURE_COLUMNS)))


def source_data(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """How many figures of each source hold."""
    sources: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        sources.setdefault(verdict.entry.source, []).append(verdict)
    names = ("figures", "hold", "known", "fail")
    return [
        {"source": source, **dict(zip(names, _counts(found), strict=True))}
        for source, found in sources.items()
    ]


def _counts(verdicts: Sequence[Verdict]) -> tuple[int, int, int, int]:
    """All of them, those that hold, those known not to, and those that fail."""
    status = [verdict.status for verdict in verdicts]
    holds, known = status.count(HOLDS), status.count(KNOWN)
    return len(status), holds, known, len(status) - holds - known


def figure_cells(verdict: Verdict) -> tuple[int | str, ...]:
    """A published figure as a row."""
    entry, case = verdict.entry, verdict.case
    figure = verdict.what, entry.figures[verdict.what].text, verdict.exact
    words = verdict.way, verdict.status, entry.source, written(case.inputs), entry.note
    return (case.name, *figure, *words)


def figure_data(verdict: Verdict) -> dict[str, Any]:
    """A published figure as JSON has it."""
    entry, case = verdict.entry, verdict.case
    return {
        "network": case.name,
        "input": list(case.input),
        "figure": verdict.what,
        "printed": entry.figures[verdict.what].text,
        "rounding": entry.rounding,
        "counted": verdict.exact,
        "as": verdict.way,
        "status": verdict.status,
        "source": entry.source,
        "note": entry.note,
        "place": verdict.place,
    }
