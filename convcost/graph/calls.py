"""What a profiler can see of a node: the names under which torch calls the op, level by level.

A module such as `nn.ReLU6` is called as a module, its forward calls a function, a trace records an
operator, and the dispatcher runs a kernel. Each profiler listens at one or two of these levels, so
its table is keyed with the names of those levels, and what is not in the table it does not see.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from convcost.graph.attention import MultiheadAttention, Projection
from convcost.graph.convolutions import Conv, SameConv, ValidConv
from convcost.graph.maps import (
    Activation,
    Elementwise,
    LayerScale,
    LearnableScalar,
    Norm,
    Softmax,
)
from convcost.graph.moves import (
    ChannelShuffle,
    Concat,
    Flatten,
    PixelShuffle,
    PixelUnshuffle,
    Slice,
    Subsample,
    ToFirst,
    ToLast,
)
from convcost.graph.ops import Op
from convcost.graph.padding import Crop, Pad, PadChannels
from convcost.graph.pools import AdaptivePool, Maximum, Mean, OverChannels, Pool
from convcost.graph.products import Attention, Einsum, Linear, Matmul
from convcost.graph.recurrent import GATES, Recurrent
from convcost.graph.resizing import Resize
from convcost.graph.tokens import (
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
from convcost.graph.transposed import TransposedConv

FORMS = ("module", "subclass", "reused", "function", "torch", "operator", "inplace")
"""How code may call an op: an `nn` class, a subclass of one, a module that it calls again later,
`F.relu(x)`, `torch.add(x, y)` (or a tensor's method), `x + y`, `x += y`."""

KERNEL_FORMS = ("kernel", "inplace kernel", "fused")
"""How an op inside of another is run that no code calls: as a kernel, or as a part of one."""

AS_MODULE = ("module", "subclass", "reused")
"""Those that call a module."""

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
def names(op: Op, form: str, dims: int) -> tuple[str, ...]:
    """The names of an op that is called in this form on maps of `dims` axes.

    `nn.` classes, `F.`, `torch.` and `operator.` functions, `aten::` operators of a trace, `aten.`
    kernels, and last the plain name of the op in convcost.
    """
    word = _spell(op, max(dims, 1))
    if form in KERNEL_FORMS:
        return (_inside(word, form),)
    behind = "_" if getattr(op, "inplace", False) else ""
    traced, last = f"aten::{word.traced}{behind}", (f"aten.{word.kernel}{behind}", word.own)
    if form in AS_MODULE:
        inner = word.inner or f"F.{word.function}"
        if word.inner.startswith("F."):  # another function than the one of its name
            traced = f"aten::{word.inner[2:]}{behind}"
        prefix = "subclass of " if form == "subclass" else ""
        return (f"{prefix}nn.{word.module}", inner, traced, *last)
    if form == "inplace":
        called = (f"operator.i{word.function}", f"operator.{word.function}")
        return (*called, traced, f"aten.{word.kernel}_", word.own)
    prefix = {"function": "F", "torch": "torch", "operator": "operator"}[form]
    return (f"{prefix}.{word.function}", traced, *last)


def _inside(word: Spelling, form: str) -> str:
    """The name of what no code calls."""
    if form == "fused":
        return f"{word.own} in a kernel of its module"
    return f"aten.{word.kernel}{'_' if form == 'inplace kernel' else ''}"


def _spell(op: Op, dims: int) -> Spelling:
    if isinstance(op, Conv | TransposedConv):
        return _spell_conv(op, dims)
    if isinstance(op, Norm):
        module, function = NORMS[op.function]
        return _same(module.format(dims), function, own=f"{op.function} norm")
    if isinstance(op, Activation):
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
        traced = f"upsample_{op.mode}{dims}d"
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
        # On a CPU torch has a kernel for one axis of heads and values as wide as queries.
        function = "scaled_dot_product_attention"
        fused = dims == 2 and op.features == op.values
        return Spelling("", function, function, function if fused else "bmm", "attention")
    if isinstance(op, Recurrent):
        if op.cell in ("lstm", "gru"):
            kernel = {"lstm": "mkldnn_rnn_layer"}.get(op.cell, op.cell)
            return Spelling(op.cell.upper(), op.cell, op.cell, kernel, op.cell, f"torch.{op.cell}")
        return _same("RNN", f"rnn_{op.cell}", "rnn", f"torch.rnn_{op.cell}")
    return PLAIN[type(op)]


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


PLAIN = {
    Linear: Spelling("Linear", "linear", "linear", "addmm", "linear"),
    Projection: Spelling("", "linear", "linear", "mm", "linear"),
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
    MultiheadAttention: Spelling(
        "MultiheadAttention",
        "multi_head_attention_forward",
        "_native_multi_head_attention",
        "_native_multi_head_attention",
        "multi-head attention",
    ),
}


def every_name() -> tuple[str, ...]:
    """Every name that an op of convcost can be called by, the layers first.

    What code calls in place, such as `operator.iadd`, is not among them: what a tool has for it is
    what it has for `operator.add`.
    """
    window = (2,), (1,), (0,), (1,)
    layers: list[Op] = [Conv(1, 1, *window), SameConv(1, 1, *window)]
    layers += [TransposedConv(1, 1, *window, (0,)), Linear(1, 1)]
    layers += [Norm(function, 1) for function in NORMS]
    layers += [Activation(function) for function in ACTIVATIONS]
    layers += [Softmax(), Softmax(log=True)]
    layers += [Pool(function, (2,), (2,), (0,)) for function in ("avg", "max")]
    layers += [AdaptivePool(function, (1,)) for function in ("avg", "max")]
    layers += [Resize("nearest", 2), Flatten(), Pad(((1, 0),)), PixelShuffle(1)]
    layers += [PixelUnshuffle(1), ChannelShuffle(1)]
    moded = {1: ("linear",), 2: ("bilinear", "bicubic"), 3: ("trilinear",)}
    forms, dims = ("module", "function"), (1, 2, 3)
    called = [(op, form, axes) for op in layers for axes in dims for form in forms]
    called += [(Resize(mode, 2), "module", axes) for axes in moded for mode in moded[axes]]
    pairs: list[Op] = [Elementwise(function) for function in ("add", "sub", "mul", "div")]
    pairs += [Matmul(1), Matmul(1, "bmm"), Matmul(1, "baddbmm")]
    called += [(op, form, 2) for op in pairs for form in ("torch", "operator")]
    called += [(op, "inplace", 2) for op in pairs if isinstance(op, Elementwise)]
    others: list[Op] = [Einsum("", ()), Attention(1, 1, 1), Concat(), Slice(0, 1), Mean()]
    others += [LayerScale(1), LearnableScalar(), Subsample((1,)), Crop(()), PadChannels(0, 1)]
    others += [ToLast(), Maximum(), OverChannels("max"), Positions(1, 1), ClassToken(1, 1)]
    others += [Embedding(1, 1), MultiheadAttention(1, 1, 1, 1), OneToken(), ToTokens()]
    others += [Recurrent(cell, 1, 1) for cell in GATES]
    called += [(op, op.form, 2) for op in others]
    called.append((Projection(1, 1), "function", 2))
    found = dict.fromkeys(name for each in called for name in names(*each))
    return tuple(name for name in found if not name.startswith("operator.i"))
