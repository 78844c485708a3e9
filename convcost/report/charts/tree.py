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
from convcost.report.charts.layers import Layers

LAYOUTS = ("treemap", "icicle")
"""A treemap has the largest first; an icicle has layers in their order, from left to right."""

BLOCK = "#e6e6e6"
"""The colour of what has several ops."""

_LABEL, _CORNER, _STRIP = 30, 34, 17
"""Pixels that words need to be of use: of a cell's width, and of its height for two lines; and the
height of the strip that has the name of what is shown."""


def tree_chart(found: Layers, layout: str, measure: str = "macs") -> Spec:
    """The layers as areas; a click on one shows what is in it, one on the whole goes back.

    Args:
        found: the layers of a network.
        layout: one of `LAYOUTS`.
        measure: which figure the areas are of.
    """
    click = {"events": "@cell:click", "update": _clicked()}
    root = {"name": "root", "value": [0, len(found.rows) - 1, 0], "on": [click]}
    depth = max((row.branch.level for row in found.rows), default=0) + 1
    return chart(
        460 if layout == "treemap" else min(max(34 * depth, 170), 460),
        f"{layout} of the layers of {found.rows[0].name}",
        signals=[measured(measure), root],
        data=[
            {"name": "layers", "values": values(found)},
            {"name": "tree", "source": "layers", "transform": [*_chosen(), *_placed(layout)]},
            {"name": "top", "source": "tree", "transform": [_IS_ROOT]},
        ],
        scales=[by_kind(found.kinds)],
        legends=[legend()],
        marks=[_cells(layout, pointed(found.measures)), *_words(layout)],
    )


def _clicked() -> str:
    """The block below the root that the cell is in, or above it, if the root itself is clicked.

    Of a root there are its first row, its last, and its level.
    """
    level = "(datum.id === root[0] ? root[2] - 1 : root[2] + 1)"
    block = f"datum.blocks[{level}]"
    return f"{block} ? [{block}[0], {block}[1], {level}] : root"


def _chosen() -> list[Spec]:
    """What lies below the root that was chosen: its blocks, and the ops that cost something."""
    return [
        {"type": "filter", "expr": "datum.id >= root[0] && datum.id <= root[1]"},
        {"type": "filter", "expr": "!datum.leaf || datum[measure] > 0"},
        {"type": "formula", "as": "above", "expr": "datum.id === root[0] ? null : datum.parent"},
        {"type": "formula", "as": "own", "expr": "datum.leaf ? datum[measure] : 0"},
        {"type": "stratify", "key": "id", "parentKey": "above"},
    ]


_IS_ROOT = {"type": "filter", "expr": "datum.id === root[0]"}


def _placed(layout: str) -> list[Spec]:
    """Where each cell lies; of a treemap the root is around the others, and has a strip above."""
    if layout == "icicle":
        size = [{"signal": "width"}, {"signal": "height"}]
        return [{"type": "partition", "field": "own", "size": size}]
    treemap = {
        "type": "treemap",
        "field": "own",
        "sort": {"field": "value", "order": "descending"},
        "size": [{"signal": "width"}, {"signal": f"height - {_STRIP}"}],
        "paddingInner": 1,
        "paddingOuter": 2,
    }
    lower = {"type": "formula", "as": "y1", "expr": f"datum.y1 + {_STRIP}"}
    upper = f"datum.id === root[0] ? 0 : datum.y0 + {_STRIP}"
    return [treemap, lower, {"type": "formula", "as": "y0", "expr": upper}]


def _cells(layout: str, tooltip: Spec) -> Spec:
    fill = [{"test": "datum.leaf", "scale": "kind", "field": "kind"}, {"value": BLOCK}]
    return {
        "name": "cell",
        "type": "rect",
        "from": {"data": "tree"},
        "encode": {
            "update": {
                "x": {"field": "x0"},
                "y": {"field": "y0"},
                "x2": {"field": "x1"},
                "y2": {"field": "y1"},
                "fill": fill,
                "stroke": {"value": "white"},
                "strokeWidth": {"value": 0.5 if layout == "treemap" else 1},
                "tooltip": tooltip,
                "cursor": {"value": "pointer"},
            },
            "hover": {"stroke": {"value": INK}},
        },
    }


def _words(layout: str) -> list[Spec]:
    """Names in the cells that have room for them, of a treemap those of blocks over their parts."""
    wide = f"datum.x1 - datum.x0 > {_LABEL} && datum.y1 - datum.y0 > 13"
    if layout == "icicle":
        return [_text(wide, "datum.y0 + (datum.y1 - datum.y0) / 2", "middle")]
    parts = f"datum.leaf && {wide} && datum.y1 - datum.y0 > {_CORNER}"
    blocks = f"!datum.leaf && {wide} && datum.depth === 1"
    back = "datum.id ? '‹ ' + datum.path : datum.name"
    return [
        _text(parts, "datum.y1 - 4", "alphabetic"),
        _text(blocks, "datum.y0 + 12", "alphabetic", bold=True),
        _text("true", f"{_STRIP - 4}", "alphabetic", data="top", words=back, bold=True),
    ]


def _text(
    shown: str,
    y: str,
    baseline: str,
    data: str = "tree",
    words: str = "datum.name",
    bold: bool = False,
) -> Spec:
    return {
        "type": "text",
        "interactive": False,
        "from": {"data": data},
        "encode": {
            "update": {
                "text": {"signal": f"{shown} ? {words} : ''"},
                "x": {"signal": "datum.x0 + 4"},
                "y": {"signal": y},
                "limit": {"signal": "datum.x1 - datum.x0 - 6"},
                "baseline": {"value": baseline},
                "fill": {"value": INK},
                "fontSize": {"value": 11},
                "fontWeight": {"value": "bold" if bold else "normal"},
            }
        },
    }
