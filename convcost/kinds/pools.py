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
OneSize = Annotated[int | Axes, PerAxis(), "size of the map to write"]
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
    window = _window(net, k, stride, padding, dilation)
    sides = _sides(net, window)
    wide = any(2 * before > size for (before, _), size in zip(sides, window.kernel, strict=True))
    if isinstance(padding, str) and wide:  # more than torch's pool can have itself
        net.add("pool.pad", Pad(sides))
        sides = ((0, 0),) * net.dims
    zeros = net.pad("pool", sides)
    steps = window.dilation if max(window.dilation) > 1 else ()
    pool = Pool("max", window.kernel, window.stride, zeros, ceil, dilation=steps)
    net.add("pool", pool, form=form)


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
    window = _window(net, k, stride, padding)
    sides = _sides(net, window)
    if padding == "tf-same":
        zeros, ceil, count_padding = _without_zeros(window, sides), True, False
    elif not count_padding and any(before != after for before, after in sides):
        raise ValueError(
            "zeros that one side has more of are counted; drop count_padding, or pad both sides"
        )
    else:
        zeros = net.pad("pool", sides)
    pool = Pool("avg", window.kernel, window.stride, zeros, ceil, count_padding, divisor=divisor)
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


@kind("max", compared=False, also="amax maximum")
def maximum(net: Builder, over: Over = "channels", keep: Keep = False) -> None:
    """Maximum over the channels, of which one is kept; or over the map.

    As in CBAM's spatial attention, arXiv 1807.06521.
    """
    net.add("max", OverChannels("max") if over == "channels" else Maximum(keep))


def _window(
    net: Builder,
    k: int | Axes,
    stride: int | Axes | None,
    padding: str | int | Axes | Sides,
    dilation: int | Axes = 1,
) -> Window:
    check_map(net.shape)
    kernel, steps = per_axis("k", k, net.dims), per_axis("dilation", dilation, net.dims)
    strides = kernel if stride is None else per_axis("stride", stride, net.dims)
    return Window(kernel, strides, padding_sides(padding, kernel, steps), steps)


def _sides(net: Builder, window: Window) -> Sides:
    """The zeros on the map that comes in."""
    return window.sides_for(net.shape[1:])


def _without_zeros(window: Window, sides: Sides) -> Axes:
    """What torch's pool has before an axis so that, rounded up, its windows are TensorFlow's."""
    one_sided = [
        stride
        for stride, (before, after) in zip(window.stride, sides, strict=True)
        if before != after
    ]
    if 1 in one_sided:
        raise ValueError(
            f"padding tf-same of an average over {times(window.kernel)} at stride 1 counts no "
            "zeros, which torch cannot do on one side; give zeros for each side, which are counted"
        )
    return tuple([before for before, _ in sides])
