"""Blocks of networks: several convolutions with what joins them."""

from __future__ import annotations

from typing import Annotated

from convcost.graph import Builder, Finish
from convcost.kinds.parameters import (
    ActName,
    Groups,
    Kernel,
    NormName,
    Out,
    Stride,
    make_window,
)
from convcost.maps import Activation, Elementwise
from convcost.pools import AdaptivePool
from convcost.registry import kind
from convcost.values import Choice, Whole

Width = Annotated[int | None, Whole(), "channels inside a block"]
Expand = Annotated[int, Whole(), "how many times the channels are expanded"]
Reduce = Annotated[int, Whole(), "how many times squeeze-excite reduces the channels"]
StrideOn = Annotated[
    str,
    Choice(("first", "middle"), "place"),
    "which convolution of a bottleneck has the stride: first (the paper's 1 x 1) or middle "
    "(torchvision's 3 x 3)",
]


@kind("basic-block", compared=False)
def basic_block(
    net: Builder, out: Out, stride: Stride = 1, norm: NormName = "batch", act: ActName = "relu"
) -> None:
    """Two 3 x 3 convolutions and a shortcut (ResNet, arXiv 1512.03385)."""
    start = net.last
    whole, linear = Finish(norm=norm, act=act), Finish(norm=norm)
    net.conv("conv1", out, make_window(net.dims, 3, stride), whole)
    net.conv("conv2", out, make_window(net.dims, 3), linear)
    _add_shortcut(net, start, stride, linear, act)


@kind("bottleneck", compared=False, also="residual resnet-block")
def bottleneck(
    net: Builder,
    out: Out,
    width: Width = None,
    stride: Stride = 1,
    stride_on: StrideOn = "middle",
    groups: Groups = 1,
    norm: NormName = "batch",
    act: ActName = "relu",
) -> None:
    """1 x 1 to `width` channels (out / 4), 3 x 3, 1 x 1, and a shortcut (ResNet, ResNeXt)."""
    start, inner = net.last, width or out // 4
    if inner < 1:
        raise ValueError(f"{out} output channels leave none inside; give the width")
    first, middle = (stride, 1) if stride_on == "first" else (1, stride)
    whole, linear = Finish(norm=norm, act=act), Finish(norm=norm)
    net.conv("conv1", inner, make_window(net.dims, 1, first, "valid"), whole)
    net.conv("conv2", inner, make_window(net.dims, 3, middle), whole, groups=groups)
    net.conv("conv3", out, make_window(net.dims, 1), linear)
    _add_shortcut(net, start, stride, linear, act)


@kind("inverted-residual", compared=False)
def inverted_residual(
    net: Builder,
    out: Out,
    k: Kernel = 3,
    stride: Stride = 1,
    expand: Expand = 6,
    norm: NormName = "batch",
    act: ActName = "relu6",
) -> None:
    """1 x 1 expansion, depthwise k x k, linear 1 x 1; a sum where shapes allow (MobileNetV2)."""
    start, inner = net.last, net.channels * expand
    source, whole = net.shape, Finish(norm=norm, act=act)
    if expand > 1:
        net.conv("expand", inner, make_window(net.dims, 1), whole)
    net.conv("depthwise", inner, make_window(net.dims, k, stride), whole, groups=inner)
    net.conv("project", out, make_window(net.dims, 1), Finish(norm=norm))
    if net.shape == source:
        net.add("add", Elementwise("add"), start, net.last)


@kind("squeeze-excite", compared=False, also="se squeeze-excitation")
def squeeze_excite(net: Builder, reduce: Reduce = 4) -> None:
    """Channels weighed by two 1 x 1 convolutions of their means (arXiv 1709.01507)."""
    start, channels, point = net.last, net.channels, make_window(net.dims, 1)
    if channels < reduce:
        raise ValueError(f"nothing is left of {channels} channels reduced {reduce} times")
    net.add("pool", AdaptivePool("avg", (1,) * net.dims))
    net.conv("reduce", channels // reduce, point, Finish(bias=True, act="relu"))
    net.conv("restore", channels, point, Finish(bias=True))
    net.add("gate", Activation("sigmoid"))
    net.add("scale", Elementwise("mul"), start, net.last)


def _add_shortcut(
    net: Builder, start: int, stride: int | tuple[int, ...], finish: Finish, act: str
) -> None:
    """Add the node where a block started, projected if its shape is another."""
    end, shape = net.last, net.shape
    net.last = start
    if net.shape != shape:
        net.conv("shortcut", shape[0], make_window(net.dims, 1, stride, "valid"), finish)
    net.add("add", Elementwise("add"), end, net.last)
    net.finish("add", Finish(act=act))
