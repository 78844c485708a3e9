"""A step whole: optimisers, checkpoints, the peak, and the largest batch that fits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from torch.utils.checkpoint import checkpoint
from torch.utils.flop_counter import FlopCounterMode

import convcost
from convcost.counting.counts import count
from convcost.counting.profilers import find_convention
from convcost.graph.nodes import Graph
from convcost.ops.op import Input
from convcost.pytorch.modules import GraphModule
from convcost.training.checkpoints import Segment
from convcost.training.optimizers import buffer_bytes, gradient_bytes, state_bytes
from convcost.training.plan import Trained, Training, largest_batch
from convcost.training.saved import Kernels
from tests.support.measured import build
from tests.support.strategies import Drawn, built, drawn_kinds

Make = Callable[[Iterable[Any]], torch.optim.Optimizer]
OPTIMIZERS: dict[str, Make] = {
    "sgd": lambda params: torch.optim.SGD(params, 0.1),
    "momentum": lambda params: torch.optim.SGD(params, 0.1, momentum=0.9),
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "adafactor": torch.optim.Adafactor,
}
"""Those that torch has."""


@settings(max_examples=60)
@given(drawn_kinds(largest=8, channels=16, run=True))
def test_states_of_optimisers(drawn: Drawn) -> None:
    """Bytes of states, gradients and buffers are those of torch, optimiser by optimiser."""
    graph = built(drawn)
    module = GraphModule(graph)
    params = list(module.parameters())
    for each in params:
        each.grad = torch.ones_like(each)
    statistics = [b for name, b in module.named_buffers() if not name.endswith("index")]
    assert sum(each.nbytes for each in statistics) == buffer_bytes(graph)
    assert sum(each.nbytes for each in params) == gradient_bytes(graph)
    for name, make in OPTIMIZERS.items() if params else ():
        optimizer = make(params)
        optimizer.step()
        kept = [each for state in optimizer.state.values() for each in state.values()]
        assert sum(each.nbytes for each in kept) == state_bytes(graph, name)


def test_what_no_gradient_reaches_has_no_state() -> None:
    """Parameters that are not run have neither a gradient nor a state, as in torch."""
    text = "networks: [{name: n, input: 4x8x8, layers: [standard: {out: 4}, "
    graph = build(text + "{standard: {out: 4}, run: false}]}]").graph
    assert gradient_bytes(graph) == 4 * 4 * 4 * 9
    assert state_bytes(graph, "momentum") == 4 * 4 * 4 * 9
    assert Trained(graph).memory.params == 2 * 4 * 4 * 4 * 9


def test_lion_is_a_momentum() -> None:
    """Of Lion, which torch does not have, a momentum is kept, as of SGD with one."""
    graph = convcost.network("resnet18").graph
    assert state_bytes(graph, "lion") == state_bytes(graph, "momentum") == 4 * 11_689_512


def in_segments(graph: Graph, segments: Iterable[Segment], batch: int) -> int:
    """What torch counts of a step whose segments are computed again by torch.utils.checkpoint."""
    with torch.device("meta"):
        module, values = GraphModule(graph).train(), {0: torch.empty(batch, *graph.input)}
    first = {segment.nodes[0]: segment for segment in segments}
    inside = {index for segment in segments for index in segment.nodes}

    def call(index: int, at: dict[int, Any]) -> Any:
        name, function = module.steps[index]
        child = [module._modules[name]] if name and function else []
        run: Any = function or module._modules[name]
        return run(*child, *[at[source] for source in graph.nodes[index].sources])

    def again(segment: Segment) -> None:
        nodes = set(segment.nodes)
        reads = sorted({s for i in nodes for s in graph.nodes[i].sources if s not in nodes})
        others = [node for index, node in enumerate(graph.nodes) if index not in nodes]
        writes = [i for i in segment.nodes if any(i in node.sources for node in others)]

        def forward(*given: Any) -> Any:
            own = dict(zip(reads, given, strict=True))
            for index in segment.nodes:
                own[index] = call(index, own)
            return tuple(own[index] for index in writes)

        found = checkpoint(forward, *[values[each] for each in reads], use_reentrant=False)
        values.update(zip(writes, found, strict=True))

    with FlopCounterMode(display=False) as counter:
        for index, node in enumerate(graph.nodes):
            if index in first:
                again(first[index])
            elif index not in inside and not isinstance(node.op, Input):
                values[index] = call(index, values)
        end = values[graph.outputs[0]]
        torch.autograd.backward([end], [torch.empty_like(end)])
    return counter.get_total_flops()


@pytest.mark.parametrize(
    ("name", "pattern", "layers"),
    [
        ("resnet18", "*basic-block*", 8),
        ("mobilenet_v2", "*inverted*", 17),
        ("vit_b_16", "*transformer-block*", 12),
    ],
)
def test_checkpoints_as_torch_runs_them(name: str, pattern: str, layers: int) -> None:
    """What is computed again is what torch.utils.checkpoint does: until all is kept, no further."""
    graph = convcost.network(name).graph
    trained = Trained(graph, 2, Training(checkpoint=(pattern,)))
    assert len(trained.segments) == layers
    plain = count(graph, find_convention("torch-train"), 2).total
    assert plain is not None
    more = in_segments(graph, trained.segments, 2) - plain
    assert trained.step().recomputed == more
    assert trained.memory.peak <= Trained(graph, 2).memory.peak
    assert trained.memory.saved < Trained(graph, 2).memory.saved


def test_peak_by_hand() -> None:
    """Of a layer: its map, what comes in, the gradients of both, parameters and theirs."""
    graph = convcost.build("standard", (4, 8, 8), 4)
    memory = Trained(graph, batch=2).memory
    one_map, weights = 2 * 4 * 64 * 4, 4 * 4 * 9 * 4
    assert memory.peak == 4 * one_map + 2 * weights
    assert (memory.params, memory.gradients, memory.saved) == (weights, weights, one_map)
    assert (memory.at, memory.backward) == ("conv", True)


def test_peak_is_no_less_than_what_is_kept() -> None:
    """At the end of the forward pass all that is kept is there, with the parameters and states."""
    for name in ("resnet50", "vit_b_16", "densenet121", "unet"):
        memory = Trained(convcost.network(name).graph, 4, Training("adamw")).memory
        assert memory.peak >= memory.saved + memory.params + memory.buffers + memory.optimizer


def test_mixed_precision_takes_less() -> None:
    """With 16 bits maps are halved, and casts of the weights come to them."""
    graph = convcost.network("resnet50").graph
    plain = Trained(graph, 32).memory
    mixed = Trained(graph, 32, Training(kernels=Kernels(amp="bfloat16"))).memory
    assert mixed.params == plain.params
    assert 0.5 < mixed.saved / plain.saved < 0.56


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2", "vit_b_16"])
def test_largest_batch(name: str) -> None:
    """The largest batch that fits does, and one more does not."""
    graph, limit = convcost.network(name).graph, 3 * 2**30
    largest = largest_batch(graph, Training("adamw"), limit)
    peaks = [Trained(graph, n, Training("adamw")).memory.peak for n in (largest, largest + 1)]
    assert peaks[0] <= limit < peaks[1]
    assert largest_batch(graph, Training("adamw"), 2**20) == 0
