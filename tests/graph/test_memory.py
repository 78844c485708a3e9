"""How maps lie in memory, and what ptflops' aten backend counts of it."""

from __future__ import annotations

import pytest

from convcost.counting.counts import count
from convcost.counting.profilers import TOOLS
from convcost.graph.memory import Strided
from tests.support.measured import build


@pytest.mark.parametrize(
    ("layers", "bias"),
    [
        ("to-tokens, linear", False),  # transposed, which is a view
        ("to-tokens, {act: {act: gelu}}, linear", False),  # in the order of what it reads
        ("to-tokens, {norm: {norm: layer}}, linear", True),
        ("to-tokens, {softmax: {}}, linear", True),
        ("to-tokens, class-token, linear", True),
        ("to-tokens, class-token, {slice: {of: tokens, start: 1}}, linear", False),
        ("{linear: {over: channels}}", False),
        ("{norm: {norm: layer}}, {linear: {over: channels}}", True),  # in order where it is last
        ("to-tokens, {mlp: {}}, to-map, standard, to-tokens, linear", True),
    ],
)
def test_biases(layers: str, bias: bool) -> None:
    """The last linear layer's bias is counted where what it reads lies in order."""
    rows = [
        build(f"name: n\ninput: 4x6x6\nlayers: [{layers.replace('linear', word)}]")
        for word in ("linear", "dropout")
        if word == "linear" or "over" not in layers
    ]
    whole, *without = [count(row.graph, TOOLS["ptflops-aten"], 2).total or 0 for row in rows]
    tokens = 37 if layers == "to-tokens, class-token, linear" else 36
    own = whole - sum(without)
    assert own == 2 * tokens * (4 * 4 + 4 * bias)


def test_strided() -> None:
    """An axis of size 1 lies in any order; a map whose channels are last is one to torch."""
    assert Strided((1, 6, 4), (99, 4, 1)).in_order
    assert not Strided((2, 6, 4), (24, 1, 6)).in_order
    assert Strided((6, 2, 4), (4, 24, 1)).turned.in_order
    assert Strided((2, 4, 3, 3), (36, 1, 12, 4)).channels_last
    assert not Strided((2, 4, 3, 3), (36, 9, 3, 1)).channels_last
