"""What documents say of a case itself, and tables of networks side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any, TypeVar

from convcost.formats.document import AtLeast, Column, Table
from convcost.graph.cost import Cost
from convcost.networks.cases import Comparison
from convcost.networks.inputs import said, written
from convcost.ops.layouts import Tokens
from convcost.ops.op import Shape
from convcost.values.dtypes import FLOAT32

T = TypeVar("T")

NETWORK_COLUMN = Column("network", numeric=False)
INPUT_COLUMN = Column("input", 1)


def case_data(comparison: Comparison) -> dict[str, Any]:
    """What JSON says of a case itself."""
    case = comparison.case
    data: dict[str, Any] = {"name": case.name, "input": list(case.input)}
    data |= layout_data(case.input)
    if case.network:
        data["inputs"] = {name: list(shape) for name, shape in case.inputs.items()}
    data["batch"] = case.batch
    data |= {"fuse": True} if case.fuse else {}
    return data | ({"place": case.place} if case.place else {})


def layout_data(shape: Shape) -> dict[str, str]:
    """What JSON says of a shape that is no map, C x spatial, but tokens, T x C."""
    return {"layout": "tokens"} if isinstance(shape, Tokens) else {}


def sums(own: Cost) -> tuple[int, int]:
    """MACs and FLOPs; at least so many, where those of some ops are not known."""
    if not own.unknown:
        return own.macs, own.flops
    return AtLeast(own.macs), AtLeast(own.flops)


def unknown_data(own: Cost) -> dict[str, int]:
    """What JSON says of ops whose MACs are not known, where there are some."""
    return {"unknown_macs_ops": own.unknown} if own.unknown else {}


def case_title(comparison: Comparison) -> str:
    """The case's name and what goes into it."""
    case = comparison.case
    named = [f"{name} {said(shape)}" for name, shape in case.inputs.items()]
    parts = [f"{'inputs ' if len(named) > 1 else ''}{', '.join(named)}"]
    if case.batch != 1:
        parts.append(f"batch {case.batch}")
    if case.fuse:
        parts.append("batch norms folded")
    if case.precision != FLOAT32:
        parts.append(str(case.precision))
    return f"{case.name} ({', '.join(parts)})" if case.name else ", ".join(parts)


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
            rows.append((row[0], written(case.inputs) + batch, *row[1:]))
            remarks.append(remark)
    columns = (NETWORK_COLUMN, INPUT_COLUMN, *first.columns[1:])
    stored = list(dict.fromkeys(str(case.precision) for case, _ in networks))
    title = stored[0] if len(stored) == 1 else ""
    return [*found, Table("networks", title, columns, tuple(rows), tuple(remarks))]


def by_comparison(
    comparisons: Sequence[Comparison], results: Sequence[T] | None
) -> Iterator[tuple[Comparison, Sequence[T] | None]]:
    """Each comparison with the results of its own rows, if there are any results."""
    start = 0
    for comparison in comparisons:
        end = start + len(comparison.rows)
        yield comparison, None if results is None else results[start:end]
        start = end
