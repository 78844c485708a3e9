"""Tokens, heads and windows as ONNX."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod

from convcost.exports.steps import Emitter, Sizes, emit
from convcost.ops.called import Constant, Parameter
from convcost.ops.layouts import Cut
from convcost.ops.partitions import (
    ByDistance,
    Distances,
    FromWindows,
    MergePatches,
    PositionBias,
    ToWindows,
    table_of,
)
from convcost.ops.tokens import (
    ClassToken,
    Embedding,
    Mask,
    MergeHeads,
    OneToken,
    OverTokens,
    Positions,
    RepeatHeads,
    SplitHeads,
    SwapLast,
    ToMap,
    ToTokens,
)


@emit.register
def to_tokens(op: ToTokens, e: Emitter) -> str:
    """Each position of a map is a token."""
    flat = e.reshape(e.x, *e.shape[:2], prod(e.shape[2:]))
    return e.add("Transpose", flat, perm=(0, 2, 1))


@emit.register
def to_map(op: ToMap, e: Emitter) -> str:
    """Tokens are the positions of a map."""
    return e.reshape(e.add("Transpose", e.x, perm=(0, 2, 1)), *e.sizes)


@emit.register
def one_token(op: OneToken, e: Emitter) -> str:
    """One of the tokens."""
    return e.add("Gather", e.x, e.add("Constant", value=op.index), axis=1)


@emit.register
def over_tokens(op: OverTokens, e: Emitter) -> str:
    """The mean or the maximum over all tokens."""
    function = {"mean": "Mean", "max": "Max"}[op.function]
    return e.mean(e.x, [1], keep=op.keep, function=function)


@emit.register
def class_token(op: ClassToken, e: Emitter) -> str:
    """Trainable tokens in front of the others."""
    token = e.weight("token", 1, op.count, op.channels)
    if e.shape[0] > 1:
        token = e.add("Expand", token, e.ints(e.shape[0], op.count, op.channels))
    return e.add("Concat", token, e.x, axis=1)


@emit.register
def positions(op: Positions, e: Emitter) -> str:
    """A trainable vector for each position."""
    return e.add("Add", e.x, e.weight("positions", 1, op.positions, op.channels))


@emit.register
def embedding(op: Embedding, e: Emitter) -> str:
    """A trainable vector for each word."""
    return e.add("Gather", e.weight("weight", op.words, op.channels), e.x)


@emit.register
def split_heads(op: SplitHeads, e: Emitter) -> str:
    """Some channels in heads."""
    x = e.x
    if (op.start, op.stop) != (0, e.shape[-1]):
        x = e.slice(x, -1, op.start, op.stop)
    each = (op.stop - op.start) // op.heads
    return swapped(e, e.reshape(x, *e.shape[:-1], op.heads, each), len(e.shape) + 1, -2, -3)


@emit.register
def merge_heads(op: MergeHeads, e: Emitter) -> str:
    """The heads behind one another again."""
    return e.reshape(swapped(e, e.x, len(e.shape), -2, -3), *e.sizes)


@emit.register
def repeat_heads(op: RepeatHeads, e: Emitter) -> str:
    """Each head so many times."""
    samples, heads, *rest = e.shape
    each = e.reshape(e.x, samples, heads, 1, *rest)
    return e.reshape(e.add("Expand", each, e.ints(samples, heads, op.times, *rest)), *e.sizes)


@emit.register
def swap_last(op: SwapLast, e: Emitter) -> str:
    """The last two axes swapped."""
    return swapped(e, e.x, len(e.shape), -1, -2)


def swapped(e: Emitter, x: str, rank: int, one: int, other: int) -> str:
    """Two axes swapped."""
    perm = list(range(rank))
    perm[one], perm[other] = perm[other], perm[one]
    return e.add("Transpose", x, perm=perm)


@emit.register
def parameter(op: Parameter, e: Emitter) -> str:
    """A parameter that captured code reads itself."""
    return e.add("Identity", e.weight("weight", *op.size))


@emit.register
def constant(op: Constant, e: Emitter) -> str:
    """A tensor that is neither an input nor trained."""
    return e.filled(0.0, *e.sizes)


@emit.register
def mask(op: Mask, e: Emitter) -> str:
    """A constant that is added to attention's weights."""
    return e.add("Add", e.x, e.filled(0.0, *e.shape[-2:]))


@emit.register
def position_bias(op: PositionBias, e: Emitter) -> str:
    """A number for each distance, added to the weights of attention."""
    return e.add("Add", e.x, by_distances(e, op.heads, op.area))


def by_distances(e: Emitter, heads: int, area: Sizes) -> str:
    """A number for each two tokens of a window and each head, of a table by distances.

    Which distance is whose does not matter to what it costs: all are the first.
    """
    tokens = prod(area)
    index = e.filled(0, tokens, tokens, whole=True)
    found = e.add("Gather", e.weight("table", table_of(area), heads), index)
    return e.add("Transpose", found, perm=(2, 0, 1))


@emit.register
def distances(op: Distances, e: Emitter) -> str:
    """The distances in a window, a table without a batch."""
    return e.filled(0.0, *e.sizes)


@emit.register
def by_distance(op: ByDistance, e: Emitter) -> str:
    """What a table has for each two tokens of a window."""
    tokens = prod(op.area)
    index = e.filled(0, tokens, tokens, whole=True)
    return e.add("Transpose", e.add("Gather", e.x, index, axis=1), perm=(0, 3, 1, 2))


@emit.register
def to_windows(op: ToWindows, e: Emitter) -> str:
    """Tokens of a map in windows, those of all samples after one another."""
    cut, samples, channels = op.cut, e.shape[0], e.shape[-1]
    x = e.reshape(e.x, samples, *cut.size, channels)
    sides = zip(cut.size, cut.window, cut.steps, strict=True)
    filled = [step * size - n for n, size, step in sides]
    x = e.pad(x, [0] * (len(filled) + 2), [0, *filled, 0])
    whole = [step * size for step, size in zip(cut.steps, cut.window, strict=True)]
    x = _rolled(e, x, [-step for step in cut.shift], whole)
    pairs = [size for each in zip(cut.steps, cut.window, strict=True) for size in each]
    x = e.reshape(x, samples, *pairs, channels)
    outer, inner = _halves(cut)
    x = e.add("Transpose", x, perm=(0, *outer, *inner, len(pairs) + 1))
    return e.reshape(x, *e.sizes)


@emit.register
def from_windows(op: FromWindows, e: Emitter) -> str:
    """The windows in their places again."""
    cut, channels = op.cut, e.shape[-1]
    samples, count = e.sizes[0], len(cut.size)
    outer, inner = (cut.window, cut.steps) if cut.grid else (cut.steps, cut.window)
    x = e.reshape(e.x, samples, *outer, *inner, channels)
    pairs = [(1 + axis, 1 + count + axis) for axis in range(count)]
    pairs = [(two, one) for one, two in pairs] if cut.grid else pairs
    x = e.add("Transpose", x, perm=(0, *[axis for pair in pairs for axis in pair], 2 * count + 1))
    whole = [step * size for step, size in zip(cut.steps, cut.window, strict=True)]
    x = _rolled(e, e.reshape(x, samples, *whole, channels), cut.shift, whole)
    for axis, (n, filled) in enumerate(zip(cut.size, whole, strict=True), 1):
        x = e.slice(x, axis, 0, n) if n < filled else x
    return e.reshape(x, *e.sizes)


def _halves(cut: Cut) -> tuple[list[int], list[int]]:
    """The axes of windows, and those within them, where both stand in turn."""
    axes = range(1, len(cut.size) + 1)
    outer, inner = [2 * axis - 1 for axis in axes], [2 * axis for axis in axes]
    return (inner, outer) if cut.grid else (outer, inner)


def _rolled(e: Emitter, x: str, shift: Sequence[int], sizes: Sequence[int]) -> str:
    """Each axis turned by so many positions."""
    for axis, (step, size) in enumerate(zip(shift, sizes, strict=False), 1):
        place = -step % size
        if place:
            parts = e.slice(x, axis, place, size), e.slice(x, axis, 0, place)
            x = e.add("Concat", *parts, axis=axis)
    return x


@emit.register
def merge_patches(op: MergePatches, e: Emitter) -> str:
    """Of 2 x 2 tokens one, with the channels of all."""
    x = e.reshape(e.x, e.shape[0], *op.size, e.shape[-1])
    behind = [size % 2 for size in op.size]
    x = e.pad(x, [0] * (len(behind) + 2), [0, *behind, 0])
    axes, ends = range(1, len(op.size) + 1), [n + n % 2 for n in op.size]
    twos = [2] * len(ends)
    parts = [
        e.add("Slice", x, *[e.ints(*each) for each in (corner, ends, axes, twos)])
        for corner in product((0, 1), repeat=len(op.size))
    ]
    return e.reshape(e.add("Concat", *parts, axis=-1), *e.sizes)
