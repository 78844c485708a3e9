"""A training step of ResNet-50, FLOPs and memory, against torch on the meta device.

    python benchmarks/training.py [--rounds 15]

torch is imported and its module is ready, as is the graph. Rounds go in turn, and each figure is a
median. Needs convcost[torch].
"""

from __future__ import annotations

import argparse
import statistics
from time import perf_counter

import torch
from torch.autograd.graph import saved_tensors_hooks
from torch.utils.flop_counter import FlopCounterMode

import convcost
from convcost.pytorch.modules import GraphModule


def main() -> None:
    """Time both, in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    graph = convcost.network("resnet50").graph
    with torch.device("meta"):
        module, given = GraphModule(graph).train(), torch.empty(32, 3, 224, 224)

    def by_torch() -> None:
        kept: dict[int, int] = {}

        def pack(tensor: torch.Tensor) -> torch.Tensor:
            kept[tensor.untyped_storage()._cdata] = tensor.untyped_storage().nbytes()
            return tensor

        with FlopCounterMode(display=False), saved_tensors_hooks(pack, lambda tensor: tensor):
            written = module(given)
        torch.autograd.backward([written], [torch.empty_like(written)])

    def by_shapes() -> None:
        trained = convcost.trained(graph, batch=32, optimizer="adamw")
        _ = trained.step(), trained.memory

    def largest() -> None:
        convcost.trained(graph, optimizer="adamw").largest_batch(24 * 2**30)

    ways = {"torch": by_torch, "convcost": by_shapes, "the largest batch that fits": largest}
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            start = perf_counter()
            way()
            taken[name].append(perf_counter() - start)
    medians = {name: statistics.median(times) for name, times in taken.items()}
    for name, median in medians.items():
        print(f"{name}: {1000 * median:.0f} ms")
    print(f"torch takes {medians['torch'] / medians['convcost']:.1f} times as long")


if __name__ == "__main__":
    main()
