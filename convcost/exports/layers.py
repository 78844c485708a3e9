"""Layers with weights as ONNX: convolutions, linear layers, norms, recurrent layers."""

from __future__ import annotations

from math import prod
from typing import Any

from convcost.exports.steps import Emitter, NoOnnxError, emit
from convcost.ops.convolutions import Conv, DeformConv, SameConv
from convcost.ops.maps import Norm
from convcost.ops.products import Linear
from convcost.ops.recurrent import Recurrent, RecurrentCell
from convcost.ops.transposed import TransposedConv


@emit.register
def conv(op: Conv, e: Emitter) -> str:
    """A convolution, whose padding is numbers, whatever word code has for it."""
    before = after = op.padding
    if isinstance(op, SameConv):
        reach = zip(op.kernel, op.dilation, op.padding, strict=True)
        after = tuple([d * (k - 1) - p for k, d, p in reach])
    weights = _weights(op, e)
    pads = (*before, *after)
    return e.add("Conv", e.x, *weights, pads=pads, group=op.groups, **_window(op))


def _window(op: Conv) -> dict[str, Any]:
    return {"kernel_shape": op.kernel, "strides": op.stride, "dilations": op.dilation}


def _weights(op: Conv, e: Emitter) -> list[str]:
    found = [e.weight("weight", op.out_channels, op.in_channels // op.groups, *op.kernel)]
    return [*found, e.weight("bias", op.out_channels)] if op.bias else found


@emit.register
def deform_conv(op: DeformConv, e: Emitter) -> str:
    """A deformable convolution, with its offsets and perhaps a mask."""
    weight, *bias = _weights(op, e)
    if not bias:
        bias = [e.filled(0.0, op.out_channels)]
    offsets, *masks = e.inputs[1:]
    groups = e.shapes[1][1] // (2 * prod(op.kernel))
    more: dict[str, Any] = {"pads": op.padding * 2, "group": op.groups, "offset_group": groups}
    return e.add("DeformConv", e.x, weight, offsets, *bias, *masks, **_window(op), **more)


@emit.register
def transposed_conv(op: TransposedConv, e: Emitter) -> str:
    """A transposed convolution."""
    weights = [e.weight("weight", op.in_channels, op.out_channels // op.groups, *op.kernel)]
    if op.bias:
        weights.append(e.weight("bias", op.out_channels))
    return e.add(
        "ConvTranspose",
        e.x,
        *weights,
        kernel_shape=op.kernel,
        strides=op.stride,
        pads=op.padding * 2,
        dilations=op.dilation,
        output_padding=op.output_padding,
        group=op.groups,
    )


@emit.register
def linear(op: Linear, e: Emitter) -> str:
    """A Gemm of features; of tokens a product, and a bias that is added."""
    return product(e, e.x, len(e.shape), op.in_features, op.out_features, bias=op.bias)


def product(
    e: Emitter, x: str, rank: int, wide: int, out: int, *, bias: bool, name: str = ""
) -> str:
    """A linear layer over the last axis, by the name of its weights."""
    if rank == 2:
        weights = [e.weight(f"{name}weight", out, wide)]
        if bias:
            weights.append(e.weight(f"{name}bias", out))
        return e.add("Gemm", x, *weights, transB=1)
    written = e.add("MatMul", x, e.weight(f"{name}weight", wide, out))
    return e.add("Add", written, e.weight(f"{name}bias", out)) if bias else written


@emit.register
def norm(op: Norm, e: Emitter) -> str:
    """A norm by its function; where it is not affine, its scale is a constant."""
    if op.function in ("batch", "sync"):
        return _batch_norm(op, e)
    if op.function == "instance":
        return e.add("InstanceNormalization", e.x, *_affine(op, e, op.channels))
    if op.function == "group":
        return _group_norm(op, e)
    axes = next(n for n in range(1, len(e.shape) + 1) if prod(e.shape[-n:]) == op.channels)
    sizes = e.shape[-axes:]
    if op.function == "layer":
        return e.add("LayerNormalization", e.x, *_affine(op, e, *sizes), axis=-axes)
    squared = e.mean(e.add("Mul", e.x, e.x), range(-axes, 0), keep=True)
    root = e.add("Sqrt", e.add("Add", squared, e.number(1e-6)))
    written = e.add("Div", e.x, root)
    return e.add("Mul", written, e.weight("weight", *sizes)) if op.affine else written


def _affine(op: Norm, e: Emitter, *sizes: int) -> tuple[str, str]:
    """A scale and a shift."""
    if not op.affine:
        return e.filled(1.0, *sizes), e.filled(0.0, *sizes)
    shift = e.weight("bias", *sizes) if op.shift else e.filled(0.0, *sizes)
    return e.weight("weight", *sizes), shift


def _batch_norm(op: Norm, e: Emitter) -> str:
    if not op.stats:  # by those of the batch
        axes = [axis for axis in range(len(e.shape)) if axis != 1]
        written = e.add("MeanVarianceNormalization", e.x, axes=axes)
        ones = (1,) * (len(e.shape) - 2)
        if op.affine:
            written = e.add("Mul", written, e.weight("weight", op.channels, *ones))
        if op.affine and op.shift:
            written = e.add("Add", written, e.weight("bias", op.channels, *ones))
        return written
    statistics = [e.weight(f"running_{name}", op.channels) for name in ("mean", "var")]
    return e.add("BatchNormalization", e.x, *_affine(op, e, op.channels), *statistics)


def _group_norm(op: Norm, e: Emitter) -> str:
    """An instance norm of groups, which opsets before 21 have no other op for."""
    groups = e.reshape(e.x, e.shape[0], op.groups, -1)
    plain = e.filled(1.0, op.groups), e.filled(0.0, op.groups)
    written = e.reshape(e.add("InstanceNormalization", groups, *plain), *e.shape)
    if not op.affine:
        return written
    sizes = (op.channels, *(1,) * (len(e.shape) - 2))
    written = e.add("Mul", written, e.weight("weight", *sizes))
    return e.add("Add", written, e.weight("bias", *sizes)) if op.shift else written


@emit.register
def recurrent(op: Recurrent, e: Emitter) -> str:
    """Its layers, one after the other, of tokens that come before the samples."""
    if isinstance(op, RecurrentCell):
        raise NoOnnxError(type(op).__name__)
    samples, tokens, width = e.shape
    x = e.add("Transpose", e.x, perm=(1, 0, 2))
    more: dict[str, Any] = {"linear_before_reset": 1} if op.cell == "gru" else {}
    if op.gates == 1:
        more["activations"] = [op.cell.title()] * op.directions
    type_ = op.cell.upper() if op.gates > 1 else "RNN"
    for layer in range(op.layers):
        rows, both = op.gates * op.hidden, op.directions
        weights = [
            e.weight(f"weight_ih_l{layer}", both, rows, width),
            e.weight(f"weight_hh_l{layer}", both, rows, op.hidden),
        ]
        if op.bias:
            weights.append(e.weight(f"bias_l{layer}", both, 2 * rows))
        way = "bidirectional" if both > 1 else "forward"
        # with the last states beside them, which some tools look for
        found = e.add(type_, x, *weights, count=2, hidden_size=op.hidden, direction=way, **more)
        width = op.hidden * both
        last = e.add("Transpose", f"{found}:0", perm=(0, 2, 1, 3))
        x = e.reshape(last, tokens, samples, width)
    return e.add("Transpose", x, perm=(1, 0, 2))
