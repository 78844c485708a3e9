"""TensorFlow's profiler and keras-flops: the operations that Keras makes of layers, in NHWC.

Keras decides which operations a layer is: a normalization is a fused operation that has no figure
in Keras 2, and sums and products in Keras 3. A layer of a graph here stands for Keras' own: groups
of one channel for DepthwiseConv, a mean for GlobalAveragePooling, a PReLU with a slope a channel.

Sources: tensorflow/python/profiler/internal/flops_registry.py and tensorflow/python/ops/nn_ops.py
of each release, keras_flops/flops_registory.py; the float operations of a frozen graph.
"""

from __future__ import annotations

from math import prod

from convcost.counting.conventions import Convention, Table, without
from convcost.counting.rules import AFFINE, BIAS, MACS, Call, X, Y, quantity
from convcost.ops.convolutions import Conv
from convcost.ops.maps import Norm
from convcost.ops.pools import Pool
from convcost.ops.resizing import Resize
from convcost.ops.transposed import TransposedConv


@quantity("MACs in TensorFlow", "MACs at positions rounded up to the dilation; 0 with groups", Conv)
def KERAS_MACS(call: Call) -> int:
    """A dilated convolution runs over the map cut in as many maps, each padded."""
    op = call.op
    assert isinstance(op, Conv)
    if 1 < op.groups < op.in_channels:
        return 0
    channels, *size = call.output
    rounded = [-(-n // d) * d for n, d in zip(size, op.dilation, strict=True)]
    return op.macs((channels, *rounded)) * call.batch


@quantity("bias in TensorFlow", "|Y| where there is a bias; 0 with groups", Conv)
def KERAS_BIAS(call: Call) -> int:
    """The bias behind a grouped convolution does not know its shape."""
    op = call.op
    assert isinstance(op, Conv)
    grouped = 1 < op.groups < op.in_channels
    return 0 if grouped or not op.bias else prod(call.output) * call.batch


@quantity(
    "2|Y|·C_in·K/s²", "2 MACs for each output of a stride, cut off; 0 in 3 dims", TransposedConv
)
def BACKPROP(call: Call) -> int:
    """A transposed convolution, which is an ordinary one's gradient."""
    op = call.op
    assert isinstance(op, TransposedConv)
    if len(op.kernel) > 2:
        return 0
    products = op.in_channels // op.groups * prod(op.kernel)
    return 2 * prod(call.output) * call.batch * products // prod(op.stride)


@quantity("1 an axis, not 2-D", "1 for each axis of a transposed convolution in 1 or 3 dims")
def TRANSPOSED_SIZES(call: Call) -> int:
    """The output's sizes are products in Keras 2."""
    return _sizes(call)


@quantity(
    "1 an axis, not 2-D, valid", "1 more for each axis where nothing is padded", TransposedConv
)
def TRANSPOSED_SUMS(call: Call) -> int:
    """Where nothing is padded they are sums, too."""
    assert isinstance(call.op, TransposedConv)
    return 0 if any(call.op.padding) else _sizes(call)


@quantity(
    "5C or 6C", "5 for each channel of a norm, 6 with a scale, once for the whole batch", Norm
)
def FOLDING(call: Call) -> int:
    """What it costs to fold mean, variance, scale and shift into two numbers."""
    return _folding(call)


@quantity("|X| in 1-D", "|X| of a batch norm on C x W or C alone, else 0")
def UNFUSED(call: Call) -> int:
    """Keras 2 fuses a batch norm of maps; what is fused has no figure."""
    return prod(call.input) * call.batch if _is_flat(call) else 0


@quantity("5C or 6C in 1-D", "the same of a batch norm on C x W or C alone, else 0", Norm)
def UNFUSED_FOLDING(call: Call) -> int:
    """What folding costs there."""
    return _folding(call) if _is_flat(call) else 0


@quantity("4C or 5C in 1-D", "the same but for the addition of epsilon", Norm)
def UNFUSED_PRODUCTS(call: Call) -> int:
    """Folding without additions."""
    return _folding(call) - _norm(call).channels if _is_flat(call) else 0


@quantity("6C, or as in 1-D", "6 C of a fused batch norm; 5 C or 6 C where it is not fused", Norm)
def FUSED_FOLDING(call: Call) -> int:
    """keras-flops takes 5 for each variance and 1 for each mean."""
    return _folding(call) if _is_flat(call) else 6 * _norm(call).channels


@quantity("rows of a norm", "4 for each row of a layer norm with a scale, 5 without", Norm)
def LAYER_ROWS(call: Call) -> int:
    """What is found for each row of features."""
    op = _norm(call)
    return prod(call.input) * call.batch // op.channels * (4 if op.affine else 5)


@quantity("3C+4G or 5G", "for each sample of a group norm 3 C + 4 G, or 5 G without a scale", Norm)
def GROUP_ROWS(call: Call) -> int:
    """What a group norm finds for each group, and folds into scale and shift."""
    op = _norm(call)
    return (3 * op.channels + 4 * op.groups if op.affine else 5 * op.groups) * call.batch


@quantity("3C+3G or 5G", "for each sample of a group norm 3 C + 3 G, or 5 G without a scale", Norm)
def GROUP_ROWS_FLOPS(call: Call) -> int:
    """The same in Keras 2.12, as keras-flops counts."""
    op = _norm(call)
    return (3 * op.channels + 3 * op.groups if op.affine else 5 * op.groups) * call.batch


@quantity("3C+2G or 4G", "for each sample of a group norm 3 C + 2 G, or 4 G without a scale", Norm)
def GROUP_PRODUCTS(call: Call) -> int:
    """The same in Keras 2.12, but for additions."""
    op = _norm(call)
    return (3 * op.channels + 2 * op.groups if op.affine else 4 * op.groups) * call.batch


@quantity("3C or 2G", "3 C for each sample of a group norm with a scale, 2 G without", Norm)
def GROUP_CHANNELS(call: Call) -> int:
    """The same in Keras 2.15."""
    op = _norm(call)
    return (3 * op.channels if op.affine else 2 * op.groups) * call.batch


@quantity("slopes", "parameters, once for the whole batch")
def SLOPES(call: Call) -> int:
    """The slopes of a PReLU are negated."""
    return call.op.params


@quantity("K|Y| in 1 and 2 dims", "elements of the window x |Y|; 0 in 3 dims", Pool)
def KERAS_WINDOW(call: Call) -> int:
    """Pools of volumes have no figure."""
    op = call.op
    assert isinstance(op, Pool)
    return prod(op.kernel) * prod(call.output) * call.batch if len(op.kernel) < 3 else 0


@quantity("2 if 2-D", "2 for each upsampling of a map with 2 axes")
def SIZES(call: Call) -> int:
    """Height and width times the factors."""
    return 2 if len(call.output) == 3 else 0


@quantity("1 an axis if nearest", "1 for each axis of an upsampling by nearest neighbours", Resize)
def NEAREST_AXES(call: Call) -> int:
    """One product of sizes for each axis."""
    assert isinstance(call.op, Resize)
    return len(call.output) - 1 if call.op.mode == "nearest" else 0


@quantity("1", "1 for each call")
def ONCE(call: Call) -> int:
    """A product of sizes."""
    return 1


@quantity("|X|-|Y|", "one for each element but the first of each output")
def REDUCED(call: Call) -> int:
    """Comparisons of a reduction."""
    return (prod(call.input) - prod(call.output)) * call.batch


def _norm(call: Call) -> Norm:
    assert isinstance(call.op, Norm)
    return call.op


def _folding(call: Call) -> int:
    op = _norm(call)
    return (6 if op.affine else 5) * op.channels


def _is_flat(call: Call) -> bool:
    """Whether a norm is of a signal or of features, which Keras does not fuse."""
    return len(call.input) < 3


def _sizes(call: Call) -> int:
    axes = len(call.output) - 1
    return 0 if axes == 2 else axes


_GROUPED = "a grouped convolution counts 0, and so may what follows it"
_FUSED = "what is fused has no figure"

_KERAS: Table = {
    "conv": (2 * KERAS_MACS + KERAS_BIAS).but(_GROUPED),
    "transposed conv": BACKPROP + BIAS,
    "linear": 2 * MACS + BIAS,
    "matmul": 2 * MACS,
    "softmax": 5 * X,
    "prelu": 3 * X + SLOPES,
    "silu": 2 * X,
    "gelu": 4 * X,
    "mish": X,
    **dict.fromkeys(("avg pool", "max pool"), KERAS_WINDOW),
    **dict.fromkeys(("mean", "adaptive avg pool"), X),
    **dict.fromkeys(("add", "sub", "mul", "div"), Y),
}
_2_15: Table = {
    **_KERAS,
    "transposed conv": BACKPROP + BIAS + TRANSPOSED_SIZES + TRANSPOSED_SUMS,
    "batch norm": (2 * UNFUSED + UNFUSED_FOLDING).but(_FUSED),
    "layer norm": 2 * AFFINE,
    "group norm": 10 * X + GROUP_CHANNELS,
    "hardsigmoid": 4 * X,
    "resize": SIZES,
}
_2_12: Table = {
    **without(_2_15, "add"),
    "transposed conv": BACKPROP + BIAS + TRANSPOSED_SIZES,
    "batch norm": (UNFUSED + UNFUSED_PRODUCTS).but(_FUSED),
    "layer norm": AFFINE + 3 * ONCE,
    "group norm": 5 * X + GROUP_PRODUCTS,
    "prelu": 2 * X + SLOPES,
    "hardsigmoid": 3 * X,
    "gelu": 3 * X,
}
_2_21: Table = {
    **_KERAS,
    "batch norm": 2 * X + FOLDING,
    "layer norm": 6 * X + 3 * AFFINE + LAYER_ROWS,
    "group norm": 6 * X + GROUP_ROWS,
    "hardsigmoid": 2 * X,
    "hardswish": 3 * X,
    "celu": 5 * X,
    "log-sigmoid": 2 * X,
    "glu": Y,
    "resize": NEAREST_AXES,
}
_KERAS_FLOPS: Table = {  # registers sums, maxima and fused norms, on the graphs of Keras 2.12
    **_2_15,
    "batch norm": 2 * X + FUSED_FOLDING,
    "layer norm": 2 * AFFINE + 3 * ONCE,
    "group norm": 6 * X + GROUP_ROWS_FLOPS,
    **dict.fromkeys(("adaptive max pool", "max"), REDUCED),
}


def _tensorflow(tool: str, version: str, rules: Table, keras: str) -> Convention:
    return Convention(
        tool,
        (version,),
        rules,
        unit="FLOPs",
        label="total_float_ops",
        summary="2 x MACs and biases; pools by their windows; 5 for each element of a softmax",
        sees=f"operations of the frozen graph that Keras {keras} makes, in NHWC",
        params="",
        defects=(_GROUPED,),
    )


TENSORFLOW = (
    _tensorflow("tensorflow", "2.12.1", _2_12, "2.12"),
    _tensorflow("tensorflow", "2.15.1", _2_15, "2.15"),
    _tensorflow("tensorflow", "2.21.0", _2_21, "3.15"),
)
KERAS_FLOPS = _tensorflow("keras-flops", "0.1.2", _KERAS_FLOPS, "2.12")
