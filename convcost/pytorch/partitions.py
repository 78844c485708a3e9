"""Windows of a map and the biases of their positions, as torch code has them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import torch
from torch import Tensor, nn
from torch.nn import functional

from convcost.ops.layouts import Cut
from convcost.ops.op import Op
from convcost.ops.partitions import (
    BiasedAttention,
    ByDistance,
    Distances,
    FromWindows,
    HeadScale,
    MergePatches,
    Normalize,
    PositionBias,
    ToWindows,
    table_of,
)

Function = Callable[..., Tensor]


class PositionBiasModule(nn.Module):
    """A trainable number for each distance and head, added to N x heads x T x T."""

    index: Tensor

    def __init__(self, heads: int, area: tuple[int, ...]) -> None:
        """Make them zeros; which of them is for which tokens does not matter to what it costs."""
        super().__init__()
        self.table = nn.Parameter(torch.zeros(table_of(area), heads))
        tokens = torch.Size(area).numel()
        self.register_buffer("index", torch.zeros(tokens, tokens, dtype=torch.long))

    def forward(self, x: Tensor) -> Tensor:
        """N x heads x T x T."""
        return x + self.bias()

    def bias(self) -> Tensor:
        """1 x heads x T x T."""
        return self.table[self.index].permute(2, 0, 1).unsqueeze(0)


class ByDistanceModule(nn.Module):
    """Which distance each two tokens have; which that is does not matter to what it costs."""

    index: Tensor

    def __init__(self, area: tuple[int, ...]) -> None:
        """Make them all the first."""
        super().__init__()
        tokens = torch.Size(area).numel()
        self.register_buffer("index", torch.zeros(tokens, tokens, dtype=torch.long))


class HeadScaleModule(nn.Module):
    """A trainable factor for each head of N x heads x T x T."""

    def __init__(self, op: HeadScale) -> None:
        """Make them ones."""
        super().__init__()
        self.factors = nn.Parameter(torch.zeros(op.heads, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """N x heads x T x T."""
        return x * torch.clamp(self.factors, max=4.6).exp()


def window_module(op: Op) -> nn.Module | None:
    """The module of an op of windows, or what holds its parameters; None for what has none."""
    if isinstance(op, PositionBias) or (isinstance(op, BiasedAttention) and op.area):
        return PositionBiasModule(op.heads, op.area)
    if isinstance(op, ByDistance):
        return ByDistanceModule(op.area)
    return HeadScaleModule(op) if isinstance(op, HeadScale) else None


def biased_attention(op: BiasedAttention) -> Function:
    """Attention that is given biases, a mask, or both."""

    def call(*given: Tensor | PositionBiasModule) -> Tensor:
        query, key, value = given[-3:]
        assert isinstance(query, Tensor)
        mask = query.new_zeros((1, 1, query.shape[-2], op.keys)) if op.masked else None
        if isinstance(given[0], PositionBiasModule):
            bias = given[0].bias()
            mask = bias if mask is None else bias + mask
        return functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)  # type: ignore[arg-type]

    return call


def window_function(op: Op) -> Function | None:
    """What is called to cut windows and to put them together; None for other ops."""
    if isinstance(op, ToWindows):
        return lambda x: _cut(x, op.cut)
    if isinstance(op, FromWindows):
        return lambda x: _joined(x, op.cut)
    if isinstance(op, MergePatches):
        return lambda x: _merged(x, op.size)
    if isinstance(op, Distances):
        return lambda x: x.new_zeros(1, table_of(op.area), len(op.area))
    if isinstance(op, Normalize):
        return lambda x: functional.normalize(x, dim=-1)
    return None


def _cut(x: Tensor, cut: Cut) -> Tensor:
    """N x T x C in windows: those of all samples x tokens x C."""
    axes = range(1, len(cut.size) + 1)
    x = _unflatten(x, 1, cut.size)
    sides = zip(cut.size, cut.window, cut.steps, strict=True)
    x = _filled(x, [step * size - n for n, size, step in sides])
    if any(cut.shift):
        x = torch.roll(x, [-step for step in cut.shift], tuple(axes))
    for axis, (step, size) in enumerate(zip(cut.steps, cut.window, strict=True)):
        x = _unflatten(x, 2 * axis + 1, (step, size))
    outer, inner = [2 * axis - 1 for axis in axes], [2 * axis for axis in axes]
    if cut.grid:
        outer, inner = inner, outer
    x = x.permute(0, *outer, *inner, x.dim() - 1).contiguous()
    return x.flatten(len(axes) + 1, -2).flatten(0, len(axes))


def _filled(x: Tensor, behind: list[int]) -> Tensor:
    """Zeros behind each axis of N x spatial x C, where there are to be some."""
    if not any(behind):
        return x
    return functional.pad(x, (0, 0, *[side for zeros in reversed(behind) for side in (0, zeros)]))


def _joined(x: Tensor, cut: Cut) -> Tensor:
    """The windows of all samples in their places again: N x T x C."""
    count = len(cut.size)
    outer, inner = (cut.window, cut.steps) if cut.grid else (cut.steps, cut.window)
    x = _unflatten(_unflatten(x, 1, inner), 0, (-1, *outer))
    pairs = [(1 + axis, 1 + count + axis) for axis in range(count)]
    if cut.grid:
        pairs = [(second, first) for first, second in pairs]
    x = x.permute(0, *[axis for pair in pairs for axis in pair], x.dim() - 1).contiguous()
    for axis in range(count):
        x = x.flatten(axis + 1, axis + 2)
    if any(cut.shift):
        x = torch.roll(x, cut.shift, tuple(range(1, count + 1)))
    x = x[:, *[slice(0, size) for size in cut.size]]
    return x.contiguous().flatten(1, count)


def _merged(x: Tensor, size: tuple[int, ...]) -> Tensor:
    """Of 2 x 2 tokens one, with the channels of all."""
    x = _unflatten(x, 1, size)
    x = _filled(x, [n % 2 for n in size])
    corners = product((0, 1), repeat=len(size))
    parts = [x[:, *[slice(first, None, 2) for first in corner]] for corner in corners]
    return torch.cat(parts, -1).flatten(1, len(size))


def _unflatten(x: Tensor, axis: int, sizes: tuple[int, ...]) -> Tensor:
    """`torch.Tensor.unflatten`, which has no types."""
    found: Tensor = x.unflatten(axis, sizes)  # type: ignore[no-untyped-call]
    return found
