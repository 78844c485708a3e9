"""The modules of attention: what they compute, and what tools print for the spellings."""

from typing import Any

import pytest
import torch
from torch import nn

import convcost
from convcost import Tokens
from convcost.counting.counts import count
from convcost.counting.profilers import find_convention
from convcost.pytorch.verify import choose
from convcost.pytorch.worker import Worker
from tests.support.tools import TOOLS

SHAPE = Tokens((9, 16), (3, 3))


def computed(spelling: str, **given: Any) -> torch.Tensor:
    """What an attention makes of the same tokens with the same weights, in a spelling."""
    module = convcost.to_torch("attention", SHAPE, heads=4, spelling=spelling, **given).eval()
    torch.manual_seed(1)
    weights = iter((torch.randn(48, 16), torch.randn(48), torch.randn(16, 16), torch.randn(16)))
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(next(weights) / 4)
        found: torch.Tensor = module(torch.randn(2, 9, 16))
    return found


@pytest.mark.parametrize("given", [{}, {"causal": True}, {"form": "function"}])
def test_spellings_compute_the_same(given: dict[str, Any]) -> None:
    """The three spellings of an attention make the same of the same tokens and weights."""
    fused = computed("sdpa", **given)
    torch.testing.assert_close(computed("matmul", **given), fused)
    if "form" not in given:
        torch.testing.assert_close(computed("multihead", **given), fused)
        several = computed("multihead", need_weights=False, **given)
        torch.testing.assert_close(several, fused)


def test_windows_come_back_in_their_places() -> None:
    """Windows, shifted or in grids, filled up or not, are put together as they were cut."""
    x = torch.randn(2, 63, 8)
    drawn: tuple[dict[str, Any], ...] = (
        {"window": 3},
        {"window": 4, "shift": 2},
        {"window": (2, 5), "shift": (1, 3)},
    )
    for given in drawn:
        shape = Tokens((63, 8), (7, 9))
        module = convcost.to_torch(
            "window-attention", shape, heads=2, position_bias="none", **given
        )
        values: dict[int, torch.Tensor] = {0: x}
        first, *_, last = module.graph.nodes[1:]  # type: ignore[union-attr, index]
        cut, join = (step for _, step in (module.steps[1], module.steps[-1]))  # type: ignore[index]
        assert first.path == "windows"
        assert last.path == "map"
        torch.testing.assert_close(join(cut(values[0])), x)


@pytest.mark.slow
@pytest.mark.parametrize("spelling", ["multihead", "sdpa", "matmul"])
def test_tools_on_the_attention_of_a_vit(spelling: str, worker: Worker) -> None:
    """Each tool prints for ViT-B's attention what its table says, in each spelling."""
    graph = convcost.build("attention", Tokens((197, 768)), heads=12, spelling=spelling)
    for convention in choose(TOOLS).conventions:
        printed = worker.measure(convention.tool, graph, 1)
        own = count(graph, find_convention(convention.tool))
        assert printed[0] == own.total, convention.tool
        assert printed[1] in (None, own.params), convention.tool


@pytest.mark.slow
def test_encoder_layer() -> None:
    """A block behind its sums with ReLU has the params and MACs of nn.TransformerEncoderLayer."""
    layer = nn.TransformerEncoderLayer(64, 4, 256, batch_first=True)
    own = convcost.cost("transformer-block", Tokens((10, 64)), heads=4, act="relu", norm_at="post")
    assert own.params == sum(each.numel() for each in layer.parameters())
    assert own.macs == 10 * (4 * 64 * 64 + 2 * 64 * 256) + 2 * 10 * 10 * 64
