"""What is kept for the backward pass, beside what autograd keeps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import convcost
from convcost.graph.memory import Strided
from convcost.graph.nodes import Graph
from convcost.ops.op import Composite, Op
from convcost.ops.products import Attention
from convcost.ops.recurrent import Recurrent
from convcost.training.keeping.site import Site, kept
from convcost.training.saved import Kernels, saved
from tests.pytorch.test_shipped_networks import structures
from tests.support.measured import build
from tests.support.paths import CONFIG_FILES
from tests.support.random_texts import random_text
from tests.support.random_tokens import random_tokens
from tests.support.strategies import Drawn, built, drawn_kinds
from tests.support.training import drawn_training, frozen_at_random, kept_bytes, overwrites_input

MATH = Kernels(fused=False)
"""As on the meta device, which has no kernel of attention as a whole."""


def has_an_lstm(graph: Graph) -> bool:
    """Whether it has what keeps a workspace of which nothing is known."""
    cells = [node.op.cell for node in graph.nodes if isinstance(node.op, Recurrent)]
    return "lstm" in cells


def test_by_hand() -> None:
    """A convolution keeps its input, a norm its own with two statistics, a ReLU its output."""
    graph = convcost.build("conv-bn-act", (4, 6, 6), 8)
    found = saved(graph, batch=2)
    read, wrote = 2 * 4 * 36 * 4, 2 * 8 * 36 * 4
    assert found.first() == (0, read, wrote + 2 * 8 * 4, wrote)
    assert found.bytes == kept_bytes(graph, 2)


def test_each_storage_once() -> None:
    """What several ops keep is counted where it is kept first, views of it with it."""
    graph = convcost.build("attention", convcost.Tokens((6, 8)), heads=2)
    first = saved(graph).first()
    assert sum(first) == kept_bytes(graph, 1)
    queries_keys_values = 6 * 24 * 4
    [attention] = [own for node, own in zip(graph.nodes, first, strict=True) if "att" in node.path]
    assert attention == queries_keys_values + 6 * 8 * 4 + 2 * 6 * 4


def test_what_overwrites_spares_what_nobody_keeps() -> None:
    """A ReLU in place takes no room of its own, and what it spares is not kept in any case."""
    plain = convcost.build("conv-bn-act", (4, 6, 6), 4)
    inplace = convcost.build("conv-bn-act", (4, 6, 6), 4, inplace=True)
    assert saved(plain).bytes == saved(inplace).bytes == kept_bytes(inplace, 1)
    assert sum(saved(plain).sizes.values()) > sum(saved(inplace).sizes.values())


def test_what_is_overwritten_and_needed_is_said() -> None:
    """Torch raises where something overwrites what an op before it keeps."""
    text = "networks: [{name: n, input: 4x8x8, layers: [standard: {out: 4}, "
    text += "act: {act: sigmoid}, act: {act: relu, inplace: true}]}]"
    graph = build(text).graph
    assert [str(graph.nodes[index].op) for index in saved(graph).overwritten] == ["relu, in place"]


def test_an_op_without_a_rule_is_unknown() -> None:
    """What is not known of an op is never taken for nothing."""

    class New(Op):
        pass

    laid = Strided((1, 4), (4, 1))
    assert kept(New(), Site((laid,), laid, (True,), False, False)).unknown


@pytest.mark.slow
@pytest.mark.parametrize("path", CONFIG_FILES, ids=[path.stem for path in CONFIG_FILES])
def test_shipped_networks(path: Path) -> None:
    """Networks that are shipped keep what autograd keeps, of attention by a kernel of the CPU."""
    for name, graph in structures(path):
        attends = any(isinstance(node.op, Attention | Composite) for node in graph.nodes)
        on_cpu = attends and len(graph.input) < 4  # where volumes take long
        found = saved(graph, 2, Kernels() if on_cpu else MATH)
        assert not found.unknown, name
        assert found.bytes == kept_bytes(graph, 2, "cpu" if on_cpu else "meta"), name


@pytest.mark.slow
@pytest.mark.parametrize("part", range(2))
def test_kinds(part: int) -> None:
    """Any kind keeps what autograd keeps, also where some of it is frozen."""

    @settings(max_examples=60)
    @given(drawn_kinds(largest=10, channels=16, run=True), st.randoms(use_true_random=False))
    def holds(drawn: Drawn, random: Random) -> None:
        graph = drawn_training(built(drawn), random)
        assume(not (graph.of_layer and overwrites_input(graph)))
        found = saved(graph, 2)
        if has_an_lstm(graph):
            assert found.bytes == 0 or found.unknown
        else:
            assert found.bytes == kept_bytes(graph, 2)

    holds()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Mismatch dtype between input and weight")
@settings(max_examples=60)
@given(drawn_kinds(largest=10, channels=16, run=True))
def test_mixed_precision(drawn: Drawn) -> None:
    """Under autocast in bfloat16 any kind that multiplies keeps what autograd keeps on a CPU."""
    graph = built(drawn)
    assume(not overwrites_input(graph))
    if not any(isinstance(node.op, Recurrent) for node in graph.nodes):
        assert saved(graph, 2, Kernels(amp="bfloat16")).bytes == kept_bytes(graph, 2, amp=True)


@pytest.mark.slow
@pytest.mark.parametrize("make", [random_text, random_tokens])
def test_random_networks(make: Callable[[int], tuple[str, int]]) -> None:
    """So do 75 random networks each, every second one on the meta device."""
    for seed in range(75):
        text, _ = make(seed)
        graph = build(text).graph
        if seed % 3 == 0:
            graph = frozen_at_random(graph, Random(seed))
        recurrent = any(isinstance(node.op, Recurrent) for node in graph.nodes)
        on_meta = seed % 2 and not recurrent  # whose kernels are others there
        if not has_an_lstm(graph):
            found = saved(graph, 2, MATH if on_meta else Kernels())
            assert found.bytes == kept_bytes(graph, 2, "meta" if on_meta else "cpu"), (seed, text)
