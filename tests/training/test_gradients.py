"""Which gradients a step computes, and what their products come to."""

from __future__ import annotations

from collections import defaultdict
from itertools import product
from random import Random

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.nn import functional

import convcost
from convcost.counting.counts import count
from convcost.counting.profilers import find_convention
from convcost.graph.nodes import Graph
from convcost.kinds.catalogue import find
from convcost.ops.convolutions import Conv, DeformConv, SameConv
from convcost.ops.layouts import Tokens
from convcost.ops.op import Shape
from convcost.ops.transposed import TransposedConv
from convcost.training.gradients import Step, wanted
from convcost.training.plan import Trained
from convcost.training.saved import saved
from tests.support.measured import build
from tests.support.random_texts import random_text
from tests.support.random_tokens import random_tokens
from tests.support.strategies import Drawn, built, drawn_kinds
from tests.support.training import drawn_training, flops_of_step, frozen_at_random, overwrites_input

TORCH_TRAIN = find_convention("torch-train")
TRAIN = find_convention("train")


def step_of_all(graph: Graph) -> Step:
    """What a step of a graph costs."""
    return Trained(graph).step()


def layers(text: str) -> Graph:
    """The graph of a network with these layers on 4x8x8."""
    return build(f"networks: [{{name: net, input: 4x8x8, layers: [{text}]}}]").graph


def test_of_a_kind_all_three() -> None:
    """The figures of the issue: of a layer by itself the gradient of its input counts, too."""
    dense = step_of_all(convcost.build("standard", (64, 32, 32), 64))
    assert dense == Step(75_497_472, 75_497_472, 75_497_472)
    assert dense.total == 226_492_416
    depthwise = convcost.build("depthwise", (64, 32, 32), 64)
    assert step_of_all(depthwise).total == 3_538_944
    assert count(depthwise, TORCH_TRAIN).total == 1_179_648 + 76_677_120


def test_of_a_network_no_gradient_of_its_input() -> None:
    """ResNet-18 is 3 x forward less the gradient of what the first convolution reads."""
    graph = convcost.network("resnet18").graph
    step = step_of_all(graph)
    first = 2 * 112 * 112 * 64 * 3 * 49
    assert step.total == 3 * step.forward - first == 10_648_412_160
    assert count(graph, TRAIN).total == step.total == count(graph, TORCH_TRAIN).total


def test_frozen_layers_are_passed_through() -> None:
    """What is frozen has no gradient of weights, and none of its input where nothing is below."""
    flat = "{name: a, conv-bn-act: {out: 4}}, {name: b, conv-bn-act: {out: 4}, frozen: FROZEN}, "
    flat += "flatten, linear: {out: 2}"
    free, frozen = layers(flat.replace("FROZEN", "false")), layers(flat.replace("FROZEN", "true"))
    forward = 2 * 4 * 4 * 9 * 64
    assert step_of_all(free).weight_grad - step_of_all(frozen).weight_grad == forward
    assert step_of_all(free).input_grad == step_of_all(frozen).input_grad
    below = layers(flat.replace("{name: a,", "{name: a, frozen: true,").replace("FROZEN", "true"))
    linear = 2 * 4 * 64 * 2
    assert step_of_all(below) == Step(2 * forward + linear, 0, linear)
    assert below.frozen == 2 * (4 * 4 * 9 + 8)


def test_attention_wants_what_leads_to_its_factors() -> None:
    """Of products of queries, keys and values each has a gradient, and none has weights."""
    graph = convcost.build("attention", convcost.Tokens((5, 8)), heads=2)
    [(node, own)] = [
        (node, own)
        for node, own in zip(graph.nodes, wanted(graph), strict=True)
        if str(node.op) == "attention"
    ]
    assert node.op.input_macs(node.shape, own) == 2 * node.op.macs(node.shape)
    assert node.op.weight_macs(node.shape, own) == 0


def test_states_of_a_first_step_want_no_gradient() -> None:
    """A recurrent layer has one gradient of states fewer than it has steps."""
    step = step_of_all(convcost.build("lstm", convcost.Tokens((5, 8)), 16))
    read, states = 2 * 5 * 8 * 64, 2 * 5 * 16 * 64
    assert step == Step(read + states, read + states * 4 // 5, read + states)


Values = dict[tuple[int, ...], int]
"""A tensor of whole numbers, by index."""


def by_hand(op: Conv, written: Shape, x: Values, w: Values, dy: Values) -> tuple[Values, Values]:
    """The gradients of a convolution's input and weights, by loops over every tap.

    Under `()` each has how many products it is made of, those with zeros of the padding too.
    """
    dx, dw = defaultdict(int), defaultdict(int)
    outs, ins = op.out_channels // op.groups, op.in_channels // op.groups
    for out, into in product(range(op.out_channels), range(ins)):
        channel = out // outs * ins + into
        for tap in product(*map(range, op.kernel)):
            for place in product(*map(range, written[1:])):
                axes = zip(place, op.stride, tap, op.dilation, op.padding, strict=True)
                at = (channel, *[p * s + t * d - zeros for p, s, t, d, zeros in axes])
                dx[()] += 1
                dw[()] += 1
                if at in x:
                    dx[at] += w[out, into, *tap] * dy[out, *place]
                    dw[out, into, *tap] += x[at] * dy[out, *place]
    return dx, dw


def drawn_values(tensor: torch.Tensor) -> Values:
    """A tensor of whole numbers, by index."""
    return {at: int(tensor[at]) for at in product(*map(range, tensor.shape))}


@settings(max_examples=60)
@given(drawn_kinds(largest=4, channels=4))
def test_brute_force(drawn: Drawn) -> None:
    """Loops that find the gradients which autograd finds make as many products as are counted.

    Of a transposed convolution they are those of the convolution that it is the gradient of.
    """
    graph = built(drawn)
    for node, own in zip(graph.nodes, wanted(graph), strict=True):
        op, source, written = node.op, graph.read_by(node), node.shape
        if isinstance(op, TransposedConv):
            fields = op.out_channels, op.in_channels, op.kernel, op.stride, op.padding
            turned = Conv(*fields, op.dilation, op.groups)
            counted = op.input_macs(written, own), op.weight_macs(written, own)
            assert set(counted) == {turned.macs(source)}
        if not isinstance(op, Conv) or isinstance(op, DeformConv | SameConv):
            continue
        x = torch.randint(-3, 4, source).double()
        w = torch.randint(-3, 4, (op.out_channels, source[0] // op.groups, *op.kernel)).double()
        dy = torch.randint(-3, 4, written).double()
        dx, dw = by_hand(op, written, *map(drawn_values, (x, w, dy)))
        x, w = x.requires_grad_(), w.requires_grad_()
        run = getattr(functional, f"conv{len(op.kernel)}d")
        y = run(x[None], w, None, op.stride, op.padding, op.dilation, op.groups)
        y.backward(dy[None])
        assert x.grad is not None
        assert w.grad is not None
        counted = op.input_macs(written, own), op.weight_macs(written, own)
        assert counted == (dx.pop((), 0), dw.pop((), 0))
        assert all(dx[at] == int(x.grad[at]) for at in drawn_values(x.grad))
        assert all(dw[at] == int(w.grad[at]) for at in drawn_values(w.grad))


@pytest.mark.slow
@pytest.mark.parametrize("part", range(2))
def test_kinds_as_torch_counts_them(part: int) -> None:
    """A step of any kind is what FlopCounterMode prints, also where some of it is frozen."""

    @settings(max_examples=40)
    @given(drawn_kinds(largest=12, channels=16, run=True), st.randoms(use_true_random=False))
    def holds(drawn: Drawn, random: Random) -> None:
        graph = drawn_training(built(drawn), random)
        assume(not (graph.of_layer and overwrites_input(graph)))
        assert flops_of_step(graph, 2) == count(graph, TORCH_TRAIN, 2).total

    holds()


@pytest.mark.parametrize("frozen", ["qkv", "attend", "qkv attend", ""])
def test_a_position_bias(frozen: str) -> None:
    """A bias that is trained has the gradient of the weights before it, also of frozen queries."""
    graph = find("window-attention").build(Tokens((49, 8), (7, 7)), {"heads": 2})
    nodes = [
        node._replace(frozen="all" if node.path in frozen.split() else "") for node in graph.nodes
    ]
    graph = graph._replace(nodes=tuple(nodes), of_layer=False)  # so that only params want gradients
    assert flops_of_step(graph, 2) == count(graph, TORCH_TRAIN, 2).total


@pytest.mark.slow
@pytest.mark.parametrize("make", [random_text, random_tokens])
def test_random_networks_as_torch_counts_them(make: object) -> None:
    """So are 25 random networks each of which parts are frozen; others are among those of tools."""
    for seed in range(25):
        text, batch = make(seed)  # type: ignore[operator]
        graph = frozen_at_random(build(text).graph, Random(seed))
        if saved(graph, batch).overwritten:
            with pytest.raises(RuntimeError, match="modified by an inplace operation"):
                flops_of_step(graph, batch)
            continue
        printed = flops_of_step(graph, batch)
        assert printed == count(graph, TORCH_TRAIN, batch).total, (seed, text)
