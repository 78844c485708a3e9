"""From answers to documents: which figures stand in which column, and what JSON calls them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from convcost.cases import KIND_PARAMS, Comparison, Row, default_of
from convcost.cost import CONVENTION
from convcost.kinds import KINDS
from convcost.ops import Shape, times
from convcost.registry import Kind
from convcost.render import VERSION, Column, Document, Equations, Table

if TYPE_CHECKING:
    from convcost.verify import Verified

COMPARE_COLUMNS: tuple[Column, ...] = (
    Column("kind", numeric=False),
    Column("params"),
    Column("MACs"),
    Column("MACs ratio", 1),
    Column("output", 2),
    Column("FLOPs", 3),
    Column("params ratio", 4),
    Column("activations", 5),
    Column("receptive field", 6),
    Column("FLOPs/byte", 7, decimals=2),
    Column("activation bytes", 8),
    Column("weight bytes", 9),
)


Results = Sequence["Verified | None"]
"""What `verify` found for the rows of all comparisons in turn; None where a row was not built."""


def compare_report(comparisons: Sequence[Comparison], results: Results | None = None) -> Document:
    """Cases as one table each, networks as one together; below it the checks if there are any."""
    data: dict[str, Any] = {"version": VERSION, "convention": CONVENTION, "cases": []}
    blocks: list[Table | Equations] = []
    tables: list[tuple[Comparison, Table]] = []
    compared = any(row.kind.compared for _, rows in comparisons for row in rows)
    for comparison, found in _by_comparison(comparisons, results):
        case = comparison.case
        rows = [_row_data(row, case.dtype) for row in comparison.rows]
        data["cases"].append(case_data(comparison) | {"dtype": case.dtype, "rows": rows})
        columns, cells = COMPARE_COLUMNS, [_row_cells(row, case.dtype) for row in comparison.rows]
        if found is not None:
            columns = (*columns, Column("verified", numeric=False))
            cells = [(*row, _verdict(each)) for row, each in zip(cells, found, strict=True)]
        remarks = tuple(row.error for row in comparison.rows)
        table = Table(case.name, case_title(comparison), columns, tuple(cells), remarks)
        if case.network:
            table = table._replace(columns=(NETWORK_COLUMN, *columns[1:]))
        tables.append((comparison, table if compared else _without_ratios(table)))
        if found is not None:
            blocks.append(_verified_table(comparison, found))
            for entry, result in zip(rows, found, strict=True):
                if result is not None:
                    entry["verified"] = _verified_data(result)
    return Document(data, (*side_by_side(tables), *blocks))


def side_by_side(tables: Sequence[tuple[Comparison, Table]]) -> list[Table]:
    """The tables of cases, and those of networks in one, with the input of each."""
    networks = [(comparison.case, table) for comparison, table in tables if comparison.case.network]
    found = [table for comparison, table in tables if not comparison.case.network]
    if len(networks) < 2:
        return [table for _, table in tables]
    first = networks[0][1]
    rows, remarks = [], []
    for case, table in networks:
        batch = f", batch {case.batch}" if case.batch > 1 else ""
        for row, remark in zip_longest(table.rows, table.remarks, fillvalue=""):
            rows.append((row[0], times(case.input) + batch, *row[1:]))
            remarks.append(remark)
    columns = (NETWORK_COLUMN, INPUT_COLUMN, *first.columns[1:])
    return [*found, Table("networks", "", columns, tuple(rows), tuple(remarks))]


NETWORK_COLUMN = Column("network", numeric=False)
INPUT_COLUMN = Column("input", 5)


def _without_ratios(table: Table) -> Table:
    """Only kinds of convolution have a standard convolution to be compared with."""
    for title in ("MACs ratio", "params ratio"):
        table = table.without(table.titles.index(title))
    return table


def _by_comparison(
    comparisons: Sequence[Comparison], results: Results | None
) -> Iterator[tuple[Comparison, Results | None]]:
    """Each comparison with the results of its own rows."""
    start = 0
    for comparison in comparisons:
        end = start + len(comparison.rows)
        yield comparison, None if results is None else results[start:end]
        start = end


def case_data(comparison: Comparison) -> dict[str, Any]:
    """What JSON says of a case itself."""
    case = comparison.case
    data: dict[str, Any] = {"name": case.name, "input": list(case.input), "batch": case.batch}
    return data | ({"place": case.place} if case.place else {})


def case_title(comparison: Comparison) -> str:
    """The case's name and what goes into it."""
    case = comparison.case
    parts = [f"input {times(case.input)}"]
    if case.batch != 1:
        parts.append(f"batch {case.batch}")
    if case.dtype != "float32":
        parts.append(case.dtype)
    return f"{case.name} ({', '.join(parts)})" if case.name else ", ".join(parts)


def _row_data(row: Row, dtype: str) -> dict[str, Any]:
    if row.error:
        return {"kind": row.kind.name, "label": row.label, "error": row.error}
    return {
        "kind": row.kind.name,
        "label": row.label,
        "params": row.cost.params,
        "macs": row.cost.macs,
        "flops": row.cost.flops,
        "output": list(row.output),
        "activations": row.cost.activations,
        "weight_bytes": row.cost.weight_bytes(dtype),
        "activation_bytes": row.cost.activation_bytes(dtype),
        "arithmetic_intensity": row.cost.intensity(dtype),
        "receptive_field": list(row.receptive_field),
        "params_ratio": row.params_ratio,
        "macs_ratio": row.macs_ratio,
    }


def _row_cells(row: Row, dtype: str) -> tuple[int | float | str | None, ...]:
    if row.error:
        return (row.label, *[None] * (len(COMPARE_COLUMNS) - 1))
    return (
        row.label,
        row.cost.params,
        row.cost.macs,
        row.macs_ratio,
        times(row.output),
        row.cost.flops,
        row.params_ratio,
        row.cost.activations,
        times(row.receptive_field) or None,
        row.cost.intensity(dtype),
        row.cost.activation_bytes(dtype),
        row.cost.weight_bytes(dtype),
    )


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
    for comparison, found in _by_comparison(comparisons, results):
        rows = [
            {"kind": row.kind.name, "label": row.label}
            | ({"error": row.error} if result is None else _verified_data(result))
            for row, result in zip(comparison.rows, found or (), strict=True)
        ]
        data["cases"].append(case_data(comparison) | {"rows": rows})
        tables.append(_verified_table(comparison, found or ()))
    return Document(data, tuple(tables))


def _verified_data(verified: Verified) -> dict[str, Any]:
    if verified.error:
        return {"holds": False, "error": verified.error}
    checks = [
        {"figure": c.what, "convcost": c.expected, "measured": c.measured, "holds": c.holds}
        for c in verified.checks
    ]
    return {"holds": verified.holds, "checks": checks, "unknown": dict(verified.unknown)}


def _verdict(result: Verified | None) -> str | None:
    """A row's checks in a word, or the figures that differ."""
    if result is None or result.error:
        return None if result is None else result.error
    wrong = [check for check in result.checks if not check.holds]
    return ", ".join(f"{c.what} {c.measured} not {c.expected}" for c in wrong) or "exact"


def _verified_table(comparison: Comparison, results: Results) -> Table:
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


def kind_report(kind: Kind) -> Document:
    """One kind with its own parameters and their defaults."""
    columns = (
        Column("parameter", numeric=False),
        Column("default", numeric=False),
        Column("values", 1, numeric=False, narrow=16),
        Column("what it does", numeric=False, narrow=30),
    )
    rows = tuple(
        (p.name, default_of(p.name, [kind]), p.type.metavar, p.help) for p in kind.params.values()
    )
    table = Table(kind.name, f"{kind.name}: {kind.summary}", columns, rows)
    return Document({"version": VERSION, "kinds": [_kind_data(kind)]}, (table,), group="kind")


def kinds_report() -> Document:
    """Every kind with its parameters."""
    kinds = KINDS.values()
    first = Table(
        "kinds",
        "Kinds of layer",
        (
            Column("kind", numeric=False),
            Column("what it is", numeric=False, narrow=24),
            Column("parameters", numeric=False, narrow=20),
        ),
        tuple((kind.name, kind.summary, ", ".join(kind.params)) for kind in kinds),
    )
    second = Table(
        "parameters",
        "Their parameters",
        (
            Column("parameter", numeric=False),
            Column("default", numeric=False, narrow=16),
            Column("what it does", numeric=False, narrow=30),
        ),
        tuple((p.name, _defaults(p.name), p.help) for p in KIND_PARAMS.values()),
    )
    data = {"version": VERSION, "kinds": list(map(_kind_data, kinds))}
    return Document(data, (first, second), group="table")


def _kind_data(kind: Kind) -> dict[str, Any]:
    return {
        "kind": kind.name,
        "summary": kind.summary,
        "parameters": [
            {
                "name": param.name,
                "default": None if param.required else param.default,
                "help": param.help,
                "schema": param.type.schema(),
            }
            for param in kind.params.values()
        ],
    }


def _defaults(name: str) -> str:
    """A parameter's default, and those of the kinds that have another."""
    found: dict[str, list[str]] = {}
    for kind in KINDS.values():
        if name in kind.params:
            found.setdefault(default_of(name, [kind]), []).append(kind.name)
    (usual, _), *others = found.items()
    words = [f"{default or 'none'} in {', '.join(names)}" for default, names in others]
    return "; ".join([usual, *words] if usual else words)
