"""What code calls where it calls no module: functions, operators, and functions of weights.

Functions are looked up when they are called: some profilers put their own in place of them.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from convcost.graph.nodes import Node
from convcost.graph.spelling import KERNELS
from convcost.ops.convolutions import SPELLED, Conv, DeformConv
from convcost.ops.maps import (
    GLU,
    Activation,
    Elementwise,
    LocalResponseNorm,
    Norm,
    RootScale,
    Softmax,
)
from convcost.ops.moves import (
    Concat,
    Flatten,
    Slice,
    Subsample,
    SwapAxes,
    ToFirst,
    ToLast,
)
from convcost.ops.op import Axes, Op
from convcost.ops.padding import Crop, Pad, PadChannels
from convcost.ops.partitions import BiasedAttention, ByDistance
from convcost.ops.pools import AdaptivePool, Maximum, Mean, OverChannels, Pool
from convcost.ops.products import Attention, Einsum, Linear, Matmul
from convcost.ops.resizing import Resize
from convcost.ops.transposed import TransposedConv
from convcost.pytorch.partitions import biased_attention, window_function
from convcost.pytorch.tokens import token_function
from convcost.pytorch.vision import call_deform_conv

Function = Callable[..., Tensor]


def function_of(node: Node) -> Function:
    """What a node calls that holds no parameters."""
    op, form = node.op, node.form
    if isinstance(op, Elementwise | Matmul):
        return _binary(op, form)
    if isinstance(op, Concat):
        axis = op.axis - len(node.shape)  # from behind, as windows are in the batch
        return lambda *inputs: torch.cat(inputs, axis)
    if isinstance(op, Einsum):
        return lambda *inputs: torch.einsum(op.equation, *inputs)
    if isinstance(op, BiasedAttention):
        return biased_attention(op)
    if isinstance(op, Attention):
        causal = op.causal
        return lambda query, key, value: functional.scaled_dot_product_attention(
            query, key, value, is_causal=causal
        )
    if isinstance(op, Mean):
        return lambda x: x.mean(tuple(range(2, x.dim())), keepdim=op.keep)
    if isinstance(op, Maximum):
        return lambda x: torch.amax(x, tuple(range(2, x.dim())), keepdim=op.keep)
    if isinstance(op, OverChannels):
        return _over_channels(op)
    return _moving(op) or token_function(op) or window_function(op) or _of_module(op, form)


def _moving(op: Op) -> Function | None:
    """What is called to move elements; None for what computes, or has a class in `nn` too."""
    if isinstance(op, Slice):
        if op.axis < 0:
            return lambda x: x.narrow(op.axis, op.start, op.stop - op.start)
        return lambda x: x[:, op.start : op.stop]
    if isinstance(op, Subsample):
        return lambda x: x[:, :, *[slice(None, None, step) for step in op.stride]]
    if isinstance(op, Crop):
        return lambda x: x[:, :, *map(_cropped, x.shape[2:], op.sides)]
    if isinstance(op, PadChannels):
        return lambda x: functional.pad(x, (0, 0) * (x.dim() - 2) + (op.before, op.after))
    if isinstance(op, Flatten):
        return lambda x: torch.flatten(x, 1)
    if isinstance(op, ToLast):
        return lambda x: x.permute(0, *range(2, x.dim()), 1)
    if isinstance(op, ToFirst):
        return lambda x: x.permute(0, x.dim() - 1, *range(1, x.dim() - 1))
    if isinstance(op, SwapAxes):
        return lambda x: x.permute(0, 1, 3, 2)
    return None


def _cropped(size: int, sides: tuple[int, int]) -> slice:
    """What is left of an axis."""
    return slice(sides[0], size - sides[1])


def _over_channels(op: OverChannels) -> Function:
    if op.function == "mean":
        return lambda x: torch.mean(x, 1, keepdim=True)
    return lambda x: torch.max(x, 1, keepdim=True)[0]


def _binary(op: Elementwise | Matmul, form: str) -> Function:
    names = {"div": "truediv"} if form == "operator" else {}
    place: Any = operator if form in ("operator", "inplace") else torch
    name = f"i{op.function}" if form == "inplace" else names.get(op.function, op.function)
    constant = getattr(op, "constant", None)
    number = 2.0 if constant is None else _plain(constant)
    if isinstance(op, RootScale):
        number = op.channels**-0.5
    return lambda x, *others: getattr(place, name)(x, *(others or (number,)))


def _of_module(op: Op, form: str) -> Function:
    """A function that does what the op's class would do."""
    place: Any = torch if form == "torch" else functional
    if isinstance(op, Activation):
        options = {"training": False} if op.function == "dropout" else {}
        options |= {"inplace": True} if op.inplace else {}
        name = KERNELS[op.function].function if op.function in KERNELS else op.function
        return lambda x: getattr(place, name.replace("-", "_"))(x, **options)
    if isinstance(op, Softmax):
        axis, name = torch_axis(op.axis), "log_softmax" if op.log else "softmax"
        if form == "torch":
            return lambda x: getattr(x, name)(axis)
        if op.parts > 1:
            parts = op.parts, -1
            return lambda x: functional.softmax(x.unflatten(1, parts), 1).flatten(1, 2)
        return lambda x: getattr(functional, name)(x, axis)
    if isinstance(op, GLU):
        return lambda x: functional.glu(x, torch_axis(op.axis))
    if isinstance(op, LocalResponseNorm):
        return lambda x: functional.local_response_norm(x, op.size)
    if isinstance(op, Pool):
        name = f"{op.function}_pool{len(op.kernel)}d"
        options = pool_options(op)
        return lambda x: getattr(place, name)(x, op.kernel, **options)
    if isinstance(op, AdaptivePool):
        name = f"adaptive_{op.function}_pool{len(op.size)}d"
        return lambda x: getattr(place, name)(x, op.size)
    if isinstance(op, Resize):
        return lambda x: functional.interpolate(x, op.size, torch_scale(op), op.mode)
    assert isinstance(op, Pad), f"{op} has no function"
    return lambda x: functional.pad(x, torch_sides(op))


def with_weights(op: Op) -> Function | None:
    """A function on a module that is not called itself, for what it holds, and an input.

    None for ops that hold nothing.
    """
    if isinstance(op, BiasedAttention) and op.area:
        return biased_attention(op)
    if isinstance(op, ByDistance):
        return lambda module, x: x[:, module.index].permute(0, 3, 1, 2)
    if isinstance(op, Linear):
        return lambda module, x: functional.linear(x, module.weight, module.bias)
    if isinstance(op, Activation) and op.function == "prelu":
        return lambda module, x: functional.prelu(x, module.weight)
    if isinstance(op, Norm):
        return _normalize(op)
    if isinstance(op, DeformConv):
        return lambda module, *inputs: call_deform_conv(op, module, *inputs)
    if isinstance(op, TransposedConv):
        name, window = "conv_transpose", [op.output_padding, op.groups, op.dilation]
    elif isinstance(op, Conv):
        name, window = "conv", [op.dilation, op.groups]
    else:
        return None
    name, padding = f"{name}{len(op.kernel)}d", torch_padding(op)
    return lambda module, x: getattr(functional, name)(
        x, module.weight, module.bias, op.stride, padding, *window
    )


def _normalize(op: Norm) -> Function:
    """A norm as a function of the module that holds its scale, its shift and its statistics."""
    if op.function == "group":
        return lambda m, x: functional.group_norm(x, op.groups, m.weight, m.bias)
    if op.function == "layer":
        return lambda m, x: functional.layer_norm(x, m.normalized_shape, m.weight, m.bias)
    if op.function == "rms":
        return lambda m, x: functional.rms_norm(x, m.normalized_shape, m.weight)
    if op.function == "instance":
        return lambda m, x: functional.instance_norm(x, None, None, m.weight, m.bias)
    return lambda m, x: functional.batch_norm(
        x, m.running_mean, m.running_var, m.weight, m.bias, training=m.training or not op.stats
    )


def torch_padding(op: Conv | TransposedConv) -> str | Axes:
    """The padding of a convolution as code has it: numbers, or a word."""
    words = {cls: word for word, cls in SPELLED.items() if word}
    return words.get(type(op), op.padding)  # type: ignore[arg-type]


def pool_options(op: Pool) -> dict[str, Any]:
    """What torch's pool is told beside its kernel."""
    options: dict[str, Any] = {"stride": op.stride, "padding": op.padding, "ceil_mode": op.ceil}
    if op.function == "max":
        return options | ({"dilation": op.dilation} if op.dilation else {})
    divisor = {"divisor_override": op.divisor} if op.divisor else {}
    return options | {"count_include_pad": op.count_padding} | divisor


def torch_axis(axis: int) -> int:
    """An axis of C x spatial, in torch's N x C x spatial."""
    return axis if axis < 0 else axis + 1


def torch_scale(op: Resize) -> Any:
    """The factor of a resize, or its factors, as torch takes them."""
    if isinstance(op.scale, tuple):
        return tuple(map(_plain, op.scale))
    return op.scale and _plain(op.scale)


def _plain(factor: Any) -> int | float:
    return factor if isinstance(factor, int) else float(factor)


def torch_sides(op: Pad) -> tuple[int, ...]:
    """Zeros as torch wants them: the last axis first."""
    return tuple(zeros for side in reversed(op.sides) for zeros in side)
