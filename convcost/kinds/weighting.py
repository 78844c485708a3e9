"""Weights that a map makes for itself: of its channels, its positions, its axes, its branches."""

from typing import Annotated

from convcost.graph.builder import Builder, Finish
from convcost.graph.weights import share
from convcost.kinds.parameters import (
    ActName,
    Bias,
    Dilation,
    Gate,
    Groups,
    Kernel,
    NormName,
    Out,
    Padding,
    Reduce,
    Squeeze,
    Stride,
    make_window,
    per_axis,
)
from convcost.kinds.parts import reduced
from convcost.kinds.registry import kind
from convcost.ops.maps import Elementwise, Softmax
from convcost.ops.moves import Concat, Slice, SwapAxes
from convcost.ops.op import times
from convcost.ops.padding import Crop
from convcost.ops.pools import AdaptivePool, OverChannels
from convcost.values.whole import Numbers, Whole, WholeNumbers
from convcost.values.words import Flag

Kernels = Annotated[Numbers, WholeNumbers(), "kernel sizes of a selective kernel's branches"]
Least = Annotated[int, Whole(), "fewest channels that an attention reduces to"]
Dilated = Annotated[
    bool, Flag(), "have dilated 3 x 3 in place of the larger kernels of a selective kernel"
]
SplitInput = Annotated[
    bool, Flag(), "let each branch of a selective kernel read a part of the channels, as timm's"
]


@kind("cbam", compared=False, also="cbammodule convolutional-block-attention", since="0.2")
def cbam(
    net: Builder,
    k: Kernel = 7,
    reduce: Reduce = 16,
    squeeze: Squeeze = None,
    bias: Bias = True,
    norm: NormName = "batch",
    act: ActName = "relu",
    gate: Gate = "sigmoid",
) -> None:
    """Channels weighed by their means and maxima, then positions by theirs (arXiv 1807.06521).

    One pair of 1 x 1 is called for means and for maxima; `bias` is theirs. `norm` is behind the
    k x k, as in the authors' code.
    """
    _weigh_channels(net, squeeze or reduced(net, reduce), Finish(bias), act, gate)
    start = net.last
    net.add("spatial.mean", OverChannels("mean"))
    mean = net.last
    net.add("spatial.max", OverChannels("max"), start)
    net.add("spatial.concat", Concat(), net.last, mean)
    net.conv("spatial.conv", 1, make_window(net.dims, k), Finish(norm=norm))
    _weigh(net, "spatial.", gate, start)


def _weigh_channels(net: Builder, squeeze: int, finish: Finish, act: str, gate: str) -> None:
    """CBAM's channel attention: what one pair of 1 x 1 makes of means and of maxima, added up."""
    start, channels, point = net.last, net.channels, make_window(net.dims, 1)
    ends, uses = [], []
    for pool in ("avg", "max"):
        scope, begin = f"channel.{pool}.", len(net.nodes)
        net.add(f"{scope}pool", AdaptivePool(pool, (1,) * net.dims), start)
        again = finish._replace(act=act, again=pool == "avg")
        net.conv(f"{scope}reduce", squeeze, point, again)
        net.conv(f"{scope}restore", channels, point, finish)
        ends.append(net.last)
        uses.append(range(begin, len(net.nodes)))
    share(net, *uses)
    net.add("channel.add", Elementwise("add"), *ends)
    _weigh(net, "channel.", gate, start)


def _weigh(net: Builder, scope: str, gate: str, start: int) -> None:
    """Multiply a map by the weights that a gate makes of the last node."""
    if gate != "none":
        net.activation(f"{scope}gate", gate)
    net.add(f"{scope}scale", Elementwise("mul"), start, net.last)


@kind(
    "coordinate-attention", compared=False, also="coordatt coordattn coord-attention", since="0.2"
)
def coordinate_attention(
    net: Builder,
    reduce: Reduce = 32,
    least: Least = 8,
    squeeze: Squeeze = None,
    bias: Bias = True,
    norm: NormName = "batch",
    act: ActName = "hardswish",
    gate: Gate = "sigmoid",
) -> None:
    """Rows and columns weighed by 1 x 1 convolutions of their means (arXiv 2103.02907).

    The means of rows and columns stand below one another for the first of them.
    """
    if net.dims != 2:
        raise ValueError(f"coordinate attention is of rows and columns, not of {times(net.shape)}")
    start, (channels, height, width), point = net.last, net.shape, make_window(2, 1)
    net.add("rows.pool", AdaptivePool("avg", (height, 1)))
    rows = net.last
    net.add("columns.pool", AdaptivePool("avg", (1, width)), start)
    net.add("columns.to-rows", SwapAxes())
    net.add("concat", Concat(1), rows, net.last)
    inner = squeeze or max(least, channels // reduce)
    net.conv("reduce", inner, point, Finish(bias, norm, act))
    both = net.last
    net.add("rows.part", Crop(((0, width), (0, 0))))
    net.conv("rows.conv", channels, point, Finish(bias, act=gate))
    rows, net.last = net.last, both
    net.add("columns.part", Crop(((height, 0), (0, 0))))
    net.add("columns.to-columns", SwapAxes())
    net.conv("columns.conv", channels, point, Finish(bias, act=gate))
    net.add("columns.scale", Elementwise("mul"), start, net.last)
    net.add("rows.scale", Elementwise("mul"), net.last, rows)


@kind("selective-kernel", compared=False, also="sk sknet selectivekernel skconv", since="0.2")
def selective_kernel(
    net: Builder,
    out: Out,
    kernels: Kernels = Numbers((3, 5)),  # noqa: B008
    stride: Stride = 1,
    groups: Groups = 1,
    dilated: Dilated = True,
    split_input: SplitInput = False,
    reduce: Reduce = 16,
    least: Least = 32,
    squeeze: Squeeze = None,
    norm: NormName = "batch",
    act: ActName = "relu",
    padding: Padding = "same",
    dilation: Dilation = 1,
) -> None:
    """Branches of several kernels, weighed for each channel by a softmax (SKNet, arXiv 1903.06586).

    The weights are those of two 1 x 1 convolutions of the means of the branches' sum.
    """
    source, parts = net.last, len(kernels)
    if parts < 2:
        raise ValueError("a selective kernel selects between two kernels or more")
    if split_input and net.channels % parts:
        raise ValueError(f"{net.channels} channels cannot be split into {parts} equal parts")
    each = net.channels // parts
    ends = []
    for number, kernel in enumerate(kernels):
        net.last = source
        if split_input:
            net.add(f"part{number + 1}", Slice(number * each, (number + 1) * each))
        k, steps = kernel, per_axis("dilation", dilation, net.dims)
        if dilated:
            k, steps = 3, tuple([step * _dilation_for(kernel) for step in steps])
        window = make_window(net.dims, k, stride, padding, steps)
        net.conv(f"conv{number + 1}", out, window, Finish(norm=norm, act=act), groups=groups)
        ends.append(net.last)
    _add_up(net, "fuse", ends)
    point, inner = make_window(net.dims, 1), squeeze or max(least, out // reduce)
    net.add("pool", AdaptivePool("avg", (1,) * net.dims))
    net.conv("reduce", inner, point, Finish(norm=norm, act=act))
    net.conv("select", parts * out, point)
    net.add("softmax", Softmax(parts=parts), form="function")
    weights = net.last
    for number, end in enumerate(ends):
        net.add(f"weights{number + 1}", Slice(number * out, (number + 1) * out), weights)
        net.add(f"scale{number + 1}", Elementwise("mul"), end, net.last)
        ends[number] = net.last
    _add_up(net, "add", ends)


def _dilation_for(kernel: int) -> int:
    """The dilation with which a 3 x 3 reaches as far as a larger kernel."""
    if kernel < 3 or kernel % 2 == 0:
        raise ValueError(
            f"no dilated 3 x 3 reaches as far as {kernel} x {kernel}; give odd kernels from 3 on, "
            "or dilated: false"
        )
    return (kernel - 1) // 2


def _add_up(net: Builder, path: str, ends: list[int]) -> None:
    """Append the sum of several nodes."""
    total = ends[0]
    for number, end in enumerate(ends[1:], 1):
        net.add(path if number == 1 else f"{path}{number}", Elementwise("add"), total, end)
        total = net.last
