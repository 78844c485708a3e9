"""The layers that sum a map up: pools over windows, means and maxima over axes, pyramids."""

from typing import Annotated

from convcost.graph.builder import Builder, Finish
from convcost.kinds.parameters import (
    ActName,
    Dilation,
    Form,
    Inplace,
    Kernel,
    NormName,
    Out,
    Over,
    Padding,
    Width,
    make_window,
    padding_sides,
    per_axis,
    per_side,
)
from convcost.kinds.registry import kind
from convcost.ops.layouts import Tokens
from convcost.ops.moves import Concat
from convcost.ops.op import Axes, Op, check_map, times
from convcost.ops.padding import Pad
from convcost.ops.pools import AdaptivePool, Maximum, Mean, OverChannels, Pool
from convcost.ops.resizing import Resize
from convcost.ops.tokens import OverTokens
from convcost.ops.windows import Sides, Window
from convcost.values.axes import PerAxis
from convcost.values.whole import Numbers, Whole, WholeNumbers
from convcost.values.words import Flag

PoolStride = Annotated[int | Axes | None, PerAxis(), "stride"]
Ceil = Annotated[bool, Flag(), "let a pool's last window end outside the map"]
CountPadding = Annotated[
    bool, Flag(), "have the zeros in an average's divisor, where they do not stand as tf-same says"
]
Divisor = Annotated[int | None, Whole(), "what an average divides by; its elements if not given"]
OneSize = Annotated[
    int | Axes,
    PerAxis(),
    "size of the map to write; of a local response norm, how many channels it goes over",
]
Keep = Annotated[bool, Flag(), "keep the axes of the map, with one position"]
PoolKernels = Annotated[Numbers, WholeNumbers(), "kernel sizes of a pyramid's pools"]
Rates = Annotated[Numbers, WholeNumbers(), "dilations of an atrous pyramid's 3 x 3"]


@kind("max-pool", compared=False, also="maxpool pool")
def max_pool(
    net: Builder,
    k: Kernel = 2,
    stride: PoolStride = None,
    padding: Padding = "valid",
    dilation: Dilation = 1,
    ceil: Ceil = False,
    form: Form = "module",
) -> None:
    """Maximum over a k x k window; the stride is the kernel if none is given.

    Padding that one side has more of is a layer of zeros before it, as where darknet's pool of
    stride 1 keeps its map, and as convolutions have it.
    """
    kernel, strides = _window(net, k, stride)
    steps = () if dilation == 1 else per_axis("dilation", dilation, len(kernel))
    zeros = _both_sides(padding, len(kernel))
    if zeros is None:
        zeros = _pad(net, kernel, _sides(net, padding, kernel, strides, steps))
    net.add("pool", Pool("max", kernel, strides, zeros, ceil, True, steps), form=form)


@kind("avg-pool", compared=False, also="avgpool averagepool")
def avg_pool(
    net: Builder,
    k: Kernel = 2,
    stride: PoolStride = None,
    padding: Padding = "valid",
    ceil: Ceil = False,
    count_padding: CountPadding = True,
    divisor: Divisor = None,
    form: Form = "module",
) -> None:
    """Average over a k x k window; the stride is the kernel if none is given.

    TensorFlow's SAME (`tf-same`) divides by what is inside the map alone.
    """
    kernel, strides = _window(net, k, stride)
    zeros = _both_sides(padding, len(kernel))
    if padding == "tf-same":
        sides = _sides(net, padding, kernel, strides)
        zeros, ceil, count_padding = _without_zeros(kernel, strides, sides), True, False
    elif zeros is None:
        sides = _sides(net, padding, kernel, strides)
        if not count_padding and any(before != after for before, after in sides):
            raise ValueError(
                "zeros that one side has more of are counted; drop count_padding, or pad both sides"
            )
        zeros = net.pad("pool", sides)
    pool = Pool("avg", kernel, strides, zeros, ceil, count_padding, divisor=divisor)
    net.add("pool", pool, form=form)


@kind("adaptive-avg-pool", compared=False, also="gap global-pool global-avg-pool adaptiveavgpool")
def adaptive_avg_pool(net: Builder, size: OneSize = 1, form: Form = "module") -> None:
    """Average to a map of this size; 1 is global pooling."""
    net.add("pool", AdaptivePool("avg", per_axis("size", size, net.dims)), form=form)


@kind("adaptive-max-pool", compared=False, also="adaptivemaxpool global-max-pool gmp")
def adaptive_max_pool(net: Builder, size: OneSize = 1, form: Form = "module") -> None:
    """Maximum to a map of this size."""
    net.add("pool", AdaptivePool("max", per_axis("size", size, net.dims)), form=form)


@kind("mean", compared=False, anywhere=True)
def mean(net: Builder, over: Over = "map", keep: Keep = False) -> None:
    """Mean over the map or the tokens, which leaves the channels alone; or over the channels.

    Over the channels as in CBAM's spatial attention, arXiv 1807.06521: one channel is kept.
    """
    net.add("mean", _whole_axes(net, "mean", over, keep))


@kind("max", compared=False, anywhere=True, also="amax maximum", since="0.2")
def maximum(net: Builder, over: Over = "channels", keep: Keep = False) -> None:
    """Maximum over the channels, of which one is kept; or over the map, or the tokens.

    As in CBAM's spatial attention, arXiv 1807.06521.
    """
    net.add("max", _whole_axes(net, "max", over, keep))


def _whole_axes(net: Builder, function: str, over: str | None, keep: bool) -> Op:
    """The mean or the maximum over the channels, or over the map, which tokens are, too."""
    if over == "channels":
        return OverChannels(function)
    if over == "last":
        raise ValueError(f"{function} goes over map, channels or tokens")
    if isinstance(net.shape, Tokens):
        return OverTokens(function, keep)
    if over == "tokens":
        raise ValueError(f"there are no tokens here, but {times(net.shape)}")
    return Mean(keep) if function == "mean" else Maximum(keep)


@kind("spp", compared=False, also="spatial-pyramid-pooling sppcspc", since="0.2")
def spp(
    net: Builder,
    out: Out,
    kernels: PoolKernels = Numbers((5, 9, 13)),  # noqa: B008
    width: Width = None,
    norm: NormName = "batch",
    act: ActName = "silu",
    inplace: Inplace = False,
) -> None:
    """1 x 1, its maxima over several windows beside it, 1 x 1 (after SPPNet, arXiv 1406.4729).

    As in YOLOv4 (2004.10934) and YOLOv5: `width` channels inside, or half of those that come in.
    """
    _pool_pyramid(net, out, kernels, width, Finish(norm=norm, act=act, inplace=inplace))


@kind("sppf", compared=False, also="spp-fast", since="0.2")
def sppf(
    net: Builder,
    out: Out,
    k: Kernel = 5,
    width: Width = None,
    norm: NormName = "batch",
    act: ActName = "silu",
    inplace: Inplace = False,
) -> None:
    """1 x 1, maxima of it, of these and of those beside it, 1 x 1 (after SPPNet, arXiv 1406.4729).

    YOLOv5's since v6.0: three 5 x 5 in a row see what the 5 x 5, 9 x 9 and 13 x 13 of spp see.
    """
    finish = Finish(norm=norm, act=act, inplace=inplace)
    _pool_pyramid(net, out, (k,) * 3, width, finish, in_a_row=True)


def _pool_pyramid(
    net: Builder,
    out: int,
    kernels: tuple[int | Axes, ...],
    width: int | None,
    finish: Finish,
    in_a_row: bool = False,
) -> None:
    """A 1 x 1, pools of it that keep the map, each of it or of the one before, and a 1 x 1."""
    check_map(net.shape)
    point, inner = make_window(net.dims, 1), width or net.channels // 2
    if inner < 1:
        raise ValueError("half of one channel leaves none inside; give the width")
    net.conv("conv1", inner, point, finish)
    maps = [net.last]
    for number, k in enumerate(kernels, 1):
        kernel = per_axis("k", k, net.dims)
        if not all(size % 2 for size in kernel):
            raise ValueError(f"a pool over {times(kernel)} does not keep the map; give odd kernels")
        halves, ones = tuple([size // 2 for size in kernel]), (1,) * net.dims
        net.add(f"pool{number}", Pool("max", kernel, ones, halves), maps[-1 if in_a_row else 0])
        maps.append(net.last)
    net.add("concat", Concat(), *maps)
    net.conv("conv2", out, point, finish)


@kind("aspp", compared=False, also="atrous-spatial-pyramid-pooling deeplab", since="0.2")
def aspp(
    net: Builder,
    out: Out = 256,
    rates: Rates = Numbers((12, 24, 36)),  # noqa: B008
    norm: NormName = "batch",
    act: ActName = "relu",
) -> None:
    """1 x 1, dilated 3 x 3 and the map's mean side by side, then 1 x 1 (DeepLabV3, 1706.05587).

    As torchvision builds it: the mean is resized to the map, and a dropout ends it.
    """
    check_map(net.shape)
    start, spatial, finish = net.last, net.shape[1:], Finish(norm=norm, act=act)
    point = make_window(net.dims, 1)
    net.conv("conv1x1", out, point, finish)
    maps = [net.last]
    for number, rate in enumerate(rates, 1):
        net.last = start
        net.conv(f"atrous{number}", out, make_window(net.dims, 3, dilation=rate), finish)
        maps.append(net.last)
    net.add("pool", AdaptivePool("avg", (1,) * net.dims), start)
    net.conv("pooled", out, point, finish)
    mode = ("linear", "bilinear", "trilinear")[net.dims - 1]
    net.add("resize", Resize(mode, size=spatial), form="function")
    net.add("concat", Concat(), *maps, net.last)
    net.conv("project", out, point, finish)
    net.activation("dropout", "dropout")


def _window(net: Builder, k: int | Axes, stride: int | Axes | None) -> tuple[Axes, Axes]:
    """The kernel and the stride, which is the kernel's if none is given."""
    dims = net.dims
    if not dims:
        check_map(net.shape)
    kernel = per_axis("k", k, dims)
    return kernel, kernel if stride is None else per_axis("stride", stride, dims)


def _both_sides(padding: str | int | Axes | Sides, dims: int) -> Axes | None:
    """Zeros that are given as torch's pools have them; None for all that are not."""
    if isinstance(padding, int):
        return (padding,) * dims
    if padding == "valid":
        return (0,) * dims
    if isinstance(padding, str):
        return None
    sides = per_side("padding", padding, dims)
    if any(before != after for before, after in sides):
        return None
    return tuple([before for before, _ in sides])


def _sides(
    net: Builder,
    padding: str | int | Axes | Sides,
    kernel: Axes,
    strides: Axes,
    steps: Axes = (),
) -> Sides:
    """The zeros beside the map that comes in."""
    dilation = steps or (1,) * len(kernel)
    window = Window(kernel, strides, padding_sides(padding, kernel, dilation), dilation)
    return window.sides_for(net.shape[1:])


def _pad(net: Builder, kernel: Axes, sides: Sides) -> Axes:
    """Append the zeros that a pool cannot have itself; returns those that it can."""
    if all(2 * before <= size for (before, _), size in zip(sides, kernel, strict=True)):
        return net.pad("pool", sides)
    net.add("pool.pad", Pad(sides))
    return (0,) * len(sides)


def _without_zeros(kernel: Axes, strides: Axes, sides: Sides) -> Axes:
    """What torch's pool has before an axis so that, rounded up, its windows are TensorFlow's."""
    one_sided = [
        stride for stride, (before, after) in zip(strides, sides, strict=True) if before != after
    ]
    if 1 in one_sided:
        raise ValueError(
            f"padding tf-same of an average over {times(kernel)} at stride 1 counts no zeros, "
            "which torch cannot do on one side; give zeros for each side, which are counted"
        )
    return tuple([before for before, _ in sides])
