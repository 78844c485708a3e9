"""Attention, transformers' blocks and linear layers on tokens, against figures from elsewhere."""

from typing import Any

import pytest

import convcost
from convcost import Tokens
from convcost.errors import ConvcostError
from convcost.kinds.catalogue import find
from convcost.networks.formula import formula
from convcost.networks.symbols import expression
from convcost.values.decimals import Decimal

SPELLINGS = ("multihead", "sdpa", "matmul")
WIDE = Tokens((197, 768))
MAP = Tokens((3136, 96), (56, 56))


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_attention(spelling: str) -> None:
    """ViT-B's attention costs the same in all three spellings, as torch's module has it."""
    own = convcost.cost("attention", WIDE, heads=12, spelling=spelling)
    assert (own.params, own.macs) == (2_362_368, 524_391_936)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_formula(spelling: str) -> None:
    """Its formula is that of the field, and so is its ratio to a convolution."""
    found = convcost.formulas("attention", WIDE, heads=12, spelling=spelling)
    assert found["params"] == "4·D² + 4·D"
    assert found["macs"] == "4·T·D² + 2·T²·D"
    assert found["macs_ratio"] == "4/K² + 2·T/(K²·D)"


@pytest.mark.parametrize(("ratio", "hidden"), [("2.7", 172), ("3.5", 224), ("0.5", 32)])
def test_formula_of_a_ratio_with_a_fraction(ratio: str, hidden: int) -> None:
    """The formula of an mlp whose ratio is no whole number comes to what it costs."""
    traced = formula(find("mlp"), Tokens((10, 64)), {"ratio": Decimal().parse(ratio)})
    assert traced.cost.macs == convcost.cost("mlp", Tokens((10, 64)), ratio=ratio).macs
    assert traced.cost.macs == 10 * 2 * 64 * hidden
    assert expression(traced.cost.macs).evaluate(traced.sizes.values) == traced.cost.macs


def test_formula_of_windows() -> None:
    """In windows of 7 x 7 the products grow with the tokens, not with their square."""
    found = convcost.formulas("window-attention", Tokens((196, 768), (14, 14)), heads=12)
    assert found["macs"] == "4·T·D² + 98·T·D"
    assert found["params"] == "4·D² + 4·D + 169·h"


@pytest.mark.parametrize(
    ("kind", "shape", "given", "params", "macs"),
    [
        # torchvision's vit_b_16: 12 blocks of 7,087,872
        ("transformer-block", WIDE, {"heads": 12}, 7_087_872, 1_453_954_560),
        # torchvision's swin_t, measured: features.1.0 and features.2
        (
            "transformer-block",
            MAP,
            {"heads": 3, "window": 7, "position_bias": "table"},
            112_347,
            376_320_000,
        ),
        ("patch-merging", MAP, {"out": 192}, 74_496, 57_802_752),
        ("mlp", WIDE, {}, 2 * 768 * 3072 + 3072 + 768, 197 * 2 * 768 * 3072),
        ("mlp", (10,), {"ratio": 2.5, "out": 3}, 10 * 25 + 25 + 25 * 3 + 3, 10 * 25 + 25 * 3),
        ("patch-embed", (3, 224, 224), {"out": 768}, 590_592, 115_605_504),
        ("class-token", WIDE, {"count": 2}, 2 * 768, 0),
        ("positions", WIDE, {}, 197 * 768, 0),
        ("embedding", (77,), {"out": 512, "vocabulary": 49_408}, 49_408 * 512, 0),
        # by hand: queries of 4 heads, keys and values of 2, of 6 channels each
        (
            "attention",
            Tokens((5, 24)),
            {"heads": 4, "kv_heads": 2, "head_size": 6, "bias": False},
            24 * 24 + 2 * 24 * 12 + 24 * 24,
            5 * (24 * 24 + 2 * 24 * 12 + 24 * 24) + 2 * 4 * 5 * 5 * 6,
        ),
        ("attention", Tokens((5, 8)), {"heads": 2, "qkv_bias": False}, 4 * 64 + 8, 5 * 256 + 400),
        ("linear", Tokens((10, 3)), {"out": 8}, 32, 240),
        ("linear", (10, 3), {"out": 8}, 32, 240),
        ("linear", (3, 10, 10), {"out": 8, "over": "channels"}, 32, 2400),
        ("linear", (5, 4, 3), {"out": 8, "over": "last"}, 32, 5 * 4 * 3 * 8),
        ("linear", (512, 1, 1), {"out": 10}, 5130, 5120),
    ],
)
def test_figures(kind: str, shape: Any, given: dict[str, Any], params: int, macs: int) -> None:
    """Params and MACs are those of torch's modules, or of a count by hand."""
    own = convcost.cost(kind, shape, **given)
    assert (own.params, own.macs) == (params, macs)


@pytest.mark.parametrize(
    ("kind", "shape", "given", "message"),
    [
        ("attention", (8, 4, 4), {}, "takes tokens, not a map of 8x4x4; to-tokens or patch-embed"),
        ("attention", Tokens((5, 12)), {}, "12 channels cannot be divided into 8 heads"),
        ("attention", Tokens((5, 12)), {"heads": 3, "kv_heads": 2}, "3 heads cannot share 2 heads"),
        ("attention", Tokens((5, 8)), {"qk_norm": "batch"}, "is layer or rms, not batch"),
        (
            "attention",
            Tokens((5, 8)),
            {"spelling": "multihead", "cosine": True},
            "has no kv_hea",
        ),
        ("attention", Tokens((5, 8)), {"position_bias": "table"}, "needs the tokens of a map"),
        ("window-attention", Tokens((5, 8)), {}, "needs the tokens of a map, not 5x8"),
        ("window-attention", Tokens((16, 8), (4, 4)), {"window": 2, "shift": 2}, "is no less than"),
        ("window-attention", Tokens((16, 8), (4, 4)), {"cosine": True}, "for the spelling matmul"),
        ("attention", Tokens((5, 8)), {"shift": 3}, "shift is of windows, and there is no window"),
        ("transformer-block", Tokens((5, 8)), {"project": False}, "project is for attention alone"),
        ("max-pool", Tokens((5, 8)), {}, "max-pool reads a map, and 5x8 are tokens"),
        ("embedding", Tokens((5, 8)), {}, "embedding reads features, and 5x8 are tokens"),
        ("patch-embed", (3, 30, 30), {}, "30x30 is no whole number of patches of 16x16"),
        ("to-map", Tokens((17, 8), (4, 4)), {}, "17 tokens are no map of 4x4, which has 16"),
        ("to-map", Tokens((16, 8)), {}, "needs a size: these tokens were not made of a map"),
        ("take-token", Tokens((5, 8)), {"index": 5}, "there is no token 5 of 5"),
        ("standard", Tokens((5, 8)), {}, "standard reads a map, and 5x8 are tokens; to-map ends"),
        ("norm", Tokens((5, 8)), {}, "of tokens a norm is layer or rms"),
        ("act", Tokens((5, 8)), {"act": "prelu"}, "needs the channels first"),
        ("linear", (3, 10, 10), {}, "flatten it first, or say over: channels"),
        ("mlp", (3, 10, 10), {}, "mlp is for tokens and features, not a map of 3x10x10"),
        ("mean", (3, 10, 10), {"over": "tokens"}, "there are no tokens here, but 3x10x10"),
        ("to-tokens", (3, 9, 9), {"grid": 2}, "a map of 9x9 has no grids of 2x2"),
        ("embedding", (3, 9, 9), {}, "reads numbers of words, such as 77, not 3x9x9"),
    ],
)
def test_what_cannot_be_built(kind: str, shape: Any, given: dict[str, Any], message: str) -> None:
    """What cannot be is refused with a reason that says what would do."""
    with pytest.raises(ConvcostError, match=message):
        convcost.cost(kind, shape, **given)


def test_windows_that_do_not_fit_are_filled() -> None:
    """A map of 10 x 10 in windows of 7 x 7 is one of 14 x 14, and comes out as it was."""
    graph = convcost.build("window-attention", Tokens((100, 8), (10, 10)), heads=1)
    assert graph.nodes[1].shape == (4, 49, 8)
    assert graph.output == (100, 8)
    assert convcost.cost("window-attention", Tokens((100, 8), (10, 10)), heads=1).macs == (
        4 * 196 * 64 + 4 * 2 * 49 * 49 * 8
    )


def test_a_table_of_distances_has_no_batch() -> None:
    """The mlp that makes Swin V2's bias runs once, however many samples there are."""
    shape, given = Tokens((16, 8), (4, 4)), {"window": 4, "spelling": "matmul", "heads": 1}
    plain = convcost.cost("window-attention", shape, position_bias="none", batch=3, **given)
    made = convcost.cost("window-attention", shape, position_bias="mlp", batch=3, **given)
    assert made.macs - plain.macs == 49 * (2 * 512 + 512 * 1)
    assert made.params - plain.params == 3 * 512 + 512
