"""The figures of convcost beside those of torch and real tools."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from convcost.formats.document import VERSION, Column, Document, Table
from convcost.graph.cost import CONVENTION
from convcost.networks.cases import Comparison
from convcost.ops.op import Shape, times
from convcost.report.cases import by_comparison, case_data, case_title

if TYPE_CHECKING:
    from convcost.pytorch.verify import Verified

Results = Sequence["Verified | None"]
"""What `verify` found for the rows of all comparisons in turn; None where a row was not built."""

VERIFY_COLUMNS = (
    Column("kind", numeric=False),
    Column("figure", numeric=False),
    Column("convcost"),
    Column("measured"),
    Column("difference"),
)


def verify_report(comparisons: Sequence[Comparison], results: Results) -> Document:
    """The checks of every row, five lines each."""
    data: dict[str, Any] = {"version": VERSION, "convention": CONVENTION, "cases": []}
    tables = []
    for comparison, found in by_comparison(comparisons, results):
        rows = [
            {"kind": row.kind.name, "label": row.label}
            | ({"error": row.error} if result is None else verified_data(result))
            for row, result in zip(comparison.rows, found or (), strict=True)
        ]
        data["cases"].append(case_data(comparison) | {"rows": rows})
        tables.append(verified_table(comparison, found or ()))
    return Document(data, tuple(tables))


def verified_data(verified: Verified) -> dict[str, Any]:
    """A row's checks as JSON has them."""
    if verified.error:
        return {"holds": False, "error": verified.error}
    checks = [
        {"figure": c.what, "convcost": c.expected, "measured": c.measured, "holds": c.holds}
        for c in verified.checks
    ]
    return {"holds": verified.holds, "checks": checks, "unknown": dict(verified.unknown)}


def verdict(result: Verified | None) -> str | None:
    """A row's checks in a word, or the figures that differ."""
    if result is None or result.error:
        return None if result is None else result.error
    wrong = [check for check in result.checks if not check.holds]
    return ", ".join(f"{c.what} {c.measured} not {c.expected}" for c in wrong) or "exact"


def verified_table(comparison: Comparison, results: Results) -> Table:
    """The checks of every row of a case, a line each."""
    rows: list[tuple[int | float | str | None, ...]] = []
    remarks = []
    for row, result in zip(comparison.rows, results, strict=True):
        error = row.error if result is None else result.error
        if result is None or error:
            rows.append((row.label, None, None, None, None))
            remarks.append(error)
            continue
        unknown = "; ".join(f"{tool} counts nothing for {calls}" for tool, calls in result.unknown)
        for check in result.checks:
            rows.append((row.label, check.what, *_check_cells(check.expected, check.measured)))
            remarks.append(unknown)
            unknown = ""
    title = f"{case_title(comparison)}: convcost beside real tools"
    return Table(comparison.case.name, title, VERIFY_COLUMNS, tuple(rows), tuple(remarks))


def _check_cells(
    expected: int | str | Shape, measured: int | str | Shape
) -> tuple[int | str, int | str, int | str]:
    if isinstance(expected, int) and isinstance(measured, int):
        return expected, measured, measured - expected
    shapes = [times(shape) if isinstance(shape, tuple) else shape for shape in (expected, measured)]
    return shapes[0], shapes[1], 0 if expected == measured else "differs"
