"""Calls that change the size of a map, or its axes: pools, resizing, padding, means, joins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convcost.ops.moves import ChannelShuffle, Concat, Flatten, PixelShuffle, PixelUnshuffle
from convcost.ops.padding import Pad, PadChannels
from convcost.ops.pools import AdaptivePool, Maximum, Mean, Pool
from convcost.ops.resizing import RESIZES, GridSample, Resize
from convcost.ops.tokens import Embedding
from convcost.pytorch.capture.readers.reading import Read, axes, reads

if TYPE_CHECKING:
    from torch import Tensor

_PLACES = ("F.", "torch.")


def _pool(function: str, dims: int) -> Any:
    """A reader of a pool over a sliding window."""

    def maximum(
        input: Tensor,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Read:
        window = _window(kernel_size, stride, padding, dims)
        steps = axes(dilation, dims)
        op = Pool("max", *window, ceil_mode, dilation=steps if max(steps) > 1 else ())
        return Read(op, (input,), unbatched=input.dim() == dims + 1)

    def average(
        input: Tensor,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> Read:
        window = _window(kernel_size, stride, padding, dims)
        op = Pool("avg", *window, ceil_mode, count_include_pad, (), divisor_override)
        return Read(op, (input,), unbatched=input.dim() == dims + 1)

    return maximum if function == "max" else average


def _window(kernel: Any, stride: Any, padding: Any, dims: int) -> tuple[Any, Any, Any]:
    """A kernel, its stride, which is the kernel's size unless it is said, and its padding."""
    steps = kernel if stride is None or stride == [] else stride
    return axes(kernel, dims), axes(steps, dims), axes(padding, dims)


def _adaptive(function: str, dims: int) -> Any:
    """A reader of a pool to a size."""

    def read(input: Tensor, output_size: Any, return_indices: bool = False) -> Read:
        sizes = tuple(output_size) if isinstance(output_size, list | tuple) else (output_size,)
        wanted = sizes * dims if len(sizes) == 1 else sizes
        there = input.shape[-dims:]
        size = tuple([n if n is not None else own for n, own in zip(wanted, there, strict=True)])
        op = AdaptivePool(function, size)
        return Read(op, (input,), unbatched=input.dim() == dims + 1)

    return read


for _dims in (1, 2, 3):
    for _place in _PLACES:
        for _function in ("max", "avg"):
            reads(f"{_place}{_function}_pool{_dims}d")(_pool(_function, _dims))
            reads(f"{_place}adaptive_{_function}_pool{_dims}d")(_adaptive(_function, _dims))
        reads(f"{_place}max_pool{_dims}d_with_indices")(_pool("max", _dims))
        reads(f"{_place}adaptive_max_pool{_dims}d_with_indices")(_adaptive("max", _dims))


@reads("F.interpolate", "F.upsample")
def interpolate(
    input: Tensor,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    *others: Any,
    **more: Any,
) -> Read | None:
    """A map scaled by a factor, or to a size."""
    if mode not in RESIZES:
        return None
    if size is not None:
        several = isinstance(size, list | tuple)
        return Read(Resize(mode, None, axes(size, len(size) if several else 1)), (input,))
    factors = scale_factor if isinstance(scale_factor, list | tuple) else (scale_factor,)
    exact = tuple([_factor(each) for each in factors])
    return Read(Resize(mode, exact if len(exact) > 1 else exact[0]), (input,))


@reads("F.grid_sample")
def grid_sample(
    input: Tensor, grid: Tensor, mode: str = "bilinear", *others: Any, **more: Any
) -> Read:
    """A map at the positions of a grid."""
    return Read(GridSample(mode), (input, grid))


def _factor(number: float) -> Any:
    """A factor as it is written; a third is a quotient."""
    from fractions import Fraction

    value = Fraction(repr(float(number)))
    if value.denominator > 10**6:
        value = Fraction(number).limit_denominator(1000)
    return int(value) if value.denominator == 1 else value


@reads("F.pad")
def pad(input: Tensor, pad: Any, mode: str = "constant", value: Any = None) -> Read | None:
    """Zeros around a map, or channels of zeros."""
    if mode != "constant" or min(pad) < 0 or len(pad) % 2:
        return None
    sides = [(int(before), int(after)) for before, after in zip(pad[::2], pad[1::2], strict=True)]
    dims = input.dim() - 2
    if dims < 1 or len(sides) > dims + 1:
        return None
    sides += [(0, 0)] * (dims - len(sides))
    if sides[dims:] == [(0, 0)]:  # no channels
        sides.pop()
    if len(sides) == dims:
        return Read(Pad(tuple(reversed(sides))), (input,))
    return None if any(map(any, sides[:-1])) else Read(PadChannels(*sides[-1]), (input,))


@reads("torch.flatten", "torch.Tensor.flatten")
def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Read | None:
    """All axes of a sample in one."""
    whole = start_dim in (1, 1 - input.dim()) and end_dim in (-1, input.dim() - 1)
    return Read(Flatten(), (input,)) if whole else None


@reads("torch.cat", "torch.concat", "torch.concatenate")
def cat(tensors: Any, dim: int = 0, *, out: Any = None) -> Read | None:
    """Inputs after one another along an axis that is not the batch's."""
    dims = tensors[0].dim()
    axis = dim % dims - 1
    return None if axis < 0 else Read(Concat(axis), tuple(tensors))


@reads("F.pixel_shuffle")
def pixel_shuffle(input: Tensor, upscale_factor: int) -> Read | None:
    """Channels to positions."""
    return Read(PixelShuffle(upscale_factor), (input,)) if input.dim() == 4 else None


@reads("F.pixel_unshuffle")
def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Read | None:
    """Positions to channels."""
    return Read(PixelUnshuffle(downscale_factor), (input,)) if input.dim() == 4 else None


@reads("F.channel_shuffle", "torch.channel_shuffle")
def channel_shuffle(input: Tensor, groups: int) -> Read:
    """The channels of all groups in turn."""
    return Read(ChannelShuffle(groups), (input,))


@reads("F.embedding", "torch.embedding")
def embedding(input: Tensor, weight: Tensor, *others: Any, **more: Any) -> Read | None:
    """A vector for each word."""
    return Read(Embedding(*weight.shape), (input,), (weight,)) if input.dim() == 2 else None


def _over_map(make: Any) -> Any:
    """A reader of a mean or a maximum over all spatial axes."""

    def read(input: Tensor, dim: Any = None, keepdim: bool = False, **more: Any) -> Read | None:
        dims = input.dim()
        listed = dim if isinstance(dim, list | tuple) else () if dim is None else (dim,)
        over = sorted([axis % dims for axis in listed])
        whole = dims > 3 and over == list(range(2, dims))
        return Read(make(keepdim), (input,)) if whole else None

    return read


for _place in ("torch.", "torch.Tensor."):
    reads(f"{_place}mean")(_over_map(Mean))
    reads(f"{_place}amax")(_over_map(Maximum))
