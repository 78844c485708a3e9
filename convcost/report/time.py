"""Measured times beside MACs and bounds: rows in turn, and each distinct op of a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from convcost.formats.document import VERSION, AtLeast, Cell, Column, Document, Table, time_words
from convcost.graph.bound import PICOSECONDS, Device, bound
from convcost.graph.cost import CONVENTION, cost
from convcost.graph.nodes import Graph
from convcost.graph.traffic import unfused
from convcost.networks.cases import Case, Comparison
from convcost.ops.op import times
from convcost.report.cases import (
    NETWORK_COLUMN,
    case_data,
    case_title,
    side_by_side,
    sums,
    unknown_data,
)

if TYPE_CHECKING:
    from convcost.pytorch.clock import Timed, TimedOp, TimedRow

ROW_COLUMNS = (
    Column("kind", numeric=False),
    Column("MACs", 1),
    Column("MACs ratio", decimals=2),
    Column("time", time=True),
    Column("time ratio", decimals=2),
    Column("spread", percent=True),
)
OP_COLUMNS = (
    Column("op", numeric=False, narrow=20),
    Column("input", 3),
    Column("output", 4),
    Column("calls"),
    Column("MACs", 1),
    Column("each", 2, time=True),
    Column("time", time=True),
    Column("share", percent=True),
    Column("spread", percent=True),
)
DEVICE_COLUMNS = (Column("bound", time=True), Column("of peak", 4, percent=True))


class TimedCase(NamedTuple):
    """A comparison, and what its rows take."""

    comparison: Comparison
    rows: Sequence[TimedRow]


def took(graph: Graph, case: Case, known: Mapping[str, float]) -> dict[int, int | None]:
    """What each node of a network takes, in picoseconds, by the seconds of ops that are known.

    Views take nothing; None is what is not known.
    """
    from convcost.pytorch.clock import key_of

    found: dict[int, int | None] = {}
    for index, node in enumerate(graph.nodes):
        if not node.sources:
            continue
        if not node.run or node.op.view:
            found[index] = 0
            continue
        seconds = known.get(key_of(graph, node, case))
        found[index] = None if seconds is None else _time(seconds)
    return found


def time_report(
    timed: Sequence[TimedCase], facts: Mapping[str, Any], device: Device | None = None
) -> Document:
    """A table of the rows of each comparison, and of the ops of each network that were timed."""
    data: dict[str, Any] = {"version": VERSION, "convention": CONVENTION}
    data |= {"measured_on": dict(facts), "cases": []}
    tables, ops = [], []
    networks = [row for comparison, rows in timed for row in rows if comparison.case.network]
    for comparison, rows in timed:
        case = comparison.case
        entries = [_row_data(row, case, device) for row in rows]
        data["cases"].append(case_data(comparison) | {"dtype": case.dtype, "rows": entries})
        first = next((row for row in (networks if case.network else rows) if row.whole), None)
        tables.append((comparison, _rows_table(comparison, rows, first, device)))
        ops += [_ops_table(row, case, device) for row in rows if row.ops]
    shown = side_by_side(tables)
    below = _noisy([row for _, rows in timed for row in rows])
    words = f", bound on {device.name}" if device else ""
    title = f"{shown[0].title or 'Networks'}; {machine_words(facts)}{words}"
    shown[0] = shown[0]._replace(title=title)
    shown[-1] = shown[-1]._replace(below=below)
    return Document(data, (*shown, *ops), group="table")


_HOW = {"channels_last": "channels last", "compile": "compiled"}


def machine_words(facts: Mapping[str, Any]) -> str:
    """On what times were measured."""
    threads = facts["threads"]
    words = [facts["machine"], f"{threads} thread{'s' * (threads != 1)}", f"torch {facts['torch']}"]
    words += [word for name, word in _HOW.items() if facts.get(name)]
    return ", ".join(filter(None, words))


def _rows_table(
    comparison: Comparison, rows: Sequence[TimedRow], first: TimedRow | None, device: Device | None
) -> Table:
    """A row for each, with its ratios over the first."""
    case = comparison.case
    cells: list[tuple[Cell, ...]] = []
    for timed in rows:
        label, count = timed.row.label, len(ROW_COLUMNS) + len(DEVICE_COLUMNS) * bool(device)
        if timed.whole is None or first is None or first.whole is None:
            cells.append((label, *[None] * (count - 1)))
            continue
        own, base = timed.row.cost, first.row.cost
        ratio = own.macs / base.macs if base.macs else None
        slower = timed.whole.median / first.whole.median
        shown = sums(own)[0], ratio, _time(timed.whole.median), slower, timed.whole.spread
        graph, batch = timed.row.graph, case.batch
        cells.append((label, *shown, *_on(graph, case, device, batch, timed.whole.median)))
    columns = (*ROW_COLUMNS, *(DEVICE_COLUMNS if device else ()))
    columns = (NETWORK_COLUMN, *columns[1:]) if case.network else columns
    remarks = tuple(row.error for row in rows)
    return Table(case.name, case_title(comparison), columns, tuple(cells), remarks)


def _ops_table(timed: TimedRow, case: Case, device: Device | None) -> Table:
    """The distinct ops of a network, longest first, and what they come to beside the whole."""
    graph, batch = timed.row.graph, case.batch
    assert timed.whole is not None
    together, whole = timed.together, timed.whole.median
    cells = [_op_cells(op, graph, case, device, together) for op in timed.ops]
    calls = sum(op.calls for op in timed.ops)
    least = _on(graph, case, device, batch, together)
    macs = sums(timed.row.cost)[0]
    cells.append(("together", "", "", calls, macs, None, _time(together), 1.0, None, *least))
    absent = [op.node.path for op in timed.ops if op.timed is None]
    gap = "" if absent else f": {(together - whole) / whole:+.1%}"
    below = [
        f"the ops one by one take {time_words(_time(together))} together, "
        f"the whole network {time_words(_time(whole))}{gap}"
    ]
    if absent:
        shown = ", ".join(absent[:MOST_ABSENT]) + ", …" * (len(absent) > MOST_ABSENT)
        below.append(f"cannot be run by themselves, and are in no sum of times: {shown}")
    noisy = sum(op.timed is not None and op.timed.noisy for op in timed.ops)
    if noisy:
        below.append(f"{noisy} of {len(timed.ops)} ops are noisy: their spread is over 10 %")
    columns = (*OP_COLUMNS, *(DEVICE_COLUMNS if device else ()))
    return Table(
        f"ops of {timed.row.label}", "", columns, tuple(cells), (), tuple(below), summed=True
    )


MOST_ABSENT = 5


def _op_cells(
    op: TimedOp, graph: Graph, case: Case, device: Device | None, together: float
) -> tuple[Cell, ...]:
    shapes = [times(graph.nodes[source].shape) for source in op.node.sources[:1]] or [""]
    own = cost(graph, case.batch, [op.node])
    macs = AtLeast(0) if own.unknown else own.macs * op.calls
    head: tuple[Cell, ...] = (str(op.node.op), *shapes, times(op.node.shape), op.calls, macs)
    if op.timed is None:
        return (*head, *[None] * (4 + len(DEVICE_COLUMNS) * bool(device)))
    each = op.timed.median
    share = each * op.calls / together
    shown = _time(each), _time(each * op.calls), share, op.timed.spread
    return (*head, *shown, *_on(graph, case, device, case.batch, each * op.calls, op))


def _on(
    graph: Graph,
    case: Case,
    device: Device | None,
    batch: int,
    seconds: float,
    op: TimedOp | None = None,
) -> tuple[Cell, ...]:
    """The bound on a device, and which share of its peak was reached."""
    if device is None:
        return ()
    nodes, calls = ([op.node], op.calls) if op else (None, 1)
    least = bound(graph, device, case.precision, batch, nodes, unfused)
    peak = device.peak(case.precision.of_products).value
    own = cost(graph, batch, nodes)
    shown = least.picoseconds * calls
    reached = own.flops * calls / seconds / peak if seconds else None
    return AtLeast(shown) if own.unknown else shown, reached


def _time(seconds: float) -> int:
    return round(seconds * PICOSECONDS)


def _noisy(rows: Sequence[TimedRow]) -> tuple[str, ...]:
    """Which rows are noisy, in a sentence."""
    names = [row.row.label for row in rows if row.whole and row.whole.noisy]
    words = "noisy, as half of the runs lie apart by more than 10 %"
    return (f"{words}: {', '.join(names)}",) if names else ()


def _row_data(timed: TimedRow, case: Case, device: Device | None) -> dict[str, Any]:
    row = timed.row
    data: dict[str, Any] = {"kind": row.kind.name, "label": row.label}
    if timed.whole is None:
        return data | {"error": timed.error}
    data |= {"macs": row.cost.macs, **unknown_data(row.cost), **_timed_data(timed.whole)}
    if device:
        least = bound(row.graph, device, case.precision, case.batch, moves=unfused)
        data |= {"on": device.key, "unfused_bound_picoseconds": least.picoseconds}
    if timed.ops:
        data["ops_seconds"] = timed.together
        data["ops"] = [_op_data(op, row.graph, case) for op in timed.ops]
    return data


def _op_data(op: TimedOp, graph: Graph, case: Case) -> dict[str, Any]:
    data = {
        "op": str(op.node.op),
        "path": op.node.path,
        "input": [list(graph.nodes[source].shape) for source in op.node.sources],
        "calls": op.calls,
        "macs": cost(graph, case.batch, [op.node]).macs * op.calls,
    }
    return data | (_timed_data(op.timed) if op.timed else {"error": "cannot be run by itself"})


def _timed_data(timed: Timed) -> dict[str, Any]:
    return {
        "median_seconds": timed.median,
        "spread": timed.spread,
        "runs": len(timed.seconds),
        "noisy": timed.noisy,
    }
