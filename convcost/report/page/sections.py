"""Parts of a page: sections, charts with their switches, and the table of a network's layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from convcost.formats.document import Cell, Column
from convcost.formats.html import cell, escape, head_cell
from convcost.report.charts.drawing import Spec
from convcost.report.charts.layers import LayerRow, Layers

MOST_INDENTED = 7
"""The deepest level that stands further to the right than the one above."""


class Chart(NamedTuple):
    """A chart of a page.

    Attributes:
        key: its id.
        spec: what Vega draws.
        words: what it shows, below it.
        layout: which switch of layout shows it; nothing if it is always shown.
    """

    key: str
    spec: Spec
    words: str
    layout: str = ""


class Section(NamedTuple):
    """A part of a page with a heading.

    Attributes:
        key: its id.
        title: its heading.
        body: HTML, in which all words are escaped.
        charts: those that stand in it, before the body.
        measures: figures among which a switch chooses for the charts, with their words.
        folded: whether it is opened by a click.
    """

    key: str
    title: str
    body: str = ""
    charts: Sequence[Chart] = ()
    measures: Mapping[str, str] = {}
    folded: bool = False


def section_html(section: Section) -> str:
    """The section; its charts are empty without JavaScript, and then not there."""
    layouts = [chart.layout for chart in section.charts if chart.layout]
    switches = _switch(section.key, "figure", section.measures)
    switches += _switch(section.key, "layout", {layout: layout for layout in layouts})
    form = f'<form class="switches" hidden>{switches}</form>' if switches else ""
    figures = "\n".join(map(_figure, section.charts))
    inner = f'{form}{figures}<div class="wide">{section.body}</div>'
    title = escape(section.title)
    if section.folded:
        inner = f"<details><summary>{title}</summary>{inner}</details>"
        title = f'<span class="unseen">{title}</span>'
    return f'<section id="{escape(section.key)}"><h2>{title}</h2>{inner}</section>'


def _switch(section: str, name: str, choices: Mapping[str, str]) -> str:
    """Radio buttons, of which the first is chosen."""
    if len(choices) < 2:
        return ""
    group = escape(f"{section}-{name}")
    buttons = "".join(
        f'<label><input type="radio" name="{group}" data-switch="{name}" value="{escape(value)}"'
        f"{' checked' * (place == 0)}>{escape(words)}</label>"
        for place, (value, words) in enumerate(choices.items())
    )
    return f"<fieldset><legend>{name}</legend>{buttons}</fieldset>"


def _figure(chart: Chart) -> str:
    layout = f' data-layout="{escape(chart.layout)}"' if chart.layout else ""
    words = escape(chart.words)
    return (
        f'<figure class="chart" hidden{layout}><div id="{escape(chart.key)}"></div>'
        f"<figcaption>{words}</figcaption></figure>"
    )


def layers_table(found: Layers) -> str:
    """All layers with their figures, each below what it is in; the whole network stands last."""
    columns = [Column("layer", numeric=False), Column("op", numeric=False)]
    columns += [Column("output"), Column("share of MACs", percent=True)]
    columns += map(found.column, found.measures)
    head = "".join(map(head_cell, columns))
    whole, *rows = found.rows
    body = "\n".join(_layer(row, columns, whole, found.measures) for row in rows)
    total = _layer(whole, columns, whole, found.measures)
    return (
        f'<table class="layers"><thead><tr>{head}</tr></thead>'
        f"<tbody>\n{body}\n</tbody><tfoot>{total}</tfoot></table>"
    )


def _layer(
    row: LayerRow, columns: Sequence[Column], whole: LayerRow, measures: Mapping[str, str]
) -> str:
    total = whole.figures["macs"]
    share = row.figures["macs"] / total if total else 0.0
    cells: list[Cell] = [row.op, row.output, share, *[row.figures[key] for key in measures]]
    data = "".join(
        cell(column, value, column.words(value))
        for column, value in zip(columns[1:], cells, strict=True)
    )
    level = min(max(row.branch.level, 1), MOST_INDENTED)
    name = (
        f'<th scope="row" class="level{level}" title="{escape(row.path)}">{escape(row.name)}</th>'
    )
    return f'<tr data-level="{row.branch.level}">{name}{data}</tr>'
