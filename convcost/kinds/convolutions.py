"""The kinds of convolution that are compared: each a function that appends nodes."""

from typing import Annotated

from convcost.graph.builder import Builder, Finish
from convcost.kinds.parameters import (
    DepthwiseMultiplier,
    DepthwiseOut,
    Finishes,
    Groups,
    Multiplier,
    Out,
    Pointwise,
    Stride,
    make_window,
)
from convcost.kinds.registry import kind
from convcost.kinds.values import Choice
from convcost.ops.windows import Window

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
DIRECTIONS = Choice(("auto", *CORNERS, "symmetric"), "direction")

Direction = Annotated[
    str,
    DIRECTIONS,
    f"corner of the 2 x 2 kernel's zeros: {', '.join(CORNERS)}; symmetric (4 channel groups); or "
    "auto, which is right-bottom, and in a network each corner in its turn",
]


@kind("standard", also="conv convolution")
def standard(net: Builder, out: Out, window: Window, finish: Finishes) -> None:
    """Dense k x k convolution.

    How sizes, padding, stride and dilation give the output: arXiv 1603.07285.
    """
    net.conv("conv", out, window, finish.last)


@kind("group")
def group(net: Builder, out: Out, window: Window, finish: Finishes, groups: Groups = 2) -> None:
    """k x k convolution in groups that share no channels.

    As in ResNeXt, arXiv 1611.05431.
    """
    net.conv("conv", out, window, finish.last, groups=groups)


@kind("depthwise", also="dwconv depthwise-conv")
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
    """1 x 1 convolution.

    From Network In Network, arXiv 1312.4400.
    """
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
    """Dense k x 1 (in to in), then dense 1 x k (in to out).

    The asymmetric factorisation of Inception-v3, arXiv 1512.00567, section 3.2. Stride, padding and
    dilation go to each on its own axis: at stride 2 the k x 1 still runs at full width.
    """
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
    direction: Direction = "auto",
    pointwise: Pointwise = True,
) -> None:
    """Depthwise 2 x 2 padded on one side, depthwise 1 x k, depthwise k x 1, then pointwise.

    XSepConv, arXiv 2002.12046. The 2 x 2 keeps stride 1 and the map's size whatever the padding;
    stride, padding and dilation go to the 1 x k and the k x 1, each on its own axis. Without the
    pointwise, the last depthwise convolution writes `out` channels.
    """
    if net.dims != 2:
        raise ValueError(f"xsepconv is defined for 2 spatial axes, not {net.dims}")
    channels = net.channels
    two_by_two(net, choose_direction(net, direction), finish.inner)
    net.conv("1xk", channels, window.along[1], finish.inner, groups=channels)
    if pointwise:
        net.conv("kx1", channels, window.along[0], finish.inner, groups=channels)
        net.conv("pointwise", out, window.point, finish.last)
    else:
        net.conv("kx1", out, window.along[0], finish.last, groups=channels)


def improved_symmetric(count: int) -> list[str]:
    """The direction of each of so many 2 x 2 convolutions, so that their shifts cancel.

    The four corners in turn, so that two that are left over are opposite to each other; where one
    is left over, the last is symmetric (arXiv 2002.12046, as its network's code begins).
    """
    turn = "right-bottom", "left-top", "left-bottom", "right-top"
    directions = [turn[index % 4] for index in range(count)]
    return [*directions[:-1], "symmetric"] if count % 2 else directions


def choose_direction(net: Builder, direction: str) -> str:
    """A direction; in place of `auto` the one whose turn it is in the network.

    Where that is symmetric and the channels are not four equal groups, it is right-bottom; that the
    shifts of the network do not cancel is then said of it.
    """
    if direction != "auto":
        return direction
    corner = net.next_corner()
    return "right-bottom" if corner == "symmetric" and net.channels % 4 else corner


def two_by_two(net: Builder, direction: str, finish: Finish) -> None:
    """A depthwise 2 x 2 that keeps the map's size, its zeros on the sides of `direction`."""
    if direction == "symmetric":
        _two_by_two_symmetric(net, finish)
    else:
        _two_by_two(net, "2x2", direction, finish)


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
    from convcost.ops.moves import Concat, Slice  # which the other directions go without

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
