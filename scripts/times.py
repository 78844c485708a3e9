"""Time the kinds of the articles at six shapes, and shipped networks, on this machine.

    python scripts/times.py [--seconds 20]

Writes scripts/times.json, of which a page of the docs is made: kinds at each shape in turn with one
another; of each network the whole twice, and its distinct ops, which together should come to the
whole. One thread, as threads wait for one another on a busy machine. Needs convcost[torch].
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import convcost  # noqa: E402
from convcost.formats.files import WholeFile  # noqa: E402
from convcost.networks.cases import run  # noqa: E402
from convcost.pytorch.clock import Clock, time_rows  # noqa: E402
from convcost.sources.shipped import find_network  # noqa: E402

RESULTS = ROOT / "scripts" / "times.json"

KINDS = (
    *("standard", "group", "depthwise-separable", "spatially-separable"),
    *("spatially-separable-depthwise", "xsepconv"),
)
SHAPES = ((24, 112), (48, 56), (96, 28), (192, 14), (384, 7), (256, 56))
"""Channels, in and out, and the sides of the map; the last is wide as well as large."""

NETWORKS = """
    alexnet vgg16 resnet18 resnet50 resnext50_32x4d wide_resnet50_2 densenet121 googlenet
    inception_v3 squeezenet1_1 mobilenet_v1 mobilenet_v2 mobilenet_v3_large mobilenet_v3_small
    shufflenet_v2 mnasnet1_0 efficientnet_b0 regnet_y_400mf convnext_tiny vit_b_16
"""


def main() -> None:
    """Measure, and write each part as it comes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="for each shape and network")
    seconds = parser.parse_args().seconds
    results: dict[str, Any] = {"shapes": [], "networks": {}}
    for channels, size in SHAPES:
        comparison = convcost.compare(
            (channels, size, size), kinds=KINDS, name=f"{channels} {size}"
        )
        with Clock({"threads": 1}) as clock:
            [rows] = time_rows(clock, [comparison], seconds, False, {}, lambda share: None)
            results["machine"] = dict(clock.facts)
        times = {row.row.label: row.whole.quartiles for row in rows if row.whole}
        results["shapes"].append({"channels": channels, "size": size, "seconds": times})
        print(channels, size, {kind: f"{each[1] * 1e3:.3g} ms" for kind, each in times.items()})
        write(results)
    for name in NETWORKS.split():
        results["networks"][name] = network(name, seconds)
        print(name, results["networks"][name], flush=True)
        write(results)


def network(name: str, seconds: float) -> dict[str, Any]:
    """What a network takes in two runs of its own, and its ops in the first of these."""
    case = find_network(name)
    if case is None:
        raise SystemExit(f"{name} is not shipped")
    comparison = run(case)
    wholes, together = [], 0.0
    for ops in (True, False):
        with Clock({"threads": 1}) as clock:
            [[row]] = time_rows(clock, [comparison], seconds, ops, {}, lambda share: None)
        if row.whole is None:
            raise SystemExit(f"{name}: {row.error}")
        wholes.append(row.whole.quartiles)
        together += row.together  # which is nothing where only the whole is timed
    return {"name": case.name, "whole": wholes, "together": together}


def write(results: dict[str, Any]) -> None:
    """Write the file, whole, a line for each shape and network."""
    shapes = ",\n".join(json.dumps(each) for each in results["shapes"])
    networks = ",\n".join(
        f"{json.dumps(n)}: {json.dumps(e)}" for n, e in results["networks"].items()
    )
    head = f'{{"machine": {json.dumps(results["machine"])},\n"shapes": [\n{shapes}\n],\n'
    with WholeFile(str(RESULTS)) as file:
        file.write(f'{head}"networks": {{\n{networks}\n}}}}\n')


if __name__ == "__main__":
    main()
