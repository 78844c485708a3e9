"""Where the figures of a network are: a treemap or an icicle of its layers."""

from __future__ import annotations

from convcost.report.charts.drawing import (
    INK,
    Spec,
    by_kind,
    chart,
    legend,
    measured,
    pointed,
    values,
)
from convcost.report.layers import Layers

LAYOUTS = ("treemap", "icicle")
"""A treemap has the largest first; an icicle has layers in their order, from left to right."""

BLOCK = "#e6e6e6"
"""The colour of what has several ops."""

_LABEL, _CORNER = 30, 34
"""Pixels that words need to be of use: of a cell's width, and of its height for two lines."""


def tree_chart(found: Layers, layout: str, measure: str = "macs") -> Spec:
    """The layers as areas; a click on one shows what is in it, one on the whole goes back.

    Args:
        found: the layers of a network.
        layout: one of `LAYOUTS`.
        measure: which figure the areas are of.
    """
    whole = [0, len(found.rows) - 1]
    click = "datum.id === root[0] ? datum.up : datum.zoom"
    root = {"name": "root", "value": whole, "on": [{"events": "@cell:click", "update": click}]}
    depth = max((row.branch.level for row in found.rows), default=0) + 1
    return chart(
        460 if layout == "treemap" else min(max(34 * depth, 170), 460),
        f"{found.rows[0].name}: its layers as a {layout}",
        signals=[measured(measure), root],
        data=[
            {"name": "layers", "values": values(found)},
            {"name": "tree", "source": "layers", "transform": [*_chosen(), _placed(layout)]},
        ],
        scales=[by_kind(found.kinds)],
        legends=[legend()],
        marks=[_cells(layout, pointed(found.measures)), *_words(layout)],
    )


def _chosen() -> list[Spec]:
    """What lies below the root that was chosen, and costs something."""
    return [
        {"type": "filter", "expr": "datum.id >= root[0] && datum.id <= root[1]"},
        {"type": "filter", "expr": "datum[measure] > 0 || datum.id === root[0]"},
        {"type": "formula", "as": "above", "expr": "datum.id === root[0] ? null : datum.parent"},
        {"type": "formula", "as": "own", "expr": "datum.leaf ? datum[measure] : 0"},
        {"type": "stratify", "key": "id", "parentKey": "above"},
    ]


def _placed(layout: str) -> Spec:
    size = [{"signal": "width"}, {"signal": "height"}]
    if layout == "icicle":
        return {"type": "partition", "field": "own", "size": size}
    sort = {"field": "value", "order": "descending"}
    padding = {"paddingInner": 1, "paddingOuter": 2}
    return {"type": "treemap", "field": "own", "sort": sort, "size": size, **padding}


def _cells(layout: str, tooltip: Spec) -> Spec:
    corners = {name: {"field": f"{name[0]}{'1' if len(name) > 1 else '0'}"} for name in _CORNERS}
    fill = [{"test": "datum.leaf", "scale": "kind", "field": "kind"}, {"value": BLOCK}]
    return {
        "name": "cell",
        "type": "rect",
        "from": {"data": "tree"},
        "encode": {
            "update": {
                **corners,
                "fill": fill,
                "stroke": {"value": "white"},
                "strokeWidth": {"value": 0.5 if layout == "treemap" else 1},
                "tooltip": tooltip,
                "cursor": {"value": "pointer"},
            },
            "hover": {"stroke": {"value": INK}},
        },
    }


_CORNERS = ("x", "y", "x2", "y2")


def _words(layout: str) -> list[Spec]:
    """Names in the cells that have room for them, of a treemap those of blocks over their parts."""
    wide = f"datum.x1 - datum.x0 > {_LABEL} && datum.y1 - datum.y0 > 13"
    if layout == "icicle":
        return [_text(wide, "datum.y0 + (datum.y1 - datum.y0) / 2", "middle")]
    parts = f"datum.leaf && {wide} && datum.y1 - datum.y0 > {_CORNER}"
    blocks = f"{wide} && datum.depth === 1"
    bold = {"fontWeight": {"value": "bold"}}
    return [
        _text(parts, "datum.y1 - 4", "alphabetic"),
        _text(blocks, "datum.y0 + 12", "alphabetic", **bold),
    ]


def _text(shown: str, y: str, baseline: str, **more: Spec) -> Spec:
    return {
        "type": "text",
        "interactive": False,
        "from": {"data": "tree"},
        "encode": {
            "update": {
                "text": {"signal": f"{shown} ? datum.name : ''"},
                "x": {"signal": "datum.x0 + 4"},
                "y": {"signal": y},
                "limit": {"signal": "datum.x1 - datum.x0 - 6"},
                "baseline": {"value": baseline},
                "fill": {"value": INK},
                "fontSize": {"value": 11},
                **more,
            }
        },
    }
