"""What computes element by element as ONNX: activations, softmax, sums and products."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from convcost.exports.steps import Emitter, NoOnnxError, emit
from convcost.ops.maps import (
    GLU,
    Activation,
    Elementwise,
    LayerScale,
    LearnableScalar,
    LocalResponseNorm,
    RootScale,
    Softmax,
)
from convcost.ops.partitions import HeadScale, Normalize

_ALONE: dict[str, tuple[str, dict[str, Any]]] = {
    **{name: (name.title(), {}) for name in ("relu", "elu", "selu", "celu", "sigmoid", "tanh")},
    **{name: (name.title(), {}) for name in ("softplus", "gelu", "mish")},
    "hardswish": ("HardSwish", {}),
    "hardsigmoid": ("HardSigmoid", {"alpha": 1 / 6}),
    "leaky-relu": ("LeakyRelu", {}),
    "dropout": ("Identity", {}),
    "identity": ("Identity", {}),
}
"""Activations that are one op."""


def _silu(e: Emitter) -> str:
    return e.add("Mul", e.x, e.add("Sigmoid", e.x))


def _clip(low: float, high: float) -> Callable[[Emitter], str]:
    return lambda e: e.add("Clip", e.x, e.number(low), e.number(high))


_COMPOSED: dict[str, Callable[[Emitter], str]] = {
    "silu": _silu,
    "relu6": _clip(0, 6),
    "hardtanh": _clip(-1, 1),
    "log-sigmoid": lambda e: e.add("Log", e.add("Sigmoid", e.x)),
}
"""Those that are several."""


@emit.register
def activation(op: Activation, e: Emitter) -> str:
    """A function of each element by itself."""
    if op.function == "prelu":
        if op.slopes not in (1, e.shape[1]):
            raise NoOnnxError(f"{op} of {op.slopes} slopes")
        ones = (1,) * max(len(e.shape) - 2, 0)
        return e.add("PRelu", e.x, e.weight("weight", op.slopes, *ones))
    if op.function in _COMPOSED:
        return _COMPOSED[op.function](e)
    if op.function not in _ALONE:
        raise NoOnnxError(op.function)
    type_, attributes = _ALONE[op.function]
    return e.add(type_, e.x, **attributes)


@emit.register
def softmax(op: Softmax, e: Emitter) -> str:
    """A softmax along an axis of each sample, or across parts of it."""
    type_ = "LogSoftmax" if op.log else "Softmax"
    if op.parts == 1:
        return e.add(type_, e.x, axis=op.axis if op.axis < 0 else op.axis + 1)
    samples, channels, *rest = e.shape
    parts = e.reshape(e.x, samples, op.parts, channels // op.parts, *rest)
    return e.reshape(e.add(type_, parts, axis=1), *e.shape)


@emit.register
def elementwise(op: Elementwise, e: Emitter) -> str:
    """A sum, difference, product or quotient."""
    type_ = op.function.title()
    if len(e.inputs) > 1:
        return e.add(type_, *e.inputs[:2])
    number = op.channels**-0.5 if isinstance(op, RootScale) else float(op.constant or 2)
    return e.add(type_, e.x, e.number(number))


@emit.register
def layer_scale(op: LayerScale, e: Emitter) -> str:
    """A factor for each channel."""
    ones = (1,) * (len(e.shape) - 2) if op.first else ()
    return e.add("Mul", e.x, e.weight("gamma", op.channels, *ones))


@emit.register
def learnable_scalar(op: LearnableScalar, e: Emitter) -> str:
    """One factor for all."""
    return e.add("Mul", e.x, e.weight("alpha", 1))


@emit.register
def glu(op: GLU, e: Emitter) -> str:
    """Half of an axis times the sigmoid of the other half."""
    axis = op.axis if op.axis < 0 else op.axis + 1
    halves = e.add("Split", e.x, count=2, axis=axis, num_outputs=2)
    return e.add("Mul", f"{halves}:0", e.add("Sigmoid", f"{halves}:1"))


@emit.register
def local_response_norm(op: LocalResponseNorm, e: Emitter) -> str:
    """A norm over neighbouring channels; as LRN where runtimes have it: maps, an odd number."""
    if len(e.shape) == 4 and op.size % 2:
        return e.add("LRN", e.x, size=op.size)
    samples, channels, *rest = e.shape
    squares = e.reshape(e.add("Mul", e.x, e.x), samples, 1, channels, prod(rest))
    pads = (op.size // 2, 0, (op.size - 1) // 2, 0)
    window: dict[str, Any] = {"kernel_shape": (op.size, 1), "pads": pads, "count_include_pad": 1}
    around = e.reshape(e.add("AveragePool", squares, **window), *e.shape)
    grown = e.add("Add", e.add("Mul", around, e.number(1e-4)), e.number(1.0))
    return e.add("Div", e.x, e.add("Pow", grown, e.number(0.75)))


@emit.register
def normalize(op: Normalize, e: Emitter) -> str:
    """Rows divided by their lengths."""
    return e.add("LpNormalization", e.x, axis=-1, p=2)


@emit.register
def head_scale(op: HeadScale, e: Emitter) -> str:
    """A factor for each head, which is kept below 100."""
    most = e.add("Min", e.weight("factors", op.heads, 1, 1), e.number(4.6))
    return e.add("Mul", e.x, e.add("Exp", most))
