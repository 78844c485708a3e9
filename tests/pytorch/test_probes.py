"""The tables against the real tools, run on the real modules, each in a process of its own."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings

from convcost.graph.builder import Builder
from convcost.graph.nodes import Graph
from convcost.kinds.catalogue import find
from convcost.ops.convolutions import SameConv
from convcost.ops.layouts import Tokens
from convcost.ops.maps import (
    GLU,
    Activation,
    Elementwise,
    LayerScale,
    LearnableScalar,
    LocalResponseNorm,
    Norm,
    Softmax,
)
from convcost.ops.moves import (
    ChannelShuffle,
    Concat,
    Flatten,
    PixelShuffle,
    PixelUnshuffle,
    Subsample,
    ToFirst,
    ToLast,
)
from convcost.ops.op import Input, Op, Shape
from convcost.ops.padding import Crop, PadChannels
from convcost.ops.pools import AdaptivePool, Maximum, Mean, OverChannels, Pool
from convcost.ops.products import Attention, Einsum, Linear
from convcost.ops.resizing import Resize
from convcost.ops.transposed import TransposedConv
from convcost.pytorch.worker import Worker
from tests.support.strategies import DrawnNetwork, drawn_networks
from tests.support.tools import TOOLS, check
from tests.support.vision import has_torchvision

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("part", range(6))
def test_random_networks(worker: Worker, part: int) -> None:
    """Every tool prints to the last digit what its table says, whatever the network."""

    @settings(max_examples=8)
    @given(drawn_networks(run=True))
    def holds(drawn: DrawnNetwork) -> None:
        check(worker, drawn)

    holds()


def built(*steps: tuple[Op, str] | Op, shape: Shape) -> Graph:
    """A graph of ops in a row, each in a form of call where one is given."""
    net = Builder(shape)
    for number, step in enumerate(steps):
        op, form = (step, "") if isinstance(step, Op) else step
        net.add(f"op{number}", op, form=form)
    return net.graph()


def attention(*widths: int, heads: int = 4) -> Graph:
    """Queries, keys and values of these widths as inputs; no heads where that is 0."""
    query, value = widths
    axis = (heads,) if heads else ()
    keys, values = (*axis, 7, query), (*axis, 7, value)
    net = Builder({"queries": (*axis, 5, query), "keys": keys, "values": values})
    net.add("attention", Attention(7, query, value), 0, 1, 2)
    return net.graph()


def einsum(equation: str, first: Shape, second: Shape) -> Graph:
    """An einsum of two inputs, without their batch."""
    labels = equation.partition("->")[0].split(",")
    sizes = zip(labels[0][1:] + labels[1][1:], first + second, strict=True)
    net = Builder({"first": first, "second": second})
    net.add("einsum", Einsum(equation, tuple(dict(sizes).items())), 0, 1)
    return net.graph()


def joined(axis: int, shape: Shape) -> Graph:
    """Two maps of a shape, one pooled to half along an axis, concatenated along it."""
    net = Builder(shape)
    window = tuple(2 if index == axis else 1 for index in range(1, len(shape)))
    net.add("pool", Pool("max", window, window, (0,) * len(window)))
    net.add("concat", Concat(axis), 1, 0)
    return net.graph()


def of_kinds(*calls: tuple[str, dict[str, Any]], shape: Shape) -> Graph:
    """A graph of kinds in a row."""
    net = Builder(shape)
    for number, (name, params) in enumerate(calls):
        net.scope = f"{number}."
        find(name).append(net, params, {})
    return net.graph()


def recurrent(kind: str, tokens: int, channels: int, **params: Any) -> Graph:
    """A recurrent layer on so many tokens."""
    return find(kind).build(Tokens((tokens, channels)), params)


HALF, THIRDS = Fraction(1, 2), Fraction(5, 3)
ONE_SIDED = ((0, 1), (1, 0))
W2, W3 = (2, 2), (2, 2, 2)
KEPT = [
    built(Resize("trilinear", 2), shape=(2, 3, 3, 3)),
    built(Resize("bicubic", size=(7, 4)), shape=(3, 5, 5)),
    built((Resize("bilinear", 3), "function"), shape=(3, 5, 5)),
    built((Activation("prelu", 3), "function"), Activation("prelu", 3), shape=(3, 5, 5)),
    built((Activation("dropout"), "function"), Activation("identity"), shape=(3, 5)),
    built(SameConv(4, 6, W2, (1, 1), (0, 0), (1, 1), 2, True), shape=(4, 9, 8)),
    built((SameConv(4, 6, (4,), (1,), (3,), (2,)), "function"), shape=(4, 19)),
    built(TransposedConv(4, 6, W3, W3, (1,) * 3, (1,) * 3, (1, 0, 1), 2, True), shape=(4, 3, 4, 5)),
    built(TransposedConv(6, 6, (3,), (2,), (0,), (2,), (1,), 6, True), shape=(6, 7)),
    built(Pool("avg", (3, 3), (2, 2), (1, 1), True, False), shape=(4, 8, 7)),
    built(Pool("max", W3, W3, (0, 0, 0), True), AdaptivePool("avg", (3, 2, 4)), shape=(2, 7, 5, 6)),
    built(AdaptivePool("avg", (5, 3)), AdaptivePool("max", (7, 9)), shape=(3, 8, 7)),
    built(Norm("layer", 12), Norm("rms", 12), Norm("layer", 60, affine=False), shape=(5, 12)),
    built(Norm("sync", 4, affine=False), Norm("instance", 4, affine=False), shape=(4, 6, 6)),
    built(Linear(12, 7), (Linear(7, 9, False), "function"), Softmax(-1, True), shape=(5, 12)),
    built(Elementwise("mul"), (Elementwise("add"), "torch"), Elementwise("div"), shape=(4, 6)),
    built(PixelShuffle(2), (Flatten(), "module"), shape=(8, 3, 3)),
    built(ChannelShuffle(3), Subsample((2,)), PadChannels(1, 2), shape=(6, 7)),
    built(ChannelShuffle(2), Subsample((2, 3)), PadChannels(2, 0), shape=(6, 7, 8)),
    built(ChannelShuffle(4), Subsample((1, 2, 3)), PadChannels(0, 3), shape=(8, 3, 4, 5)),
    built(ToLast(), Norm("layer", 6), Linear(6, 9), LayerScale(9), ToFirst(), shape=(6, 7)),
    built(ToLast(), LayerScale(6), Norm("layer", 6), ToFirst(), shape=(6, 7, 5)),
    built(ToLast(), LayerScale(6), Norm("rms", 6), Linear(6, 4), ToFirst(), shape=(6, 3, 5, 4)),
    built(LayerScale(6), Linear(6, 4, False), LayerScale(4), shape=(6,)),
    attention(8, 8),
    attention(8, 3),
    attention(8, 8, heads=0),
    einsum("bij,bjk->bik", (5, 20), (20, 7)),
    einsum("bij,bij->bij", (5, 20), (5, 20)),
    einsum("bij,bkj->bik", (5, 1), (7, 1)),
    einsum("bcd,bce->bde", (101, 30), (101, 57)),
    built(Pool("max", W2, W2, (0, 0), dilation=(2, 3)), shape=(4, 9, 8)),
    built((Pool("max", (3,), (2,), (1,), True, dilation=(2,)), "function"), shape=(4, 15)),
    built(Pool("avg", W2, W2, (1, 0), True, divisor=3), shape=(4, 9, 8)),
    built((Pool("avg", W3, W3, (0, 0, 0), divisor=5), "function"), shape=(2, 5, 4, 6)),
    built(Resize("nearest", THIRDS), Resize("nearest", THIRDS), shape=(3, 7, 7)),
    built(Resize("bilinear", HALF), (Resize("bicubic", (2, HALF)), "function"), shape=(3, 9, 8)),
    built(Resize("nearest", (2, THIRDS)), shape=(3, 7, 4)),
    built(Resize("linear", HALF), shape=(3, 7)),
    built((Resize("trilinear", (1, 2, HALF)), "function"), shape=(2, 3, 3, 4)),
    built((Resize("nearest", THIRDS), "function"), Resize("bilinear", (3, 2)), shape=(3, 5, 4)),
    built(Crop(((1, 0), (0, 2))), PixelUnshuffle(2), PixelShuffle(2), shape=(3, 9, 8)),
    built(Crop(((2, 1),)), Mean(True), shape=(3, 9)),
    built(Mean(True), Elementwise("mul", Fraction(1, 10)), shape=(3, 5, 4)),
    built((Elementwise("mul", 3), "torch"), Maximum(True), Maximum(), shape=(3, 5, 4)),
    built(OverChannels("mean"), OverChannels("max"), shape=(3, 5, 4)),
    built(OverChannels("max"), shape=(12,)),
    built(Softmax(1), Softmax(2, True), (Softmax(2), "function"), shape=(3, 5, 4)),
    built(LayerScale(3, True), LearnableScalar(), shape=(3, 5, 4)),
    built(LearnableScalar(), Linear(6, 4), LearnableScalar(), shape=(6,)),
    built(LayerScale(3, True), shape=(3, 5)),
    built(GLU(), (GLU(), "function"), GLU(1), Softmax(), shape=(8, 6, 5)),
    built(Linear(12, 8), GLU(-1), (GLU(-1), "function"), shape=(5, 12)),
    built(Linear(12, 8), GLU(), shape=(12,)),
    built(LocalResponseNorm(2), (LocalResponseNorm(5), "function"), shape=(6, 7, 5)),
    built(LocalResponseNorm(5), (LocalResponseNorm(2), "function"), shape=(6, 7)),
    built(LocalResponseNorm(3), LocalResponseNorm(1), shape=(6, 3, 4, 5)),
    *[
        built(Activation(each, 1, inplace), (Activation(each), "function"), shape=(6, 7, 5))
        for each, inplace in (("selu", True), ("celu", True), ("log-sigmoid", False))
    ],
    joined(1, (3, 6, 4)),
    joined(2, (3, 6, 4)),
    joined(1, (3, 8)),
    of_kinds(
        ("standard", {"padding": ONE_SIDED, "norm": "batch"}),
        ("max-pool", {"k": 2, "stride": 1, "padding": "same"}),
        ("max-pool", {"k": 3, "stride": 1, "padding": "tf-same", "dilation": 2}),
        ("avg-pool", {"k": 3, "stride": 2, "padding": "tf-same"}),
        ("avg-pool", {"k": 2, "stride": 1, "padding": ONE_SIDED}),
        ("pad", {"zeros": ONE_SIDED}),
        ("crop", {"size": 3}),
        shape=(4, 12, 13),
    ),
    of_kinds(
        ("cbam", {"k": 3, "reduce": 2}),
        ("coordinate-attention", {"squeeze": 3}),
        ("selective-kernel", {"kernels": (3, 5, 7), "groups": 2, "stride": 2}),
        ("sppf", {"k": 3}),
        ("aspp", {"out": 6, "rates": (2, 3)}),
        ("csp", {"n": 2}),
        ("c2f", {"c3k": True, "inplace": True}),
        shape=(8, 12, 13),
    ),
    recurrent("lstm", 10, 24),
    recurrent("lstm", 1, 8, out=6, num_layers=3, directions=2),
    recurrent("lstm", 7, 1, num_layers=2, bias=False),
    recurrent("lstm", 9, 6, out=5, directions=2, bias=False),
    recurrent("gru", 10, 24),
    recurrent("gru", 1, 8, out=6, num_layers=3, directions=2),
    recurrent("gru", 7, 1, num_layers=2, bias=False),
    recurrent("gru", 9, 6, out=5, directions=2, bias=False),
    recurrent("rnn", 10, 24),
    recurrent("rnn", 1, 8, out=6, num_layers=3, directions=2, act="relu"),
    recurrent("rnn", 7, 1, num_layers=2, bias=False),
    recurrent("rnn", 9, 6, out=5, directions=2, bias=False),
]
"""What random networks do not have, and what has been wrong before."""
if has_torchvision():
    KEPT += [
        of_kinds(("deform-conv", {"stride": 2, "groups": 2, "bias": True}), shape=(4, 9, 8)),
        of_kinds(
            ("deform-conv", {"out": 6, "modulated": True, "offset_groups": 2, "act": "selu"}),
            ("deform-conv", {"modulated": True, "form": "function", "k": (2, 3)}),
            ("deform-conv", {"form": "function", "padding": "tf-same", "dilation": 2}),
            shape=(4, 9, 8),
        ),
    ]


@pytest.mark.parametrize("index", range(len(KEPT)))
def test_kept(worker: Worker, index: int) -> None:
    """Every tool prints what its table says for the odder ops, and for what was once wrong."""
    graph, batch = KEPT[index], 3 if index % 3 else 1
    inputs = sum(isinstance(node.op, Input) for node in graph.nodes)
    tools = [tool for tool in TOOLS if inputs == 1 or not tool.startswith("ptflops")]
    check(worker, DrawnNetwork(graph, batch, ()), tools)
