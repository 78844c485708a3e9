"""torchstat: what a module without children is called with, by the class that it is one of.

Sources: torchstat/compute_flops.py, compute_madd.py, compute_memory.py and model_hook.py of each
release.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import prod

from convcost.counting.conventions import Convention, Table
from convcost.counting.quantities import ADDITIONS
from convcost.counting.rules import AFFINE, BIAS, MACS, PARAMS, Call, RaisesError, X, Y, quantity
from convcost.ops.pools import Pool


@quantity("MACs of rows", "MACs of a linear layer on features alone; on tokens it raises")
def FEATURES_MACS(call: Call) -> int:
    """`assert len(inp.size()) == 2`."""
    if len(call.input) != 1:
        raise RaisesError("AssertionError: a linear layer takes N x features only")
    return call.op.macs(call.output) * call.batch


@quantity("positions", "positions of the output map, of one channel only")
def POSITIONS(call: Call) -> int:
    """Elements of one channel of the output."""
    return prod(call.output[1:]) * call.batch


@quantity("bias at S_in", "C_out x input positions of a transposed convolution with a bias")
def SPREAD_BIAS(call: Call) -> int:
    """Bias additions of a transposed convolution, at its input's positions."""
    return _spread(call) if getattr(call.op, "bias", False) else 0


@quantity("MACs-C_out·S_in", "additions of products at the input positions of a transposed conv")
def SPREAD_ADDITIONS(call: Call) -> int:
    """As an ordinary convolution adds, C_in/g x K - 1, for C_out x input positions."""
    return call.op.macs(call.output) * call.batch - _spread(call)


@quantity("K|Y|", "elements of the window x output elements", Pool)
def WINDOW(call: Call) -> int:
    """One operation for each element of each window."""
    assert isinstance(call.op, Pool)
    return prod(call.op.kernel) * prod(call.output) * call.batch


@quantity("(K-1)|Y|", "elements of the window - 1, x output elements", Pool)
def COMPARISONS(call: Call) -> int:
    """Comparisons of a maximum pool."""
    assert isinstance(call.op, Pool)
    return (prod(call.op.kernel) - 1) * prod(call.output) * call.batch


@quantity("3|X|-1", "3 for each element of a sample, less one: as if the softmax were over all")
def SOFTMAX_OF_ALL(call: Call) -> int:
    """Exponentials, additions and divisions of one row that is the whole sample."""
    return (3 * prod(call.input) - 1) * call.batch


@quantity("2C", "a scale and a shift for each channel, also where there are none")
def CHANNELS_TWICE(call: Call) -> int:
    """Two numbers a channel, for each sample."""
    return 2 * call.input[0] * call.batch


def _spread(call: Call) -> int:
    return call.output[0] * prod(call.input[1:]) * call.batch


_ACTS = ("nn.ReLU", "nn.ReLU6", "nn.PReLU", "nn.ELU", "nn.LeakyReLU")
_FLOPS: Table = {
    "nn.Conv2d": MACS + BIAS,
    "nn.Linear": FEATURES_MACS.but("its bias adds none"),
    "nn.BatchNorm2d": X + AFFINE,
    **dict.fromkeys(_ACTS, X),
    **dict.fromkeys(("nn.AvgPool2d", "nn.MaxPool2d"), X),
    "nn.Upsample": POSITIONS.but("one channel only"),
}
_MADD: Table = {
    "nn.Conv2d": MACS + ADDITIONS + BIAS,
    "nn.ConvTranspose2d": (MACS + SPREAD_ADDITIONS + SPREAD_BIAS).but(
        "additions and biases counted at the input's positions"
    ),
    "nn.Linear": (MACS + ADDITIONS).but("its bias adds none"),
    "nn.BatchNorm2d": 4 * X,
    **dict.fromkeys(("nn.ReLU", "nn.ReLU6"), X),
    "nn.AvgPool2d": WINDOW,
    "nn.MaxPool2d": COMPARISONS,
    "nn.Softmax": SOFTMAX_OF_ALL.but("one sum, however many rows there are"),
}
_MEMORY: Table = {
    **dict.fromkeys(("nn.Conv2d", "nn.Linear"), 4 * X + 4 * PARAMS + 4 * Y),
    "nn.BatchNorm2d": 8 * X + 4 * CHANNELS_TWICE,
    **dict.fromkeys(("nn.ReLU", "nn.ReLU6", "nn.ELU", "nn.LeakyReLU"), 8 * X),
    "nn.PReLU": 8 * X + 4 * PARAMS,
    **dict.fromkeys(("nn.AvgPool2d", "nn.MaxPool2d"), 4 * X + 4 * Y),
}
_FAILS = {
    name: "AssertionError"
    for act in ("nn.PReLU", "nn.ELU", "nn.LeakyReLU")
    for name in (act, f"subclass of {act}")
}
_TUPLES = {
    f"{prefix}nn.{name}": "AttributeError: 'tuple' object has no attribute 'size'"
    for name in ("RNN", "GRU", "LSTM")
    for prefix in ("", "subclass of ")
}


def _torchstat(version: str, others: Mapping[str, Table], fails: Mapping[str, str]) -> Convention:
    return Convention(
        "torchstat",
        (version,),
        _FLOPS,
        unit="MACs",
        label="Flops",
        summary="MACs and biases of 2-D convolutions; 2 for each BatchNorm element; 1 for each "
        "element of activations and pools",
        sees="modules without children, of these types and their subclasses; no functions",
        params="all",
        subclasses=True,
        per_sample=True,
        last_call=True,
        fails={**fails, **_TUPLES},
        others=others,
        defects=(
            "it takes C x H x W alone, and runs a batch of 1 whatever is asked",
            "a module that is called more than once counts by its last call",
            "a subclass that comes behind its base recurses without end",
        ),
    )


TORCHSTAT = (
    _torchstat("0.0.5", {"MAdd": _MADD}, _FAILS),
    _torchstat("0.0.6", {"MAdd": _MADD}, {}),
    _torchstat("0.0.7", {"MAdd": _MADD, "MemR+W": _MEMORY}, {}),
)
TORCHSTAT_MADD = replace(
    TORCHSTAT[-1],
    tool="torchstat-madd",
    rules=_MADD,
    unit="FLOPs",
    label="MAdd",
    summary="its MAdd: 2 x MACs less 1 for each output, and biases; 4 for each BatchNorm element",
    others={},
)
