"""Tools that read a trace or the dispatcher: fvcore, mmengine, torchprofile, torch's own two.

Sources: fvcore/nn/flop_count.py and jit_analysis.py; mmengine/analysis/complexity_analysis.py;
torchprofile/handlers.py; torch/utils/flop_counter.py; torch.profiler, of which what it prints is
known, not its source.
"""

from __future__ import annotations

from dataclasses import replace
from math import prod

from convcost.counting.attention import SIZES
from convcost.counting.conventions import (
    TO_OUTPUTS,
    TO_STATISTICS,
    Convention,
    Table,
    each,
    without,
)
from convcost.counting.quantities import (
    HALF_EINSUM_PATH,
    OF_MATRICES,
    OUTPUT_SIZED_UNGROUPED,
    SAMPLED,
)
from convcost.counting.rules import (
    AFFINE,
    INPUT_GRADS,
    MACS,
    STATISTICS,
    UNGROUPED_WEIGHT_GRADS,
    WEIGHT_GRADS,
    ZERO,
    Call,
    RaisesError,
    X,
    Y,
    quantity,
)
from convcost.graph.calls import OF_KERNELS, SIZE_PRODUCTS
from convcost.ops.called import SizeProducts
from convcost.ops.convolutions import SameConv, ValidConv
from convcost.ops.products import Attention


@quantity(
    "products of sizes", "1 for each product of sizes, which are tensors in a trace", SizeProducts
)
def OF_SIZES(call: Call) -> int:
    """Such as `x.shape[0] * 2`."""
    assert isinstance(call.op, SizeProducts)
    return call.op.count


@quantity("MACs of own heads", "MACs; raises where all heads have the same keys", Attention)
def OF_OWN_HEADS(call: Call) -> int:
    """Keys and values are to have as many heads as queries."""
    assert isinstance(call.op, Attention)
    if call.op.shared:
        raise RaisesError("AssertionError: keys have other heads than queries")
    return call.op.macs(call.output) * call.batch


_STRING_PADDING = "a convolution with padding='same' or 'valid' counts 0 (aten::_convolution_mode)"
_SEES = "operators of a trace that lead to an output, however they are called"
_SEES_IN_TRAINING = (
    "operators of a trace that lead to an output or to running statistics, however they are called"
)
_STATISTICS = "a model in train mode gets its running statistics changed"

_JIT: Table = {
    **dict.fromkeys(("aten::_convolution", "aten::_convolution (transposed)"), MACS),
    **dict.fromkeys(("aten::linear", "aten::bmm", "aten::mm", "aten::addmm"), MACS),
    "aten::matmul": OF_MATRICES,
    "aten::grid_sampler": (4 * Y).but("also where it samples to the nearest, or bicubically"),
    "aten::einsum": HALF_EINSUM_PATH,
    "aten::batch_norm": X + AFFINE + 3 * STATISTICS,
    **dict.fromkeys(
        ("aten::group_norm", "aten::layer_norm", "aten::instance_norm"), 4 * X + AFFINE
    ),
    "aten::upsample_nearest2d": Y,
    "aten::upsample_bilinear2d": 4 * Y,
    "aten::adaptive_avg_pool2d": X,
    **dict.fromkeys(
        (
            "aten::relu",
            "aten::relu_",
            "aten::dropout",
            "aten::cat",
            "aten::flatten",
            "aten::slice",
            "aten::max",
        ),
        ZERO,
    ),
}
_JIT_TRAIN: Table = {**_JIT, "aten::batch_norm": 4 * X + AFFINE}
_ACTIVATIONS: Table = {
    **dict.fromkeys(("aten::_convolution", "aten::_convolution (transposed)"), Y),
    **dict.fromkeys(("aten::linear", "aten::matmul", "aten::bmm", "aten::einsum"), Y),
}

_ZEROS = """
    add sub div cat dropout flatten gelu hardtanh log_softmax max relu sigmoid silu slice softmax
    tanh max_pool1d max_pool2d max_pool3d
    adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d
    upsample_nearest2d
"""


def _fvcore(tool: str, versions: str) -> tuple[Convention, Convention]:
    """The tool on a model in eval mode, and on one in train mode."""
    usual = Convention(
        tool,
        tuple(versions.split()),
        _JIT,
        unit="MACs",
        label="flops, where a multiply-add is one",
        summary="MACs without biases; 2 for each BatchNorm element; adaptive pools and upsampling",
        sees=_SEES,
        params="all",
        keeps=TO_OUTPUTS,
        others={"activations": _ACTIVATIONS},
        defects=(_STRING_PADDING, _STATISTICS),
    )
    summary = "the same on a model in train mode: 5 for each BatchNorm element"
    train = replace(usual, tool=f"{tool}-train", rules=_JIT_TRAIN, summary=summary)
    return usual, replace(train, sees=_SEES_IN_TRAINING, keeps=TO_STATISTICS)


FVCORE, FVCORE_TRAIN = _fvcore("fvcore", "0.1.5.post20221221 0.1.5")
MMENGINE, MMENGINE_TRAIN = _fvcore("mmengine", "0.10.7")
_TORCHPROFILE: Table = {
    "aten::_convolution": MACS,
    "aten::_convolution (transposed)": OUTPUT_SIZED_UNGROUPED.but(
        "a transposed convolution counted by its output, stride² too many, and by its "
        "groups too many where C_in and C_out differ"
    ),
    **dict.fromkeys(("aten::linear", "aten::matmul", "aten::bmm", "aten::einsum"), MACS),
    **dict.fromkeys(("aten::baddbmm", "aten::addmm", "aten::addmv"), MACS),
    "aten::grid_sampler": SAMPLED,
    "aten::scaled_dot_product_attention": OF_OWN_HEADS,
    "aten::lstm": MACS,
    **dict.fromkeys(
        (
            "aten::batch_norm",
            "aten::instance_norm",
            "aten::layer_norm",
            "aten::group_norm",
        ),
        AFFINE,
    ),
    **each("aten::avg_pool{}d", Y),
    **each("aten::adaptive_avg_pool{}d", Y),
    **dict.fromkeys(("aten::mean", "aten::mul", "aten::leaky_relu"), Y),
    "aten::upsample_bilinear2d": 4 * Y,
    "aten::local_response_norm": 3 * Y,  # two of aten::mul and an average pool
    **{f"aten::{name}": ZERO for name in _ZEROS.split()},
    **dict.fromkeys(("aten::relu_", "aten::hardtanh_", "aten::dropout_", "aten::embedding"), ZERO),
    SIZE_PRODUCTS: OF_SIZES,
    "nn.MultiheadAttention": SIZES.but("products of sizes in the trace count 1 each"),
}
_0_0_4 = without(
    _TORCHPROFILE,
    "aten::einsum",
    "aten::scaled_dot_product_attention",
    "aten::lstm",
    *("aten::gelu", "aten::silu", "aten::hardtanh"),
)


def _torchprofile(version: str, rules: Table) -> Convention:
    return Convention(
        "torchprofile",
        (version,),
        rules,
        unit="MACs",
        label="MACs",
        summary="MACs without biases; 1 for each output of BatchNorm, average pools, products",
        sees=_SEES,
        params="",
        keeps=TO_OUTPUTS,
        defects=(_STRING_PADDING, _STATISTICS),
    )


TORCHPROFILE = (_torchprofile("0.0.4", _0_0_4), _torchprofile("0.1.0", _TORCHPROFILE))
ATTENTION_KERNELS = (
    "aten.scaled_dot_product_attention",
    "aten.scaled_dot_product_attention (trained bias)",
)
TORCH = Convention(
    "torch",
    ("2.13.0",),
    {
        "aten.convolution": 2 * MACS,
        **dict.fromkeys(("aten.addmm", "aten.mm"), 2 * MACS),
        "aten.bmm": 2 * MACS,
        "aten.baddbmm": 2 * MACS,
    },
    unit="FLOPs",
    label="FLOPs (torch.utils.flop_counter.FlopCounterMode)",
    summary="2 x MACs of convolutions, linear layers and matrix products, nothing else",
    sees="kernels without gradients, however they are called; those of attention and of an LSTM on "
    "a CPU are not known to it",
    params="",
    no_grad=True,
)
_ON_META = 2 * MACS + 2 * INPUT_GRADS + 2 * WEIGHT_GRADS
TORCH_TRAIN = replace(
    TORCH,
    tool="torch-train",
    rules={
        "aten.convolution": (2 * MACS + 2 * INPUT_GRADS + 2 * UNGROUPED_WEIGHT_GRADS).but(
            "the gradient of weights is counted as if there were no groups"
        ),
        **dict.fromkeys(("aten.addmm", "aten.mm", "aten.bmm", "aten.baddbmm"), _ON_META),
        **dict.fromkeys(ATTENTION_KERNELS, _ON_META),
        OF_KERNELS: _ON_META,
    },
    label="FLOPs (torch.utils.flop_counter.FlopCounterMode, forward and backward)",
    summary="2 x MACs of convolutions, linear layers and matrix products, and of their gradients",
    sees="kernels of a training step on the meta device, which has none of attention as a whole",
    no_grad=False,
    overwritten="RuntimeError: what the gradient needs has been modified by an inplace operation",
)


@quantity("MACs of numbers", "MACs; 0 of a convolution with padding='same' or 'valid'")
def NUMBERED(call: Call) -> int:
    """`aten::conv2d` with a text for its padding has no numbers to be read."""
    spelled = isinstance(call.op, SameConv | ValidConv)
    return 0 if spelled else call.op.macs(call.output) * call.batch


@quantity("scaled", "elements of queries and keys of an attention, which are scaled; else 0")
def SCALED(call: Call) -> int:
    """What an attention without a kernel of its own does before its products."""
    op = call.op
    if not isinstance(op, Attention):
        return 0
    return (prod(call.input) + prod(call.input[:-2]) * op.keys * op.features) * call.batch


@quantity("1 if affine", "1 for each call of a norm with a scale and a shift, else 0")
def ONE_IF_AFFINE(call: Call) -> int:
    """An addition of one number, where the scale or the shift is repeated."""
    return 1 if getattr(call.op, "affine", False) else 0


TORCH_PROFILER = Convention(
    "torch-profiler",
    ("2.13.0",),
    {
        "F.conv2d": (2 * NUMBERED).but("a convolution with padding='same' or 'valid' counts 0"),
        **dict.fromkeys(("aten.addmm", "aten.mm"), 2 * MACS),
        **dict.fromkeys(("aten.bmm", "aten.baddbmm"), 2 * MACS + SCALED),
        **dict.fromkeys(("aten.add", "aten.mul"), X),
        "aten.rms_norm": X + AFFINE,
        "aten.instance_norm": 2 * ONE_IF_AFFINE,
        "aten.local_response_norm": 3 * X,  # two of * and one of +
        "torchvision.deform_conv2d": Y.but("the bias, which is added even where there is none"),
    },
    unit="FLOPs",
    label="flops (torch.profiler, with_flops=True, summed)",
    summary="2 x MACs of 2-D convolutions, linear layers and matrix products; 1 for each element "
    "of the first operand of + and *",
    sees="operators as they are dispatched: aten::conv2d, mm, addmm, bmm, baddbmm, mul, add",
    params="",
    no_grad=True,
    defects=(
        "1-D, 3-D and transposed convolutions count 0",
        "an LSTM, one kernel on a CPU, counts no more than the sum of its biases",
        "x + y counts the elements of x; x += y, as torchvision's ResNet has it, counts 0",
    ),
)
