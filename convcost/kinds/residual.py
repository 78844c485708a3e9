"""Residual blocks whose convolutions are dense or grouped: ResNet, ResNeXt, RegNet, CSPNet.

A block of ResNet has one activation, which it calls behind each of its convolutions, and adds in
place, as torchvision's does.
"""

from typing import Annotated, NamedTuple

from convcost.graph.builder import Builder, Finish
from convcost.kinds.parameters import (
    ActName,
    Dilation,
    Gate,
    Groups,
    Inplace,
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
from convcost.ops.maps import Elementwise
from convcost.ops.moves import Concat, Slice, Subsample
from convcost.ops.op import Axes, times
from convcost.ops.padding import PadChannels
from convcost.values.whole import Numbers, Whole, WholeNumbers
from convcost.values.words import Choice, Flag

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
Count = Annotated[int, Whole(), "bottlenecks of a CSP block"]
Add = Annotated[bool, Flag(), "add the input to each bottleneck of a CSP block"]
Inner = Annotated[
    int | None, Whole(), "channels inside the bottlenecks of a CSP block; its width if not given"
]
Pair = Annotated[Numbers, WholeNumbers(), "kernel sizes of a bottleneck's two convolutions"]
C3k = Annotated[bool, Flag(), "have a CSP block of two in place of each bottleneck (C3k2)"]


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
    if net.shape != shape:
        raise ValueError(f"cannot add {times(net.shape)} to {times(shape)}, which is not its size")
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


@kind("csp", compared=False, also="c3 c3k cspnet bottleneckcsp", since="0.2")
def csp(
    net: Builder,
    out: Out,
    n: Count = 1,
    kernels: Pair = Numbers((1, 3)),  # noqa: B008
    width: Width = None,
    inner: Inner = None,
    add: Add = True,
    groups: Groups = 1,
    norm: NormName = "batch",
    act: ActName = "silu",
    inplace: Inplace = False,
) -> None:
    """1 x 1 and `n` bottlenecks beside a 1 x 1, then 1 x 1 of both (CSPNet, arXiv 1911.11929).

    As YOLOv5's C3: both ways have `width` channels (out / 2). With kernels 3 and 3 it is C3k.
    """
    whole = Finish(norm=norm, act=act, inplace=inplace)
    _csp(net, "", out, _width_of(out, width), n, _Pair(_two(kernels), inner, add, groups, whole))


@kind("c2f", compared=False, also="c3k2 c2", since="0.2")
def c2f(
    net: Builder,
    out: Out,
    n: Count = 1,
    kernels: Pair = Numbers((3, 3)),  # noqa: B008
    width: Width = None,
    inner: Inner = None,
    c3k: C3k = False,
    add: Add = True,
    groups: Groups = 1,
    norm: NormName = "batch",
    act: ActName = "silu",
    inplace: Inplace = False,
) -> None:
    """1 x 1, `n` bottlenecks of half its channels, 1 x 1 of all of them (after CSPNet, 1911.11929).

    YOLOv8's block: a half is `width` channels (out / 2). YOLO11's C3k2 has half as many of them
    `inner`, or `c3k`.
    """
    half, whole = _width_of(out, width), Finish(norm=norm, act=act, inplace=inplace)
    pair, point = _Pair(_two(kernels), inner, add, groups, whole), make_window(net.dims, 1)
    net.conv("conv1", 2 * half, point, whole)
    split, maps = net.last, []
    for path, begin in (("first", 0), ("second", half)):
        net.add(path, Slice(begin, begin + half), split)
        maps.append(net.last)
    for number in range(n):
        if c3k:
            _csp(net, f"csp{number + 1}.", half, _width_of(half, inner), 2, pair)
        else:
            _bottleneck_of(net, f"{number + 1}.", pair)
        maps.append(net.last)
    net.add("concat", Concat(), *maps)
    net.conv("conv2", out, point, whole)


class _Pair(NamedTuple):
    """A bottleneck of a CSP block: two convolutions and a sum."""

    kernels: Numbers
    inner: int | None
    add: bool
    groups: int
    finish: Finish


def _csp(net: Builder, scope: str, out: int, width: int, n: int, pair: _Pair) -> None:
    """Append a CSP block whose nodes have paths that start so."""
    start, point = net.last, make_window(net.dims, 1)
    net.conv(f"{scope}conv1", width, point, pair.finish)
    for number in range(n):
        _bottleneck_of(net, f"{scope}{number + 1}.", pair)
    end, net.last = net.last, start
    net.conv(f"{scope}conv2", width, point, pair.finish)
    net.add(f"{scope}concat", Concat(), end, net.last)
    net.conv(f"{scope}conv3", out, point, pair.finish)


def _bottleneck_of(net: Builder, scope: str, pair: _Pair) -> None:
    """Append one bottleneck."""
    start, channels = net.last, net.channels
    first, second = [make_window(net.dims, k) for k in pair.kernels]
    net.conv(f"{scope}conv1", pair.inner or channels, first, pair.finish)
    net.conv(f"{scope}conv2", channels, second, pair.finish, groups=pair.groups)
    if pair.add:
        net.add(f"{scope}add", Elementwise("add"), start, net.last)


def _width_of(out: int, width: int | None) -> int:
    """The width of a CSP block: half of its output channels if none is given."""
    if not width and out < 2:
        raise ValueError("half of one channel leaves none inside; give the width")
    return width or out // 2


def _two(kernels: Numbers) -> Numbers:
    """The kernel sizes of a bottleneck, which has two."""
    if len(kernels) != 2:
        raise ValueError(f"a bottleneck has two convolutions, and kernels has {len(kernels)} sizes")
    return kernels
