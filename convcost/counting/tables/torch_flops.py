"""torch-flops: the calls of a torch.fx trace, by the name of a class or of a function.

Sources: torch_flops/flops_ops.py and flops_engine.py of each release.
"""

from __future__ import annotations

from math import prod

from convcost.counting.attention import WEIGHTS
from convcost.counting.conventions import Convention, Table, each
from convcost.counting.quantities import ADDITIONS, SIDE, SIDE_LESS_ONE
from convcost.counting.resizing import SIZE_OR_SCALE_TO_N
from convcost.counting.rules import BIAS, MACS, ZERO, Call, RaisesError, X, Y, quantity
from convcost.ops.maps import Norm
from convcost.ops.pools import AdaptivePool
from convcost.ops.products import Attention


@quantity("g·MACs", "multiply-accumulates as if there were no groups")
def UNGROUPED(call: Call) -> int:
    """MACs times groups."""
    return call.op.macs(call.output) * getattr(call.op, "groups", 1) * call.batch


@quantity("g·MACs-g|Y|", "as many additions, g less for each output where there is no bias")
def UNGROUPED_ADDITIONS(call: Call) -> int:
    """Additions of those products, and of the bias."""
    groups = getattr(call.op, "groups", 1)
    less = 0 if getattr(call.op, "bias", False) else groups * prod(call.output)
    return (call.op.macs(call.output) * groups - less) * call.batch


@quantity("4|X| or raises", "4 for each element; a norm without scale and shift raises")
def FOUR_OR_RAISES(call: Call) -> int:
    """`elementwise_affine` is asked of norms that have none."""
    if isinstance(call.op, Norm) and not call.op.affine:
        raise RaisesError("AttributeError: a norm has no elementwise_affine")
    return 4 * prod(call.input) * call.batch


@quantity(
    "window·|Y|",
    "X/Y, or (X mod Y) + 1 where Y does not divide X, on each axis, x |Y|",
    AdaptivePool,
)
def ADAPTIVE(call: Call) -> int:
    """The elements of a window, which are wrong where the sizes do not divide."""
    return _window(call) * prod(call.output) * call.batch


@quantity("(window-1)·|Y|", "one less for each output", AdaptivePool)
def ADAPTIVE_COMPARISONS(call: Call) -> int:
    """Comparisons in as many."""
    return (_window(call) - 1) * prod(call.output) * call.batch


@quantity(
    "3 weights-queries",
    "softmax of an attention: 3 for each weight, less 1 for each query",
    Attention,
)
def ATTENTION_SOFTMAX(call: Call) -> int:
    """Exponentials, additions and divisions."""
    assert isinstance(call.op, Attention)
    return prod(call.input[:-1]) * call.batch * (3 * call.op.keys - 1)


def _window(call: Call) -> int:
    assert isinstance(call.op, AdaptivePool)
    pairs = zip(call.input[1:], call.output[1:], strict=True)
    return prod([x // y if x % y == 0 else x % y + 1 for x, y in pairs])


_NORMS = (*each("nn.BatchNorm{}d", ZERO), *each("nn.InstanceNorm{}d", ZERO))
_SIDE = "of a square kernel that is written as one number only the side counts"

_0_1_0: Table = {
    "nn.Linear": MACS + ADDITIONS + BIAS,
    **each("nn.Conv{}d", (UNGROUPED + UNGROUPED_ADDITIONS).but("the groups are left out")),
    **each("nn.AvgPool{}d", SIDE.but(_SIDE)),
    "nn.AdaptiveAvgPool1d": ADAPTIVE,
    **each("nn.MaxPool{}d", SIDE_LESS_ONE.but(_SIDE)),
    **each("nn.AdaptiveMaxPool{}d", ADAPTIVE_COMPARISONS),
    "nn.LayerNorm": 4 * X,
    **dict.fromkeys((*_NORMS, "nn.GroupNorm"), FOUR_OR_RAISES),
    **dict.fromkeys(("nn.ReLU", "nn.GELU"), X),
    **dict.fromkeys(("nn.Identity", "nn.Dropout", "nn.Flatten", "torch.cat"), ZERO),
    **{f"{place}.{name}": Y for place in ("torch", "operator") for name in ("add", "mul")},
    **dict.fromkeys(("torch.matmul", "operator.matmul"), MACS + ADDITIONS),
}
_0_1_2: Table = {
    **_0_1_0,
    **each("nn.AdaptiveAvgPool{}d", ADAPTIVE),
    **dict.fromkeys(("torch.sub", "operator.sub", "operator.div"), Y),
}
_0_1_3: Table = {**_0_1_2, "F.linear": MACS + ADDITIONS + BIAS}
_0_3_6: Table = {**_0_1_3, **each("nn.Conv{}d", MACS + ADDITIONS + BIAS)}
_0_4_0: Table = {
    **_0_3_6,
    **dict.fromkeys(("nn.LeakyReLU", "F.leaky_relu"), 4 * X),
    **each("F.conv{}d", (MACS + ADDITIONS).but("a bias counts only where it is given by name")),
    "F.pad": ZERO,
    "subclass of nn.Upsample": ZERO.but("its factor is a float, and floats are not added up"),
    "F.interpolate": SIZE_OR_SCALE_TO_N.but(
        "the scale to the power of the batch; a size leaves batch and channels out"
    ),
    "F.scaled_dot_product_attention": MACS + ADDITIONS + WEIGHTS + ATTENTION_SOFTMAX,
}
_TRACE_ERROR = "TraceError: traced variables cannot be inputs to control flow"
_FAILS = {
    **{f"subclass of {name}": _TRACE_ERROR for name in _NORMS},
    "torchvision.ops.deform_conv2d": _TRACE_ERROR,
}


def _torch_flops(versions: str, rules: Table) -> Convention:
    return Convention(
        "torch-flops",
        tuple(versions.split()),
        rules,
        unit="FLOPs",
        label="FLOPs",
        summary="2 x MACs less 1 for each output, biases, 4 for each element of norms, sums of "
        "residuals, pools",
        sees="calls of a torch.fx trace, by the name of a class of torch.nn or of a function",
        params="",
        opaque=True,
        fails=_FAILS,
        defects=(
            "since 0.3.4 a model without parameters raises StopIteration",
            "since 0.3.1 it runs on a GPU only, as it asks for the memory of one",
        ),
    )


TORCH_FLOPS = (
    _torch_flops("0.1.0 0.1.1", _0_1_0),
    _torch_flops("0.1.2", _0_1_2),
    _torch_flops("0.1.3 0.2.1 0.3.1 0.3.4 0.3.5", _0_1_3),
    _torch_flops("0.3.6", _0_3_6),
    _torch_flops("0.4.0 0.4.1", _0_4_0),
)
