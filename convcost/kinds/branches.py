"""Blocks of several branches: SqueezeNet, ShuffleNet, DenseNet, GhostNet, MixConv."""

from typing import Annotated

from convcost.graph.builder import Builder, Finish
from convcost.kinds.parameters import (
    ActName,
    Bias,
    Dilation,
    Expand,
    Groups,
    Kernel,
    NormName,
    Out,
    Padding,
    Ratio,
    Squeeze,
    Stride,
    make_window,
    per_axis,
)
from convcost.kinds.registry import kind
from convcost.kinds.values import Choice, Flag, Numbers, PerAxis, Whole, WholeNumbers
from convcost.ops.maps import Elementwise
from convcost.ops.moves import ChannelShuffle, Concat, Slice
from convcost.ops.op import Axes
from convcost.ops.pools import Pool

DenseFirst = Annotated[
    bool, Flag(), "let the first 1 x 1 have no groups, as in ShuffleNet's stage 2"
]
Split = Annotated[
    str,
    Choice(("rest", "half"), "split"),
    "output channels of a ShuffleNetV2 unit's two branches at stride 2: rest (as many as come in, "
    "and the rest; the authors' repository) or half (torchvision)",
]
Growth = Annotated[int, Whole(), "channels that a dense layer adds"]
Bottleneck = Annotated[bool, Flag(), "have the 1 x 1 before the 3 x 3 of a dense layer"]
CheapKernel = Annotated[int | Axes, PerAxis(), "kernel size of a ghost module's cheap convolution"]
Kernels = Annotated[Numbers, WholeNumbers(), "kernel sizes of a mixed depthwise convolution"]


@kind("fire", compared=False, also="squeezenet")
def fire(
    net: Builder,
    out: Out,
    squeeze: Squeeze = None,
    bias: Bias = True,
    norm: NormName = "none",
    act: ActName = "relu",
    padding: Padding = "same",
    dilation: Dilation = 1,
) -> None:
    """1 x 1 to `squeeze` channels (out / 8), then 1 x 1 beside 3 x 3 (SqueezeNet, 1602.07360)."""
    inner, half, whole = squeeze or out // 8, out // 2, Finish(bias, norm, act)
    if inner < 1:
        raise ValueError(f"{out} output channels leave none inside; give squeeze")
    net.conv("squeeze", inner, make_window(net.dims, 1), whole)
    squeezed = net.last
    net.conv("expand1x1", half, make_window(net.dims, 1), whole)
    first, net.last = net.last, squeezed
    net.conv("expand3x3", out - half, make_window(net.dims, 3, 1, padding, dilation), whole)
    net.add("concat", Concat(), first, net.last)


@kind("shuffle-unit-v1", compared=False, also="shufflenet shuffle-unit shufflenetv1")
def shuffle_unit_v1(
    net: Builder,
    out: Out,
    groups: Groups = 3,
    stride: Stride = 1,
    dense_first: DenseFirst = False,
    norm: NormName = "batch",
    act: ActName = "relu",
    padding: Padding = "same",
    dilation: Dilation = 1,
) -> None:
    """1 x 1 in groups, shuffle, depthwise 3 x 3, 1 x 1 in groups (ShuffleNet, arXiv 1707.01083).

    Added to the input at stride 1; else concatenated with its average pool.
    """
    start, strides = net.last, per_axis("stride", stride, net.dims)
    whole, linear = Finish(norm=norm, act=act), Finish(norm=norm)
    point, added = make_window(net.dims, 1), out
    window = make_window(net.dims, 3, stride, padding, dilation)
    if max(strides) > 1:
        added = _rest(out, net.channels)
    inner = out // 4
    net.conv("conv1", inner, point, whole, groups=1 if dense_first else groups)
    net.add("shuffle", ChannelShuffle(groups))
    net.conv("depthwise", inner, window, linear, groups=inner)
    net.conv("conv2", added, point, linear, groups=groups)
    if max(strides) > 1:
        end, ones = net.last, (1,) * net.dims
        net.add("pool", Pool("avg", (3,) * net.dims, strides, ones), start)
        net.add("concat", Concat(), net.last, end)
        net.finish("concat", Finish(act=act))
    else:
        net.add("add", Elementwise("add"), start, net.last)
        net.finish("add", Finish(act=act))


@kind("shuffle-unit-v2", compared=False, also="shufflenetv2")
def shuffle_unit_v2(
    net: Builder,
    out: Out,
    k: Kernel = 3,
    stride: Stride = 1,
    split: Split = "rest",
    norm: NormName = "batch",
    act: ActName = "relu",
    padding: Padding = "same",
    dilation: Dilation = 1,
) -> None:
    """Half the channels as they are, half through 1 x 1, depthwise, 1 x 1 (arXiv 1807.11164).

    At stride 2 both branches read all channels, and the first has a depthwise and a 1 x 1 itself.
    """
    start, channels, point = net.last, net.channels, make_window(net.dims, 1)
    whole, linear = Finish(norm=norm, act=act), Finish(norm=norm)
    window = make_window(net.dims, k, stride, padding, dilation)
    if max(window.stride) > 1:
        kept = channels if split == "rest" else out // 2
        net.conv("first.depthwise", channels, window, linear, groups=channels)
        net.conv("first.conv", kept, point, whole)
        first, net.last = net.last, start
    else:
        kept = channels // 2
        if kept < 1:
            raise ValueError("one channel cannot be split in halves")
        net.add("first", Slice(0, kept))
        first = net.last
        net.add("second", Slice(kept, channels), start)
    inner = out // 2
    rest = _rest(out, kept)
    net.conv("second.conv1", inner, point, whole)
    net.conv("second.depthwise", inner, window, linear, groups=inner)
    net.conv("second.conv2", rest, point, whole)
    net.add("concat", Concat(), first, net.last)
    net.add("shuffle", ChannelShuffle(2))


@kind("dense-layer", compared=False, also="densenet denselayer")
def dense_layer(
    net: Builder,
    growth: Growth = 32,
    expand: Expand = 4,
    bottleneck: Bottleneck = True,
    norm: NormName = "batch",
    act: ActName = "relu",
    padding: Padding = "same",
    dilation: Dilation = 1,
) -> None:
    """1 x 1, 3 x 3 to `growth` channels beside the input, norms before (DenseNet, 1608.06993).

    Without the bottleneck there is no 1 x 1, as in the plain DenseNet.
    """
    start, whole = net.last, Finish(norm=norm, act=act)
    net.finish("input", whole)
    if bottleneck:
        net.conv("conv1", expand * growth, make_window(net.dims, 1), whole)
    net.conv("conv2", growth, make_window(net.dims, 3, 1, padding, dilation))
    net.add("concat", Concat(), start, net.last)


@kind("ghost-module", compared=False, also="ghost ghostnet ghostmodule")
def ghost_module(
    net: Builder,
    out: Out,
    k: Kernel = 1,
    stride: Stride = 1,
    ratio: Ratio = 2,
    cheap_k: CheapKernel = 3,
    norm: NormName = "batch",
    act: ActName = "relu",
    padding: Padding = "same",
    dilation: Dilation = 1,
) -> None:
    """A convolution to out / ratio channels, a depthwise one for the others (arXiv 1911.11907)."""
    if not isinstance(ratio, int):
        raise ValueError("the ratio of a ghost module is a whole number")
    primary, whole = (out + ratio - 1) // ratio, Finish(norm=norm, act=act)
    net.conv("primary", primary, make_window(net.dims, k, stride, padding, dilation), whole)
    if ratio == 1:
        return
    first, cheap = net.last, primary * (ratio - 1)
    window = make_window(net.dims, cheap_k, dilation=dilation)
    net.conv("cheap", cheap, window, whole, groups=primary)
    net.add("concat", Concat(), first, net.last)
    if net.channels > out:
        net.add("slice", Slice(0, out))


@kind("mixed-depthwise", compared=False, also="mixconv mixnet")
def mixed_depthwise(
    net: Builder,
    kernels: Kernels = Numbers((3, 5, 7)),  # noqa: B008
    stride: Stride = 1,
    norm: NormName = "batch",
    act: ActName = "relu",
    padding: Padding = "same",
    dilation: Dilation = 1,
) -> None:
    """Depthwise, each part of the channels with a kernel of its own (MixConv, arXiv 1907.09595).

    The parts are equal; what is left over goes to the first.
    """
    source, channels, parts = net.last, net.channels, []
    each = channels // len(kernels)
    if each < 1:
        raise ValueError(f"{channels} channels cannot be split into {len(kernels)} parts")
    begin, end = 0, channels - each * (len(kernels) - 1)
    for number, k in enumerate(kernels, 1):
        if len(kernels) > 1:
            net.add(f"part{number}", Slice(begin, end), source)
        window = make_window(net.dims, k, stride, padding, dilation)
        net.conv(f"depthwise{number}", net.channels, window, groups=net.channels)
        parts.append(net.last)
        begin, end = end, end + each
    if len(parts) > 1:
        net.add("concat", Concat(), *parts)
    net.finish("mixed", Finish(norm=norm, act=act))


def _rest(out: int, kept: int) -> int:
    """The channels that a branch adds to those that another keeps."""
    if out <= kept:
        raise ValueError(f"{out} output channels leave none beside the {kept} of the other branch")
    return out - kept
