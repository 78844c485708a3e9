"""How the elements of each map lie in memory, by torch's strides.

It matters to a linear layer with a bias: one kernel does both where what it reads lies in order,
else a product is followed by a sum, of which a profiler that listens to kernels may see the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import prod
from typing import NamedTuple

from convcost.graph.nodes import Graph, Node, Scattered
from convcost.ops.convolutions import Conv
from convcost.ops.layouts import Once, Stacked, Windows
from convcost.ops.maps import Activation, Elementwise, LayerScale, LearnableScalar, Norm
from convcost.ops.moves import Concat, Slice, Subsample, SwapAxes, ToFirst, ToLast
from convcost.ops.op import Composite, Op, Shape
from convcost.ops.padding import Crop, Pad
from convcost.ops.pools import AdaptivePool, Pool
from convcost.ops.products import Attention, Linear
from convcost.ops.resizing import Resize
from convcost.ops.tokens import (
    MergeHeads,
    OneToken,
    Positions,
    SplitHeads,
    SwapLast,
    ToMap,
    ToTokens,
)
from convcost.ops.transposed import TransposedConv

Strides = tuple[int, ...]

ELEMENTWISE = (Activation, Elementwise, LayerScale, LearnableScalar, Positions)
"""Ops that write in the order of what they read."""

KEEPING = (Conv, TransposedConv, Pool, AdaptivePool, Resize, Pad, Concat)
"""Ops that write a map with its channels last in memory if it comes in so, beside norms."""


class Strided(NamedTuple):
    """The sizes of a tensor, the batch first, and how far one step along each axis is."""

    sizes: tuple[int, ...]
    strides: Strides

    @property
    def in_order(self) -> bool:
        """Whether the elements lie one behind the other, the last axis first."""
        step = 1
        for size, stride in zip(reversed(self.sizes), reversed(self.strides), strict=True):
            if size > 1:
                if stride != step:
                    return False
                step *= size
        return True

    def moved(self, axes: Sequence[int]) -> Strided:
        """The same with its axes in another order."""
        sizes, strides = ([values[axis] for axis in axes] for values in self)
        return Strided(tuple(sizes), tuple(strides))

    def can_be(self, sizes: Sequence[int]) -> bool:
        """Whether it can be seen with other sizes where it lies, or has to be copied.

        Source: `computeStride` of ATen/TensorUtils.cpp.
        """
        axes = [pair for pair in zip(*self, strict=True) if pair[0] != 1]
        wanted = [size for size in sizes if size != 1]
        while axes:
            (size, _), rows = axes[-1], 1
            while len(axes) > 1 and axes[-2][1] == axes[-1][0] * axes[-1][1]:
                (outer, _), (inner, step) = axes[-2:]
                axes[-2:] = [(outer * inner, step)]
            size = axes.pop()[0]
            while wanted and rows < size:
                rows *= wanted.pop()
            if rows != size:
                return False
        return True

    @property
    def turned(self) -> Strided:
        """The same with its first two axes swapped: samples and tokens."""
        first, second, *rest = range(len(self.sizes)) if len(self.sizes) > 1 else (0, 0)
        return self.moved((second, first, *rest))

    @property
    def channels_last(self) -> bool:
        """Whether torch takes it for a map of two or three axes whose channels are last."""
        if len(self.sizes) not in (4, 5):
            return False
        least = 0
        for axis in (1, *range(len(self.sizes) - 1, 1, -1), 0):
            stride, size = self.strides[axis], self.sizes[axis]
            if size == 0 or stride < least or (axis == 0 and least == self.strides[1]):
                return False
            least = stride * max(size, 1)
        return True


def scattered(graph: Graph, batch: int) -> Scattered:
    """The nodes that write what does not lie in order, where that can matter."""
    nodes = graph.nodes
    if graph.scattered is not None:
        return graph.scattered
    if not any(isinstance(node.op, Linear | Composite) and len(node.shape) > 1 for node in nodes):
        return Scattered(frozenset(), frozenset())
    written = laid_out(graph, batch)
    apart = [index for index, each in enumerate(written) if not each.in_order]
    turned = [index for index, each in enumerate(written) if not each.turned.in_order]
    return Scattered(frozenset(apart), frozenset(turned))


def laid_out(graph: Graph, batch: int, fused: bool = True) -> list[Strided]:
    """How what each node writes lies in memory, where attention is one kernel if it is `fused`."""
    written: list[Strided] = []
    for node in graph.nodes:
        sizes = sizes_of(node.shape, batch)
        written.append(Strided(sizes, _strides(node, sizes, written, fused)))
    return written


def sizes_of(shape: Shape, batch: int) -> tuple[int, ...]:
    """The sizes that a tensor of the shape has; windows are in the batch."""
    if isinstance(shape, Stacked):
        return tuple(shape) if shape.once else (batch * shape[0], *shape[1:])
    if isinstance(shape, Windows):
        return (batch * shape[0], *shape[1:])
    return (1 if isinstance(shape, Once) else batch, *shape)


def _strides(
    node: Node, sizes: tuple[int, ...], written: Sequence[Strided], fused: bool
) -> Strides:
    """How what a node writes lies in memory."""
    op = node.op
    read = [written[source] for source in node.sources]
    if not read or all(len(each.sizes) < 3 for each in read):
        return _ordered(sizes, range(len(sizes)))
    moved = _moved(op, read[0])
    if moved is not None:
        return moved
    if isinstance(op, Composite):  # torch has the tokens before the samples
        return _ordered(sizes, (1, 0, 2))
    if isinstance(op, Attention) and _has_kernel(node, op, sizes) and fused:
        return _iterated(sizes, read[:1])  # its kernel writes as queries lie
    if isinstance(op, ELEMENTWISE):
        return _iterated(sizes, read)
    norm = isinstance(op, Norm) and op.function in ("batch", "sync", "group")
    if (norm or isinstance(op, KEEPING)) and all(each.channels_last for each in read):
        return _ordered(sizes, (0, *range(2, len(sizes)), 1))
    return _ordered(sizes, range(len(sizes)))


def _has_kernel(node: Node, op: Attention, sizes: tuple[int, ...]) -> bool:
    """Whether an attention is one kernel on a CPU, which has none where its biases are trained."""
    return op.has_kernel and len(sizes) == 4 and not (op.params and not node.frozen)


def _moved(op: Op, read: Strided) -> Strides | None:
    """The strides of another view of what is read; None for ops that write it anew."""
    batch, *strides = read.strides
    if isinstance(op, Activation) and op.function in ("dropout", "identity"):
        return read.strides
    if isinstance(op, Slice | Crop):
        return read.strides
    if isinstance(op, Subsample):
        pairs = zip(strides[1:], op.stride, strict=True)
        return (batch, strides[0], *[stride * step for stride, step in pairs])
    if isinstance(op, ToLast):
        return (batch, *strides[1:], strides[0])
    if isinstance(op, ToFirst):
        return (batch, strides[-1], *strides[:-1])
    if isinstance(op, SwapLast):
        return (batch, *strides[:-2], strides[-1], strides[-2])
    if isinstance(op, OneToken):
        return (batch, *strides[1:])
    if isinstance(op, SwapAxes):
        return (batch, strides[0], strides[2], strides[1])
    if isinstance(op, ToTokens):
        return _flat(read)
    if isinstance(op, SplitHeads):
        tokens, channels = strides[-2:]
        each = (op.stop - op.start) // op.heads
        return (batch, *strides[:-2], each * channels, tokens, channels)
    if isinstance(op, MergeHeads):
        return _merged(read)
    if isinstance(op, ToMap):
        tokens, channels = strides
        samples, count, wide = read.sizes
        steps = _ordered(op.size, range(len(op.size)))
        # Of an axis of size 1 a view has the stride that it would have before the next.
        channels = count * tokens if wide == 1 else channels
        batch = wide * channels if samples == 1 else batch
        return (batch, channels, *[tokens * step for step in steps])
    return None


def _flat(read: Strided) -> Strides:
    """The positions of a map as one axis, before its channels; a copy where they are no one row."""
    batch, channels, *strides = read.strides
    _, count, *of = read.sizes
    axes = [pair for pair in zip(of, strides, strict=True) if pair[0] > 1]
    if all(stride == size * step for (_, stride), (size, step) in pairwise(axes)):
        return (batch, axes[-1][1] if axes else 1, channels)
    positions = prod(of)
    return (count * positions, 1, positions)


def _merged(read: Strided) -> Strides:
    """Heads x tokens x c as tokens x channels; a copy where the channels are no one row."""
    *outer, heads, tokens, each = read.sizes
    *steps, head, token, step = read.strides
    if each == 1 or heads == 1 or head == each * step:
        return (*steps, token, head if each == 1 else step)
    return _ordered((*outer, tokens, heads * each), range(len(read.sizes) - 1))


def _iterated(sizes: tuple[int, ...], read: Sequence[Strided]) -> Strides:
    """The strides that torch gives to what it computes element by element.

    Axes are sorted by the strides of what is read, the first that tells two apart; see
    `TensorIteratorBase::reorder_dimensions`.
    """
    axes = list(range(len(sizes) - 1, -1, -1))
    for start in range(1, len(axes)):
        moving = start
        for other in range(start - 1, -1, -1):
            order = _compared(axes[other], axes[moving], sizes, read)
            if order > 0:
                axes[other], axes[moving] = axes[moving], axes[other]
                moving = other
            elif order < 0:
                break
    return _ordered(sizes, axes[::-1])


def _compared(one: int, other: int, sizes: tuple[int, ...], read: Sequence[Strided]) -> int:
    """Whether an axis is to be outside (1) or inside (-1) of another, or either (0)."""
    for each in read:
        if len(each.sizes) != len(sizes):
            continue
        steps = [
            0 if each.sizes[axis] == 1 != sizes[axis] else each.strides[axis]
            for axis in (one, other)
        ]
        if 0 in steps:  # it is repeated along one of them
            continue
        if steps[0] != steps[1]:
            return 1 if steps[0] > steps[1] else -1
        if sizes[one] > sizes[other]:
            return 1
    return 0


def _ordered(sizes: Sequence[int], axes: Sequence[int]) -> Strides:
    """The strides of elements without a gap, the last of the axes innermost."""
    strides, step = [0] * len(sizes), 1
    for axis in reversed(axes):
        strides[axis] = step
        step *= sizes[axis]
    return tuple(strides)
