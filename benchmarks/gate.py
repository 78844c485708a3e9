"""`convcost check` as a whole process: our own configs, 1,000 and 10,000 entries.

    python benchmarks/gate.py [--rounds 5]

The peer is a process that imports torch and does nothing, which a check by any profiler has to do
first. Machines are noisy, so both run in turn, and each ratio is a median of pairs. Needs
convcost[torch].
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
CONVCOST = [sys.executable, "-m", "convcost"]
PEER = [sys.executable, "-c", "import torch"]


def seconds(command: list[str], folder: Path) -> float:
    """How long a command takes, which has to succeed."""
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - start


def many(folder: Path, count: int) -> None:
    """So many networks of four layers in ten configs, and their lock."""
    layers = "[{conv-bn-act: {out: 8, stride: 2}}, standard, mean, {linear: {out: 10}}]"
    (folder / "configs").mkdir()
    for part in range(10):
        lines = [
            f"  - {{name: network {n}, input: 3x32x{n + 8}, layers: {layers}}}\n"
            for n in range(part, count, 10)
        ]
        (folder / "configs" / f"{part}.yaml").write_text("networks:\n" + "".join(lines))
    seconds([*CONVCOST, "lock"], folder)


def compare(name: str, folder: Path, rounds: int) -> None:
    """Print the median time of a check, and how it stands to the peer's."""
    pairs = [(seconds([*CONVCOST, "check"], folder), seconds(PEER, folder)) for _ in range(rounds)]
    own, peer = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(own / peer for own, peer in pairs)
    print(f"check, {name}: {own:.2f} s, {ratio:.2f} x of importing torch ({peer:.2f} s)")


def main() -> None:
    """Print each comparison on a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    entries = (ROOT / "convcost.lock").read_text(encoding="utf-8").count("\n") - 3
    compare(f"our own {entries} entries", ROOT, rounds)
    for count in (1_000, 10_000):
        with tempfile.TemporaryDirectory() as name:
            many(Path(name), count)
            compare(f"{count:,} entries", Path(name), rounds)


if __name__ == "__main__":
    main()
