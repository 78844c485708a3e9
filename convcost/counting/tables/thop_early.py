"""thop before 0.0.31.post2005241907, of November 2018 to May 2020.

Sources: thop/utils.py and count_hooks.py of 0.0.1 and 0.0.2; thop/profile.py and count_hooks.py,
from 0.0.31.post2004070130 on thop/vision/basic_hooks.py. 0.0.23.post1907171426 cannot be imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from convcost.counting.conventions import Convention, Table, each, without
from convcost.counting.quantities import ADDITIONS, OUTPUT_SIZED, SIDE, SIDE_LESS_ONE
from convcost.counting.resizing import by_mode
from convcost.counting.rules import BIAS, MACS, ZERO, Call, Rule, X, Y, quantity
from convcost.ops.convolutions import Conv
from convcost.ops.op import Shape
from convcost.ops.pools import AdaptivePool


@quantity("bias·C_in/g", "|Y| x input channels / groups where there is a bias, else 0", Conv)
def BIAS_BY_INPUT(call: Call) -> int:
    """A bias that is added once for each input channel of a filter."""
    op = call.op
    assert isinstance(op, Conv)
    return prod(call.output) * call.batch * (op.in_channels // op.groups) if op.bias else 0


@quantity("MACs at out/s", "MACs of a map whose sizes are those of the output // stride", Conv)
def STRIDED_TWICE(call: Call) -> int:
    """Multiply-accumulates of a map that was divided by the stride once more."""
    return call.op.macs(_strided(call)) * call.batch


@quantity("bias at out/s", "elements of that map where there is a bias, else 0", Conv)
def STRIDED_TWICE_BIAS(call: Call) -> int:
    """Bias additions of such a map."""
    return prod(_strided(call)) * call.batch if getattr(call.op, "bias", False) else 0


@quantity("k|Y|, k = X//Y", "window (input size // output size, cut off) x |Y|", AdaptivePool)
def ADAPTIVE_FLOOR(call: Call) -> int:
    """Comparisons of an adaptive maximum."""
    assert isinstance(call.op, AdaptivePool)
    axes = zip(call.input[1:], call.output[1:], strict=True)
    return prod([size // out for size, out in axes]) * prod(call.output) * call.batch


def _strided(call: Call) -> Shape:
    op = call.op
    assert isinstance(op, Conv)
    return (op.out_channels, *[n // s for n, s in zip(call.output[1:], op.stride, strict=True)])


def _pools(pattern: str, rule: Rule) -> dict[str, Rule]:
    """The rule for pools; in 2 and 3 dims a square window is taken for its side."""
    by_side = rule.but("a square window counted by its side: 3 for 3 x 3")
    return {**each(pattern, rule, "1"), **each(pattern, by_side, "23")}


def tables_before(may_2020: Table) -> tuple[Convention, ...]:
    """The tables of the releases before one of May 2020, which each changed a little."""
    by_output = "a transposed convolution counted by its output, stride² too many"
    recurrent = [f"nn.{name}{end}" for name in ("RNN", "GRU", "LSTM") for end in ("", "Cell")]
    april = without(may_2020, "nn.SyncBatchNorm", *recurrent)
    january: Table = {**without(april, "nn.ZeroPad2d"), "nn.Linear": MACS + ADDITIONS + BIAS}
    october: Table = {
        **january,
        **each("nn.BatchNorm{}d", 4 * X),
        **_pools("nn.AvgPool{}d", SIDE + Y),
    }
    august: Table = {
        **october,
        "nn.Linear": MACS + ADDITIONS,
        "nn.Upsample": by_mode(linear=5, bilinear=13, bicubic=259),
    }
    early_august = without(august, "nn.Upsample")
    july: Table = {
        **without(early_august, "nn.ConvTranspose1d", "nn.ConvTranspose3d"),
        **each("nn.Conv{}d", (MACS + BIAS_BY_INPUT).but("a bias counted for each input channel")),
        "nn.ConvTranspose2d": OUTPUT_SIZED.but(by_output) + BIAS,
        **dict.fromkeys(("nn.ReLU", "nn.ReLU6", "nn.LeakyReLU"), X),
    }
    june: Table = {
        **without(july, "nn.Dropout"),
        **_pools("nn.MaxPool{}d", SIDE),
        **each("nn.AdaptiveMaxPool{}d", ADAPTIVE_FLOOR),
    }
    first: Table = {
        "nn.Conv2d": (STRIDED_TWICE + STRIDED_TWICE_BIAS).but("the output divided by the stride"),
        "nn.BatchNorm2d": 2 * X,
        **dict.fromkeys(("nn.ReLU", "nn.ReLU6"), X),
        **_pools("nn.MaxPool{}d", SIDE_LESS_ONE),
        **_pools("nn.AvgPool{}d", SIDE),
        "nn.Linear": MACS + ADDITIONS,
    }
    return (
        _early(_FIRST, first, "MACs of convolutions at output / stride; norms 2, ReLU 1, pools"),
        _early(_JUNE, june, f"{_ONCE}; maximum and average pools", _RAISES, last_call=True),
        _early(_JULY, july, f"{_ONCE}; average pools", last_call=True),
        _early(
            _ADAPTIVE,
            without(july, *each("nn.AvgPool{}d", ZERO)),
            f"{_ONCE}; adaptive average pools",
            last_call=True,
        ),
        _early(_EARLY_AUGUST, early_august, f"{_ADDED}, norms 4; average pools"),
        _early(_AUGUST, august, f"{_ADDED}, norms 4; average pools, upsampling", label=_MIXED),
        _early(_OCTOBER, october, f"{_BIASED}, norms 4; average pools", label=_MIXED),
        _early(_JANUARY, january, f"{_BIASED}, norms 2; average pools", label="MACs"),
        _early(
            "0.0.31.post2004070130",
            april,
            "no figure for a convolution: it raises",
            label="MACs",
            single=False,
            fails=dict.fromkeys(
                (*each("nn.Conv{}d", ZERO), *each("nn.ConvTranspose{}d", ZERO)),
                "convolutions raise TypeError: DoubleTensor takes no dtype",
            ),
        ),
        _early(
            _APRIL,
            april,
            "MACs and biases of convolutions; 2 for each BatchNorm element; average pools",
            label="MACs",
            params="known",
            single=False,
        ),
    )


_FIRST = "0.0.1 0.0.2"
_JUNE = (
    "0.0.22.post421392844089 0.0.22.post1906241147 0.0.22 0.0.23.post1906241153 "
    "0.0.23.post1906241219 0.0.23.post1906241402 0.0.23.post1907011323"
)
_JULY = "0.0.23.post1907171430 0.0.23.post1908021457 0.0.23.post1908021522"
_ADAPTIVE = "0.0.23.post1908021517"
_EARLY_AUGUST = (
    "0.0.23.post1908061459 0.0.30.post190806 0.0.30.post1908061459 0.0.30.post1908061501"
)
_AUGUST = (
    "0.0.30.post1908281655 0.0.30.post1908282105 0.0.30.post1908282106 0.0.30.post1908282117 "
    "0.0.30.post1908302010 0.0.31.post1909021322 0.0.31.post1909230639"
)
_OCTOBER = "0.0.31.post1910280903 0.0.31.post1912272122"
_JANUARY = "0.0.31.post2001170342"
_APRIL = "0.0.31.post2004101309 0.0.31.post2005141432 0.0.31.post2005141830"

_ONCE = "MACs, biases for each input channel, 2 in - 1 for linear layers; norms 4, ReLU 1"
_ADDED = "MACs and biases of convolutions, 2 in - 1 for linear layers"
_BIASED = "MACs and biases, of linear layers 2 in - 1 and the bias"
_MIXED = "MACs (its examples say flops)"
_RAISES = "a module with two parents raises, and in the first releases a network without parameters"


def _early(
    versions: str,
    rules: Table,
    summary: str,
    *defects: str,
    label: str = "FLOPs",
    params: str = "leaves",
    last_call: bool = False,
    single: bool = True,
    fails: Mapping[str, str] | None = None,
) -> Convention:
    known = ["from 2^24 on figures and params are rounded to single precision"] * single
    known += ["a module that is called more than once counts by its last call"] * last_call
    return Convention(
        "thop",
        tuple(versions.split()),
        rules,
        unit="MACs",
        label=label,
        summary=summary,
        sees="modules without children of exactly these types; no functions, no operators",
        params=params,
        last_call=last_call,
        single=single,
        fails=fails or {},
        defects=(*known, *defects),
    )
