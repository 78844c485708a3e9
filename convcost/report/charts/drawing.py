"""What all charts have in common: their size, their colours, what is said where one points.

A chart is a Vega specification (https://vega.github.io/vega/docs): data that any program can read
and draw, with no code in it. On a page it is as wide as the page and asks the page's own signals,
such as `measure`; elsewhere it is as it was made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convcost.formats.document import AtLeast
from convcost.report.charts.layers import OTHERS, LayerRow, Layers

Spec = dict[str, Any]
"""A Vega specification, or a part of one."""

SCHEMA = "https://vega.github.io/schema/vega/v6.json"

WIDTH = 760
"""Pixels, where nothing else is said."""

COLOURS = (
    "#7db8da",
    "#f2b56b",
    "#8fc98b",
    "#e58f8a",
    "#b9a3d6",
    "#c9a98c",
    "#eebbd6",
    "#9fd6d2",
    "#dcd57a",
    "#a8b4c4",
)
"""Of kinds of ops: light enough for dark words on them, on a dark page too."""

GREY, INK, ACCENT = "#bdbdbd", "#1c1c1c", "#d1495b"
"""Of what stands behind, of words on colours, and of what the chart is about."""


def chart(height: int, description: str, *, signals: Sequence[Spec] = (), **parts: Any) -> Spec:
    """A chart that fills the width of what it stands in, or is `WIDTH` wide."""
    own = f"containerSize()[0] || {WIDTH}"
    wide = {"name": "width", "init": own, "on": [{"events": "window:resize", "update": own}]}
    return {
        "$schema": SCHEMA,
        "description": description,
        "height": height,
        "padding": 4,
        "autosize": {"type": "fit", "contains": "padding", "resize": True},
        "signals": [wide, *signals],
        **parts,
    }


def measured(measure: str) -> Spec:
    """The signal by which a page says which figure is drawn."""
    return {"name": "measure", "value": measure}


def by_kind(kinds: Sequence[str]) -> Spec:
    """The scale of colours, one for each kind of op."""
    colours = [
        GREY if kind == OTHERS else COLOURS[n % len(COLOURS)] for n, kind in enumerate(kinds)
    ]
    return {"name": "kind", "type": "ordinal", "domain": list(kinds), "range": colours}


def legend() -> Spec:
    """What the colours of kinds are, below the chart."""
    return {
        "fill": "kind",
        "orient": "bottom",
        "direction": "horizontal",
        "columns": {"signal": "max(2, floor(width / 130))"},
        "symbolType": "square",
    }


def values(found: Layers) -> list[Spec]:
    """The layers as the data of charts, in order.

    `blocks` has the first and last row of each block that a layer is, or is in, outermost first.
    """
    kinds = set(found.kinds)
    rows: list[Spec] = []
    for index, row in enumerate(found.rows):
        branch = row.branch
        blocks = rows[branch.parent]["blocks"] if branch.parent >= 0 else []
        rows.append(
            {
                "id": index,
                "parent": branch.parent,
                "name": row.name,
                "path": row.path,
                "op": row.op,
                "output": row.output,
                "leaf": branch.leaf,
                "kind": row.kind if row.kind in kinds or not branch.leaf else OTHERS,
                "words": _words(found, row),
                "blocks": blocks if branch.leaf else [*blocks, [index, row.end]],
                **{key: int(value) for key, value in row.figures.items()},
            }
        )
    return rows


def pointed(measures: Mapping[str, str]) -> Spec:
    """What is said of a layer where one points at it: a line for what it is, and its figures."""
    what = "datum.path + '\\n' + datum.op + ', ' + datum.output"
    figures = [
        f"'\\n{words}: ' + (datum.words.{key} || format(datum.{key}, ','))"
        for key, words in measures.items()
    ]
    return {"signal": " + ".join([what, *figures])}


MOST_DIGITS = 10**12
"""From this on Vega would round what it writes."""


def _words(found: Layers, row: LayerRow) -> dict[str, str]:
    """Figures that Vega would not write as tables do: large ones, times, and what is unsure."""
    return {
        key: found.column(key).words(value)
        for key, value in row.figures.items()
        if isinstance(value, AtLeast) or value >= MOST_DIGITS or found.column(key).time
    }
