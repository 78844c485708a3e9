"""Random kinds, three ways: a brute-force count, torch itself, the printed formula."""

import itertools
import math
import operator
import re
from fractions import Fraction
from typing import Any

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from convcost.graph.cost import Cost, cost
from convcost.networks.formula import formula
from convcost.networks.symbols import Traced, expression, write
from convcost.ops.convolutions import Conv, DeformConv, SameConv
from convcost.ops.layouts import Windows
from convcost.ops.op import Composite, Shape
from convcost.ops.padding import Pad
from convcost.ops.products import Attention
from convcost.pytorch.modules import GraphModule
from tests.support.strategies import Drawn, built, drawn_kinds


def positions(size: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    """Where a window fits on a padded axis, by sliding it along."""
    reach = dilation * (kernel - 1)
    fits = [p for p in range(-padding, size + padding) if p + reach < size + padding]
    return len(fits[::stride])


def brute_force(op: Conv, source: Shape) -> tuple[Shape, int, int]:
    """Output shape, weights and multiplications of a convolution, by loops over every index."""
    axes = zip(source[1:], op.kernel, op.stride, op.padding, op.dilation, strict=True)
    spatial = [range(positions(*axis)) for axis in axes]
    if isinstance(op, SameConv):  # whose zeros are one more behind, where they are odd
        spatial = [range(size) for size in source[1:]]
    multiplications = 0
    weights = set()
    for channel in range(op.out_channels):
        group = channel * op.groups // op.out_channels
        reads = [c for c in range(source[0]) if c * op.groups // source[0] == group]
        taps = list(itertools.product(reads, *map(range, op.kernel)))
        weights |= {(channel, *tap) for tap in taps}
        for _ in itertools.product(*spatial):
            multiplications += len(taps)
    biases = op.out_channels if op.bias else 0
    return (op.out_channels, *map(len, spatial)), len(weights) + biases, multiplications


@settings(max_examples=600)
@given(drawn_kinds(largest=6, channels=6))
def test_brute_force(drawn: Drawn) -> None:
    """Shape, params and MACs are what loops over channels, positions and taps count."""
    graph = built(drawn)
    for node in graph.nodes[1:]:
        source = graph.nodes[node.sources[0]].shape
        if isinstance(node.op, Conv):
            counted = brute_force(node.op, source)
            assert counted == (node.shape, node.op.params, node.op.macs(node.shape))
        elif isinstance(node.op, Pad):
            longer = [n + sum(side) for n, side in zip(source[1:], node.op.sides, strict=True)]
            assert node.shape == (source[0], *longer)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_torch(part: int) -> None:
    """Shape, params and FLOPs are those of the torch module.

    Of deformable convolutions torch counts nothing, nor of what has a kernel of its own on the CPU,
    which is run on the meta device, as large volumes are; of what is small that is slower.
    """

    @settings(max_examples=100)
    @given(drawn_kinds(largest=14, channels=24, run=True))
    def holds(drawn: Drawn) -> None:
        graph = built(drawn)
        fused = any(isinstance(node.op, Attention | Composite) for node in graph.nodes)
        large = cost(graph).macs > 10**7
        words = torch.long if drawn.kind.name == "embedding" else torch.float
        with torch.device("meta" if fused or large else "cpu"), torch.no_grad():
            module = GraphModule(graph).eval()
            with FlopCounterMode(display=False) as counter:
                output = module(torch.zeros(2, *drawn.shape, dtype=words))
        own = cost(graph, batch=2)
        seen = [node for node in graph.nodes if not isinstance(node.op, DeformConv)]
        assert tuple(output.shape) == of_two(graph.output)
        assert sum(parameter.numel() for parameter in module.parameters()) == own.params
        assert counter.get_total_flops() == cost(graph, 2, seen).flops

    holds()


def of_two(shape: Shape) -> tuple[int, ...]:
    """The shape of a batch of two, in which windows are as well."""
    return (2 * shape[0], *shape[1:]) if isinstance(shape, Windows) else (2, *shape)


@pytest.mark.slow
@settings(max_examples=400)
@given(drawn_kinds(largest=40, channels=64))
def test_formula(drawn: Drawn) -> None:
    """The formula, as printed and with its sizes put in, evaluates to the counted integers."""
    graph = built(drawn)
    traced = formula(drawn.kind, drawn.shape, drawn.given, batch=3)
    own = cost(graph, batch=3)
    values = traced.sizes.values
    for figure, counted in ((traced.cost.params, own.params), (traced.cost.macs, own.macs)):
        expr = expression(figure)
        assert figure == counted
        assert evaluate(write(expr), values) == counted
        assert evaluate(write(expr, numbers=values), {}) == counted
    for name, expr in traced.sizes.definitions.items():
        assert evaluate(write(expr), values) == values[name]


@pytest.mark.slow
@settings(max_examples=400)
@given(drawn_kinds(largest=40, channels=64, compared=True), st.integers(0, 3))
def test_formula_holds_at_other_sizes(drawn: Drawn, longer: int) -> None:
    """With other channels and map sizes put into the printed formula, it is the cost at those."""
    assume(drawn.given.get("padding") != "tf-same")  # its zeros depend on the map's size
    built(drawn)
    traced = formula(drawn.kind, drawn.shape, drawn.given)
    shape = (3 * drawn.shape[0], *[size + longer for size in drawn.shape[1:]])
    values = dict(
        traced.sizes.values, **dict(zip(("C_in", *traced.sizes.axes), shape, strict=True))
    )
    wanted = dict(drawn.given)
    if "C_out" in values:
        values["C_out"] = wanted["out"] = 3 * values["C_out"]
    for name, expr in traced.sizes.definitions.items():
        values[name] = int(evaluate(write(expr), values))
    own = cost(built(Drawn(drawn.kind, shape, wanted)))
    assert evaluate(write(expression(traced.cost.params)), values) == own.params
    assert evaluate(write(expression(traced.cost.macs)), values) == own.macs


@given(drawn_kinds(largest=12, channels=8), st.integers(1, 5))
def test_batch(drawn: Drawn, batch: int) -> None:
    """A batch multiplies every figure but params, of the whole and of each node."""
    assume(drawn.given.get("position_bias") != "mlp")  # which makes its table once
    graph = built(drawn)
    one, many = cost(graph), cost(graph, batch)
    assert many.params == one.params
    assert (many.macs, many.activations, many.moved) == (
        batch * one.macs,
        batch * one.activations,
        batch * one.moved,
    )
    assert sum((cost(graph, batch, [node]) for node in graph.nodes), Cost()) == many


def floor_divide(a: int, b: int) -> int:
    """Floor division by anything but zero."""
    return a // b if b else a


SIZES = {"C_in": 12, "g": 3, "K": 5, "r": 2, "H": 31}
TRACED = st.recursive(
    st.sampled_from([Traced.named(*size) for size in SIZES.items()]) | st.integers(1, 6),
    lambda inner: st.builds(
        lambda operation, a, b: operation(a, b),
        st.sampled_from([operator.add, operator.sub, operator.mul, floor_divide]),
        inner,
        inner,
    ),
    max_leaves=6,
)


@settings(max_examples=1000)
@given(TRACED)
def test_arithmetic_is_written_as_it_was_done(value: int) -> None:
    """Any sum, product and floor of sizes is written as a text of the same value."""
    expr = expression(value)
    assert expr.evaluate(SIZES) == value
    assert evaluate(write(expr), SIZES) == pytest.approx(value)
    assert evaluate(write(expr, numbers=SIZES), {}) == pytest.approx(value)


def evaluate(text: str, sizes: dict[str, int]) -> float:
    """What a printed formula comes to, read as a person would: by Python's own arithmetic."""
    python = text.replace("·", "*").replace("⌊", "floor(").replace("⌋", ")")
    for digit, raised in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹"):
        python = python.replace(raised, f"**{digit}")
    result: float = eval(_WHOLE.sub(r"Fraction(\1)", python), {**dict(sizes), **_KNOWN})
    return result


_WHOLE = re.compile(r"(?<![\w*])(\d+)")
_KNOWN = {"floor": math.floor, "Fraction": Fraction}


@pytest.mark.parametrize(
    ("text", "value"), [("C_in²·K + 4", 22), ("⌊(H + 2 - K)/2⌋ + 1", 5), ("(C_in/g)·K", 3)]
)
def test_evaluate(text: str, value: int) -> None:
    """The tests' own reader of formulas reads them right."""
    sizes: dict[str, Any] = {"C_in": 3, "K": 2, "H": 9, "g": 2}
    assert evaluate(text, sizes) == value
