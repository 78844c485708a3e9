"""Nodes that change the size of a map, or its axes: pools, resizing, padding, means, joins."""

from __future__ import annotations

from typing import Any

from convcost.ops.moves import Concat, Flatten, PixelShuffle
from convcost.ops.op import times
from convcost.ops.padding import Pad
from convcost.ops.pools import AdaptivePool, Maximum, Mean, Pool
from convcost.ops.resizing import GridSample, Resize
from convcost.ops.tokens import Embedding
from convcost.sources.onnx.readers.reading import Call, Read, Reader, over, reads
from convcost.sources.onnx.readers.windows import Slid, padded, window_of
from convcost.sources.onnx.values import Sizes


def _pool(function: str) -> Reader:
    """A reader of a pool over a sliding window."""

    def read(call: Call) -> Read:
        kernel = tuple(call.attributes.get("kernel_shape") or ())
        if not kernel or call.x.rank != len(kernel) + 2:
            raise ValueError(f"a pool over {len(kernel)} axes of {call.x.rank - 2}")
        window = _fitting(window_of(call, kernel, call.x.sizes[2:]), call)
        shape = window.kernel, window.stride, window.padding
        ceil, steps = bool(call.number("ceil_mode", 0)), window.dilation
        whole = bool(call.number("count_include_pad", 0))
        dilation = steps if max(steps) > 1 else ()
        own = ceil and not window.sides  # the last windows of others are those of their zeros
        op = Pool(function, *shape, own, whole if function == "avg" else True, dilation)
        return padded(Read(op, (call.x,)), window)

    return read


def _fitting(window: Slid, call: Call) -> Slid:
    """A window whose zeros are as many as pools can have, or stand before the pool.

    Those are half a kernel at most, and as many on both sides; of other sides the last window of
    `ceil_mode` is told by the zeros behind, as it begins in the map or the zeros before it.
    """
    small = all(2 * p <= k for p, k in zip(window.padding, window.kernel, strict=True))
    if small and not window.sides:
        return window
    sides = window.sides or tuple([(p, p) for p in window.padding])
    if call.number("ceil_mode", 0):
        found = zip(call.x.sizes[2:], *window[:2], window.dilation, sides, strict=True)
        sides = tuple([_reaching(*each) for each in found])
    return window._replace(padding=(0,) * len(sides), sides=sides)


def _reaching(
    size: int, kernel: int, stride: int, dilation: int, side: tuple[int, int]
) -> tuple[int, int]:
    """Zeros on an axis with which all windows end inside that `ceil_mode` has."""
    before, after = side
    reach = dilation * (kernel - 1) + 1
    count = -(-(size + before + after - reach) // stride) + 1
    if (count - 1) * stride >= size + before:
        count -= 1
    return before, max((count - 1) * stride + reach - size - before, 0)


reads("MaxPool")(_pool("max"))
reads("AveragePool")(_pool("avg"))


def _global_pool(function: str) -> Reader:
    """A reader of a pool of the whole map."""

    def read(call: Call) -> Read:
        op = AdaptivePool(function, (1,) * (call.x.rank - 2))
        return Read(op, (call.x,), sizes=over(op, call.x.sizes))

    return read


reads("GlobalAveragePool")(_global_pool("avg"))
reads("GlobalMaxPool")(_global_pool("max"))


def _over_map(make: Any) -> Reader:
    """A reader of a mean or a maximum over all spatial axes."""

    def read(call: Call) -> Read | None:
        axes = call.attributes.get("axes") or call.numbers(1) or ()
        rank = call.x.rank
        if rank < 4 or sorted([axis % rank for axis in axes]) != list(range(2, rank)):
            return None
        op = make(bool(call.number("keepdims", 1)))
        return Read(op, (call.x,), sizes=over(op, call.x.sizes))

    return read


reads("ReduceMean")(_over_map(Mean))
reads("ReduceMax")(_over_map(Maximum))


@reads("Concat")
def concat(call: Call) -> Read | None:
    """Inputs after one another along an axis that is not the batch's."""
    maps = tuple([value for value in call.inputs if value is not None])
    axis = call.number("axis", 1) % max(call.x.rank, 1)
    return Read(Concat(axis - 1), maps) if axis and len(maps) > 1 else None


@reads("Flatten")
def flatten(call: Call) -> Read | None:
    """All axes of a sample in one."""
    return Read(Flatten(), (call.x,)) if call.number("axis", 1) == 1 else None


@reads("Pad")
def pad(call: Call) -> Read | None:
    """Zeros around a map."""
    pads = call.attributes.get("pads") or call.numbers(1) or ()
    rank = call.x.rank
    if call.text("mode", "constant") != "constant" or call.given(3) is not None:
        return None
    if len(pads) != 2 * rank or rank < 3 or min(pads) < 0 or any((*pads[:2], *pads[rank:][:2])):
        return None
    op = Pad(tuple(zip(pads[2:rank], pads[rank + 2 :], strict=True)))
    return Read(op, (call.x,), sizes=over(op, call.x.sizes))


_MODES = {1: "linear", 2: "bilinear", 3: "trilinear"}


@reads("Resize", "Upsample")
def resize(call: Call) -> Read | None:
    """A map scaled by factors, or to a size; as it writes, so ONNX's own rules say."""
    spatial = call.x.rank - 2
    mode = call.text("mode", "nearest")
    names = {"nearest": "nearest", "linear": _MODES.get(spatial), "cubic": "bicubic"}
    name = names.get(mode)
    if spatial < 1 or name is None or (name == "bicubic" and spatial != 2):
        return None
    sizes = _resized(call)
    if sizes is None or sizes[:2] != call.x.sizes[:2]:
        return None
    if min(sizes) < 1:
        raise ValueError(f"resizes to {times(sizes)}")
    return Read(Resize(name, None, sizes[2:]), (call.x,), sizes=sizes)


def _resized(call: Call) -> Sizes | None:
    """What a resize writes, where its factors or sizes are known and are for all axes."""
    rank = call.x.rank
    targets = call.numbers(3) if call.type == "Resize" else None
    if targets and call.text("keep_aspect_ratio_policy", "stretch") == "stretch":
        axes = [axis % rank for axis in call.attributes.get("axes") or range(rank)]
        found = list(call.x.sizes)
        for axis, size in zip(axes, targets, strict=False):
            found[axis] = int(size)
        return tuple(found)
    place = 2 if call.type == "Resize" and call.version >= 11 else 1
    factors = call.attributes.get("scales") or call.numbers(place)
    if not factors or len(factors) != rank:
        return None
    return tuple([_scaled(n, f) for n, f in zip(call.x.sizes, factors, strict=True)])


def _scaled(size: int, factor: float) -> int:
    """A size times a factor, in floats of 32 bits as runtimes multiply them, rounded down."""
    from struct import pack, unpack

    return int(unpack("f", pack("f", size * factor))[0])


@reads("DepthToSpace")
def pixel_shuffle(call: Call) -> Read | None:
    """Channels to positions, in the order of torch."""
    if call.text("mode", "DCR") != "CRD" or call.x.rank != 4:
        return None
    op = PixelShuffle(call.number("blocksize", 1))
    return Read(op, (call.x,), sizes=over(op, call.x.sizes))


@reads("GridSample")
def grid_sample(call: Call) -> Read:
    """A map at the positions of a grid."""
    mode = {"linear": "bilinear", "cubic": "bicubic"}.get(call.text("mode"), "bilinear")
    return Read(
        GridSample(call.text("mode") if mode == "nearest" else mode), (call.x, call.needed(1))
    )


@reads("Gather")
def embedding(call: Call) -> Read | None:
    """A vector for each word."""
    table, words = call.x, call.needed(1)
    if table.held is None or table.rank != 2 or call.number("axis", 0) or words.rank != 2:
        return None
    if not table.held.trained or words.node is None:
        return None
    return Read(Embedding(*table.sizes), (words,), (table,), (*words.sizes, table.sizes[1]))
