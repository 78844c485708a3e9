"""How a figure is spread over the designs of a space, as bars."""

from __future__ import annotations

from convcost.report.charts.drawing import ACCENT, Spec, chart
from convcost.spaces.spread import Spread


def histogram_chart(spread: Spread) -> Spec:
    """A bar for each bin of a histogram, as high as it has designs."""
    figure = spread.figure
    values = [
        {
            "first": figure.shown(each.first),
            "last": figure.shown(each.last) + 1,
            # Vega's numbers have 53 bits, which is plenty for the height of a bar.
            "designs": float(each.designs.most),
        }
        for each in spread.bins
    ]
    return chart(
        300,
        f"designs by {figure.title}",
        data=[{"name": "bins", "values": values}],
        scales=[
            {
                "name": "x",
                "type": "linear",
                "domain": {"data": "bins", "fields": ["first", "last"]},
                "range": "width",
                "zero": False,
            },
            {
                "name": "y",
                "type": "linear",
                "domain": {"data": "bins", "field": "designs"},
                "range": "height",
                "zero": True,
                "nice": True,
            },
        ],
        axes=[
            {"orient": "bottom", "scale": "x", "title": figure.title, "format": "~s"},
            {"orient": "left", "scale": "y", "title": "designs", "format": "~s"},
        ],
        marks=[
            {
                "type": "rect",
                "from": {"data": "bins"},
                "encode": {
                    "enter": {
                        "x": {"scale": "x", "field": "first"},
                        "x2": {"scale": "x", "field": "last"},
                        "y": {"scale": "y", "field": "designs"},
                        "y2": {"scale": "y", "value": 0},
                        "fill": {"value": ACCENT},
                        "stroke": {"value": "white"},
                    }
                },
            }
        ],
    )
