"""Recurrent layers: figures by hand, of torch's own modules, and of what users reported."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch
from torch import nn

from convcost.counting.counts import count, unseen
from convcost.counting.profilers import CONVENTIONS, find_convention
from convcost.graph.cost import cost
from convcost.graph.nodes import Graph
from convcost.kinds.catalogue import find
from convcost.ops.layouts import Tokens, Windows
from convcost.pytorch.modules import GraphModule

KINDS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}


def built(kind: str, shape: tuple[int, int] = (30, 8), **params: Any) -> Graph:
    """A recurrent layer on tokens."""
    return find(kind).build(Tokens(shape), params)


@pytest.mark.parametrize(
    ("kind", "layers", "directions", "bias"),
    [*itertools.product(KINDS, (1, 2, 3), (1, 2), (True, False))],
)
def test_params_are_those_of_torch(kind: str, layers: int, directions: int, bias: bool) -> None:
    """Params and what comes out are those of torch's module, whatever its options."""
    graph = built(kind, out=5, num_layers=layers, directions=directions, bias=bias)
    make: Any = KINDS[kind]
    options = {"bias": bias, "batch_first": True, "bidirectional": directions == 2}
    module = make(8, 5, layers, **options)
    assert cost(graph).params == sum(each.numel() for each in module.parameters())
    assert graph.output == (30, 5 * directions)
    assert module(torch.rand(2, 30, 8))[0].shape[1:] == graph.output


@pytest.mark.parametrize("kind", KINDS)
def test_the_module_is_torchs(kind: str) -> None:
    """A graph's module writes the states of torch's layer with the same weights."""
    graph = built(kind, out=5, num_layers=2, directions=2)
    module = GraphModule(graph)
    make: Any = KINDS[kind]
    own = make(8, 5, 2, batch_first=True, bidirectional=True)
    own.load_state_dict(module.get_submodule(kind).state_dict())
    data = torch.rand(2, 30, 8)
    assert torch.equal(module(data), own(data)[0])


@pytest.mark.parametrize(
    ("kind", "params", "macs"),
    [
        ("lstm", {"out": 16}, 30 * 4 * 16 * (8 + 16)),
        ("gru", {"out": 16}, 30 * 3 * 16 * (8 + 16)),
        ("rnn", {"out": 16}, 30 * 16 * (8 + 16)),
        ("lstm", {"out": 16, "directions": 2}, 2 * 30 * 4 * 16 * (8 + 16)),
        ("gru", {"out": 16, "num_layers": 2}, 30 * 3 * 16 * (8 + 16 + 16 + 16)),
        ("rnn", {"out": 4, "num_layers": 2, "directions": 2}, 2 * 30 * 4 * (8 + 4 + 8 + 4)),
    ],
)
def test_macs(kind: str, params: dict[str, Any], macs: int) -> None:
    """Each step multiplies what it reads and its state by the weights of each gate."""
    graph = built(kind, **params)
    assert cost(graph).macs == macs
    assert count(graph, find_convention("macs")).total == macs
    assert count(graph, find_convention("flops"), 3).total == 6 * macs


def test_biases() -> None:
    """Torch has two biases for each gate, which macs+bias adds at each step."""
    found = [count(built("gru", out=16), find_convention(name)).total for name in ("macs", "pycls")]
    assert found[1] - found[0] == 30 * 2 * 3 * 16  # type: ignore[operator]


@pytest.mark.parametrize(
    ("kind", "params", "thop"), [("gru", 24_960, 2_540_800), ("lstm", 33_280, 3_379_200)]
)
def test_reported_figures(kind: str, params: int, thop: int) -> None:
    """What thop printed for 64 to 64 channels in 100 steps, in an issue of onnx-tool (64)."""
    graph = built(kind, (100, 64))
    assert cost(graph).params == params
    assert count(graph, find_convention("thop")).total == thop
    assert unseen(count(graph, find_convention("fvcore"))) == f"nn.{kind.upper()}"


@pytest.mark.parametrize("kind", KINDS)
def test_no_silent_zero(kind: str) -> None:
    """A tool that counts nothing says that it does not see the layer; papers of convolutions do."""
    for convention in CONVENTIONS:
        found = count(built(kind), convention)
        if not found.total and convention.tool != "conv-only":
            assert found.error or unseen(found) == f"nn.{kind.upper()}", convention.name


def test_windows_are_sequences() -> None:
    """The tokens of each window go by themselves, as in a larger batch."""
    graph = find("gru").build(Windows((4, 30, 8)), {"out": 16})
    single = count(built("gru", out=16), find_convention("thop"), 4)
    assert count(graph, find_convention("thop")).total == single.total


@pytest.mark.parametrize(
    ("kind", "shape", "params", "message"),
    [
        ("gru", (8, 9, 9), {}, "gru takes tokens, not a map of 8x9x9; to-tokens"),
        ("lstm", (8,), {}, "lstm takes tokens, not 8 features"),
        ("rnn", Tokens((30, 8)), {"act": "gelu"}, "torch.nn.RNN has tanh or relu, not gelu"),
    ],
)
def test_mistakes(kind: str, shape: Any, params: dict[str, Any], message: str) -> None:
    """What cannot be built says why."""
    with pytest.raises(ValueError, match=message):
        find(kind).build(shape, params)


@pytest.mark.parametrize("kind", ["gru", "rnn"])
def test_kernels_are_seen(kind: str) -> None:
    """What listens to kernels meets the products of each step, which no code calls by name."""
    graph = built(kind)
    assert count(graph, find_convention("torch")).total == 2 * cost(graph).macs
