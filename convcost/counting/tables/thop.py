"""thop and ultralytics-thop: forward hooks on modules of registered types.

Sources: thop/profile.py (register_hooks) and thop/vision/basic_hooks.py of each release.
"""

from __future__ import annotations

from collections.abc import Mapping

from convcost.counting.attention import WEIGHTS_SOFTMAX
from convcost.counting.conventions import Convention, Table, each, without
from convcost.counting.quantities import (
    OUTPUT_SIZED,
    ROWS,
    SOFTMAX,
    WINDOW_FLOOR,
    WINDOW_RATIO,
    WINDOWS,
)
from convcost.counting.recurrent import BIASES, STATES
from convcost.counting.resizing import by_mode
from convcost.counting.rules import AFFINE, BIAS, MACS, ZERO, X, Y
from convcost.counting.tables.thop_early import tables_before

_TRANSPOSED = OUTPUT_SIZED.but("a transposed convolution counted by its output, stride² too many")
_NORM = 2 * X + 2 * AFFINE
_RECURRENT: Table = {
    **dict.fromkeys(("nn.RNN", "nn.RNNCell"), MACS + STATES + BIASES),
    **dict.fromkeys(("nn.GRU", "nn.GRUCell"), MACS + 7 * STATES + BIASES),
    **dict.fromkeys(("nn.LSTM", "nn.LSTMCell"), MACS + 8 * STATES + BIASES),
}

_UPSAMPLING = ("nn.Upsample", "nn.UpsamplingBilinear2d", "nn.UpsamplingNearest2d")
_0_1_1: Table = {
    **_RECURRENT,
    **each("nn.Conv{}d", MACS),
    **each("nn.ConvTranspose{}d", _TRANSPOSED),
    "nn.Linear": MACS,
    **each("nn.BatchNorm{}d", _NORM),
    **each("nn.InstanceNorm{}d", _NORM),
    **dict.fromkeys(("nn.SyncBatchNorm", "nn.LayerNorm"), _NORM),
    "nn.PReLU": X,
    "nn.Softmax": SOFTMAX,
    **each("nn.AvgPool{}d", Y),
    **each("nn.AdaptiveAvgPool{}d", WINDOW_RATIO),
    **dict.fromkeys(_UPSAMPLING, by_mode(nearest=1, linear=5, bilinear=11, bicubic=259)),
    **each("nn.MaxPool{}d", ZERO),
    **each("nn.AdaptiveMaxPool{}d", ZERO),
    **dict.fromkeys(("nn.ReLU", "nn.ReLU6", "nn.LeakyReLU", "nn.Dropout"), ZERO),
    **dict.fromkeys(("nn.ZeroPad2d", "nn.PixelShuffle"), ZERO),
}
_0_1_1_EARLY = without(_0_1_1, "nn.LayerNorm")
_0_1_0_JULY = without(_0_1_1_EARLY, "nn.PixelShuffle")
_0_1_0: Table = {**_0_1_0_JULY, **each("nn.AdaptiveAvgPool{}d", WINDOW_FLOOR)}
_0_0_31: Table = {
    **without(_0_1_0, "nn.PReLU", "nn.Softmax", *each("nn.InstanceNorm{}d", ZERO)),
    **each("nn.Conv{}d", MACS + BIAS),
    **each("nn.ConvTranspose{}d", _TRANSPOSED + BIAS),
    **each("nn.BatchNorm{}d", 2 * X),
    "nn.SyncBatchNorm": 2 * X,
    "nn.LeakyReLU": X,
    **dict.fromkeys(_UPSAMPLING, by_mode(linear=5, bilinear=11, bicubic=259)),
}

_0_0_5: Table = {
    **_0_0_31,
    **dict.fromkeys(("nn.LayerNorm", *each("nn.InstanceNorm{}d", ZERO)), 2 * X),
    "nn.PReLU": X,
    "nn.Softmax": SOFTMAX,
}

_BARE = "a bare layer as the whole model is printed with 0 params"
_SHARED = "a module with two parents is counted more than once, and the model is broken after it"
_RAISES = {"nn.LayerNorm": "LayerNorm raises AttributeError"}

_NOW = "MACs without biases; 4 for each BatchNorm element; average pools and upsampling"

_SINCE_2_0_16 = "2.0.16 2.0.17 2.0.18 2.0.19 2.0.20 2.0.21 2.0.22 2.1.0 2.1.1"

_2_0_0: Table = {
    **_0_1_1,
    **dict.fromkeys(
        _UPSAMPLING, by_mode(nearest=1, linear=5, bilinear=11, bicubic=259, trilinear=31)
    ),
}
_2_0_16: Table = {**_2_0_0, **each("nn.ConvTranspose{}d", MACS)}
_2_1_2: Table = {
    **_2_0_16,
    **dict.fromkeys(("nn.GroupNorm", "nn.RMSNorm"), _NORM),
    **each("nn.AdaptiveAvgPool{}d", WINDOWS + Y),
    **dict.fromkeys(_UPSAMPLING, by_mode(linear=5, bilinear=11, bicubic=259, trilinear=31)),
    **each("nn.ZeroPad{}d", ZERO),
}
_2_1_3: Table = {
    **_2_1_2,
    "nn.LogSoftmax": SOFTMAX + ROWS,
    "nn.MultiheadAttention": MACS + WEIGHTS_SOFTMAX,
    **each("nn.AvgPool{}d", WINDOWS + Y),
    **dict.fromkeys(("nn.Identity", "nn.Flatten", "nn.PixelUnshuffle"), ZERO),
}
_2_2_0: Table = {
    **_2_1_3,
    **dict.fromkeys(("torch.matmul", "torch.bmm", "operator.matmul"), MACS),
    "F.scaled_dot_product_attention": MACS,
}
_2_2_2: Table = {**_2_2_0, "torch.einsum": MACS}
_2_2_3: Table = {**_2_2_2, "F.linear": MACS}


def _thop(
    versions: str, rules: Table, summary: str, fails: Mapping[str, str] = _RAISES
) -> Convention:
    return Convention(
        "thop",
        tuple(versions.split()),
        rules,
        unit="MACs",
        label="MACs (the package's summary says FLOPs)",
        summary=summary,
        sees="modules of exactly these types; no functions, no operators, no subclasses",
        params="called",
        by_place=2,
        fails=fails,
        defects=(_BARE, _SHARED),
    )


def _ultralytics(
    versions: str, rules: Table, summary: str, *defects: str, by_base: bool = True
) -> Convention:
    functions = ", and functional matrix products" if "torch.matmul" in rules else ""
    types = "these types and their subclasses" if by_base else "exactly these types"
    return Convention(
        "ultralytics-thop",
        tuple(versions.split()),
        rules,
        unit="MACs",
        label="MACs (the package's summary says FLOPs)",
        summary=summary,
        sees=f"modules of {types}{functions}",
        params="all" if by_base else "known",
        subclasses=by_base,
        outermost=True,
        defects=defects,
    )


_AS_0_0_31 = """
    0.0.4.post2006032126 0.0.4.post2006111041 0.0.4.post2007140009 0.0.4.post2009041907
    0.0.4.post2009191310 0.0.4.post2108202217 0.0.4.post2109101449 0.0.4.post2109101452
    0.0.4.post2110061704 0.0.5.post2110061705 0.0.31.post2005241907 0.0.31
"""

THOP = (
    *tables_before(_0_0_31),
    _thop(
        _AS_0_0_31,
        _0_0_31,
        "MACs and biases of convolutions; 2 for each BatchNorm element; average pools",
        {},
    ),
    _thop(
        "0.0.5.post2206100352",
        _0_0_5,
        "MACs and biases of convolutions; 2 for each norm element; average pools, softmax",
        {},
    ),
    _thop("0.0.5.post2206102148 0.1.0.post2206102148", _0_1_0, _NOW),
    _thop("0.1.0.post2207010342 0.1.0", _0_1_0_JULY, _NOW),
    _thop("0.1.1.post2207130030", _0_1_1_EARLY, _NOW),
    _thop("0.1.1.post2209072238 0.1.1", _0_1_1, _NOW, {}),
)
ULTRALYTICS = (
    _ultralytics("2.0.0 2.0.14 2.0.15", _2_0_0, _NOW, _SHARED, by_base=False),
    _ultralytics(_SINCE_2_0_16, _2_0_16, _NOW, f"before 2.0.22: {_SHARED}", by_base=False),
    _ultralytics("2.1.2", _2_1_2, _NOW),
    _ultralytics("2.1.3 2.1.4 2.1.5 2.1.6", _2_1_3, f"{_NOW} by their windows"),
    _ultralytics("2.2.0 2.2.1", _2_2_0, f"{_NOW} by their windows; matrix products"),
    _ultralytics("2.2.2", _2_2_2, f"{_NOW} by their windows; matrix products"),
    _ultralytics("2.2.3", _2_2_3, f"{_NOW} by their windows; matrix products"),
)
