"""What makes maps smaller or larger as ONNX: pools, resizing, padding, slices, shuffles."""

from __future__ import annotations

from math import prod
from typing import Any

from convcost.exports.steps import Emitter, Sizes, emit
from convcost.ops.moves import (
    ChannelShuffle,
    Concat,
    Flatten,
    PixelShuffle,
    PixelUnshuffle,
    Slice,
    Subsample,
    SwapAxes,
    ToFirst,
    ToLast,
)
from convcost.ops.padding import Crop, Pad, PadChannels
from convcost.ops.pools import AdaptivePool, Maximum, Mean, OverChannels, Pool
from convcost.ops.resizing import GridSample, Resize


@emit.register
def pool(op: Pool, e: Emitter) -> str:
    """A pool over a window; an average with a divisor of its own is multiplied by the rest."""
    window: dict[str, Any] = {"kernel_shape": op.kernel, "strides": op.stride}
    window |= {"pads": op.padding * 2, "ceil_mode": int(op.ceil)}
    if op.function == "max":
        return e.add("MaxPool", e.x, dilations=op.steps, **window)
    counted = op.count_padding or op.divisor is not None
    if max(op.steps) > 1:
        window["dilations"] = op.steps
    written = e.add("AveragePool", e.x, count_include_pad=int(counted), **window)
    if op.divisor is None:
        return written
    return e.add("Mul", written, e.number(prod(op.kernel) / op.divisor))


@emit.register
def adaptive_pool(op: AdaptivePool, e: Emitter) -> str:
    """A pool of the whole map, one over windows of one size, or axis by axis."""
    kind = "Average" if op.function == "avg" else "Max"
    if max(op.size) == 1:
        return e.add(f"Global{kind}Pool", e.x)
    return adaptive(e, e.x, e.shape[2:], op.size, kind)


def adaptive(e: Emitter, x: str, sizes: Sizes, wanted: Sizes, kind: str) -> str:
    """A pool to a size: of windows of one size where it divides, else of those of each position."""
    pairs = list(zip(sizes, wanted, strict=True))
    if all(n % m == 0 for n, m in pairs):
        kernel = tuple([n // m for n, m in pairs])
        return e.add(f"{kind}Pool", x, kernel_shape=kernel, strides=kernel)
    function = {"Average": "Mean", "Max": "Max"}[kind]
    for axis, (n, m) in enumerate(pairs, 2):
        parts = []
        for index in range(m):
            part = e.slice(x, axis, index * n // m, -(-(index + 1) * n // m))
            parts.append(e.mean(part, [axis], keep=True, function=function))
        x = e.add("Concat", *parts, axis=axis)
    return x


@emit.register
def mean(op: Mean, e: Emitter) -> str:
    """The mean over all spatial axes."""
    return e.mean(e.x, range(2, len(e.shape)), keep=op.keep)


@emit.register
def maximum(op: Maximum, e: Emitter) -> str:
    """The maximum over all spatial axes."""
    return e.mean(e.x, range(2, len(e.shape)), keep=op.keep, function="Max")


@emit.register
def over_channels(op: OverChannels, e: Emitter) -> str:
    """The mean or the maximum over the channels."""
    return e.mean(e.x, [1], keep=True, function={"mean": "Mean", "max": "Max"}[op.function])


_RESIZES: dict[str, dict[str, Any]] = {
    "nearest": {
        "mode": "nearest",
        "coordinate_transformation_mode": "asymmetric",
        "nearest_mode": "floor",
    },
    "nearest-exact": {"mode": "nearest", "nearest_mode": "round_prefer_ceil"},
    **{mode: {"mode": "linear"} for mode in ("linear", "bilinear", "trilinear")},
    "bicubic": {"mode": "cubic", "cubic_coeff_a": -0.75},
}


@emit.register
def resize(op: Resize, e: Emitter) -> str:
    """A map resized to the size that it comes to."""
    if op.mode == "area":
        return adaptive(e, e.x, e.shape[2:], e.sizes[2:], "Average")
    return e.add("Resize", e.x, "", "", e.ints(*e.sizes), **_RESIZES[op.mode])


@emit.register
def grid_sample(op: GridSample, e: Emitter) -> str:
    """A map at the positions of a grid."""
    mode = {"bilinear": "linear", "bicubic": "cubic"}.get(op.mode, op.mode)
    return e.add("GridSample", *e.inputs[:2], mode=mode)


@emit.register
def flatten(op: Flatten, e: Emitter) -> str:
    """All axes of a sample in one."""
    return e.add("Flatten", e.x, axis=1)


@emit.register
def pixel_shuffle(op: PixelShuffle, e: Emitter) -> str:
    """Channels to positions."""
    return e.add("DepthToSpace", e.x, blocksize=op.factor, mode="CRD")


@emit.register
def pixel_unshuffle(op: PixelUnshuffle, e: Emitter) -> str:
    """Positions to channels, in the order of torch."""
    samples, channels, height, width = e.shape
    r = op.factor
    cut = e.reshape(e.x, samples, channels, height // r, r, width // r, r)
    return e.reshape(e.add("Transpose", cut, perm=(0, 1, 3, 5, 2, 4)), *e.sizes)


@emit.register
def channel_shuffle(op: ChannelShuffle, e: Emitter) -> str:
    """The channels of all groups in turn."""
    samples, channels, *rest = e.shape
    groups = e.reshape(e.x, samples, op.groups, channels // op.groups, *rest)
    perm = (0, 2, 1, *range(3, len(rest) + 3))
    return e.reshape(e.add("Transpose", groups, perm=perm), *e.shape)


@emit.register
def slice_(op: Slice, e: Emitter) -> str:
    """Some channels, or some positions of another axis."""
    return e.slice(e.x, op.axis if op.axis < 0 else op.axis + 1, op.start, op.stop)


@emit.register
def concat(op: Concat, e: Emitter) -> str:
    """Inputs after one another; windows are in the batch, so axes are counted from behind."""
    return e.add("Concat", *e.inputs, axis=op.axis - e.axes if op.axis >= 0 else op.axis)


@emit.register
def subsample(op: Subsample, e: Emitter) -> str:
    """Every so manieth position."""
    axes = range(2, 2 + len(op.stride))
    bounds = [e.ints(*[0 for _ in axes]), e.ints(*e.shape[2:]), e.ints(*axes), e.ints(*op.stride)]
    return e.add("Slice", e.x, *bounds)


@emit.register
def pad(op: Pad, e: Emitter) -> str:
    """Zeros around a map."""
    before, after = zip(*op.sides, strict=True)
    return e.add("Pad", e.x, e.ints(0, 0, *before, 0, 0, *after))


@emit.register
def pad_channels(op: PadChannels, e: Emitter) -> str:
    """Channels of zeros."""
    zeros = (0,) * (len(e.shape) - 2)
    return e.add("Pad", e.x, e.ints(0, op.before, *zeros, 0, op.after, *zeros))


@emit.register
def crop(op: Crop, e: Emitter) -> str:
    """A map without its rim."""
    axes = range(2, 2 + len(op.sides))
    starts = [before for before, _ in op.sides]
    stops = [n - after for n, (_, after) in zip(e.shape[2:], op.sides, strict=True)]
    return e.add("Slice", e.x, e.ints(*starts), e.ints(*stops), e.ints(*axes))


@emit.register
def to_last(op: ToLast, e: Emitter) -> str:
    """The channels behind the spatial axes."""
    return e.add("Transpose", e.x, perm=(0, *range(2, len(e.shape)), 1))


@emit.register
def to_first(op: ToFirst, e: Emitter) -> str:
    """The channels in front again."""
    last = len(e.shape) - 1
    return e.add("Transpose", e.x, perm=(0, last, *range(1, last)))


@emit.register
def swap_axes(op: SwapAxes, e: Emitter) -> str:
    """Rows become columns."""
    return e.add("Transpose", e.x, perm=(0, 1, 3, 2))
