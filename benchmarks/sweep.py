"""Rows per second of a sweep in one process, against thop in the same run.

    python benchmarks/sweep.py

Needs convcost[torch].
"""

import itertools
import statistics
import time

from convcost.kinds.catalogue import compared_kinds
from convcost.networks.cases import make_case, run


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


if __name__ == "__main__":
    throughput()
