"""Spaces of designs: counted under a budget, and enumerated, against listing them.

    python benchmarks/spaces.py

Counting is timed with all that it takes but the start of Python, reading the file included, and its
memory in a process of its own. The peer builds designs one by one with the engine, as scripts of
the field do; for how many there is time is measured, and how long all would take is said.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path

from convcost.networks.cases import run
from convcost.sources.reading.configs import parse_config
from convcost.spaces.figures import find_figure
from convcost.spaces.space import Space
from convcost.spaces.sums import sums_of
from convcost.spaces.tally import Span

ROOT = Path(__file__).parent.parent
ONCE_FOR_ALL = ROOT / "configs/spaces/once-for-all.yaml"


def chain(stages: int, repeat: int = 1) -> str:
    """Stages of 48 designs each: three kernels, four expansions, four widths."""
    lines = ["name: chain", "input: 3x224x224", "layers:", "  - conv-bn-act: {out: 16, stride: 2}"]
    for number in range(1, stages + 1):
        widths = [8 * (number + more) for more in range(1, 5)]
        stride = 2 if number in (1, 3, 5) else 1
        lines.append(f"  - repeat: {repeat}")
        lines.append(
            f"    inverted-residual: {{out: {{choose: {widths}}}, k: {{choose: [3, 5, 7]}}, "
            f"expand: {{choose: [2, 3, 4, 6]}}, stride: {stride}}}"
        )
    return "\n".join(lines) + "\n"


def space_of(text: str, *keys: str) -> Space:
    """The space of a text."""
    [case] = parse_config(text, "chain.yaml")
    return Space(case, [find_figure(key, case) for key in keys])


def counted(text: str, window: Span) -> tuple[int, int, float]:
    """How many designs there are, how many within a window of MACs, and the seconds."""
    start = time.perf_counter()
    space = space_of(text, "macs")
    found = space.count({0: window})
    assert found.exact
    return space.designs, found.most, time.perf_counter() - start


def built_per_second(seconds: float = 3.0) -> float:
    """How many designs of the chain the engine builds one by one."""
    [case] = parse_config(chain(5), "chain.yaml")
    done, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        run(case)
        done += 1
    return done / (time.perf_counter() - start)


def in_a_process(argument: str) -> str:
    """What this file prints in a process of its own."""
    command = [sys.executable, __file__, argument]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def main() -> None:
    """Print the figures."""
    if len(sys.argv) > 1:
        text = ONCE_FOR_ALL.read_text("utf-8") if sys.argv[1] == "ofa" else chain(5)
        designs, within, seconds = counted(text, Span(200_000_000, 300_000_000))
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{designs:,} designs, {within:,} within: {seconds:.2f} s, {memory:,.0f} MiB")
        return
    peer = built_per_second()
    for argument in ("chain", "ofa"):
        line = in_a_process(argument).strip()
        designs = int(line.split()[0].replace(",", ""))
        print(f"{argument}: {line}; one by one {designs / peer / 86_400:,.3g} days")
    seconds = []
    for stages in (4, 8, 16):
        start = time.perf_counter()
        seconds.append((space_of(chain(stages), "macs"), time.perf_counter() - start)[1])
    print("4, 8 and 16 stages:", ", ".join(f"{each:.2f} s" for each in seconds))
    space = space_of(chain(5), "params", "macs")
    start, done = time.perf_counter(), 0
    for part in sums_of(space.diagram, 0, 10_000_000):
        done += len(part)
    took = time.perf_counter() - start
    print(f"enumerated: {done:,} designs in {took:.2f} s, {done / took / peer:,.0f} x one by one")


if __name__ == "__main__":
    main()
