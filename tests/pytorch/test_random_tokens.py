"""Random texts of networks of tokens, against real tools that run on modules written apart.

`test_random_networks` has its like for maps: the modules are made of the texts by `token_reading`,
which has nothing of convcost in it.
"""

from __future__ import annotations

import copy
from functools import cache

import pytest
import torch
from torch import Tensor

from convcost.counting.counts import count
from convcost.counting.profilers import TOOLS
from convcost.ops.layouts import Windows
from convcost.pytorch.verify import choose
from tests.support.measured import MODULE_TOOLS, build, printed, torch_flops
from tests.support.random_tokens import random_tokens
from tests.support.token_reading import Network

pytestmark = pytest.mark.slow

SEEDS = range(80)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    """Let torch use one thread: these maps are small."""
    torch.set_num_threads(1)


@pytest.mark.parametrize("seed", SEEDS)
def test_random_tokens(seed: int) -> None:
    """Shapes, params and MACs are those of the module, and each tool prints what its table says."""
    text, batch = random_tokens(seed)
    row, module = build(text), Network(text).eval()
    inputs = module.inputs(batch)
    with torch.no_grad():
        found = module(*inputs)
    outputs = found if isinstance(found, tuple) else (found,)
    assert list(map(shape_of, outputs)) == [
        in_batch(shape, batch) for shape in row.outputs.values()
    ]
    assert sum(each.numel() for each in module.parameters()) == row.cost.params
    flops = torch_flops(copy.deepcopy(module), inputs)
    assert flops == count(row.graph, TOOLS["torch"], batch).total, text
    # Without a device torch has no kernel for all of an attention, but its products.
    meta = copy.deepcopy(module).to("meta"), tuple([each.to("meta") for each in inputs])
    assert torch_flops(*meta) == count(row.graph, TOOLS["flops"], batch).total, text
    for convention in choose(MODULE_TOOLS).conventions:
        expected = count(row.graph, convention, batch)
        figures = printed(convention.tool, module, inputs)
        assert figures == (expected.total, expected.params), f"{convention.name}\n{text}"


def shape_of(output: Tensor) -> tuple[int, ...]:
    """The sizes of an output."""
    return tuple(output.shape)


def in_batch(shape: tuple[int, ...], batch: int) -> tuple[int, ...]:
    """A shape with its batch, in which windows are."""
    if isinstance(shape, Windows):
        return (batch * shape[0], *shape[1:])
    return (batch, *shape)


@pytest.mark.parametrize(
    "words",
    [
        *(("tokens:",), ("inputs:",), ("embedding",), ("patch-embed",), ("to-map",), ("size:",)),
        *(("window:",), ("grid:",), ("class-token",), ("take-token",), ("positions",), ("mean",)),
        *(("max",), ("of: tokens",), ("over: channels",), ("over: last",), ("mlp",)),
        *(("norm: layer",), ("norm: rms",), ("softmax",), ("axis: tokens",), ("axis: channels",)),
        *(("split:",), ("residual:",), ("share:",), ("shared: true",), ("repeat:",), ("index",)),
        *(("sdpa",), ("matmul",), ("multihead",), ("kv_heads",), ("head_size",), ("qkv_bias",)),
        *(("causal",), ("qk_norm",), ("need_weights",), ("cosine",), ("position_bias: table",)),
        *(("position_bias: mlp",), ("shift:",), ("window-attention",), ("transformer-block",)),
        *(("norm_at: post",), ("norm_at: res-post",), ("layer_scale",), ("drop_path",)),
        *(("patch-merging",), ("lstm",), ("gru",), ("rnn",), ("directions: 2",), ("outputs:",)),
        *(("run: false",), ("form: function",), ("layer-scale",), ("    from:",)),
    ],
)
def test_all_is_drawn(words: tuple[str, ...]) -> None:
    """Each part of the language of tokens is in some of the texts."""
    assert sum(all(word in text for word in words) for text in every_text()) >= 2


@cache
def every_text() -> list[str]:
    """The texts of all networks."""
    return [random_tokens(seed)[0] for seed in SEEDS]
