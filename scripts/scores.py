"""How much of what was measured convcost reproduces, tool by tool.

    python scripts/scores.py [--verified FILE ...] [--check]

Single ops, blocks and networks of tests/data, and what each release changed, from graphs alone: no
profiler is run. With --verified, also how many figures were exact in runs of real tools, of which
`convcost verify --output FILE.json` wrote the files. Written to scripts/scores.json, of which the
documentation is made; with --check nothing is written, and another score is an error. Exit 1 unless
every figure in scope is exact.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from convcost.counting.profilers import find_convention  # noqa: E402
from scripts.pages.scores import pairs_of  # noqa: E402
from tests.support.facts import OUT_OF_SCOPE, Measured, left_out, measured_figures  # noqa: E402

SCORES = ROOT / "scripts" / "scores.json"
SOURCES = ("cases", "train mode", "blocks", "networks", "history", "releases")

Score = dict[str, dict[str, list[int]]]
"""Exact figures and all, by tool and what was measured."""


def main() -> None:
    """Count, print, and write the scores or compare them with those that are written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verified", nargs="+", default=[], metavar="FILE")
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args()
    before = json.loads(SCORES.read_text(encoding="utf-8"))
    now: dict[str, Any] = {
        "measured": measured(measured_figures()),
        "out of scope": out_of_scope(),
        "verified": verified(asked.verified) if asked.verified else before["verified"],
    }
    show(now["measured"])
    if now != before and asked.check:
        sys.exit("scripts/scores.json has other scores; python scripts/scores.py writes it")
    if now != before:
        SCORES.write_text(f"{json.dumps(now, indent=1)}\n", encoding="utf-8")
    pairs = [pair for part in ("measured", "verified") for pair in pairs_of(now[part])]
    sys.exit(any(exact != total for exact, total in pairs))


def measured(figures: Iterable[Measured]) -> Score:
    """How many of the measured figures are reproduced; the others are printed."""
    scores: Score = {}
    for each in figures:
        own = scores.setdefault(find_convention(each.tool).name, {})
        pair = own.setdefault(each.source, [0, 0])
        pair[0] += each.found == each.printed
        pair[1] += 1
        if each.found != each.printed:
            print(f"{each.tool} {each.what}: printed {each.printed}, counted {each.found}")
    return {tool: {s: own[s] for s in SOURCES if s in own} for tool, own in scores.items()}


def out_of_scope() -> dict[str, str]:
    """What is not reproduced, and why."""
    releases = {
        f"{tool}, {text}": why for tool, texts in left_out().items() for text, why in texts.items()
    }
    return OUT_OF_SCOPE | releases


def verified(files: Iterable[str]) -> Score:
    """How many figures of real tools were exact, by tool and figure."""
    right: Counter[tuple[str, str]] = Counter()
    total: Counter[tuple[str, str]] = Counter()
    for name in files:
        run = json.loads(Path(name).read_text(encoding="utf-8"))
        for check in (c for case in run["cases"] for row in case["rows"] for c in row["checks"]):
            tool, _, figure = check["figure"].partition(" ")
            total[tool, figure] += 1
            right[tool, figure] += check["holds"]
    scores: Score = {}
    for (tool, figure), count in total.items():
        scores.setdefault(tool, {})[figure] = [right[tool, figure], count]
    return scores


def show(scores: Score) -> None:
    """Print a line for each tool, and the sum."""
    for tool, own in scores.items():
        words = [f"{source} {exact} of {total}" for source, (exact, total) in own.items()]
        print(f"{tool:<26} {', '.join(words)}")
    exact, total = (sum(each) for each in zip(*pairs_of(scores), strict=True))
    print(f"exact: {exact:,} of {total:,} figures")


if __name__ == "__main__":
    main()
