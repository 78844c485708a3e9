"""Calls that compute element by element: norms, activations, softmax, sums and products."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from convcost.graph.spelling import ACTIVATIONS
from convcost.ops.maps import (
    GLU,
    Activation,
    Elementwise,
    LocalResponseNorm,
    Norm,
    Softmax,
)
from convcost.ops.partitions import Normalize
from convcost.pytorch.capture.readers.reading import Read, positive, reads, there

if TYPE_CHECKING:
    from torch import Tensor


def _norm(function: str, channels: int, weight: Any, bias: Any, **more: Any) -> Norm:
    """A norm, with what it has for its channels."""
    affine = weight is not None
    shift = bias is not None or not affine or function == "rms"
    return Norm(function, channels, affine=affine, shift=shift, **more)


@reads("F.batch_norm", "torch.batch_norm")
def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    *others: Any,
    **more: Any,
) -> Read:
    """A batch norm, with or without running statistics."""
    op = _norm("batch", input.shape[1], weight, bias, stats=running_mean is not None)
    return Read(op, (input,), there(weight, bias))


@reads("F.instance_norm")
def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    *others: Any,
    **more: Any,
) -> Read:
    """An instance norm."""
    return Read(_norm("instance", input.shape[1], weight, bias), (input,), there(weight, bias))


@reads("F.group_norm", "torch.group_norm")
def group_norm(
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    *others: Any,
    **more: Any,
) -> Read:
    """A group norm."""
    op = _norm("group", input.shape[1], weight, bias, groups=num_groups)
    return Read(op, (input,), there(weight, bias))


@reads("F.layer_norm", "torch.layer_norm")
def layer_norm(
    input: Tensor,
    normalized_shape: Any,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    *others: Any,
    **more: Any,
) -> Read:
    """A norm over the last axes."""
    op = _norm("layer", prod(normalized_shape), weight, bias)
    return Read(op, (input,), there(weight, bias))


@reads("F.rms_norm", "torch.rms_norm")
def rms_norm(
    input: Tensor,
    normalized_shape: Any,
    weight: Tensor | None = None,
    eps: float | None = None,
) -> Read:
    """The same without a shift."""
    return Read(_norm("rms", prod(normalized_shape), weight, None), (input,), there(weight))


@reads("F.local_response_norm")
def local_response_norm(input: Tensor, size: int, *others: Any, **more: Any) -> Read:
    """A norm over neighbouring channels."""
    return Read(LocalResponseNorm(size), (input,))


@reads("F.normalize")
def normalize(
    input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12, out: Any = None
) -> Read | None:
    """Rows divided by their lengths."""
    return Read(Normalize(), (input,)) if p == 2 and dim in (-1, input.dim() - 1) else None


@reads("F.prelu", "torch.prelu")
def prelu(input: Tensor, weight: Tensor) -> Read:
    """A PReLU with its slopes."""
    return Read(Activation("prelu", weight.numel()), (input,), (weight,))


_INPLACE = {
    **dict.fromkeys(("relu", "relu6", "hardsigmoid", "hardswish", "silu", "mish", "selu"), 0),
    **dict.fromkeys(("leaky-relu", "elu", "celu"), 1),
    **dict.fromkeys(("hardtanh", "dropout"), 2),
}
"""Which of the arguments behind the input is `inplace` in a function of torch.nn.functional."""


def _activation(function: str, always: bool = False) -> Any:
    """A reader of an activation without weights, which may `always` work in place."""
    place = _INPLACE.get(function, -1)

    def read(input: Tensor, *others: Any, inplace: bool = False, **more: Any) -> Read:
        said = inplace or (0 <= place < len(others) and others[place] is True)
        idle = function == "dropout" and (others[0] if others else more.get("p")) == 0
        return Read(Activation(function, inplace=always or said, idle=idle), (input,))

    return read


for _function in ACTIVATIONS:
    if _function not in ("prelu", "identity"):
        _name = _function.replace("-", "_").replace("log_sigmoid", "logsigmoid")
        for _place in ("F.", "torch.", "torch.Tensor."):
            reads(_place + _name)(_activation(_function))
            reads(f"{_place}{_name}_")(_activation(_function, always=True))
for _name in ("dropout1d", "dropout2d", "dropout3d", "feature_dropout", "alpha_dropout"):
    reads(f"F.{_name}")(_activation("dropout"))


@reads("F.softmax", "torch.softmax", "torch.Tensor.softmax")
def softmax(input: Tensor, dim: int = -1, *others: Any, **more: Any) -> Read:
    """A softmax."""
    return Read(Softmax(positive(dim, input.dim())), (input,))


@reads("F.log_softmax", "torch.log_softmax", "torch.Tensor.log_softmax")
def log_softmax(input: Tensor, dim: int = -1, *others: Any, **more: Any) -> Read:
    """Its logarithm."""
    return Read(Softmax(positive(dim, input.dim()), log=True), (input,))


@reads("F.glu")
def glu(input: Tensor, dim: int = -1) -> Read:
    """Half of an axis times the sigmoid of the other half."""
    return Read(GLU(positive(dim, input.dim())), (input,))


def _arithmetic(function: str) -> Any:
    """A reader of a sum, difference, product or quotient, of which one may be a number."""

    def read(input: Any, other: Any, *others: Any, **more: Any) -> Read:
        maps = tuple([each for each in (input, other) if hasattr(each, "dim")])
        numbers = [each for each in (input, other) if isinstance(each, int | float)]
        return Read(Elementwise(function, _exact(numbers[0]) if numbers else None), maps)

    return read


def _exact(number: Any) -> Any:
    """A number as it is written; None for what is no number of few digits."""
    from fractions import Fraction

    text = repr(number)
    if isinstance(number, bool) or len(text) > 12 or not text.strip("-").replace(".", "").isdigit():
        return None
    value = Fraction(text)
    return int(value) if value.denominator == 1 else value


for _function, _names in {
    "add": ("add", "__add__", "__radd__", "__iadd__"),
    "sub": ("sub", "subtract", "__sub__", "__rsub__", "rsub", "__isub__"),
    "mul": ("mul", "multiply", "__mul__", "__rmul__", "__imul__"),
    "div": ("div", "divide", "true_divide", "__truediv__", "__itruediv__"),
}.items():
    for _name in _names:
        for _place in ("torch.", "torch.Tensor."):
            reads(_place + _name)(_arithmetic(_function))
            reads(f"{_place}{_name}_")(_arithmetic(_function))
