"""Nodes that compute element by element: norms, activations, softmax, sums and products."""

from __future__ import annotations

from math import prod
from typing import Any

from convcost.ops.called import Called
from convcost.ops.maps import Activation, Elementwise, LocalResponseNorm, Norm, Softmax
from convcost.ops.partitions import Normalize
from convcost.sources.onnx.readers.reading import Call, Read, Reader, reads, there
from convcost.sources.onnx.values import Value


def _norm(function: str, call: Call, scale: int, shift: int, **more: Any) -> Read:
    """A norm, with what it has for its channels."""
    gain, bias = call.given(scale), call.given(shift)
    given = there(gain, bias)
    sure = [each.is_trained and not each.is_guess for each in given]
    weights = tuple([each for each, own in zip(given, sure, strict=True) if own])
    computed = tuple([_constant(each) for each, own in zip(given, sure, strict=True) if not own])
    channels = sum([each.held.elements for each in weights[:1] if each.held])
    last, whole = function in ("layer", "rms"), call.x.sizes
    if channels and not last and channels != whole[1]:  # one for each group, up to opset 20
        if function != "group":
            raise ValueError(f"a scale of {channels} for {whole[1]} channels")
        weights, computed, channels = (), given, 0
    width = channels or (prod(whole[_axis_of(call) :]) if last else whole[1])
    shift = len(weights) > 1 or not weights
    op = Norm(function, width, affine=bool(weights), shift=shift, **more)
    if function == "group":
        op.check(whole[1:])
    return Read(op, (call.x, *computed), weights, whole)


def _axis_of(call: Call) -> int:
    """The first axis that a norm of the last ones goes over."""
    return call.number("axis", -1) % max(call.x.rank, 1)


def _constant(value: Value) -> Value:
    """The same, which is no parameter if it is an initialiser."""
    held = value.held
    return value if held is None else value._replace(held=held._replace(trained=False))


@reads("BatchNormalization")
def batch_norm(call: Call) -> Read:
    """A batch norm; its running statistics are no parameters."""
    return _norm("batch", call, 1, 2)


@reads("InstanceNormalization")
def instance_norm(call: Call) -> Read:
    """An instance norm."""
    return _norm("instance", call, 1, 2)


@reads("GroupNormalization")
def group_norm(call: Call) -> Read:
    """A group norm; up to opset 20 of a scale and a shift for each group."""
    return _norm("group", call, 1, 2, groups=call.number("num_groups", 1))


@reads("LayerNormalization")
def layer_norm(call: Call) -> Read:
    """A norm over the last axes."""
    return _norm("layer", call, 1, 2)


@reads("RMSNormalization", "SimplifiedLayerNormalization")
def rms_norm(call: Call) -> Read:
    """The same without a shift."""
    return _norm("rms", call, 1, len(call.inputs))


@reads("LpNormalization")
def normalize(call: Call) -> Read | None:
    """Rows divided by their lengths."""
    along = call.number("axis", -1) % max(call.x.rank, 1) == call.x.rank - 1
    plain = along and call.number("p", 2) == 2
    return Read(Normalize(), (call.x,), sizes=call.x.sizes) if plain else None


@reads("MeanVarianceNormalization")
def standardized(call: Call) -> Read:
    """What is left of a mean and a variance taken away, without a scale."""
    return Read(Called(call.type), (call.x,), sizes=call.x.sizes)


@reads("LRN")
def local_response_norm(call: Call) -> Read:
    """A norm over neighbouring channels."""
    return Read(LocalResponseNorm(call.number("size", 1)), (call.x,), sizes=call.x.sizes)


_ACTIVATIONS = {
    "Relu": "relu",
    "LeakyRelu": "leaky-relu",
    "Elu": "elu",
    "Selu": "selu",
    "Celu": "celu",
    "Sigmoid": "sigmoid",
    "HardSigmoid": "hardsigmoid",
    "HardSwish": "hardswish",
    "Tanh": "tanh",
    "Softplus": "softplus",
    "Gelu": "gelu",
    "com.microsoft.Gelu": "gelu",
    "Mish": "mish",
    "Swish": "silu",
    "Dropout": "dropout",
    "Identity": "identity",
}


def _activation(function: str) -> Reader:
    def read(call: Call) -> Read:
        return Read(Activation(function), (call.x,), sizes=call.x.sizes)

    return read


for _type, _function in _ACTIVATIONS.items():
    reads(_type)(_activation(_function))


@reads("Clip")
def clip(call: Call) -> Read:
    """Elements held between two numbers; between 0 and 6 it is a ReLU6."""
    low, high = call.attributes.get("min"), call.attributes.get("max")
    low = _number(call.given(1)) if low is None else low
    high = _number(call.given(2)) if high is None else high
    function = "relu6" if low == 0 and high == 6 else "hardtanh"
    return Read(Activation(function), (call.x,), sizes=call.x.sizes)


@reads("PRelu")
def prelu(call: Call) -> Read | None:
    """A PReLU with its slopes."""
    slopes = call.needed(1)
    if slopes.held is None:
        return None
    op = Activation("prelu", slopes.held.elements)
    return Read(op, (call.x,), (slopes,), call.x.sizes)


def _softmax(log: bool) -> Reader:
    def read(call: Call) -> Read:
        rank = call.x.rank
        axis = call.number("axis", -1 if call.version >= 13 else 1)
        if not -rank <= axis < rank:
            raise ValueError(f"there is no axis {axis} of {rank}")
        whole = axis % rank if rank else 0
        op = Softmax(-1 if whole == rank - 1 else whole - 1, log)
        return Read(op, (call.x,), sizes=call.x.sizes)

    return read


reads("Softmax")(_softmax(log=False))
reads("LogSoftmax")(_softmax(log=True))


def _arithmetic(function: str) -> Reader:
    """A reader of a sum, difference, product or quotient, of which one may be a number."""

    def read(call: Call) -> Read:
        one, other = call.x, call.needed(1)
        for value, number in ((one, other), (other, one)):
            if _is_number(number) and not _is_number(value):
                return Read(Elementwise(function, _exact(_number(number))), (value,))
        return Read(Elementwise(function), (one, other))

    return read


for _type, _function in {"Add": "add", "Sub": "sub", "Mul": "mul", "Div": "div"}.items():
    reads(_type)(_arithmetic(_function))


def _is_number(value: Value) -> bool:
    """Whether it is one number that is no parameter."""
    trained = value.held is not None and value.held.trained
    return value.node is None and not trained and all(size == 1 for size in value.sizes)


def _number(value: Value | None) -> Any:
    """The one number of a value, where it is known."""
    if value is None or value.known is None or value.known.size != 1:
        return None
    return value.known.reshape(-1).tolist()[0]


def _exact(number: Any) -> Any:
    """A number as it is written; None for what is no number of few digits."""
    from fractions import Fraction

    text = repr(number)
    if isinstance(number, bool) or len(text) > 12 or not text.strip("-").replace(".", "").isdigit():
        return None
    value = Fraction(text)
    return int(value) if value.denominator == 1 else value
