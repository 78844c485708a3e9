"""Start-up, memory and throughput, as ratios against thop in the same run.

    python benchmarks/bench.py [--pairs 7]

Machines are noisy, so convcost and its peer run in turn and each figure is the median of the
ratios pair by pair. Needs convcost[torch].
"""

import argparse
import itertools
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from convcost.kinds.catalogue import compared_kinds
from convcost.networks.cases import make_case, run

PEER = [sys.executable, str(Path(__file__).parent / "thop_compare.py")]
OURS = [
    *(sys.executable, "-m", "convcost"),
    *["compare", "--in", "24", "--out", "24", "--k", "3", "--hw", "112"],
]


class Process(NamedTuple):
    """What one whole process took."""

    seconds: float
    peak_mib: float


def process(command: list[str]) -> Process:
    """Run a command to its end, its output thrown away."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    return Process(seconds, usage.ru_maxrss / 1024)


def start_up(pairs: int) -> None:
    """`compare` as a process against a thop script that prints the same comparison."""
    process(OURS), process(PEER)  # warm the disk
    runs = [(process(OURS), process(PEER)) for _ in range(pairs)]
    for title, field, unit in (("time", 0, "s"), ("peak memory", 1, "MiB")):
        ours = statistics.median(pair[0][field] for pair in runs)
        peer = statistics.median(pair[1][field] for pair in runs)
        ratio = statistics.median(pair[1][field] / pair[0][field] for pair in runs)
        print(f"compare, {title}: convcost {ours:.3f} {unit}, thop {peer:.3f} {unit}: {ratio:.1f}x")


def throughput(rounds: int = 5) -> None:
    """Rows per second of a sweep in one process, with every figure of a row read.

    The peer's rows are thop's counts of one ready module, over and over.
    """
    shapes = itertools.product((8, 16, 24, 40, 64), (8, 24, 96), (3, 5, 7), (7, 14, 28, 56, 112))
    kinds = [(kind, {}) for kind in compared_kinds()]
    sweep = [{"in": i, "out": i * o, "k": k, "hw": hw} for i, o, k, hw in shapes]
    figures = []
    for _ in range(rounds):
        start = time.perf_counter()
        rows = 0
        for values in sweep:
            for row in run(make_case("", values, kinds)).rows:
                assert row.cost.macs
                assert row.receptive_field
                assert row.macs_ratio
                rows += 1
        figures.append(rows / (time.perf_counter() - start))
    ours, peer = statistics.median(figures), thop_rows_per_second()
    print(f"sweep, rows per second: convcost {ours:,.0f}, thop {peer:,.0f}: {ours / peer:.0f}x")


def thop_rows_per_second(rows: int = 100) -> float:
    """How often thop counts a depthwise-separable layer on a small map, in one process."""
    import thop
    import torch
    from thop_compare import depthwise, pointwise

    module = torch.nn.Sequential(depthwise(24, 3, 1), pointwise(24, 24))
    data = torch.randn(1, 24, 14, 14)
    start = time.perf_counter()
    for _ in range(rows):
        thop.profile(module, (data,), verbose=False)
    return rows / (time.perf_counter() - start)


def main() -> None:
    """Run both benchmarks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=7)
    start_up(parser.parse_args().pairs)
    throughput()


if __name__ == "__main__":
    main()
