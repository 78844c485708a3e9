"""Kinds and networks compared: which figures stand in which column, and what JSON calls them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from convcost.formats.document import VERSION, Column, Document, Equations, Table
from convcost.graph.cost import CONVENTION, unknown_words
from convcost.networks.cases import Comparison, Row
from convcost.networks.inputs import written
from convcost.ops.op import times
from convcost.report.cases import (
    NETWORK_COLUMN,
    by_comparison,
    case_data,
    case_title,
    layout_data,
    side_by_side,
    sums,
    unknown_data,
)

if TYPE_CHECKING:
    from convcost.report.verify import Results


COMPARE_COLUMNS: tuple[Column, ...] = (
    Column("kind", numeric=False),
    Column("params"),
    Column("MACs"),
    Column("MACs ratio", 2),
    Column("output", 3),
    Column("FLOPs", 1),
    Column("params ratio", 4),
    Column("activations", 5),
    Column("receptive field", 6),
    Column("FLOPs/byte", 7, decimals=2),
    Column("activation bytes", 8),
    Column("weight bytes", 9),
)


def compare_report(comparisons: Sequence[Comparison], results: Results | None = None) -> Document:
    """Cases as one table each, networks as one together; below it the checks if there are any."""
    data: dict[str, Any] = {"version": VERSION, "convention": CONVENTION, "cases": []}
    blocks: list[Table | Equations] = []
    tables: list[tuple[Comparison, Table]] = []
    compared = any(row.kind.compared for _, rows in comparisons for row in rows)
    for comparison, found in by_comparison(comparisons, results):
        case = comparison.case
        rows = [_row_data(row, case.dtype) for row in comparison.rows]
        data["cases"].append(case_data(comparison) | {"dtype": case.dtype, "rows": rows})
        columns, cells = (
            _columns(case.dtype),
            [_row_cells(row, case.dtype) for row in comparison.rows],
        )
        if found is not None:
            from convcost.report.verify import verdict, verified_data, verified_table

            columns = (*columns, Column("verified", numeric=False))
            cells = [(*row, verdict(each)) for row, each in zip(cells, found, strict=True)]
        remarks = tuple(row.error or unknown_words(row.graph) for row in comparison.rows)
        table = Table(case.name, case_title(comparison), columns, tuple(cells), remarks)
        if case.network:
            table = table._replace(columns=(NETWORK_COLUMN, *columns[1:]))
        tables.append((comparison, table if compared else _without_ratios(table)))
        if found is not None:
            blocks.append(verified_table(comparison, found))
            for entry, result in zip(rows, found, strict=True):
                if result is not None:
                    entry["verified"] = verified_data(result)
    return Document(data, (*side_by_side(tables), *blocks))


def _columns(dtype: str) -> tuple[Column, ...]:
    """The columns; those of bytes stay on every terminal where a dtype was asked for."""
    if dtype == "float32":
        return COMPARE_COLUMNS
    return tuple(
        column._replace(drop=0) if "byte" in column.title else column for column in COMPARE_COLUMNS
    )


def _without_ratios(table: Table) -> Table:
    """Only kinds of convolution have a standard convolution to be compared with."""
    for title in ("MACs ratio", "params ratio"):
        table = table.without(table.titles.index(title))
    return table


def _row_data(row: Row, dtype: str) -> dict[str, Any]:
    if row.error:
        return {"kind": row.kind.name, "label": row.label, "error": row.error}
    outputs = {name: list(shape) for name, shape in row.outputs.items()}
    return {
        "kind": row.kind.name,
        "label": row.label,
        "params": row.cost.params,
        "macs": row.cost.macs,
        "flops": row.cost.flops,
        "output": list(row.output),
        **layout_data(row.output),
        "outputs": outputs,
        "activations": row.cost.activations,
        "weight_bytes": row.cost.weight_bytes(dtype),
        "activation_bytes": row.cost.activation_bytes(dtype),
        "arithmetic_intensity": row.cost.intensity(dtype),
        "receptive_field": list(row.receptive_field),
        "params_ratio": row.params_ratio,
        "macs_ratio": row.macs_ratio,
        **unknown_data(row.cost),
    }


def _row_cells(row: Row, dtype: str) -> tuple[int | float | str | None, ...]:
    if row.error:
        return (row.label, *[None] * (len(COMPARE_COLUMNS) - 1))
    macs, flops = sums(row.cost)
    return (
        row.label,
        row.cost.params,
        macs,
        row.macs_ratio,
        written(row.outputs),
        flops,
        row.params_ratio,
        row.cost.activations,
        times(row.receptive_field) or None,
        row.cost.intensity(dtype),
        row.cost.activation_bytes(dtype),
        row.cost.weight_bytes(dtype),
    )
