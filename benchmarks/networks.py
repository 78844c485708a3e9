"""Networks from their files: EfficientNet-B0 against thop, and 10,000 layers against 100.

    python benchmarks/networks.py [--rounds 9]

In process, torch imported: reading, building and costing the file, against thop on a module of the
same graph, with building the module and without. As whole processes: `convcost show`, against a
script that builds that module and runs thop. Time per layer: a chain of blocks written out in YAML,
and the same from one `repeat`. Machines are noisy, so the two sides go in turn, and each ratio is a
median of pairs.
Needs convcost[torch].
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import thop
import torch

from convcost.networks.cases import run
from convcost.pytorch.modules import GraphModule
from convcost.sources.reading.configs import read_config

CONFIGS = Path(__file__).parent.parent / "configs"
NETWORK = CONFIGS / "efficientnet.yaml"
NAME = "EfficientNet-B0"
SCRIPT = f"""
import torch, thop
from convcost.pytorch.modules import GraphModule
from convcost.sources.reading.configs import read_config
case = next(case for case in read_config({str(NETWORK)!r}) if case.name == {NAME!r})
module = GraphModule(case.uses[0].kind.build(case.input, case.uses[0].given)).eval()
print(thop.profile(module, (torch.rand(1, *case.input),), verbose=False))
"""


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def ratio(ours: Callable[[], object], theirs: Callable[[], object], rounds: int) -> list[float]:
    """Medians of both and of their ratio, run in turn."""
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(rounds)]
    sides = [statistics.median(side) for side in zip(*pairs, strict=True)]
    return [*sides, statistics.median(b / a for a, b in pairs)]


def chain(folder: Path, blocks: int, repeated: bool) -> str:
    """A file of so many layers: 3 x 3, norm and activation in each."""
    layer = "- conv-bn-act: {out: 16, stride: 1}"
    lines = [f"{layer}\n  repeat: {blocks}"] if repeated else [layer] * blocks
    path = folder / f"{blocks}-{repeated}.yaml"
    path.write_text("name: chain\ninput: 16x32x32\nlayers:\n" + "\n".join(lines) + "\n")
    return str(path)


def main() -> None:
    """Print each comparison on a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    case = next(case for case in read_config(str(NETWORK)) if case.name == NAME)
    inputs = (torch.rand(1, *case.input),)
    graph = case.uses[0].kind.build(case.input, case.uses[0].given)
    module = GraphModule(graph).eval()
    one = NETWORK.read_text(encoding="utf-8").split("variants:")[0]

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        alone = folder / "b0.yaml"
        alone.write_text(one)

        def ours() -> object:
            return [run(case) for case in read_config(str(alone))]

        def theirs() -> object:
            with torch.no_grad():
                return thop.profile(module, inputs, verbose=False)

        def built() -> object:
            with torch.no_grad():
                return thop.profile(GraphModule(graph).eval(), inputs, verbose=False)

        for name, work in (("thop on a module that is there", theirs), ("module and thop", built)):
            ours(), work()
            own, other, times = ratio(ours, work, rounds)
            print(f"{NAME}: {1e3 * own:.1f} ms, {name} {1e3 * other:.1f} ms: {times:.0f} x")
        command = [sys.executable, "-m", "convcost", "show", str(NETWORK), "--only", NAME]
        own, other, times = ratio(
            lambda: subprocess.run(command, capture_output=True, check=True),
            lambda: subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, check=True),
            max(rounds // 2, 1),
        )
        print(f"{NAME} as a process: {own:.2f} s, with thop {other:.2f} s: {times:.0f} x")
        for repeated in (False, True):
            small, large = (chain(folder, count // 3, repeated) for count in (100, 10_000))

            def per_op(path: str) -> Callable[[], object]:
                return lambda: [run(case) for case in read_config(path)]

            few, many, times = ratio(per_op(small), per_op(large), rounds)
            grows = times * (100 // 3) / (10_000 // 3)
            how = "repeated" if repeated else "written out"
            print(
                f"{10_000 // 3 * 3:,} ops {how}: {1e3 * many:.0f} ms; per op {grows:.2f} x that of "
                f"{100 // 3 * 3} ops ({1e3 * few:.2f} ms)"
            )


if __name__ == "__main__":
    main()
