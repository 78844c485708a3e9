"""What a check found, as a document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcost.checking import HOLDS, KNOWN, Verdict
from convcost.ops import times
from convcost.render import VERSION, Cell, Column, Document, Table

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


def check_report(verdicts: Sequence[Verdict], every: bool = False) -> Document:
    """Published figures: how many hold, by source, and those that do not; or `every` one."""
    sources: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        sources.setdefault(verdict.entry.source, []).append(verdict)
    counts = [(source, *_counts(found)) for source, found in sources.items()]
    rows: list[tuple[Cell, ...]] = [
        (source or "no source", *numbers) for source, *numbers in counts
    ]
    rows.append(("total", *_counts(verdicts)))
    tables = [Table("sources", "Published figures", SOURCE_COLUMNS, tuple(rows))]
    shown = [each for each in verdicts if every or not each.passes]
    if shown:
        title = "" if every else "Figures that do not hold"
        cells = tuple(_cells(verdict) for verdict in shown)
        tables.append(Table("figures", title, FIGURE_COLUMNS, cells))
    data = {
        "version": VERSION,
        "sources": [
            dict(zip(("source", "figures", "hold", "known", "fail"), each, strict=True))
            for each in counts
        ],
        "figures": list(map(_data, verdicts)),
    }
    return Document(data, tuple(reversed(tables) if every else tables), group="table")


def _counts(verdicts: Sequence[Verdict]) -> tuple[int, int, int, int]:
    """All of them, those that hold, those known not to, and those that fail."""
    status = [verdict.status for verdict in verdicts]
    holds, known = status.count(HOLDS), status.count(KNOWN)
    return len(status), holds, known, len(status) - holds - known


def _cells(verdict: Verdict) -> tuple[int | str, ...]:
    entry, case = verdict.entry, verdict.case
    figure = verdict.what, entry.figures[verdict.what].text, verdict.exact
    words = verdict.way, verdict.status, entry.source, times(case.input), entry.note
    return (case.name, *figure, *words)


def _data(verdict: Verdict) -> dict[str, Any]:
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
