"""Networks as flame graphs: files of speedscope, one profile for each figure of each network."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from convcost._version import __version__
from convcost.errors import clean
from convcost.formats.document import AtLeast
from convcost.networks.cases import Comparison
from convcost.networks.paths import Placed, build_placed
from convcost.report.charts.layers import Layers, layers
from convcost.report.traffic import Machine

SCHEMA = "https://www.speedscope.app/file-format-schema.json"


def speedscope(comparisons: Sequence[Comparison]) -> str:
    """The file: a frame for each layer, at its line of the YAML or of the code.

    What is a time in other flame graphs is MACs here, params, activations or bytes.
    """
    frames: list[dict[str, Any]] = []
    profiles: list[dict[str, Any]] = []
    for case, rows in comparisons:
        for row, use in zip(rows, case.uses, strict=True):
            if row.built is None:
                continue
            placed = build_placed(use.kind, case.inputs, use.given)
            found = layers(row, case, Machine(case.precision))
            first = len(frames)
            frames += _frames(found, placed)
            profiles += _profiles(found, first, clean(row.label))
    about = {"$schema": SCHEMA, "exporter": f"convcost@{__version__}", "activeProfileIndex": 0}
    whole = about | {"shared": {"frames": frames}, "profiles": profiles}
    return json.dumps(whole, separators=(",", ":")) + "\n"


def _frames(found: Layers, placed: Placed) -> list[dict[str, Any]]:
    """A frame for each layer; of the whole network, its name."""
    frames = []
    for row in found.rows:
        layer, own = row.branch.layer, row.name
        label = f"{own}: {row.op}" if row.branch.leaf else own
        frames.append({"name": label} | _place(placed, layer.path, layer.indices))
    return frames


def _place(placed: Placed, path: str, indices: Sequence[int]) -> dict[str, Any]:
    """File, line and column of a layer, as far as they are known."""
    node = placed.graph.nodes[indices[0]]
    if placed.graph.of_code:
        file, _, line = (node.origin.line if node.origin else "").rpartition(":")
        return {"file": file, "line": int(line)} if file and line.isdecimal() else {}
    place = placed.place(path) or placed.place(placed.layer(node))
    file, *numbers = place.rsplit(":", 2)
    return (
        {"file": clean(file), **dict(zip(("line", "col"), map(int, numbers), strict=True))}
        if numbers
        else {}
    )


def _profiles(found: Layers, first: int, name: str) -> list[dict[str, Any]]:
    """A profile for each figure: the single ops, each with all that it is in, and their weights."""
    stacks: dict[int, list[int]] = {}
    for index, row in enumerate(found.rows):
        stacks[index] = [*stacks.get(row.branch.parent, []), first + index]
    profiles = []
    for key, words in found.measures.items():
        total = found.rows[0].figures[key]
        costly = [n for n, row in enumerate(found.rows) if row.branch.leaf and row.figures[key]]
        weights = [int(found.rows[n].figures[key]) for n in costly]
        profiles.append(
            {
                "type": "sampled",
                "name": f"{name}: {'at least the ' * isinstance(total, AtLeast)}{words}",
                "unit": "none",
                "startValue": 0,
                "endValue": sum(weights),
                "samples": [stacks[n] for n in costly],
                "weights": weights,
            }
        )
    return profiles
