"""Networks, or kinds of layer, by what they cost: params against MACs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from convcost.report.charts.drawing import ACCENT, COLOURS, GREY, Spec, chart


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
    """Points on logarithmic axes, others without names behind them.

    What has no params or no MACs has no place there. On a page names stand at their points, moved
    where they would lie on others, for which Vega needs a browser; else colours tell points apart.
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
        ]
        + [
            {
                "name": "name",
                "type": "ordinal",
                "domain": [each["name"] for each in shown],
                "range": list(COLOURS),
            }
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
            _symbols("behind", {"value": GREY}, 30),
            _symbols("points", {"value": ACCENT} if on_page else _BY_NAME, 90),
            *[_moved_names()] * on_page,
        ],
        legends=[] if on_page else [{"fill": "name", "title": ""}],
    )


_BY_NAME = {"scale": "name", "field": "name"}


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


def _symbols(data: str, fill: Spec, size: int) -> Spec:
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
                "fill": fill,
                "tooltip": {"signal": said},
            }
        },
    }
