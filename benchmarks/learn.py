"""How long it takes to find the rule behind a table, as ratios to reading and counting it.

    python benchmarks/learn.py

A rule of seven calls on top of MACs, printed with four digits: for 12 networks with some twelve
calls that are not settled by it, and for about 400 networks and sizes.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from convcost import network  # noqa: E402
from convcost.counting.counts import tally  # noqa: E402
from convcost.counting.survey import survey  # noqa: E402
from convcost.errors import ConvcostError  # noqa: E402
from convcost.learning.figures import Line  # noqa: E402
from convcost.learning.learn import Options, learn  # noqa: E402
from convcost.networks.figures import PrintedType  # noqa: E402
from convcost.sources.reading.conventions import parse_convention  # noqa: E402
from convcost.sources.shipped import shipped_networks  # noqa: E402
from tests.support.learning import NETWORKS, printed  # noqa: E402

RULE = """
extends: macs
rules:
  nn.BatchNorm2d: 3 |X|
  relu: 1 |X|
  silu: 5 |X|
  torch.softmax: 2 |X|
  operator.add: 1 |Y|
  layer norm: 6 |X|
  gelu: 7 |X|
"""


def main() -> None:
    """Print the times of a small and of a large table."""
    small = [(name, None) for name in NETWORKS[:12]]
    names = [case.name for case in shipped_networks() if not case.variant]
    large = [(name, hw) for hw in (None, 256, 192, 160, 128) for name in names]
    for asked in (small, large):
        began = time.perf_counter()
        lines = [line for name, hw in asked for line in _line(name, hw)]
        counted = time.perf_counter() - began
        began = time.perf_counter()
        found = learn(lines, Options(name="found"))
        took = time.perf_counter() - began
        explained = len(lines) - len(found.explained.missed)
        print(
            f"{len(lines)} figures: {took:.1f} s, {took / counted:.1f} times as long as to build "
            f"and count them; {explained} explained, {len(found.open)} calls open"
        )


def _line(name: str, hw: int | None) -> list[Line]:
    """A network with the figure that the rule prints; none where it cannot have this size."""
    try:
        built = network(name) if hw is None else network(name, hw=hw)
    except ConvcostError:
        return []
    seen = survey(built.graph)
    total = tally(seen, parse_convention(RULE, "rule.yaml"), 1).total
    text = printed(total or 0, 4)
    return [Line(f"{name} {hw or ''}", seen, 1, PrintedType().parse(text))]


if __name__ == "__main__":
    main()
