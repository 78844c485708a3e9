"""How figures go along a network: a bar for each of its ops, in order."""

from __future__ import annotations

from convcost.report.charts.drawing import Spec, by_kind, chart, legend, measured, pointed, values
from convcost.report.charts.layers import Layers


def depth_chart(found: Layers, measure: str = "macs") -> Spec:
    """The single ops from the first to the last, each as high as its figure."""
    bar = {
        "x": {"scale": "x", "signal": "datum.place - 1"},
        "x2": {"scale": "x", "field": "place"},
        "y": {"scale": "y", "signal": "datum[measure]"},
        "y2": {"scale": "y", "value": 0},
        "fill": {"scale": "kind", "field": "kind"},
        "tooltip": pointed(found.measures),
    }
    return chart(
        240,
        f"ops of {found.rows[0].name} in order",
        signals=[measured(measure)],
        data=[
            {
                "name": "ops",
                "values": values(found),
                "transform": [
                    {"type": "filter", "expr": "datum.leaf"},
                    {"type": "window", "ops": ["row_number"], "as": ["place"]},
                    {"type": "formula", "as": "own", "expr": "datum[measure]"},
                ],
            }
        ],
        scales=[
            {"name": "x", "type": "linear", "domain": [0, len(found.leaves)], "range": "width"},
            {
                "name": "y",
                "type": "linear",
                "domain": {"data": "ops", "field": "own"},
                "range": "height",
                "zero": True,
                "nice": True,
            },
            by_kind(found.kinds),
        ],
        axes=[
            {"scale": "x", "orient": "bottom", "title": "ops, in order", "tickMinStep": 1},
            {"scale": "y", "orient": "left", "format": ".3~s", "grid": True, "tickCount": 5},
        ],
        legends=[legend()],
        marks=[{"type": "rect", "from": {"data": "ops"}, "encode": {"update": bar}}],
    )
