"""Networks, or kinds of layer, by what they cost: params against MACs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from convcost.report.charts.drawing import ACCENT, GREY, Spec, chart


class Point(NamedTuple):
    """What is drawn as a point.

    Attributes:
        name: what it is called.
        input: what goes into it, as text.
        params: parameters.
        macs: multiply-accumulates.
    """

    name: str
    input: str
    params: int
    macs: int


def scatter_chart(
    points: Sequence[Point], backdrop: Sequence[Point] = (), on_page: bool = False
) -> Spec:
    """Points with their names on logarithmic axes, others without behind them.

    What has no params or no MACs has no place there. On a page, names that would lie on others are
    moved, or left out, for which Vega needs a browser.
    """
    shown, behind = _values(points), _values(backdrop)
    sets = ["behind", "points"] if behind else ["points"]
    return chart(
        420,
        "params against MACs",
        data=[{"name": "behind", "values": behind}, {"name": "points", "values": shown}],
        scales=[
            {
                "name": scale,
                "type": "log",
                "domain": {"fields": [{"data": name, "field": what} for name in sets]},
                "range": side,
                "nice": True,
            }
            for scale, what, side in (("x", "macs", "width"), ("y", "params", "height"))
        ],
        axes=[
            {
                "scale": scale,
                "orient": orient,
                "title": title,
                "format": ".3~s",
                "grid": True,
                "tickCount": 5,
            }
            for scale, orient, title in (("x", "bottom", "MACs"), ("y", "left", "params"))
        ],
        marks=[
            _symbols("behind", GREY, 30),
            _symbols("points", ACCENT, 90),
            _moved_names() if on_page else _names(),
        ],
    )


def _names() -> Spec:
    """Names beside their points."""
    place = {
        "x": {"scale": "x", "field": "macs", "offset": 8},
        "y": {"scale": "y", "field": "params", "offset": -6},
    }
    words = {"text": {"field": "name"}, "fontWeight": {"value": "bold"}}
    encode = {"update": place | words}
    return {"type": "text", "name": "names", "from": {"data": "points"}, "encode": encode}


def _moved_names() -> Spec:
    """Names around their points, where there is room."""
    words = {"text": {"field": "datum.name"}, "fontWeight": {"value": "bold"}}
    room = {
        "type": "label",
        "size": [{"signal": "width"}, {"signal": "height"}],
        "anchor": ["right", "left", "top", "bottom"],
        "offset": [4],
        "padding": 40,
    }
    return {
        "type": "text",
        "name": "names",
        "interactive": False,
        "from": {"data": "drawn-points"},
        "encode": {"enter": words},
        "transform": [room],
    }


def _values(points: Sequence[Point]) -> list[Spec]:
    return [point._asdict() for point in points if point.params and point.macs]


def _symbols(data: str, colour: str, size: int) -> Spec:
    said = (
        "datum.name + '\\n' + datum.input + '\\n' + format(datum.params, ',') + ' params'"
        " + '\\n' + format(datum.macs, ',') + ' MACs'"
    )
    return {
        "type": "symbol",
        "name": f"drawn-{data}",
        "from": {"data": data},
        "encode": {
            "update": {
                "x": {"scale": "x", "field": "macs"},
                "y": {"scale": "y", "field": "params"},
                "size": {"value": size},
                "fill": {"value": colour},
                "tooltip": {"signal": said},
            }
        },
    }
