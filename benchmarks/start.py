"""What a run of `convcost compare` costs as a process, as ratios against peers in the same run.

    python benchmarks/start.py [--rounds 11]

The peers are a typer program that only prints the same flags, a script that counts the same layers
with thop (if convcost[torch] is installed), and Python itself doing nothing. They run in turn;
each figure is a median of the rounds, each ratio the median of the ratios round by round.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
FLAGS = ["compare", "--in", "24", "--out", "24", "--k", "3", "--hw", "112"]
OURS = "convcost"
PROGRAMS = {
    OURS: [sys.executable, "-m", "convcost", *FLAGS],
    "bare typer": [sys.executable, str(HERE / "bare_typer.py"), *FLAGS],
    "python -c pass": [sys.executable, "-c", "pass"],
}
THOP = [sys.executable, str(HERE / "thop_compare.py")]


class Process(NamedTuple):
    """What one whole process took."""

    cpu: float
    wall: float
    peak: float


UNITS = {"cpu": "s", "wall": "s", "peak": "MiB"}


def process(command: list[str]) -> Process:
    """Run a command to its end, its output thrown away."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    return Process(usage.ru_utime + usage.ru_stime, seconds, usage.ru_maxrss / 1024)


def main() -> None:
    """Run all in turn, and print a line for each peer and figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    rounds = parser.parse_args().rounds
    programs = PROGRAMS | ({"thop": THOP} if find_spec("thop") else {})
    for command in programs.values():
        process(command)  # warm the disk
    runs = [{name: process(command) for name, command in programs.items()} for _ in range(rounds)]
    for figure, unit in UNITS.items():
        values = {name: [getattr(run[name], figure) for run in runs] for name in programs}
        print(f"{figure}: convcost {statistics.median(values[OURS]):.3f} {unit}")
        for name in list(programs)[1:]:
            ratio = statistics.median(map(lambda a, b: a / b, values[OURS], values[name]))
            words = f"{ratio:.2f} times" if ratio > 0.5 else f"1 / {1 / ratio:.1f} of"
            median = statistics.median(values[name])
            print(f"  {words} {name} ({median:.3f} {unit})")


if __name__ == "__main__":
    main()
