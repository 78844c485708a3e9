"""The sections of one network, or of one layer: totals, layers as charts and as a table, tools."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from convcost.counting.conventions import Convention
from convcost.formats.document import Cell, Column, Table
from convcost.formats.html import html, table_html
from convcost.graph.bound import Device
from convcost.graph.cost import peak_memory, unknown_words
from convcost.networks.cases import Case, Comparison, Row
from convcost.report.cases import sums
from convcost.report.charts.depth import depth_chart
from convcost.report.charts.layers import BOUND, TIME, Layers, layers
from convcost.report.charts.roofline import on_the_roof, roofline_chart
from convcost.report.charts.tree import LAYOUTS, tree_chart
from convcost.report.counts import as_report
from convcost.report.page.sections import Chart, Section, layers_table
from convcost.report.time import machine_words, took
from convcost.report.traffic import Machine

TOTAL_COLUMNS = (
    Column("figure", numeric=False),
    Column("value"),
    Column("unit", numeric=False),
    Column("what is counted", numeric=False),
)


class Measured(NamedTuple):
    """Times of ops by what they are, seconds, and on which machine they were measured."""

    facts: Mapping[str, Any]
    ops: Mapping[str, float]


class Asked(NamedTuple):
    """What a page says beside costs: tools' figures, bounds on a device, and times."""

    conventions: Sequence[Convention] = ()
    device: Device | None = None
    measured: Measured | None = None


class Subject(NamedTuple):
    """A row that was built, of a case, and its layers.

    Attributes:
        name: what it is called, among others of other cases too.
        timed: whether it is known what some of its ops take.
    """

    case: Case
    row: Row
    found: Layers
    name: str
    timed: bool


def subject_of(comparison: Comparison, row: Row, name: str, asked: Asked) -> Subject:
    """A row with its layers and their figures."""
    case, measured = comparison.case, asked.measured
    times = took(row.graph, case, measured.ops) if measured else None
    found = layers(row, case, Machine(case.precision, asked.device), times)
    return Subject(case, row, found, name, bool(times and any(times.values())))


def network_sections(subject: Subject, asked: Asked) -> Iterator[Section]:
    """All that there is to say of one network."""
    case, row, found, *_ = subject
    yield Section("totals", "Totals", table_html(_totals(subject, asked)))
    if found.drawn:
        yield Section(
            "figures", "Where the figures are", "", _charts(found, "figures"), found.drawn
        )
    if asked.device is not None:
        yield _roofline(subject, asked.device, asked.measured)
    yield Section("layers", "Every layer", layers_table(found))
    if asked.conventions:
        report = as_report([Comparison(case, (row,))], asked.conventions)
        yield Section("tools", "What each tool prints", html(report))


def layers_section(subject: Subject, key: str) -> Section:
    """The layers of one among several, which are opened by a click."""
    found = subject.found
    title = f"Layers of {subject.name}"
    charts = _charts(found, key) if found.drawn else []
    return Section(key, title, layers_table(found), charts, found.drawn, folded=True)


def _charts(found: Layers, key: str) -> list[Chart]:
    """The layers as areas, of which there are two layouts, and as bars."""
    said = {
        "treemap": "Layers by area, the largest first; the colours are kinds of ops. A click opens "
        "a block, one on the strip above goes back.",
        "icicle": "Layers in their order from left to right, each below what it is in.",
    }
    first = next(iter(found.drawn))
    charts = [Chart(f"{key}-{n}", tree_chart(found, n, first), said[n], n) for n in LAYOUTS]
    return [*charts, Chart(f"{key}-depth", depth_chart(found, first), "Each op in its order.")]


def _totals(subject: Subject, asked: Asked) -> Table:
    case, row, found, *_ = subject
    machine, own = Machine(case.precision), row.cost
    moved, whole = machine.moved(row.graph, case.batch, own), found.rows[0].figures
    least = "at least, as some ops are unknown: " if own.unknown else ""
    rows: list[tuple[Cell, ...]] = [
        ("params", own.params, "params", "all that can be trained"),
        ("MACs", whole["macs"], "MACs", f"{least}of convolutions, linear layers and products"),
        ("FLOPs", sums(own)[1], "FLOPs", f"{least}2 x MACs"),
        ("activations", own.activations, "elements", "what convolutions and products write"),
        (
            "weights",
            moved.stored,
            "bytes",
            f"of all parameters, {str(case.precision) or case.dtype}",
        ),
        ("bytes", moved.fused, "bytes", "read and written if what can be is fused"),
        ("unfused bytes", moved.unfused, "bytes", "read and written op by op"),
        ("peak memory", peak_memory(row.graph, case.batch), "elements", "maps at once"),
    ]
    if asked.device is not None:
        words = f"the least time on {asked.device.name}: computed, not measured"
        rows.append(("bound", found.column(BOUND).words(whole[BOUND]), "", words))
    if asked.measured is not None:
        on = machine_words(asked.measured.facts)
        rows.append(("time", found.column(TIME).words(whole[TIME]), "", f"of its ops, on {on}"))
    below = tuple(filter(None, (unknown_words(row.graph), *case.remarks)))
    return Table("totals", "", TOTAL_COLUMNS, tuple(rows), below=below)


def _roofline(subject: Subject, device: Device, measured: Measured | None) -> Section:
    found, dtype = subject.found, subject.case.precision.of_products
    spec = roofline_chart(found, device, dtype)
    words = (
        f"{len(on_the_roof(found)):,} ops that compute, of {len(found.leaves):,}; the roof is that "
        f"of {device.name} in {dtype}. The larger a point, the longer its op takes"
    )
    if measured:
        words += f", which was measured on {machine_words(measured.facts)}."
    else:
        words += " at least: on the roof it is as fast as it can be."
    return Section("roofline", "Roofline", "", [Chart("roofline-chart", spec, words)])
