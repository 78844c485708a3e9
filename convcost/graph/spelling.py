"""How torch spells each op: its class of `nn`, its function, in a trace, and as a kernel."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from convcost.ops.attention import MultiheadAttention, Projection
from convcost.ops.convolutions import Conv, SameConv, ValidConv
from convcost.ops.maps import (
    GLU,
    Activation,
    Elementwise,
    LayerScale,
    LearnableScalar,
    LocalResponseNorm,
    Norm,
    Softmax,
)
from convcost.ops.moves import (
    ChannelShuffle,
    Concat,
    Flatten,
    PixelShuffle,
    PixelUnshuffle,
    Slice,
    Subsample,
    SwapAxes,
    ToFirst,
    ToLast,
)
from convcost.ops.op import Op
from convcost.ops.padding import Crop, Pad, PadChannels
from convcost.ops.partitions import (
    ByDistance,
    Distances,
    FromWindows,
    HeadScale,
    MergePatches,
    Normalize,
    PositionBias,
    ToWindows,
)
from convcost.ops.pools import AdaptivePool, Maximum, Mean, OverChannels, Pool
from convcost.ops.products import Attention, Einsum, Linear, Matmul
from convcost.ops.recurrent import OfStates, Recurrent, RecurrentCell
from convcost.ops.resizing import GridSample, Resize
from convcost.ops.tokens import (
    ClassToken,
    Embedding,
    Mask,
    MergeHeads,
    OneToken,
    OverTokens,
    Positions,
    RepeatHeads,
    SplitHeads,
    SwapLast,
    ToMap,
    ToTokens,
)
from convcost.ops.transposed import TransposedConv

ACTIVATIONS = {
    "relu": ("ReLU", "F.relu"),
    "relu6": ("ReLU6", "F.hardtanh"),
    "leaky-relu": ("LeakyReLU", "F.leaky_relu"),
    "prelu": ("PReLU", "F.prelu"),
    "elu": ("ELU", "F.elu"),
    "sigmoid": ("Sigmoid", "torch.sigmoid"),
    "tanh": ("Tanh", "torch.tanh"),
    "hardtanh": ("Hardtanh", "F.hardtanh"),
    "hardsigmoid": ("Hardsigmoid", "F.hardsigmoid"),
    "hardswish": ("Hardswish", "F.hardswish"),
    "silu": ("SiLU", "F.silu"),
    "gelu": ("GELU", "F.gelu"),
    "mish": ("Mish", "F.mish"),
    "softplus": ("Softplus", "F.softplus"),
    "selu": ("SELU", "F.selu"),
    "celu": ("CELU", "F.celu"),
    "log-sigmoid": ("LogSigmoid", "F.logsigmoid"),
    "dropout": ("Dropout", "F.dropout"),
    "identity": ("Identity", ""),
}
"""Each activation's class in `torch.nn`, and what the class's forward calls."""

NORMS = {
    "batch": ("BatchNorm{}d", "batch_norm"),
    "sync": ("SyncBatchNorm", "batch_norm"),
    "instance": ("InstanceNorm{}d", "instance_norm"),
    "group": ("GroupNorm", "group_norm"),
    "layer": ("LayerNorm", "layer_norm"),
    "rms": ("RMSNorm", "rms_norm"),
}
"""Each norm's class in `torch.nn` and its function."""


class Spelling(NamedTuple):
    """An op's names: as a class of `nn`, as a function, in a trace, as a kernel, and ours."""

    module: str
    function: str
    traced: str
    kernel: str
    own: str
    inner: str = ""
    """What the module's forward calls, where that is not `F.` and the function."""


@lru_cache(maxsize=4096, typed=True)
def spell(op: Op, dims: int) -> Spelling:
    """The names of an op on maps of so many axes."""
    if isinstance(op, Conv | TransposedConv):
        return _spell_conv(op, dims)
    if isinstance(op, Norm):
        module, function = NORMS[op.function]
        return _same(module.format(dims), function, own=f"{op.function} norm")
    if isinstance(op, Activation):
        if op.function in KERNELS:
            return KERNELS[op.function]
        module, inner = ACTIVATIONS[op.function]
        function = op.function.replace("-", "_")
        plain = inner in (f"F.{function}", "")
        return _same(module, function, op.function, "" if plain else inner)
    if isinstance(op, Pool):
        function = f"{op.function}_pool{dims}d"
        return _same(f"{op.function.title()}Pool{dims}d", function, f"{op.function} pool")
    if isinstance(op, AdaptivePool):
        function = f"adaptive_{op.function}_pool{dims}d"
        module = f"Adaptive{op.function.title()}Pool{dims}d"
        return _same(module, function, f"adaptive {op.function} pool")
    if isinstance(op, Resize):
        traced = _RESIZED.get(op.mode, f"upsample_{op.mode}{{}}d").format(dims)
        return Spelling("Upsample", "interpolate", traced, traced, "resize")
    if isinstance(op, Softmax):
        function = "log_softmax" if op.log else "softmax"
        return _same("LogSoftmax" if op.log else "Softmax", function)
    if isinstance(op, Matmul):
        kernel = "baddbmm" if op.function == "baddbmm" else "bmm"
        return Spelling("", op.function, op.function, kernel, "matmul")
    if isinstance(op, Elementwise | OverChannels):
        return _same("", op.function)
    if isinstance(op, OverTokens):
        return _same("", {"mean": "mean", "max": "amax"}[op.function], op.function)
    if isinstance(op, Pad):
        return _same(f"ZeroPad{dims}d", "pad")
    if isinstance(op, Einsum):
        written = op.equation.partition("->")[2]
        sums = any(size > 1 for label, size in op.sizes if label not in written)
        return Spelling("", "einsum", "einsum", "bmm" if sums else "mul", "einsum")
    if isinstance(op, Attention):
        # On a CPU torch has a kernel for one axis of heads and values as wide as queries, whose
        # features lie one behind the other and whose heads are as many.
        function = "scaled_dot_product_attention"
        fused = dims == 2 and op.has_kernel
        biased = op.params or getattr(op, "trained", False)
        trained = " (trained bias)" if biased else ""  # one that needs a gradient is not fused
        kernel = f"{function}{trained}" if fused else "bmm"
        return Spelling("", function, function, kernel, "attention")
    if isinstance(op, Recurrent):
        return _spell_recurrent(op)
    return PLAIN[type(op)]


_RESIZED = {"nearest-exact": "_upsample_nearest_exact{}d", "area": "adaptive_avg_pool{}d"}
"""What is run for modes that are not called as their kernel is."""


def _same(module: str, function: str, own: str = "", inner: str = "") -> Spelling:
    """A function that is called the same in a trace and as a kernel."""
    return Spelling(module, function, function, function, own or function, inner)


def _spell_conv(op: Conv | TransposedConv, dims: int) -> Spelling:
    if isinstance(op, TransposedConv):
        module, function = f"ConvTranspose{dims}d", f"conv_transpose{dims}d"
        return Spelling(
            module, function, "_convolution (transposed)", "convolution", "transposed conv"
        )
    traced = "_convolution_mode" if isinstance(op, SameConv | ValidConv) else "_convolution"
    return Spelling(f"Conv{dims}d", f"conv{dims}d", traced, "convolution", "conv")


KERNELS = {
    "selu": Spelling("SELU", "selu", "selu", "elu", "selu"),
    "log-sigmoid": Spelling(
        "LogSigmoid", "logsigmoid", "log_sigmoid", "log_sigmoid_forward", "log-sigmoid"
    ),
}
"""Activations whose function, trace and kernel are not called alike."""


def _spell_recurrent(op: Recurrent) -> Spelling:
    if isinstance(op, RecurrentCell):
        function = f"rnn_{op.cell}_cell" if op.gates == 1 else f"{op.cell}_cell"
        module = "RNNCell" if op.gates == 1 else f"{op.cell.upper()}Cell"
        return _same(module, function, f"{op.cell} cell", f"torch.{function}")
    if op.gates == 1:
        return _same("RNN", f"rnn_{op.cell}", "rnn", f"torch.rnn_{op.cell}")
    kernel = "mkldnn_rnn_layer" if op.cell == "lstm" else op.cell  # of which a CPU runs the parts
    return Spelling(op.cell.upper(), op.cell, op.cell, kernel, op.cell, f"torch.{op.cell}")


PLAIN = {
    Linear: Spelling("Linear", "linear", "linear", "addmm", "linear"),
    Projection: Spelling("", "linear", "linear", "mm", "linear"),
    OfStates: Spelling("Linear", "linear", "linear", "addmm", "linear"),
    Concat: _same("", "cat", "concat"),
    Slice: _same("", "slice"),
    Mean: _same("", "mean"),
    Maximum: _same("", "amax", "max"),
    Flatten: _same("Flatten", "flatten", inner="torch.flatten"),
    PixelShuffle: _same("PixelShuffle", "pixel_shuffle", "pixel shuffle"),
    ChannelShuffle: _same("ChannelShuffle", "channel_shuffle", "channel shuffle"),
    PixelUnshuffle: _same("PixelUnshuffle", "pixel_unshuffle", "pixel unshuffle"),
    LayerScale: _same("Module (LayerScale)", "mul", "layer scale", "operator.mul"),
    LearnableScalar: _same("Module (LearnableScalar)", "mul", "learnable scalar", "operator.mul"),
    Subsample: _same("", "slice", "subsample"),
    Crop: _same("", "slice", "crop"),
    PadChannels: _same("", "pad", "pad channels"),
    ToLast: _same("", "permute"),
    ToFirst: _same("", "permute"),
    SwapAxes: _same("", "permute"),
    ToTokens: _same("", "transpose", "to tokens"),
    ToMap: _same("", "transpose", "to map"),
    OneToken: _same("", "select", "take token"),
    ClassToken: _same("Module (ClassToken)", "cat", "class token", "torch.cat"),
    Positions: _same("Module (Positions)", "add", "positions", "operator.add"),
    Embedding: _same("Embedding", "embedding"),
    SplitHeads: _same("", "transpose", "split heads"),
    MergeHeads: _same("", "transpose", "merge heads"),
    SwapLast: _same("", "transpose", "swap last axes"),
    RepeatHeads: _same("", "repeat_interleave", "repeat heads"),
    Mask: _same("", "add", "mask"),
    ToWindows: _same("", "permute", "to windows"),
    FromWindows: _same("", "permute", "from windows"),
    MergePatches: _same("", "cat", "merge patches"),
    Distances: _same("", "new_zeros", "distances"),
    ByDistance: _same("", "index", "by distance"),
    Normalize: _same("", "normalize"),
    PositionBias: _same("Module (PositionBias)", "add", "position bias", "operator.add"),
    HeadScale: _same("Module (HeadScale)", "mul", "scale of heads", "operator.mul"),
    MultiheadAttention: Spelling(
        "MultiheadAttention",
        "multi_head_attention_forward",
        "_native_multi_head_attention",
        "_native_multi_head_attention",
        "multi-head attention",
    ),
    GLU: _same("GLU", "glu"),
    GridSample: Spelling("", "grid_sample", "grid_sampler", "grid_sampler_2d", "grid sample"),
    # Of what its function calls, which has names of its own, tables have the sum under its name.
    LocalResponseNorm: _same("LocalResponseNorm", "local_response_norm", "local response norm"),
}
