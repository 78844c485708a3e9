"""The page of what costs another sum than before, and in which layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convcost.errors import clean
from convcost.formats.document import Table
from convcost.formats.html import html, table_html
from convcost.gate.causes import Cause
from convcost.gate.outcome import Gate
from convcost.report.charts.changes import Delta, changes_chart
from convcost.report.gate.tables import CAUSE_COLUMNS, cause_name, cause_rows, gate_report
from convcost.report.page.page import Page
from convcost.report.page.report import MADE
from convcost.report.page.sections import Chart, Section


def changes_page(gate: Gate, old: str, new: str) -> Page:
    """What changed from one state to another, of which these are the names."""
    sections = [Section("costs", "Costs", html(gate_report(gate)))]
    for place, (name, causes) in enumerate(gate.causes.items()):
        key, rows = f"change-{place}", tuple(cause_rows(name, causes, len(causes)))
        table = Table("layers", "", CAUSE_COLUMNS, rows).without(0)
        charts = list(_charts(name, causes, key))
        sections.append(Section(key, f"What changed in {clean(name)}", table_html(table), charts))
    title = f"From {clean(old)} to {clean(new)}"
    return Page(title, f"What costs another sum, and why. {MADE}.", sections)


def _charts(name: str, causes: Sequence[Cause], key: str) -> Iterator[Chart]:
    """What each layer adds, in MACs and in params, where it adds any."""
    for what, unit in (("macs", "MACs"), ("params", "params")):
        added = [(cause, getattr(cause.delta, what)) for cause in causes]
        deltas = [Delta(clean(cause_name(cause)), delta) for cause, delta in added if delta]
        if deltas:
            spec = changes_chart(deltas, f"{unit} of layers of {clean(name)}", unit)
            yield Chart(f"{key}-{what}", spec, f"{unit}, now less before.")
