"""ResNet-50 captured and counted as every tool, against one run of each real profiler.

    python benchmarks/capture.py [--rounds 7]

torch is imported and the module is ready; each runs in a fork, as tools leave things behind. The
rounds go in turn, and each figure is a median. Needs convcost[profilers].
"""

from __future__ import annotations

import argparse
import statistics
from functools import partial

import torch
from conventions import LEFT_OUT, in_a_fork, run_tool

import convcost
from convcost.counting.counts import tally
from convcost.counting.profilers import CONVENTIONS
from convcost.counting.survey import survey
from convcost.pytorch.modules import GraphModule
from convcost.pytorch.probes import PROBES


def main() -> None:
    """Time every tool and ourselves, in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    module = GraphModule(convcost.network("resnet50").graph).eval()
    inputs = (torch.rand(1, 3, 224, 224),)

    def capture_and_count() -> None:
        groups = survey(convcost.capture(module, (3, 224, 224)).graph)
        for convention in CONVENTIONS:
            tally(groups, convention, 1)

    tools = [tool for tool in PROBES if tool not in LEFT_OUT]
    own: list[float] = []
    taken: dict[str, list[float]] = {name: [] for name in tools}
    for _ in range(rounds):
        own.append(in_a_fork(capture_and_count))
        for tool in tools:
            taken[tool].append(in_a_fork(partial(run_tool, tool, module, inputs)))
    medians = {name: statistics.median(times) for name, times in taken.items()}
    for name, median in medians.items():
        print(f"{name}: {1000 * median:.0f} ms")
    print(f"capture, and {len(CONVENTIONS)} conventions: {1000 * statistics.median(own):.0f} ms")
    ratio = statistics.median(medians.values()) / statistics.median(own)
    print(f"the median tool takes {ratio:.2f} times as long")


if __name__ == "__main__":
    main()
