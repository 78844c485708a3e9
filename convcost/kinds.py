"""The kinds of layer: each a function that appends nodes, its signature its schema.

To add a kind, write one function under `@kind("name")`; the command line, YAML, the JSON Schema,
the formulas and the cross-check read everything off it. `Window` and `Finishes` bring the
parameters that most kinds share.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

from convcost.graph import Builder, Finish
from convcost.ops import Axes, Concat, Slice
from convcost.registry import KINDS, bundle, find, kind
from convcost.values import Choice, Flag, PaddingType, PerAxis, Several, Whole
from convcost.windows import Sides, Window, same_sides

__all__ = ["KINDS", "find"]  # to be had from here, where the kinds have been registered

NORMS = Choice(
    ("none", "batch", "group", "instance"),
    "norm",
    (("bn", "batch"), ("batchnorm", "batch"), ("gn", "group"), ("groupnorm", "group")),
)
ACTS = Choice(
    (
        *("none", "relu", "relu6", "leaky-relu", "prelu", "elu", "sigmoid", "tanh"),
        *("hardsigmoid", "hardswish", "silu", "gelu", "mish"),
    ),
    "activation",
    (("swish", "silu"), ("h-swish", "hardswish"), ("h-sigmoid", "hardsigmoid")),
)
CORNERS = {
    corner: Window((2, 2), (1, 1), sides, (1, 1))
    for corner, sides in {
        "right-top": ((1, 0), (0, 1)),
        "right-bottom": ((0, 1), (0, 1)),
        "left-top": ((1, 0), (1, 0)),
        "left-bottom": ((0, 1), (1, 0)),
    }.items()
}
"""The 2 x 2 window with its zeros, on H and W, in each of the four directions."""
DIRECTIONS = Choice((*CORNERS, "symmetric"), "direction")

Out = Annotated[int, Whole(), "output channels; as many as come in if not given", "C_out"]
DepthwiseOut = Annotated[int | None, Whole(), "output channels", "C_out"]
Kernel = Annotated[int | Axes, PerAxis(), "kernel size k, square or one number per axis", "K"]
Stride = Annotated[int | Axes, PerAxis(), "stride"]
Padding = Annotated[
    str | int | Axes,
    PaddingType(),
    "zeros around the map: same keeps ceil(size / stride), valid adds none, "
    "tf-same is TensorFlow's asymmetric SAME",
]
Dilation = Annotated[int | Axes, PerAxis(), "dilation; the effective kernel is d(k-1)+1"]
Groups = Annotated[int, Whole(), "groups of the group convolution", "g"]
Multiplier = Annotated[int, Whole(), "channels that the depthwise convolution makes of each", "M"]
DepthwiseMultiplier = Annotated[int | None, Whole(), "depthwise channel multiplier", "M"]
Bias = Annotated[bool, Flag(), "give the convolutions a bias"]
NormName = Annotated[str, NORMS, f"norm after every convolution: {', '.join(NORMS.names)}"]
NormGroups = Annotated[int, Whole(), "groups of a group norm"]
ActName = Annotated[
    str, ACTS, f"activation after every convolution and norm: {', '.join(ACTS.names)}"
]
LastOnly = Annotated[
    tuple[str, ...],
    Several(Choice(("bias", "norm", "act"), "part")),
    "which of bias, norm, act only the last convolution gets",
]
Pointwise = Annotated[bool, Flag(), "end with the pointwise convolution"]
Direction = Annotated[
    str,
    DIRECTIONS,
    f"corner of the 2 x 2 kernel's zeros: {', '.join(CORNERS)}, or symmetric (4 channel groups)",
]


class Finishes(NamedTuple):
    """How the convolutions of one kind are finished: all but the last, and the last."""

    inner: Finish
    last: Finish


@bundle
def make_window(
    dims: int,
    k: Kernel = 3,
    stride: Stride = 1,
    padding: Padding = "same",
    dilation: Dilation = 1,
) -> Window:
    """The window parameters, spread over the spatial axes."""
    kernel, dilations = per_axis("k", k, dims), per_axis("dilation", dilation, dims)
    sides: Sides | None = None
    if padding == "same":
        sides = same_sides(kernel, dilations)
    elif padding != "tf-same":
        zeros = per_axis("padding", 0 if isinstance(padding, str) else padding, dims)
        sides = tuple([(n, n) for n in zeros])
    return Window(kernel, per_axis("stride", stride, dims), sides, dilations)


@bundle
def make_finishes(
    dims: int,
    bias: Bias = False,
    norm: NormName = "none",
    act: ActName = "none",
    norm_groups: NormGroups = 32,
    last_only: LastOnly = (),
) -> Finishes:
    """The finish parameters; `last_only` takes its parts from every convolution but the last."""
    last = Finish(bias, norm, act, norm_groups)
    if not last_only:
        return Finishes(last, last)
    inner = last._replace(**{part: Finish._field_defaults[part] for part in last_only})
    return Finishes(inner, last)


def per_axis(name: str, value: int | Axes, dims: int) -> Axes:
    """Spread one number over `dims` axes, or check that there is one number for each."""
    if isinstance(value, int):
        return (value,) * dims
    if len(value) != dims:
        raise ValueError(f"{name} has {len(value)} numbers for {dims} spatial axes")
    return value


@kind("standard")
def standard(net: Builder, out: Out, window: Window, finish: Finishes) -> None:
    """Dense k x k convolution."""
    net.conv("conv", out, window, finish.last)


@kind("group")
def group(net: Builder, out: Out, window: Window, finish: Finishes, groups: Groups = 2) -> None:
    """k x k convolution in groups that share no channels."""
    net.conv("conv", out, window, finish.last, groups=groups)


@kind("depthwise")
def depthwise(
    net: Builder,
    window: Window,
    finish: Finishes,
    out: DepthwiseOut = None,
    multiplier: DepthwiseMultiplier = None,
) -> None:
    """k x k convolution of each channel alone; out = in x multiplier.

    TensorFlow's `depthwise_conv2d`. Either of `out` and `multiplier` gives the other.
    """
    channels = net.channels
    if out is None:
        out = channels if multiplier is None else channels * multiplier
    elif multiplier is not None and out != channels * multiplier:
        raise ValueError(
            f"{channels} input channels x multiplier {multiplier} are not {out} output channels"
        )
    net.conv("conv", out, window, finish.last, groups=channels)


@kind("pointwise")
def pointwise(net: Builder, out: Out, finish: Finishes, stride: Stride = 1) -> None:
    """1 x 1 convolution."""
    net.conv("conv", out, make_window(net.dims, 1, stride, "valid"), finish.last)


@kind("depthwise-separable")
def depthwise_separable(
    net: Builder, out: Out, window: Window, finish: Finishes, multiplier: Multiplier = 1
) -> None:
    """Depthwise k x k, then pointwise.

    Cost ratio to standard 1/n + 1/k^2 (MobileNets, arXiv 1704.04861, section 3.1).
    """
    channels = net.channels
    net.conv("depthwise", channels * multiplier, window, finish.inner, groups=channels)
    net.conv("pointwise", out, window.point, finish.last)


@kind("spatially-separable")
def spatially_separable(net: Builder, out: Out, window: Window, finish: Finishes) -> None:
    """Dense k x 1 (in to in), then dense 1 x k (in to out)."""
    *first, last = _axes(net)
    for axis in first:
        net.conv(_along(net, axis), net.channels, window.along[axis], finish.inner)
    net.conv(_along(net, last), out, window.along[last], finish.last)


@kind("spatially-separable-depthwise")
def spatially_separable_depthwise(
    net: Builder, out: Out, window: Window, finish: Finishes, pointwise: Pointwise = True
) -> None:
    """Depthwise k x 1, depthwise 1 x k, then pointwise (which can be left out).

    Without it the last depthwise convolution writes `out` channels.
    """
    channels = net.channels
    *first, last = _axes(net)
    for axis in first:
        net.conv(_along(net, axis), channels, window.along[axis], finish.inner, groups=channels)
    if pointwise:
        net.conv(_along(net, last), channels, window.along[last], finish.inner, groups=channels)
        net.conv("pointwise", out, window.point, finish.last)
    else:
        net.conv(_along(net, last), out, window.along[last], finish.last, groups=channels)


@kind("xsepconv")
def xsepconv(
    net: Builder,
    out: Out,
    window: Window,
    finish: Finishes,
    direction: Direction = "right-bottom",
) -> None:
    """Depthwise 2 x 2 padded on one side, depthwise 1 x k, depthwise k x 1, then pointwise.

    XSepConv, arXiv 2002.12046. The 2 x 2 keeps stride 1 and the map's size whatever the padding;
    stride, padding and dilation go to the 1 x k and the k x 1, each on its own axis.
    """
    if net.dims != 2:
        raise ValueError(f"xsepconv is defined for 2 spatial axes, not {net.dims}")
    channels = net.channels
    if direction == "symmetric":
        _two_by_two_symmetric(net, finish.inner)
    else:
        _two_by_two(net, "2x2", direction, finish.inner)
    for axis in (1, 0):
        net.conv(_along(net, axis), channels, window.along[axis], finish.inner, groups=channels)
    net.conv("pointwise", out, window.point, finish.last)


def _axes(net: Builder) -> range:
    if net.dims < 2:
        raise ValueError("there is one spatial axis only, nothing to separate")
    return range(net.dims)


def _along(net: Builder, axis: int) -> str:
    """The name of the convolution along one axis."""
    return (("k",), ("kx1", "1xk"), ("kx1x1", "1xkx1", "1x1xk"))[net.dims - 1][axis]


def _two_by_two(net: Builder, path: str, corner: str, finish: Finish) -> None:
    """A depthwise 2 x 2 that keeps the map's size, its zeros in one corner."""
    net.conv(path, net.channels, CORNERS[corner], finish, groups=net.channels)


def _two_by_two_symmetric(net: Builder, finish: Finish) -> None:
    """The older form: a quarter of the channels to each corner (NeurIPS 2019, arXiv 1903.08385)."""
    source, channels = net.last, net.channels
    if channels % 4:
        raise ValueError(f"symmetric padding needs 4 equal channel groups, {channels} has none")
    quarter, parts = channels // 4, []
    for index, corner in enumerate(CORNERS):
        channels_of_part = Slice(index * quarter, (index + 1) * quarter)
        net.add(f"2x2.{corner}.channels", channels_of_part, source)
        _two_by_two(net, f"2x2.{corner}", corner, Finish(finish.bias))
        parts.append(net.last)
    net.add("2x2.concat", Concat(), *parts)
    net.finish("2x2", finish)
