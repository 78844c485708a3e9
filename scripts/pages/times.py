"""The page of times: the articles' kinds at six shapes, and networks beside their ops."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

import convcost
from convcost.formats.document import time_words
from convcost.graph.bound import bound
from convcost.graph.traffic import fused
from convcost.networks.cases import Row
from convcost.report.time import machine_words
from convcost.sources.reading.devices import shipped_devices
from convcost.values.dtypes import FLOAT32

from .examples import ROOT
from .markdown import code, page, rows, text

PHONE, GPU = "snapdragon-865", "nvidia-t4"
MUCH = 2
"""A time ratio is much more than one of MACs if it is so many times as large."""


def times_page() -> dict[str, str]:
    """The text of the page by its path."""
    found = json.loads((ROOT / "scripts" / "times.json").read_text(encoding="utf-8"))
    shapes = [part for each in found["shapes"] for part in _shape(each)]
    return {
        "docs/reference/times.md": page(
            "Measured times",
            f"Measured on {text(machine_words(found['machine']))}, in float32, by "
            "`scripts/times.py`: kinds in turn with one another. Ratios are over `standard` at "
            f"the same shape; bounds are in float32 on {code(PHONE)} and {code(GPU)}. Another "
            "machine gives other ratios, and `convcost time` says which.",
            "## What they show",
            _lessons(found["shapes"]),
            *shapes,
            "## Networks",
            _networks(found["networks"]),
        )
    }


def _compared(shape: Mapping[str, Any]) -> dict[str, Row]:
    """The rows of the kinds that were timed at a shape."""
    size = shape["size"]
    found = convcost.compare((shape["channels"], size, size), kinds=[*shape["seconds"]])
    return {row.label: row for row in found.rows}


def _shape(shape: Mapping[str, Any]) -> tuple[str, str]:
    """A heading, and a table of ratios over the standard convolution."""
    compared, seconds = _compared(shape), shape["seconds"]
    base, cells = _figures(compared["standard"]), []
    for label, row in compared.items():
        ratios = [own / other for own, other in zip(_figures(row), base, strict=True)]
        time = seconds[label][1]
        ratios.append(time / seconds["standard"][1])
        shown = time_words(time * 10**12)
        cells.append((code(label), *[f"{ratio:.2f}" for ratio in ratios], shown))
    titles = ("kind", "MACs", "bytes", "bound, phone", "bound, GPU", "time", "measured")
    size = f"{shape['channels']} x {shape['size']} x {shape['size']}"
    return f"## {size}", rows(titles, cells)


def _figures(row: Row) -> tuple[float, ...]:
    """MACs, bytes, and the bounds on a phone and a GPU."""
    devices = shipped_devices()
    bounds = [bound(row.graph, devices[key], FLOAT32).seconds for key in (PHONE, GPU)]
    return row.cost.macs, fused(row.graph, FLOAT32).bytes, *bounds


def _lessons(shapes: list[Mapping[str, Any]]) -> str:
    """What the figures say, of each kind: where it is slower than its MACs, and than a standard."""
    lines = []
    for kind in [kind for kind in shapes[0]["seconds"] if kind != "standard"]:
        ratios = []
        for shape in shapes:
            compared, seconds = _compared(shape), shape["seconds"]
            macs = compared[kind].cost.macs / compared["standard"].cost.macs
            ratios.append((seconds[kind][1] / seconds["standard"][1], macs))
        slower = sum(time > 1 for time, _ in ratios)
        behind = sum(time > MUCH * macs for time, macs in ratios)
        times, shares = ([pair[part] for pair in ratios] for part in (0, 1))
        words = f"* {code(kind)} takes {_range(times)} of the time of `standard`"
        words += f", with {_range(shares)} of its MACs"
        words += f"; at {behind} of {len(ratios)} shapes over twice what these promise" * (
            behind > 0
        )
        lines.append(words + f", at {slower} it is slower" * (slower > 0) + ".")
    return "\n".join(lines)


def _range(values: Sequence[float]) -> str:
    """The least and the most of some ratios, once if they are alike."""
    return " to ".join(dict.fromkeys(f"{each:.2f}" for each in (min(values), max(values))))


def _networks(networks: Mapping[str, Any]) -> str:
    """Networks as wholes, twice, and the sum of their ops, each timed alone between the others."""
    cells = []
    gaps, drifts, spreads = [], [], []
    for each in networks.values():
        (_, first, _), (_, second, _) = each["whole"]
        spreads += [(last - least) / middle for least, middle, last in each["whole"]]
        gaps.append(each["together"] / first - 1)
        drifts.append(second / first - 1)
        shown = [time_words(value * 10**12) for value in (first, second, each["together"])]
        cells.append((text(each["name"]), *shown, f"{drifts[-1]:+.1%}", f"{gaps[-1]:+.1%}"))
    close = sum(abs(gap) <= 0.1 for gap in gaps)
    same = sum(abs(drift) <= 0.05 for drift in drifts)
    intro = (
        f"The ops of a network, each timed by itself between the others, come to the whole within "
        f"10 % for {close} of {len(cells)} networks; the medians of two runs lie within 5 % for "
        f"{same} of {len(cells)}. What stands in the way is the machine, which others share: half "
        f"of the runs of one network lie up to {max(spreads):.0%} apart, {median(spreads):.0%} in "
        "the median of the networks. Ratios of what takes turns do not suffer from that."
    )
    titles = ("network", "whole", "again", "ops together", "again / whole", "ops / whole")
    return f"{intro}\n\n{rows(titles, cells)}"
