"""What grew and what shrank: a bar for each thing that adds to a difference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from convcost.report.charts.drawing import ACCENT, COLOURS, Spec, chart

MOST = 40
"""Bars of one chart; the table has all."""


class Delta(NamedTuple):
    """A part of a difference: what it is, and how much more it is now."""

    name: str
    delta: int


def changes_chart(deltas: Sequence[Delta], title: str, unit: str) -> Spec:
    """The largest parts of a difference, what grew to the right of what shrank."""
    largest = sorted(deltas, key=lambda each: -abs(each.delta))[:MOST]
    rows = [
        {"place": n, "words": f"{each.name}\n{each.delta:+,} {unit}", **each._asdict()}
        for n, each in enumerate(largest)
    ]
    bar = {
        "y": {"scale": "y", "field": "place"},
        "height": {"scale": "y", "band": 1},
        "x": {"scale": "x", "value": 0},
        "x2": {"scale": "x", "field": "delta"},
        "fill": [{"test": "datum.delta > 0", "value": ACCENT}, {"value": COLOURS[2]}],
        "tooltip": {"field": "words"},
    }
    names = {"update": {"text": {"signal": "data('rows')[datum.value].name"}}}
    return chart(
        18 * len(rows) + 40,
        title,
        data=[{"name": "rows", "values": rows}],
        scales=[
            {
                "name": "y",
                "type": "band",
                "domain": {"data": "rows", "field": "place"},
                "range": "height",
                "padding": 0.2,
            },
            {
                "name": "x",
                "type": "linear",
                "domain": {"data": "rows", "field": "delta"},
                "range": "width",
                "zero": True,
                "nice": True,
            },
        ],
        axes=[
            {"scale": "x", "orient": "bottom", "title": unit, "format": "+.3~s", "grid": True},
            {
                "scale": "y",
                "orient": "left",
                "ticks": False,
                "labelLimit": 220,
                "encode": {"labels": names},
            },
        ],
        marks=[{"type": "rect", "from": {"data": "rows"}, "encode": {"update": bar}}],
    )
