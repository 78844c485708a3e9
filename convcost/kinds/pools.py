"""The layers that sum a map up: pools over windows, and means and maxima over whole axes."""

from typing import Annotated

from convcost.graph.builder import Builder
from convcost.graph.ops import Axes, check_map, times
from convcost.graph.padding import Pad
from convcost.graph.pools import AdaptivePool, Maximum, Mean, OverChannels, Pool
from convcost.graph.windows import Sides, Window
from convcost.kinds.parameters import (
    Dilation,
    Form,
    Kernel,
    Padding,
    padding_sides,
    per_axis,
    per_side,
)
from convcost.kinds.registry import kind
from convcost.kinds.values import Choice, Flag, PerAxis, Whole

OVER = Choice(("map", "channels"), "axis", (("spatial", "map"),))

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
Over = Annotated[
    str, OVER, "what to go over: map, which leaves C, or channels, which leaves 1 x map"
]
Keep = Annotated[bool, Flag(), "keep the axes of the map, with one position"]


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


@kind("adaptive-max-pool", compared=False)
def adaptive_max_pool(net: Builder, size: OneSize = 1, form: Form = "module") -> None:
    """Maximum to a map of this size."""
    net.add("pool", AdaptivePool("max", per_axis("size", size, net.dims)), form=form)


@kind("mean", compared=False)
def mean(net: Builder, over: Over = "map", keep: Keep = False) -> None:
    """Mean over the map, which leaves the channels alone; or over the channels.

    Over the channels as in CBAM's spatial attention, arXiv 1807.06521: one channel is kept.
    """
    net.add("mean", OverChannels("mean") if over == "channels" else Mean(keep))


@kind("max", compared=False, also="amax maximum", since="0.2")
def maximum(net: Builder, over: Over = "channels", keep: Keep = False) -> None:
    """Maximum over the channels, of which one is kept; or over the map.

    As in CBAM's spatial attention, arXiv 1807.06521.
    """
    net.add("max", OverChannels("max") if over == "channels" else Maximum(keep))


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
