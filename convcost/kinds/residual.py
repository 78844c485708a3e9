"""Residual blocks whose convolutions are dense or grouped: ResNet, ResNeXt, RegNet.

A block has one activation, which it calls behind each of its convolutions, and adds in place, as
torchvision's ResNet does.
"""

from typing import Annotated

from convcost.graph.builder import Builder, Finish
from convcost.graph.maps import Elementwise
from convcost.graph.moves import Subsample
from convcost.graph.ops import Axes
from convcost.graph.padding import PadChannels
from convcost.kinds.parameters import (
    ActName,
    Dilation,
    Gate,
    Groups,
    NormName,
    Out,
    Padding,
    Squeeze,
    SqueezeAct,
    Stride,
    Width,
    make_window,
    per_axis,
)
from convcost.kinds.parts import excite
from convcost.kinds.registry import kind
from convcost.kinds.values import Choice

StrideOn = Annotated[
    str,
    Choice(("first", "middle"), "place"),
    "which convolution of a bottleneck has the stride: first (the paper's 1 x 1) or middle "
    "(torchvision's 3 x 3)",
]
Shortcut = Annotated[
    str,
    Choice(("auto", "projection", "padded", "none"), "shortcut"),
    "what is added to a residual block: auto (the input, projected where its shape changes), "
    "projection (always by a 1 x 1), padded (ResNet's option A: subsampled, with channels of "
    "zeros), none",
]


@kind("basic-block", compared=False)
def basic_block(
    net: Builder,
    out: Out,
    stride: Stride = 1,
    shortcut: Shortcut = "auto",
    norm: NormName = "batch",
    act: ActName = "relu",
    groups: Groups = 1,
    padding: Padding = "same",
    dilation: Dilation = 1,
) -> None:
    """Two 3 x 3 convolutions and a shortcut (ResNet, arXiv 1512.03385)."""
    start = net.last
    whole, linear = Finish(norm=norm, act=act, again=True), Finish(norm=norm)
    first = make_window(net.dims, 3, stride, padding, dilation)
    net.conv("conv1", out, first, whole, groups=groups)
    second = make_window(net.dims, 3, 1, padding, dilation)
    net.conv("conv2", out, second, linear, groups=groups)
    _add_shortcut(net, "conv2", start, stride, shortcut, whole)


@kind("bottleneck", compared=False, also="residual resnet-block resnext")
def bottleneck(
    net: Builder,
    out: Out,
    width: Width = None,
    stride: Stride = 1,
    stride_on: StrideOn = "middle",
    groups: Groups = 1,
    squeeze: Squeeze = None,
    squeeze_act: SqueezeAct = "relu",
    gate: Gate = "sigmoid",
    shortcut: Shortcut = "auto",
    norm: NormName = "batch",
    act: ActName = "relu",
    padding: Padding = "same",
    dilation: Dilation = 1,
) -> None:
    """1 x 1 to `width` channels (out / 4), 3 x 3, 1 x 1, and a shortcut (ResNet, ResNeXt, RegNet).

    RegNetY's squeeze-excite stands behind the 3 x 3 (arXiv 2003.13678).
    ResNet: arXiv 1512.03385; ResNeXt: 1611.05431.
    """
    start, inner = net.last, width or out // 4
    if inner < 1:
        raise ValueError(f"{out} output channels leave none inside; give the width")
    first, middle = (stride, 1) if stride_on == "first" else (1, stride)
    window = make_window(net.dims, 3, middle, padding, dilation)
    whole, linear = Finish(norm=norm, act=act, again=True), Finish(norm=norm)
    net.conv("conv1", inner, make_window(net.dims, 1, first, "valid"), whole)
    net.conv("conv2", inner, window, whole, groups=groups)
    excite(net, "se.", squeeze, squeeze_act, gate)
    net.conv("conv3", out, make_window(net.dims, 1), linear)
    _add_shortcut(net, "conv3", start, stride, shortcut, whole)


def _add_shortcut(
    net: Builder, last: str, start: int, stride: int | Axes, shortcut: str, finish: Finish
) -> None:
    """Add what the node where a block started becomes, then the activation."""
    end, shape, act = net.last, net.shape, Finish(act=finish.act)
    if shortcut == "none":
        net.finish(last, act)
        return
    net.last = start
    if shortcut == "padded":
        _subsample_and_pad(net, shape[0], per_axis("stride", stride, net.dims))
    elif shortcut == "projection" or net.shape != shape:
        point = make_window(net.dims, 1, stride, "valid")
        net.conv("shortcut", shape[0], point, Finish(norm=finish.norm))
    net.add("add", Elementwise("add"), end, net.last, form="inplace")
    net.finish("add", act)


def _subsample_and_pad(net: Builder, out: int, stride: Axes) -> None:
    """Every s-th position and zeros for the new channels: no parameters (ResNet's option A)."""
    if out < net.channels:
        raise ValueError(f"a padded shortcut adds channels, it cannot make {out} of {net.channels}")
    if max(stride) > 1:
        net.add("shortcut.subsample", Subsample(stride))
    if out > net.channels:
        net.add("shortcut.pad", PadChannels(0, out - net.channels))
