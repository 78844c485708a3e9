"""What a profiler can see of a node: the names under which torch calls the op, level by level.

A module such as `nn.ReLU6` is called as a module, its forward calls a function, a trace records an
operator, and the dispatcher runs a kernel. Each profiler listens at one or two of these levels, so
its table is keyed with the names of those levels, and what is not in the table it does not see.
"""

from __future__ import annotations

from convcost.graph.nodes import Graph
from convcost.graph.spelling import ACTIVATIONS, NORMS, Spelling, spell
from convcost.ops.attention import MultiheadAttention, Projection
from convcost.ops.called import (
    Called,
    CalledProducts,
    Constant,
    Opaque,
    OwnWeights,
    Parameter,
    SizeProducts,
)
from convcost.ops.convolutions import Conv, DeformConv, SameConv
from convcost.ops.layouts import Stacked
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
    ToLast,
)
from convcost.ops.op import Op
from convcost.ops.padding import Crop, Pad, PadChannels
from convcost.ops.partitions import BiasedAttention, HeadScale, Normalize, PositionBias
from convcost.ops.pools import AdaptivePool, Maximum, Mean, OverChannels, Pool
from convcost.ops.products import Attention, Einsum, Linear, Matmul
from convcost.ops.recurrent import GATES, Recurrent, RecurrentCell
from convcost.ops.resizing import GridSample, Resize
from convcost.ops.tokens import (
    ClassToken,
    Embedding,
    Mask,
    OneToken,
    Positions,
    ToTokens,
)
from convcost.ops.transposed import TransposedConv

FORMS = (
    *("module", "subclass", "subclass of a parent", "reused"),
    *("function", "torch", "operator", "inplace", "alias"),
)
"""How code may call an op: an `nn` class, a subclass of one, one that has children of its own, a
module that it calls again later, `F.relu(x)`, `torch.add(x, y)` (or a tensor's method), `x + y`,
`x += y`, and `relu(x)` of a name of its own for a function of torch, as of
`from torch.nn.functional import relu`."""

KERNEL_FORMS = ("kernel", "inplace kernel", "fused")
"""How an op inside of another is run that no code calls: as a kernel, or as a part of one."""

AS_MODULE = ("module", "subclass", "subclass of a parent", "reused")
"""Those that call a module."""

OWN_WEIGHTS = "nn.Module (weights)"
"""What modules read that are no layers of torch, for tools that go by that."""

SIZE_PRODUCTS = "aten::mul of sizes"
"""Products of sizes, in a trace."""

CAPTURED = Called, CalledProducts, Opaque, Parameter, Constant
"""Ops that only captured code has."""


def can_be_built(graph: Graph) -> bool:
    """Whether a torch module can be built of a graph, all of whose ops are records of layers."""
    return not any(
        isinstance(node.op, CAPTURED) or isinstance(node.shape, Stacked) for node in graph.nodes
    )


ENCODER_LAYER, TIMM_ATTENTION = "nn.TransformerEncoderLayer", "timm.layers.Attention"
SCRIPTED = "scripted where traced"
WHOLE = (ENCODER_LAYER, TIMM_ATTENTION, SCRIPTED)
"""What is taken as a whole: the first by a kernel of torch where no gradients are needed, the
second by ptflops. What is scripted where it is traced is one call there, into which none looks."""

_GIVEN = {
    "input=": "F.interpolate",
    "output_size=": " ".join(
        f"F.adaptive_{kind}_pool{dims}d" for kind in ("avg", "max") for dims in (1, 2, 3)
    ),
    **dict.fromkeys(("query=", "key=", "value="), "F.scaled_dot_product_attention"),
    "mat2=": "torch.mm torch.bmm",
    "list": "F.conv1d F.conv2d F.conv3d torch.einsum",
    "upsample": "F.interpolate",
}
GIVEN = tuple(_GIVEN)
"""How code may give arguments to a function: by a keyword that a tool's own function does not have,
in a list where it wants others, or by way of `F.upsample`, which tools count beside the call of
`F.interpolate` in it."""

MODULES = ("nn.", "torchvision.ops.DeformConv2d", TIMM_ATTENTION)
"""How the names of modules begin."""


def names(op: Op, form: str, dims: int) -> tuple[str, ...]:
    """The names of an op that is called in this form on maps of `dims` axes.

    `nn.` classes, `F.`, `torch.` and `operator.` functions, `aten::` operators of a trace, `aten.`
    kernels, and last the plain name of the op in convcost.
    """
    found = _names(op, form, dims)
    if isinstance(op, Resize) and op.mode == "area":  # which calls that function
        return (*found[:-3], f"F.adaptive_avg_pool{dims}d", *found[-3:])
    return found


def _names(op: Op, form: str, dims: int) -> tuple[str, ...]:
    """Those of the op itself."""
    if isinstance(op, DeformConv):
        return _of_torchvision(form)
    if isinstance(op, CAPTURED):
        return _captured(op, form)
    if isinstance(op, OwnWeights | SizeProducts):
        return (OWN_WEIGHTS if isinstance(op, OwnWeights) else SIZE_PRODUCTS,)
    word = spell(op, max(dims, 1))
    if form in KERNEL_FORMS:
        return (_inside(word, form),)
    behind = "_" if getattr(op, "inplace", False) else ""
    traced, last = f"aten::{word.traced}{behind}", (f"aten.{word.kernel}{behind}", word.own)
    if form in AS_MODULE:
        inner = word.inner or f"F.{word.function}"
        if word.inner.startswith("F."):  # another function than the one of its name
            traced = f"aten::{word.inner[2:]}{behind}"
        return (f"{_SUBCLASSES.get(form, '')}nn.{word.module}", inner, traced, *last)
    if form == "inplace":
        called = (f"operator.i{word.function}", f"operator.{word.function}")
        return (*called, traced, f"aten.{word.kernel}_", word.own)
    if form == "alias":  # a tool that puts its own in the place of torch's does not see it
        return (traced, *last)
    return (f"{_PREFIXES[form]}.{word.function}", traced, *last)


_PREFIXES = {"function": "F", "torch": "torch", "operator": "operator", "inplace": "torch"}
"""Where a function is, by the form in which it is called."""


def _captured(op: Op, form: str) -> tuple[str, ...]:
    """The names of what only captured code has."""
    if isinstance(op, Called | CalledProducts):
        kernel = op.kernel if isinstance(op, CalledProducts) else op.function
        below = (f"aten::{op.function}", f"aten.{kernel}", op.function)
        return below if form == "alias" else (f"{_PREFIXES[form]}.{op.function}", *below)
    if isinstance(op, Parameter) and op.place:
        return ("nn.Module (parameter)",)
    return (op.function if isinstance(op, Opaque) else type(op).__name__.lower(),)


_SUBCLASSES = {
    "subclass": "subclass of ",
    "subclass of a parent": "subclass with children of ",
}
"""What stands before the name of a class that code has derived another from."""


def _inside(word: Spelling, form: str) -> str:
    """The name of what no code calls."""
    if form == "fused":
        return f"{word.own} in a kernel of its module"
    return f"aten.{word.kernel}{'_' if form == 'inplace kernel' else ''}"


def _of_torchvision(form: str) -> tuple[str, ...]:
    """The names of a deformable convolution, which is no part of torch."""
    function = "torchvision.ops.deform_conv2d"
    below = (function, "torchvision::deform_conv2d", "torchvision.deform_conv2d", "deform conv")
    if form not in AS_MODULE:
        return below
    prefix = _SUBCLASSES.get(form, "")
    return (f"{prefix}torchvision.ops.DeformConv2d", *below)


UPSAMPLING = ("nn.UpsamplingBilinear2d", "nn.UpsamplingNearest2d")
"""Classes that torch derives from `nn.Upsample`."""

_CELLS = tuple(f"torch.{cell}_cell" for cell in ("rnn_tanh", "rnn_relu", "gru", "lstm"))
OF_KERNELS = "linear in a kernel of its module"
"""A product of a layer that is one kernel on a CPU, and no kernel on the meta device."""

OF_CODE = (
    *(OWN_WEIGHTS, SIZE_PRODUCTS, "nn.Conv", *UPSAMPLING, *_CELLS, OF_KERNELS),
    *[f"{name}({given})" for given, found in _GIVEN.items() for name in found.split()],
)
"""Names that only captured code has, or kernels; a tool that has none misses none."""


def every_name() -> tuple[str, ...]:
    """Every name that an op of convcost can be called by, the layers first.

    What code calls in place, such as `operator.iadd`, is not among them: what a tool has for it is
    what it has for `operator.add`.
    """
    return tuple(name for name in ops_by_name() if not name.startswith("operator.i"))


def ops_by_name() -> dict[str, list[Op]]:
    """Ops of every kind, by each of the names that they can be called by, the layers first."""
    found: dict[str, list[Op]] = {}
    for op, form, dims in _every_call():
        for name in names(op, form, dims):
            found.setdefault(name, []).append(op)
    return found


def _every_call() -> list[tuple[Op, str, int]]:
    """An op of every kind, the forms in which code calls it, and the axes of its maps."""
    window = (2,), (1,), (0,), (1,)
    layers: list[Op] = [Conv(1, 1, *window), SameConv(1, 1, *window)]
    layers += [TransposedConv(1, 1, *window, (0,)), Linear(1, 1)]
    layers += [Norm(function, 1) for function in NORMS]
    layers += [Activation(function) for function in ACTIVATIONS]
    layers += [Softmax(), Softmax(log=True)]
    layers += [Pool(function, (2,), (2,), (0,)) for function in ("avg", "max")]
    layers += [AdaptivePool(function, (1,)) for function in ("avg", "max")]
    layers += [Resize("nearest", 2), Flatten(), Pad(((1, 0),)), PixelShuffle(1)]
    layers += [PixelUnshuffle(1), ChannelShuffle(1), GLU(), LocalResponseNorm(1)]
    layers += [DeformConv(1, 1, *window)]
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
    others += [GridSample()]
    others += [Parameter((1,), place) for place in ("leaf", "weight", "")]
    others += [PositionBias(1, (1,)), HeadScale(1), Normalize(), Mask()]
    called += [(BiasedAttention(1, 1, 1, heads=1, area=(1,)), "function", 2)]
    called += [(Projection(1, 1), "function", 1)]
    others += [cls(cell, 1, 1) for cls in (Recurrent, RecurrentCell) for cell in GATES]
    called += [(op, op.form, 2) for op in others]
    called += [(Projection(1, 1), "function", 2), (Softmax(), "torch", 2)]
    called += [(CalledProducts(each, each, ()), "torch", 2) for each in ("mm", "addmm", "addmv")]
    return called
