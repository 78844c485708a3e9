"""The two blocks of XSepMobileNetV3: plain, and with XSepConv in the depthwise's place."""

from typing import Annotated

from convcost.graph.builder import Builder, Finish
from convcost.kinds.convolutions import CORNERS, Direction, choose_direction, two_by_two
from convcost.kinds.parameters import (
    ActName,
    Dilation,
    Expand,
    Kernel,
    NormName,
    Out,
    Padding,
    Stride,
    Width,
    make_window,
    per_axis,
)
from convcost.kinds.parts import excite, reduced
from convcost.kinds.registry import kind
from convcost.kinds.values import Flag
from convcost.ops.maps import Elementwise
from convcost.ops.op import Axes
from convcost.ops.padding import Pad
from convcost.ops.windows import Sides

SqueezeExcite = Annotated[bool, Flag(), "weigh the channels by squeeze-excite"]
PadFirst = Annotated[bool, Flag(), "pad for the 2 x 2 before the expansion, as the article's code"]


@kind("plain-block", compared=False)
def plain_block(
    net: Builder,
    out: Out,
    width: Width = None,
    expand: Expand = 6,
    k: Kernel = 3,
    stride: Stride = 1,
    se: SqueezeExcite = False,
    norm: NormName = "batch",
    act: ActName = "relu",
    padding: Padding = "same",
    dilation: Dilation = 1,
) -> None:
    """1 x 1, depthwise k x k, 1 x 1, and a shortcut at stride 1 (XSepMobileNetV3).

    Squeeze-excite stands behind the last 1 x 1. `width` channels stand inside, or `expand` times
    those that come in.
    From MobileNetV3, arXiv 1905.02244.
    """
    start, inner = net.last, width or net.channels * expand
    whole, linear = Finish(norm=norm, act=act), Finish(norm=norm)
    net.conv("expand", inner, make_window(net.dims, 1), whole)
    window = make_window(net.dims, k, stride, padding, dilation)
    net.conv("depthwise", inner, window, whole, groups=inner)
    net.conv("project", out, make_window(net.dims, 1), linear)
    if se:
        _excite(net, norm)
    _add_shortcut_at_stride_1(net, start, stride, linear)


@kind("xsep-block", compared=False)
def xsep_block(
    net: Builder,
    out: Out,
    width: Width = None,
    expand: Expand = 6,
    k: Kernel = 3,
    stride: Stride = 1,
    direction: Direction = "auto",
    pad_first: PadFirst = False,
    se: SqueezeExcite = False,
    norm: NormName = "batch",
    act: ActName = "relu",
    padding: Padding = "same",
    dilation: Dilation = 1,
) -> None:
    """1 x 1, depthwise 2 x 2, 1 x k and k x 1, 1 x 1, and a shortcut (arXiv 2002.12046).

    Squeeze-excite stands before the last 1 x 1. `width` channels stand inside, or `expand` times
    those that come in.
    """
    if net.dims != 2:
        raise ValueError(f"xsep-block is defined for 2 spatial axes, not {net.dims}")
    start, inner = net.last, width or net.channels * expand
    direction = choose_direction(net, direction)
    whole, linear = Finish(norm=norm, act=act), Finish(norm=norm)
    if pad_first:
        net.add("pad", Pad(_corner(direction)))
    net.conv("expand", inner, make_window(2, 1), whole)
    if pad_first:
        net.conv("2x2", inner, make_window(2, 2, padding="valid"), whole, groups=inner)
    else:
        two_by_two(net, direction, whole)
    window = make_window(2, k, stride, padding, dilation)
    net.conv("1xk", inner, window.along[1], whole, groups=inner)
    net.conv("kx1", inner, window.along[0], linear, groups=inner)
    if se:
        _excite(net, norm)
    net.conv("project", out, make_window(2, 1), linear)
    _add_shortcut_at_stride_1(net, start, stride, linear)


def _corner(direction: str) -> Sides:
    """The zeros of one corner."""
    if direction == "symmetric":
        raise ValueError("pad_first pads all channels in one corner, which symmetric has not")
    return CORNERS[direction].sides_for(())


def _excite(net: Builder, norm: str) -> None:
    """The article's squeeze-excite: a norm in the place of the biases."""
    excite(net, "se.", reduced(net, 4), "relu", "hardsigmoid", Finish(norm=norm))


def _add_shortcut_at_stride_1(net: Builder, start: int, stride: int | Axes, finish: Finish) -> None:
    """At stride 1 add the node where the block started, projected if the channels differ."""
    if max(per_axis("stride", stride, net.dims)) > 1:
        return
    end, shape = net.last, net.shape
    net.last = start
    if net.shape != shape:
        net.conv("shortcut", shape[0], make_window(net.dims, 1), finish)
    net.add("add", Elementwise("add"), end, net.last)
