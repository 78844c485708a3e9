"""Rules that are recovered from the figures they print; `tests/learning` has a few.

    python scripts/learn.py [--workers 2]

For each of 40 conventions, the newest of each tool and then older ones, the figures of 20 shipped
networks at 3, 4 and 6 digits, as they are and with three of them falsified: what is learned of
them, without any known tool, is compared call by call with what was counted. What was tried is
kept in scripts/learn.json, so that a run that was stopped goes on; remove the file to begin anew.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from convcost.counting.profilers import CONVENTIONS, TOOLS, find_convention  # noqa: E402
from convcost.errors import ConvcostError  # noqa: E402
from convcost.formats.files import WholeFile  # noqa: E402
from tests.support.learning import FALSIFIED, judge, learned, table  # noqa: E402

SCORES = ROOT / "scripts" / "learn.json"
TRIED = 40
DIGITS = (3, 4, 6)


def main() -> None:
    """Try what was not tried yet, and print the score."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=2)
    wanted = parser.parse_args()
    known = json.loads(SCORES.read_text("utf-8")) if SCORES.exists() else {}
    left = [task for task in tasks() if " ".join(map(str, task)) not in known]
    with ProcessPoolExecutor(wanted.workers) as pool:
        asked = {pool.submit(tried, *task): " ".join(map(str, task)) for task in left}
        for done in as_completed(asked):
            known[asked[done]] = done.result()
            with WholeFile(str(SCORES)) as file:
                file.write(json.dumps(known, indent=1, sort_keys=True) + "\n")
    for digits in DIGITS:
        for false in (0, FALSIFIED):
            end = f" {digits} {false}"
            found = Counter(each["is"] for name, each in known.items() if name.endswith(end))
            said = ", ".join(f"{number} {word}" for word, number in found.most_common())
            print(f"{digits} digits, {false} of 20 falsified: {said}")


def tasks() -> list[tuple[str, int, int]]:
    """A convention's name, digits, and how many figures are false."""
    older = [each for each in CONVENTIONS[::-1] if each is not TOOLS[each.tool]]
    chosen = [*TOOLS.values(), *older][:TRIED]
    return [(each.name, d, false) for d in DIGITS for false in (0, FALSIFIED) for each in chosen]


def tried(name: str, digits: int, falsified: int) -> dict[str, object]:
    """What is learned of the figures of a convention."""
    convention = find_convention(name)
    lines, wrong = table(convention, digits, falsified)
    began = time.perf_counter()
    try:
        found = learned(lines)
    except ConvcostError as error:
        return {"is": "none", "why": str(error)}
    judged = judge(found, lines, convention, wrong)
    more = {"otherwise": list(judged.wrong)} if judged.wrong else {}
    if not judged.named:
        extra = sorted(set(found.explained.missed) - set(wrong))
        more["not explained"] = [lines[n].label for n in extra]
        lost = sorted(set(wrong) - set(found.explained.missed))
        more["falsified, but explained"] = [lines[n].label for n in lost]
    seconds = round(time.perf_counter() - began)
    return {"is": judged.verdict, "open": len(found.open), "seconds": seconds, **more}


if __name__ == "__main__":
    main()
