"""Kinds and networks compared: which figures stand in which column, and what JSON calls them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from convcost.formats.document import VERSION, Cell, Column, Document, Equations, Table
from convcost.graph.cost import CONVENTION, unknown_words
from convcost.networks.cases import Case, Comparison, Row
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
from convcost.report.traffic import Machine, Moved
from convcost.values.dtypes import FLOAT32

if TYPE_CHECKING:
    from convcost.graph.bound import Device
    from convcost.report.training import Trainer
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


def compare_report(
    comparisons: Sequence[Comparison],
    results: Results | None = None,
    device: Device | None = None,
    trainer: Trainer | None = None,
) -> Document:
    """Cases as one table each, networks as one together; below it the checks if there are any."""
    data: dict[str, Any] = {"version": VERSION, "convention": CONVENTION, "cases": []}
    blocks: list[Table | Equations] = []
    tables: list[tuple[Comparison, Table]] = []
    compared = any(row.kind.compared for _, rows in comparisons for row in rows)
    for comparison, found in by_comparison(comparisons, results):
        case = comparison.case
        machine = Machine(case.precision, device)
        pairs = [(row, _moved(row, case, machine)) for row in comparison.rows]
        rows = [_row_data(row, machine, own) for row, own in pairs]
        how = machine.data | (trainer.data if trainer else {})
        data["cases"].append(case_data(comparison) | how | {"rows": rows})
        columns, cells = _columns(machine), [_row_cells(row, machine, own) for row, own in pairs]
        remarks = [row.error or unknown_words(row.graph) for row in comparison.rows]
        if trainer is not None:
            columns, cells = _trained(trainer, comparison, rows, cells, remarks)
        if found is not None:
            from convcost.report.verify import verdict, verified_data, verified_table

            columns = (*columns, Column("verified", numeric=False))
            cells = [(*row, verdict(each)) for row, each in zip(cells, found, strict=True)]
        title = ", ".join(filter(None, (case_title(comparison), machine.words)))
        table = Table(case.name, title, columns, tuple(cells), tuple(remarks))
        if case.network:
            table = table._replace(columns=(NETWORK_COLUMN, *columns[1:]))
        tables.append((comparison, table if compared or trainer else _without_ratios(table)))
        if found is not None:
            blocks.append(verified_table(comparison, found))
            for entry, result in zip(rows, found, strict=True):
                if result is not None:
                    entry["verified"] = verified_data(result)
    shown = side_by_side(tables)
    for words in (f"on {device.name}" if device else "", trainer.words if trainer else ""):
        if not shown[-1].title.endswith(words):
            title = ", ".join(filter(None, (shown[-1].title, words)))
            shown[-1] = shown[-1]._replace(title=title)
    return Document(data, (*shown, *blocks))


def _trained(
    trainer: Trainer,
    comparison: Comparison,
    rows: list[dict[str, Any]],
    cells: list[tuple[Cell, ...]],
    remarks: list[str],
) -> tuple[tuple[Column, ...], list[tuple[Cell, ...]]]:
    """The columns and cells of rows that are trained; what JSON has, and remarks, get more."""
    found: list[tuple[Cell, ...]] = []
    for place, row in enumerate(comparison.rows):
        if not row.built:
            found.append((row.label, *[None] * (2 + len(trainer.whole_columns))))
            continue
        trained = trainer.of(row.graph, comparison.case)
        rows[place] |= trained.whole_data
        remarks[place] = "; ".join(filter(None, (remarks[place], *trained.remarks)))
        found.append((*cells[place][:3], *trained.whole_cells))
    kind, params, macs, *_ = COMPARE_COLUMNS
    return (kind, params._replace(drop=3), macs._replace(drop=4), *trainer.whole_columns), found


def _moved(row: Row, case: Case, machine: Machine) -> Moved | None:
    return machine.moved(row.graph, case.batch, row.cost) if row.built else None


def _columns(machine: Machine) -> tuple[Column, ...]:
    """The columns; those of bytes stay on every terminal where a dtype was asked for."""
    kept = machine.precision != FLOAT32
    own = [
        column._replace(drop=0) if kept and "byte" in column.title else column
        for column in COMPARE_COLUMNS
    ]
    return (*own, *machine.columns)


def _without_ratios(table: Table) -> Table:
    """Only kinds of convolution have a standard convolution to be compared with."""
    for title in ("MACs ratio", "params ratio"):
        table = table.without(table.titles.index(title))
    return table


def _row_data(row: Row, machine: Machine, moved: Moved | None) -> dict[str, Any]:
    if moved is None:
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
        "weight_bytes": moved.stored,
        "activation_bytes": row.cost.activation_bytes(machine.precision.of_maps),
        "arithmetic_intensity": moved.intensity(row.cost),
        "receptive_field": list(row.receptive_field),
        "params_ratio": row.params_ratio,
        "macs_ratio": row.macs_ratio,
        **moved.data,
        **unknown_data(row.cost),
    }


def _row_cells(row: Row, machine: Machine, moved: Moved | None) -> tuple[Cell, ...]:
    if moved is None:
        return (row.label, *[None] * (len(COMPARE_COLUMNS) + len(machine.columns) - 1))
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
        moved.intensity(row.cost),
        row.cost.activation_bytes(machine.precision.of_maps),
        moved.stored,
        *moved.cells,
    )
