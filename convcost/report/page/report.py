"""Which page a question gets: of one network, of several side by side, or of what changed."""

from __future__ import annotations

from collections.abc import Sequence

from convcost._version import __version__
from convcost.errors import clean
from convcost.formats.html import html
from convcost.gate.outcome import Gate
from convcost.networks.cases import Comparison
from convcost.networks.inputs import written
from convcost.report.cases import case_title
from convcost.report.charts.changes import Delta, changes_chart
from convcost.report.charts.scatter import Point, scatter_chart
from convcost.report.compare import compare_report
from convcost.report.counts import as_report
from convcost.report.gate.tables import gate_report
from convcost.report.page.network import Asked, layers_section, network_sections, subject_of
from convcost.report.page.page import Page
from convcost.report.page.sections import Chart, Section

MOST_OPENED = 12
"""Networks of one page whose layers are shown, too."""

MADE = f"convcost {__version__}, its own convention: multiply-accumulates of convolutions, linear "
MADE += "layers and products; params are all that is trained"


def report_page(
    comparisons: Sequence[Comparison], asked: Asked, backdrop: Sequence[Comparison] = ()
) -> Page:
    """What networks, or kinds of layer, cost: one in full, several side by side.

    Args:
        comparisons: what is asked about; rows that could not be built stand in the table.
        asked: what is said beside costs.
        backdrop: networks behind several, where these are networks.
    """
    pairs = [(each, row) for each in comparisons for row in each.rows if row.built]
    if len(pairs) == 1:
        comparison, row = pairs[0]
        subject = subject_of(comparison, row, asked)
        name = clean(row.label)
        about = f"{case_title(comparison)}. {MADE}."
        return Page(name, about, list(network_sections(subject, asked)))
    names = [clean(row.label) for _, row in pairs]
    title = ", ".join(names) if len(names) < 4 else f"{len(names):,} side by side"
    return Page(title, f"{MADE}.", _several(comparisons, asked, backdrop))


def _several(
    comparisons: Sequence[Comparison], asked: Asked, backdrop: Sequence[Comparison]
) -> list[Section]:
    networks = all(each.case.network for each in comparisons)
    points, behind = _points(comparisons), _points(backdrop) if networks else []
    words = "Each by its params and MACs; both axes are logarithmic."
    words += " Grey: the networks that are shipped with convcost." if behind else ""
    chart = Chart("scatter", scatter_chart(points, behind, on_page=True), words)
    table = html(compare_report(comparisons, device=asked.device))
    sections = [
        Section("side-by-side", "Side by side", table),
        Section("params-macs", "Params against MACs", "", [chart]),
    ]
    if asked.conventions:
        printed = html(as_report(comparisons, asked.conventions))
        sections.append(Section("tools", "What each tool prints", printed))
    pairs = [(each, row) for each in comparisons for row in each.rows if row.built]
    for place, (comparison, row) in enumerate(pairs[:MOST_OPENED]):
        subject = subject_of(comparison, row, asked)
        sections.append(layers_section(subject, f"layers-{place}", f"Layers of {clean(row.label)}"))
    return sections


def _points(comparisons: Sequence[Comparison]) -> list[Point]:
    return [
        Point(clean(row.label), written(case.inputs), row.cost.params, row.cost.macs)
        for case, rows in comparisons
        for row in rows
        if row.built
    ]


def changes_page(gate: Gate, old: str, new: str) -> Page:
    """What costs another sum than before, and in which layers.

    Args:
        gate: what was found.
        old: what `before` is called.
        new: what `now` is called.
    """
    sections = [Section("costs", "Costs", html(gate_report(gate)))]
    for place, (name, causes) in enumerate(gate.causes.items()):
        charts = []
        for what, unit in (("macs", "MACs"), ("params", "params")):
            deltas = []
            for cause in causes:
                part = cause.new or cause.old
                delta = getattr(cause.delta, what)
                if part is not None and delta:
                    words = "" if cause.old and cause.new else " (new)" if cause.new else " (gone)"
                    deltas.append(Delta(f"{clean(part.path)}{words}", delta))
            if deltas:
                title = f"{clean(name)}: {unit} of layers, now less before"
                spec = changes_chart(deltas, title, unit)
                charts.append(Chart(f"change-{place}-{what}", spec, f"{unit}, now less before."))
        sections.append(Section(f"change-{place}", f"What changed in {clean(name)}", "", charts))
    title = f"From {clean(old)} to {clean(new)}"
    return Page(title, f"What costs another sum, and why. {MADE}.", sections)
