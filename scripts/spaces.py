"""Random spaces of designs held to brute force; `tests/spaces/test_random_spaces.py` has some.

    python scripts/spaces.py [--spaces 1000] [--designs 100000]

Each has its number as its seed, and as many designs as `--designs` at the most: others are passed
over, and so are those that cannot be built at all. How many designs there are, spreads, options,
lists, samples, bests and fronts are compared, design by design. What was tried is kept in
scripts/spaces.json, so that a run that was stopped goes on; remove the file to begin anew. Exit 1
if anything differs.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from convcost.errors import ConvcostError  # noqa: E402
from convcost.formats.files import WholeFile  # noqa: E402
from convcost.spaces import diagram  # noqa: E402
from tests.support.spaces import Drawer, brute, disagreements, read, space_of  # noqa: E402

SCORES = ROOT / "scripts" / "spaces.json"
STEPS = 5_000
"""Of a diagram, so that none takes long to be explored."""


def main() -> None:
    """Try what was not tried yet, and print the score."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spaces", type=int, default=1_000)
    parser.add_argument("--designs", type=int, default=100_000)
    wanted = parser.parse_args()
    diagram.MOST_STEPS = STEPS
    scores = {"seeds": 0, "spaces": 0, "designs": 0, "passed over": 0, "not built": 0}
    known = json.loads(SCORES.read_text("utf-8")) if SCORES.exists() else scores | {"misses": {}}
    while known["spaces"] < wanted.spaces:
        tried(known, wanted.designs)
        with WholeFile(str(SCORES)) as file:
            file.write(json.dumps(known, indent=1) + "\n")
    exact = known["spaces"] - len(known["misses"])
    print(f"{exact:,} of {known['spaces']:,} spaces exact, of {known['designs']:,} designs")
    sys.exit(1 if known["misses"] else 0)


def tried(scores: dict[str, object], most: int) -> None:
    """Try the next space, and say what was wrong."""

    def add(key: str, more: int = 1) -> None:
        scores[key] = int(str(scores[key])) + more

    seed = int(str(scores["seeds"]))
    add("seeds")
    case = read(Drawer(seed).text())
    try:
        space = space_of(case)
    except ConvcostError as error:
        add("passed over" if "states" in str(error) else "not built")
        return
    if space.designs > most:
        add("passed over")
        return
    found = disagreements(space, brute(case))
    found += [] if space.added_up else ["figures were not added up"]
    add("spaces")
    add("designs", space.designs)
    if found:
        print(f"seed {seed}: {'; '.join(found)[:600]}")
        scores["misses"][str(seed)] = found  # type: ignore[index]


if __name__ == "__main__":
    main()
