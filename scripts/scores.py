"""How much of the measured figures the tables reproduce, tool by tool.

    python scripts/scores.py

Single ops, blocks and networks of tests/data, and what each release changed, from graphs alone: no
profiler is run. Exit 1 unless every figure in scope is exact.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from convcost.counting.profilers import find_convention
from tests.support.facts import OUT_OF_SCOPE, Measured, left_out, measured_figures


def main() -> None:
    """Print a line for each tool, and what is out of scope."""
    right: Counter[tuple[str, str]] = Counter()
    total: Counter[tuple[str, str]] = Counter()
    for each in measured_figures():
        key = (find_convention(each.tool).name, each.source)
        total[key] += 1
        right[key] += holds(each)
    for tool in dict.fromkeys(tool for tool, _ in total):
        scores = [
            f"{source} {right[tool, source]} of {total[tool, source]}"
            for source in ("cases", "train mode", "blocks", "networks", "history", "releases")
            if total[tool, source]
        ]
        print(f"{tool:<26} {', '.join(scores)}")
    print(f"exact: {right.total():,} of {total.total():,} figures; out of scope:")
    for what, why in OUT_OF_SCOPE.items():
        print(f"  {what}: {why}")
    for tool, texts in left_out().items():
        for text, why in texts.items():
            print(f"  {tool}, {text}: {why}")
    sys.exit(right != total)


def holds(each: Measured) -> bool:
    """Whether a figure is reproduced, and says so where it is not."""
    if each.found == each.printed:
        return True
    print(f"{each.tool} {each.what}: printed {each.printed}, counted {each.found}")
    return False


if __name__ == "__main__":
    main()
