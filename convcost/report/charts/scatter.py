"""Networks, or kinds of layer, by what they cost: params against MACs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from convcost.errors import clean
from convcost.networks.cases import Case, Row
from convcost.networks.inputs import written
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


def points_of(pairs: Iterable[tuple[Case, Row]], names: Iterable[str]) -> list[Point]:
    """Rows that were built as points, those that have params and MACs."""
    return [
        Point(clean(name), written(case.inputs), row.cost.params, row.cost.macs)
        for (case, row), name in zip(pairs, names, strict=True)
        if row.cost.params and row.cost.macs
    ]


def scatter_chart(
    points: Sequence[Point], backdrop: Sequence[Point] = (), on_page: bool = False
) -> Spec:
    """Points on logarithmic axes, others without names behind them.

    On a page names stand at their points, moved where they would lie on others, for which Vega
    needs a browser; else colours tell points apart.
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
                "range": {"scheme": "tableau20"},
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
    words = "{0.name}\n{0.input}\n{0.params:,} params\n{0.macs:,} MACs"
    return [point._asdict() | {"words": words.format(point)} for point in points]


def _symbols(data: str, fill: Spec, size: int) -> Spec:
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
                "tooltip": {"field": "words"},
            }
        },
    }
