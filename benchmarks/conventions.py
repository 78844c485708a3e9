"""All conventions of ResNet-50 together against one run of each real profiler, in one process.

    python benchmarks/conventions.py [--rounds 7]

Both sides are warm, and torch's import is outside. The profilers get a module that is built; on our
side building the graph from its layers is timed with the counting, and without. Machines are
noisy, so the rounds go in turn, and each figure is a median. Needs convcost[profilers].
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch

from convcost.counting.counts import tally
from convcost.counting.profilers import CONVENTIONS
from convcost.counting.survey import survey
from convcost.pytorch.modules import GraphModule
from convcost.pytorch.probes import PROBES
from convcost.sources.reading.configs import read_config

LEFT_OUT = ("ultralytics-thop", "calflops", "deepspeed")
"""Tools that are in the place of another, or that no extra installs."""
CONFIG = Path(__file__).parent.parent / "configs" / "resnet50.yaml"


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def in_a_fork(work: Callable[[], object]) -> float:
    """The second of two runs, in a process of its own: tools leave things behind."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        work()
        os.write(writer, str(seconds(work)).encode())
        os._exit(0)
    os.wait()
    os.close(writer)
    with os.fdopen(reader) as answer:
        return float(answer.read())


def run_tool(tool: str, module: GraphModule, inputs: tuple[torch.Tensor, ...]) -> None:
    """One run of a real profiler."""
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        PROBES[tool].run(module, inputs)


def main() -> None:
    """Time every tool and ourselves, in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    [case] = read_config(str(CONFIG))
    kind = case.uses[0].kind
    graph = kind.build(case.input, {})
    module = GraphModule(graph).eval()
    inputs = (torch.rand(1, *case.input),)

    def count() -> None:
        groups = survey(graph)
        for convention in CONVENTIONS:
            tally(groups, convention, 1)

    def build_and_count() -> None:
        groups = survey(kind.build(case.input, {}))
        for convention in CONVENTIONS:
            tally(groups, convention, 1)

    ours: dict[str, Callable[[], None]] = {"count": count, "build and count": build_and_count}
    tools = [tool for tool in PROBES if tool not in LEFT_OUT]
    taken: dict[str, list[float]] = {name: [] for name in (*ours, *tools)}
    for _ in range(rounds):
        for name, work in ours.items():
            work()
            taken[name].append(seconds(work))
        for tool in tools:
            taken[tool].append(in_a_fork(partial(run_tool, tool, module, inputs)))
    medians = {name: statistics.median(times) for name, times in taken.items()}
    fastest = min(tools, key=lambda tool: medians[tool])
    for name, median in medians.items():
        print(f"{name}: {1000 * median:.2f} ms")
    for name in ours:
        ratio = medians[fastest] / medians[name]
        print(f"{name}, {len(CONVENTIONS)} conventions: {ratio:.0f} x faster than {fastest} once")


if __name__ == "__main__":
    main()
