"""A network layer by layer, or summed by what its ops are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from convcost.counting.conventions import Convention
from convcost.counting.survey import Survey, Surveyor
from convcost.formats.document import UNITS, VERSION, Cell, Column, Document, Table
from convcost.graph.calls import names
from convcost.graph.cost import CONVENTION, Cost, cost, peak_memory, unknown_words
from convcost.graph.nodes import Graph, Node
from convcost.graph.receptive_field import receptive_fields
from convcost.graph.shift import shift
from convcost.networks.breakdown import layers_of, whole
from convcost.networks.cases import Comparison, Row
from convcost.ops.convolutions import Conv, DeformConv, kind_of_conv
from convcost.ops.layouts import Stacked
from convcost.ops.op import Input, Shape, times
from convcost.report.cases import case_data, case_title, sums, unknown_data
from convcost.report.show import as_tool, tool_column
from convcost.report.traffic import Machine

if TYPE_CHECKING:
    from convcost.graph.bound import Device
    from convcost.report.training import TrainedRow, Trainer

LAYER_COLUMNS = (
    Column("path", numeric=False),
    Column("op", 5, numeric=False, narrow=20),
    Column("output", 2),
    Column("params"),
    Column("MACs"),
    Column("share", 1, percent=True),
    Column("activations", 3),
    Column("receptive field", 4),
)
KIND_COLUMNS = (
    Column("op", numeric=False),
    Column("ops"),
    Column("params"),
    Column("MACs"),
    Column("share", 1, percent=True),
    Column("activations", 2),
)

Rows = tuple[list[tuple[Cell, ...]], tuple[Column, ...], list[dict[str, Any]]]


def network_report(
    comparisons: Sequence[Comparison],
    conventions: Sequence[Convention],
    depth: int = 1,
    by: str = "",
    device: Device | None = None,
    trainer: Trainer | None = None,
) -> Document:
    """Every network in rows: a row for each layer, down to `depth`, or one of `WAYS` to sum."""
    data: dict[str, Any] = {"version": VERSION, "convention": CONVENTION, "networks": []}
    tables = []
    for comparison in comparisons:
        for row in comparison.rows:
            entry = case_data(comparison) | {"name": row.label}
            machine = Machine(comparison.case.precision, device)
            trained = trainer.of(row.graph, comparison.case) if trainer else None
            asked = Asked(row.graph, comparison.case.batch, conventions, machine, trained)
            if by:
                rows, columns, entries = _by_kind(asked, WAYS[by])
            else:
                rows, columns, entries = _by_layer(asked, depth)
            summary = _summary(row, comparison)
            title = _title(comparison, machine, row.cost, summary)
            trained, said = asked.trained, _below(summary)
            if trained is not None:
                title += f", {trained.how.words}"
                summary |= trained.how.data | trained.whole_data
                said = trained.sentences
            below = tuple(filter(None, (*said, unknown_words(row.graph))))
            tables.append(Table(row.label, title, columns, tuple(rows), below=below, summed=True))
            data["networks"].append(entry | machine.data | {"rows": entries} | summary)
    return Document(data, tuple(tables), group="network")


class Asked(NamedTuple):
    """What a breakdown is of: a graph, and what each row says beside its costs."""

    graph: Graph
    batch: int
    conventions: Sequence[Convention]
    machine: Machine
    trained: TrainedRow | None = None

    @property
    def columns(self) -> tuple[Column, ...]:
        """Those of what each row says beside its costs."""
        own = self.trained.how.columns if self.trained else self.machine.columns
        return (*map(tool_column, self.conventions), *own)


def _by_layer(asked: Asked, depth: int) -> Rows:
    graph, batch, *_ = asked
    total = whole(graph, batch)
    fields, surveyor = receptive_fields(graph), Surveyor(graph, batch)
    rows, entries = [], []
    for layer in [*layers_of(graph, depth, batch), total]:
        last = graph.last if layer is total else layer.indices[-1]
        nodes = layer.nodes(graph)
        cells, figures = _figures(asked, layer.cost, nodes, surveyor.survey(nodes), total.cost.macs)
        field = fields[last]
        head: tuple[Cell, ...] = (layer.path, layer.op, times(layer.output))
        rows.append((*head, *cells[:4], times(field) or None, *cells[4:]))
        where = {"path": layer.path, "op": layer.op, "output": list(layer.output)}
        entries.append(where | figures | {"receptive_field": list(field) or None})
    return rows, (*LAYER_COLUMNS, *asked.columns), entries


def _op_name(node: Node, source: Shape) -> str:
    """What an op is."""
    axes = len(source) - 1 - isinstance(source, Stacked)
    return names(node.op, node.form, axes)[-1]


def _kind_name(node: Node, source: Shape) -> str:
    """What an op is, convolutions by their kind and kernel."""
    op = node.op
    if isinstance(op, DeformConv):
        return f"deform-conv {times(op.kernel)}"
    if isinstance(op, Conv):
        return f"{kind_of_conv(op)} {times(op.kernel)}"
    return _op_name(node, source)


WAYS: dict[str, Callable[[Node, Shape], str]] = {"kind": _kind_name, "op": _op_name}
"""How the ops of a network are summed."""


def _by_kind(asked: Asked, name_of: Callable[[Node, Shape], str]) -> Rows:
    graph, batch, *_ = asked
    kinds: dict[str, list[Node]] = {}
    nodes = [node for node in graph.nodes if not isinstance(node.op, Input)]
    for node in nodes:
        kinds.setdefault(name_of(node, graph.read_by(node)), []).append(node)
    ordered = sorted(kinds.items(), key=lambda item: -cost(graph, 1, item[1]).macs)
    total, surveyor = cost(graph, batch).macs, Surveyor(graph, batch)
    rows, entries = [], []
    for name, found in [*ordered, ("total", nodes)]:
        own = cost(graph, batch, found)
        cells, figures = _figures(asked, own, found, surveyor.survey(found), total)
        rows.append((name, len(found), *cells))
        entries.append({"op": name, "ops": len(found)} | figures)
    return rows, (*KIND_COLUMNS, *asked.columns), entries


def _figures(
    asked: Asked, own: Cost, nodes: Sequence[Node], groups: Survey, total: int
) -> tuple[tuple[Cell, ...], dict[str, Any]]:
    """Params, MACs, their share of all and activations of some nodes; tools' counts, and bytes."""
    share = own.macs / total if total else 0.0
    printed = {each.name: as_tool(groups, each, asked.batch) for each in asked.conventions}
    moved = asked.machine.moved(asked.graph, asked.batch, own, nodes)
    data: dict[str, Any] = {"params": own.params, "macs": own.macs, "share": share}
    data |= {"activations": own.activations} | ({"as": printed} if printed else {})
    trained = asked.trained
    more = trained.cells(nodes) if trained else moved.cells
    data |= moved.data | (trained.data(nodes) if trained else {}) | unknown_data(own)
    return (own.params, sums(own)[0], share, own.activations, *printed.values(), *more), data


def _summary(row: Row, comparison: Comparison) -> dict[str, Any]:
    moved = shift(row.graph)
    return {
        "outputs": {name: list(shape) for name, shape in row.outputs.items()},
        "params": row.cost.params,
        "macs": row.cost.macs,
        "flops": row.cost.flops,
        "activations": row.cost.activations,
        "peak_elements": peak_memory(row.graph, comparison.case.batch),
        **unknown_data(row.cost),
    } | ({"shift_half_pixels": list(moved)} if moved is not None else {})


def _title(comparison: Comparison, machine: Machine, own: Cost, summary: dict[str, Any]) -> str:
    unsure = ("macs", "flops") if own.unknown else ()
    figures = [f"{'≥ ' * (n in unsure)}{summary[n]:,} {word}" for n, word in UNITS.items()]
    words = ", ".join(filter(None, (case_title(comparison), machine.words)))
    return f"{words}: {', '.join(figures)}"


def _below(summary: dict[str, Any]) -> tuple[str, ...]:
    """What there is to say of a network besides its totals."""
    peak = (
        f"at most {summary['peak_elements']:,} elements of maps in memory at once: an output and "
        "all that is still to be read, nothing fused or in place"
    )
    moved = summary.get("shift_half_pixels")
    if moved is None:
        return (peak,)
    if not any(moved):
        return peak, "the half-pixel shifts of its 2 x 2 convolutions cancel"
    sizes = " x ".join(f"{half / 2:+g}" for half in moved)
    said = f"add up to {sizes} input pixels (down x right)"
    return peak, f"the half-pixel shifts of its 2 x 2 convolutions {said}"
