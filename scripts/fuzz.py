"""Hostile files and command lines by the thousand; `tests/test_hostile.py` tries some.

    python scripts/fuzz.py [--configs 20000] [--lines 20000] [--locks 5000]
        [--graphs 5000] [--seconds 5]

Each has its number as its seed. What was tried is kept in scripts/fuzz.json, so that a run that was
stopped goes on where it was; remove the file to begin anew. Memory is bounded by 1 GiB. Exit 1 if
anything did what it must not do.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from convcost.formats.files import WholeFile  # noqa: E402
from tests.support.hostile import TRIALS, at_home, faults, tried  # noqa: E402

SCORES = ROOT / "scripts" / "fuzz.json"
MEMORY = 1 << 30
PART = 500


def main() -> None:
    """Try what was not tried yet, and print the scores."""
    parser = argparse.ArgumentParser(description=__doc__)
    for sort in TRIALS:
        count = 20_000 if sort in ("configs", "lines") else 5_000
        parser.add_argument(f"--{sort}", type=int, default=count)
    parser.add_argument("--seconds", type=float, default=5)
    wanted = vars(parser.parse_args())
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    scores = json.loads(SCORES.read_text("utf-8")) if SCORES.exists() else {}
    with tempfile.TemporaryDirectory() as folder, at_home(Path(folder)):
        for sort in TRIALS:
            score = scores.setdefault(sort, {"tried": 0, "slowest": 0.0, "faults": {}})
            while score["tried"] < wanted[sort]:
                part(sort, score, min(PART, wanted[sort] - score["tried"]), wanted["seconds"])
                with WholeFile(str(SCORES)) as file:
                    file.write(json.dumps(scores, indent=1) + "\n")
    for sort, score in scores.items():
        print(
            f"{score['tried'] - len(score['faults']):,} of {score['tried']:,} {sort} without fault"
        )
    sys.exit(any(score["faults"] for score in scores.values()))


def part(sort: str, score: dict[str, object], count: int, seconds: float) -> None:
    """Try the next few of a sort, and say what was wrong."""
    first = int(str(score["tried"]))
    for number in range(first, first + count):
        arguments, run = tried(sort, number, seconds)
        found = faults(run)
        if run.seconds > seconds:
            found.append(f"took {run.seconds:.1f} s")
        if found:
            print(f"{sort} {number}: convcost {arguments[:200]}: {'; '.join(found)[:600]}")
            score["faults"][str(number)] = found[0][:200]  # type: ignore[index]
        score["slowest"] = max(float(str(score["slowest"])), round(run.seconds, 1))
    score["tried"] = first + count


if __name__ == "__main__":
    main()
