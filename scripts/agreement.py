"""Hold every network of a zoo to the real tools, and keep the score.

    python scripts/agreement.py --zoo torchvision|timm|transformers [--families] [--only NAME ...]
        [--tools TOOL ...] [--jobs 2] [--again]

Each network is captured, and each tool runs on it in a process of its own. A figure is exact where
multiply-adds and params both are those that the tool printed; of a miss the smallest module is
named for which it is another. scripts/agreement.json has what was held before, which is left out
unless it is asked for --again: stopped, it goes on where it was. Exit 1 if a figure is another for
no reason that is known. Needs convcost[zoo].
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time
import warnings
from collections.abc import Mapping
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402

from convcost.formats.files import WholeFile  # noqa: E402
from convcost.pytorch.probes import PROBES  # noqa: E402
from convcost.pytorch.verify import choose  # noqa: E402
from scripts.zoos.holding import ON_META  # noqa: E402
from scripts.zoos.networks import ZOOS  # noqa: E402
from scripts.zoos.records import EXACT, Record, has_other, record, score, written  # noqa: E402

SCORES = ROOT / "scripts" / "agreement.json"


def main() -> None:
    """Hold what is not held yet, write each as it comes, and print the score."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zoo", choices=ZOOS, required=True)
    parser.add_argument("--families", action="store_true", help="one network of each family")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME")
    parser.add_argument("--tools", nargs="+", default=[], metavar="TOOL")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--output", type=Path, default=SCORES)
    asked = parser.parse_args()
    torch.set_num_threads(1)  # a fork would wait for the others
    names = asked.only or ZOOS[asked.zoo].names(asked.families)
    chosen = choose(asked.tools or _all_tools())
    print(*[f"skipped: {reason}" for reason in chosen.skipped], sep="\n")
    tools = {ON_META: ON_META} | {each.name: each.tool for each in chosen.conventions}
    scores = Scores(asked.output, asked.zoo)
    left = [name for name in names if asked.again or not scores.has(name, tools)]
    scores.hold(left, tools, asked.jobs)
    scores.show(names)
    sys.exit(any(has_other(scores.networks[name]) for name in names))


def _all_tools() -> list[str]:
    """All but the one that is installed in the place of thop."""
    return [tool for tool in PROBES if tool not in ("ultralytics-thop", "onnx-tool")]


class Scores:
    """A file of what was held, by zoo and network."""

    def __init__(self, path: Path, zoo: str) -> None:
        self.path, self.zoo = path, zoo
        everything = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        self.everything: dict[str, Any] = everything
        self.own = everything.setdefault(zoo, {"seconds": 0, "networks": {}})
        self.networks: dict[str, Record] = self.own["networks"]

    def has(self, name: str, tools: Mapping[str, str]) -> bool:
        """Whether a network was held to all of these tools."""
        return tools.keys() <= self.networks.get(name, {}).keys()

    def hold(self, names: list[str], tools: Mapping[str, str], jobs: int) -> None:
        """Hold networks to tools, some at the same time; each is written when it is there."""
        started, before = time.monotonic(), self.own["seconds"]
        with multiprocessing.get_context("fork").Pool(jobs, maxtasksperchild=1) as pool:
            held = pool.imap_unordered(partial(_held, self.zoo, tools), names)
            for number, (name, found) in enumerate(held, 1):
                self.networks[name] = self.networks.get(name, {}) | found
                words = [f"{tool}: {told}" for tool, told in found.items() if told != EXACT]
                print(f"{number}/{len(names)} {name}", *words, sep="\n    ", flush=True)
                self.own["seconds"] = before + round(time.monotonic() - started)
                self.write()

    def write(self) -> None:
        """Write the file, whole."""
        self.own["versions"] = {each: metadata.version(each) for each in (self.zoo, "torch")}
        self.own["networks"] = dict(sorted(self.networks.items()))
        with WholeFile(str(self.path)) as file:
            file.write(written(self.everything))

    def show(self, names: list[str]) -> None:
        """Print how many figures are exact, tool by tool."""
        held = {name: self.networks[name] for name in names if name in self.networks}
        for tool, (exact, total, left_out) in score(held).items():
            share = f"{100 * exact / total:.1f} %" if total else "-"
            print(f"{tool:<24} {exact} / {total}  {share}, not run: {left_out}")


def _held(zoo: str, tools: Mapping[str, str], name: str) -> tuple[str, Record]:
    warnings.simplefilter("ignore")
    return name, record(ZOOS[zoo], name, tools)


if __name__ == "__main__":
    main()
