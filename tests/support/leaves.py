"""Kinds as torch has them, and expressions, for `second_reading`: nothing of convcost is in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from torch import Tensor, nn
from torch.nn import functional

CONVOLUTIONS = ("standard", "depthwise", "pointwise", "conv-bn-act")
ACTS: dict[str, Any] = {
    "relu": nn.ReLU,
    "relu6": nn.ReLU6,
    "sigmoid": nn.Sigmoid,
    "hardswish": nn.Hardswish,
    "silu": nn.SiLU,
    "gelu": nn.GELU,
    "prelu": nn.PReLU,
}
POOLS: dict[str, Any] = {
    "max-pool": (nn.MaxPool2d, "max_pool2d"),
    "avg-pool": (nn.AvgPool2d, "avg_pool2d"),
    "adaptive-avg-pool": (nn.AdaptiveAvgPool2d, "adaptive_avg_pool2d"),
    "upsample": (nn.Upsample, "interpolate"),
}
KINDS = {*CONVOLUTIONS, *POOLS, "norm", "act", "flatten", "linear", "dropout"}
WORDS = {*ACTS, "none", "batch", "group", "instance", "same", "valid", "tf-same", "torch-same"} | {
    *("module", "function", "nearest", "bilinear")
}
"""Values that are no expressions."""


class Function(NamedTuple):
    """A function of `torch.nn.functional` and its options; it may be given a child's weights."""

    name: str
    options: Mapping[str, Any] = {}


class Leaf(NamedTuple):
    """The module of a layer, if it is one, and the function that is called if not the module."""

    module: nn.Module | None = None
    function: Function | None = None


def evaluated(value: Any, names: Mapping[str, Any], x: Tensor) -> Any:
    """What an expression comes to where this map comes in; a word is itself."""
    if isinstance(value, list):
        return [evaluated(each, names, x) for each in value]
    if not isinstance(value, str) or (value in WORDS and value not in names):
        return value
    sizes = dict(zip(("height", "width"), x.shape[2:], strict=False))
    found = eval(value, {"min": min, "max": max}, {"channels": x.shape[1], **sizes, **names})
    return int(found) if isinstance(found, float) else found


def make_leaf(kind: str, given: dict[str, Any], x: Tensor) -> Leaf:
    """A kind on a map."""
    function, channels = given.pop("form", "module") == "function", x.shape[1]
    if kind in CONVOLUTIONS:
        module = convolution(kind, channels, given, tuple(x.shape[2:]))
        return Leaf(module, Function("conv2d", window(module)) if function else None)
    if kind == "linear":
        linear = nn.Linear(x[0].numel(), given.get("out", channels), given.get("bias", True))
        return Leaf(linear, Function("linear") if function else None)
    if kind in POOLS:
        return pool(kind, given, function)
    if kind == "act":
        name = given.get("act", "relu")
        if function:
            return Leaf(None, Function(name, {"inplace": True} if given.get("inplace") else {}))
        return Leaf(activation(name, channels, given.get("inplace", False)))
    if kind == "dropout":
        return (
            Leaf(None, Function("dropout", {"training": False})) if function else Leaf(nn.Dropout())
        )
    if kind == "norm":
        given = {"norm": "batch", **given}
        return Leaf(norm(channels, given, x.dim()))
    return Leaf()


def activation(name: str, channels: int, inplace: bool = False) -> nn.Module:
    """An activation as a module."""
    made: nn.Module = nn.PReLU(channels) if name == "prelu" else ACTS[name]()
    if inplace:
        made.inplace = True  # type: ignore[assignment]
    return made


def norm(channels: int, given: Mapping[str, Any], dims: int) -> nn.Module:
    """A norm as a module."""
    affine = given.get("affine", True)
    if given["norm"] == "group":
        return nn.GroupNorm(given.get("norm_groups", 32), channels, affine=affine)
    if given["norm"] == "instance":
        return nn.InstanceNorm2d(channels, affine=affine)
    return (nn.BatchNorm2d if dims > 2 else nn.BatchNorm1d)(channels, affine=affine)


def convolution(
    kind: str, channels: int, given: Mapping[str, Any], size: tuple[int, ...]
) -> nn.Module:
    """A convolution as a module, with its zeros, norm and activation behind it if it has some."""
    groups = channels if kind == "depthwise" else given.get("groups", 1)
    out = given.get("out", channels * given.get("multiplier", 1))
    kernel = pair(given.get("k", 1 if kind == "pointwise" else 3))
    stride, dilation = pair(given.get("stride", 1)), pair(given.get("dilation", 1))
    padding = given.get("padding", "valid" if kind == "pointwise" else "same")
    modules: list[nn.Module] = []
    zeros: Any = padding
    if padding == "torch-same":
        zeros = "same"
    else:
        sides = zeros_of(padding, size, kernel, stride, dilation)
        zeros = [before for before, _ in sides]
        if any(before != after for before, after in sides):
            (top, bottom), (left, right) = sides
            modules.append(nn.ZeroPad2d((left, right, top, bottom)))
            zeros = [0, 0]
    zeros = zeros if isinstance(zeros, str) else tuple(zeros)
    bias = given.get("bias", False)
    modules.append(nn.Conv2d(channels, out, kernel, stride, zeros, dilation, groups, bias))
    whole = kind == "conv-bn-act"
    given = {"norm": "batch" if whole else "none", "act": "relu" if whole else "none", **given}
    if given["norm"] != "none":
        modules.append(norm(out, given, 4))
    if given["act"] != "none":
        modules.append(activation(given["act"], out, given.get("inplace", False)))
    return modules[0] if len(modules) == 1 else nn.Sequential(*modules)


def zeros_of(padding: Any, *window: tuple[int, ...]) -> list[tuple[int, int]]:
    """The zeros before and after each axis of a map, from its size, kernel, stride, dilation."""
    if padding == "valid":
        return [(0, 0)] * 2
    if padding not in ("same", "tf-same"):
        pairs = [padding] * 2 if isinstance(padding, int) else padding
        return [(side, side) if isinstance(side, int) else tuple(side) for side in pairs]
    sides = []
    for size, kernel, stride, dilation in zip(*window, strict=True):
        zeros = dilation * (kernel - 1)
        if padding == "tf-same":  # so many that ceil(size / stride) positions fit
            zeros = max((-(-size // stride) - 1) * stride + zeros + 1 - size, 0)
        sides.append((zeros // 2, zeros - zeros // 2))
    return sides


def pool(kind: str, given: dict[str, Any], function: bool) -> Leaf:
    """A pool or a resize."""
    module, name = POOLS[kind]
    if kind == "upsample":
        resize = {"mode": given.get("mode", "nearest")}
        resize |= {"size": given["size"]} if "size" in given else {"scale_factor": 2}
        return Leaf(None, Function(name, resize)) if function else Leaf(module(**resize))
    if kind == "adaptive-avg-pool":
        size = given.get("size", 1)
        return Leaf(None, Function(name, {"output_size": size})) if function else Leaf(module(size))
    options: dict[str, Any] = {"kernel_size": pair(given.get("k", 2))}
    options["stride"] = given.get("stride", options["kernel_size"])
    padding = given.get("padding", "valid")
    kernel = options["kernel_size"]
    options["padding"] = tuple(
        [before for before, _ in zeros_of(padding, (0, 0), kernel, (1, 1), (1, 1))]
    )
    options["ceil_mode"] = given.get("ceil", False)
    if kind == "avg-pool":
        options["count_include_pad"] = given.get("count_padding", True)
    return Leaf(None, Function(name, options)) if function else Leaf(module(**options))


def parts_of(x: Tensor, sizes: Sequence[int]) -> list[Tensor]:
    """Parts of the channels, one behind the other, as slices."""
    ends = list(accumulate(sizes))
    return [x[:, end - size : end] for size, end in zip(sizes, ends, strict=True)]


def pair(value: Any) -> tuple[int, int]:
    """A number for both axes, or one for each."""
    return (value, value) if isinstance(value, int) else (value[0], value[1])


def window(module: Any) -> dict[str, Any]:
    """What a convolution is called with beside its weights; empty for what has none."""
    for own in module if isinstance(module, nn.Sequential) else [module]:
        if isinstance(own, nn.Conv2d):
            return {
                name: getattr(own, name) for name in ("stride", "padding", "dilation", "groups")
            }
    return {}


def call_leaf(children: list[nn.Module], function: Function | None, x: Tensor) -> Tensor:
    """Call modules, or a function in place of them or with their weights."""
    if function is None:
        for child in children:
            x = child(x)
        return x
    call = getattr(functional, function.name)  # only now: tools put their own in its place
    if not children:
        return call(x, **function.options)  # type: ignore[no-any-return]
    [child] = children
    for own in child if isinstance(child, nn.Sequential) else [child]:
        weighted = isinstance(own, nn.Conv2d | nn.Linear)
        x = call(x, own.weight, own.bias, **function.options) if weighted else own(x)
    return x
