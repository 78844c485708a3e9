"""The ops that only move elements; they compute nothing."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar

from convcost.ops.op import Axes, OnTokens, Op, Reads, Shape, WindowAxes, check_map, times


@dataclass(frozen=True, slots=True)
class Flatten(Op):
    """All axes in one."""

    moves: ClassVar[bool] = True
    form: ClassVar[str] = "torch"
    reads: ClassVar[Reads] = "map"
    on_tokens: ClassVar[OnTokens] = "own"
    view: ClassVar[bool] = True

    def __str__(self) -> str:
        return "flatten"

    def output(self, source: Shape, *others: Shape) -> Shape:
        """As many features as elements."""
        return (prod(source),)


@dataclass(frozen=True, slots=True)
class PixelShuffle(Op):
    """Channels become positions: C r^2 x H x W to C x rH x rW (`torch.nn.PixelShuffle`)."""

    factor: int

    moves: ClassVar[bool] = True
    reads: ClassVar[Reads] = "other"

    def __str__(self) -> str:
        return f"pixel shuffle x{self.factor}"

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` unless there are two spatial axes and channels enough."""
        if len(source) != 3 or source[0] % self.factor**2:
            raise ValueError(f"{self} needs C x H x W with C divisible by {self.factor**2}")

    def output(self, source: Shape, *others: Shape) -> Shape:
        """C / r^2 x rH x rW."""
        channels, height, width = source
        return (channels // self.factor**2, height * self.factor, width * self.factor)


@dataclass(frozen=True, slots=True)
class PixelUnshuffle(Op):
    """Positions become channels: C x rH x rW to C r^2 x H x W (`torch.nn.PixelUnshuffle`)."""

    factor: int

    moves: ClassVar[bool] = True
    reads: ClassVar[Reads] = "window"

    @property
    def window(self) -> WindowAxes:
        """The r x r positions that become one."""
        factors = (self.factor, self.factor)
        return factors, factors, (0, 0), (1, 1)

    def __str__(self) -> str:
        return f"pixel unshuffle x{self.factor}"

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` unless there are two spatial axes that the factor divides."""
        if len(source) != 3 or any(size % self.factor for size in source[1:]):
            raise ValueError(f"{self} needs C x H x W with H and W divisible by {self.factor}")

    def output(self, source: Shape, *others: Shape) -> Shape:
        """C r^2 x H / r x W / r."""
        channels, height, width = source
        return (channels * self.factor**2, height // self.factor, width // self.factor)


@dataclass(frozen=True, slots=True)
class Slice(Op):
    """Channels `start` to `stop` of the input, or as many of another axis: -2 is the tokens'."""

    start: int
    stop: int
    axis: int = 0

    moves: ClassVar[bool] = True
    form: ClassVar[str] = "torch"
    on_tokens: ClassVar[OnTokens] = "kept"
    view: ClassVar[bool] = True

    def __str__(self) -> str:
        what = "tokens" if self.axis == -2 else "channels"
        return f"{what} {self.start} to {self.stop - 1}"

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if the input has fewer channels."""
        if not 0 <= self.start < self.stop <= source[self.axis]:
            raise ValueError(f"no {self} in {times(source)}")

    def output(self, source: Shape, *others: Shape) -> Shape:
        """The same map with stop - start channels."""
        axis = self.axis % len(source)
        return (*source[:axis], self.stop - self.start, *source[axis + 1 :])


@dataclass(frozen=True, slots=True)
class Concat(Op):
    """The inputs after one another along an axis of C x spatial: 0 is the channels'."""

    axis: int = 0

    moves: ClassVar[bool] = True
    form: ClassVar[str] = "torch"
    on_tokens: ClassVar[OnTokens] = "kept"

    @property
    def reads(self) -> Reads:  # type: ignore[override]
        """The same position of one input or another; along the map, positions move on."""
        return "other" if self.axis else "position"

    def __str__(self) -> str:
        return f"concat along axis {self.axis}" if self.axis else "concat"

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if the inputs differ in another axis, or do not have this one."""
        if self.axis >= len(source):
            raise ValueError(f"cannot concatenate {times(source)} along axis {self.axis}")
        if len({self._rest(shape) for shape in (source, *others)}) > 1:
            raise ValueError(f"cannot concatenate {' and '.join(map(times, (source, *others)))}")

    def _rest(self, shape: Shape) -> Shape:
        """The sizes of the other axes."""
        return (*shape[: self.axis], *shape[self.axis + 1 :])

    def output(self, source: Shape, *others: Shape) -> Shape:
        """The axis' sizes added up, and the other axes, which all inputs share."""
        whole = sum([source[self.axis], *[other[self.axis] for other in others]])
        return (*source[: self.axis], whole, *source[self.axis + 1 :])


@dataclass(frozen=True, slots=True)
class Subsample(Op):
    """Every s-th position of each spatial axis, from the first on: `x[:, :, ::s, ::s]`."""

    stride: Axes

    moves: ClassVar[bool] = True
    form: ClassVar[str] = "torch"
    reads: ClassVar[Reads] = "window"
    view: ClassVar[bool] = True

    @property
    def window(self) -> WindowAxes:
        """One position, every s-th time."""
        ones = (1,) * len(self.stride)
        return ones, self.stride, (0,) * len(self.stride), ones

    def __str__(self) -> str:
        same = len(set(self.stride)) == 1
        return f"subsample {self.stride[0] if same else times(self.stride)}"

    def output(self, source: Shape, *others: Shape) -> Shape:
        """C x ceil(n / s) per axis."""
        axes = zip(source[1:], self.stride, strict=True)
        return (source[0], *[(n - 1) // s + 1 for n, s in axes])


@dataclass(frozen=True, slots=True)
class ChannelShuffle(Op):
    """The channels of all groups in turn: the first of each, the second (`nn.ChannelShuffle`)."""

    groups: int

    moves: ClassVar[bool] = True

    def __str__(self) -> str:
        return f"channel shuffle, groups {self.groups}"

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if there is no map, or the groups do not divide the channels."""
        check_map(source)
        if source[0] % self.groups:
            raise ValueError(f"{source[0]} channels cannot be divided into {self.groups} groups")


@dataclass(frozen=True, slots=True)
class ToLast(Op):
    """The channels behind the spatial axes: C x H x W becomes H x W x C (`x.permute`)."""

    moves: ClassVar[bool] = True
    form: ClassVar[str] = "torch"
    view: ClassVar[bool] = True

    def __str__(self) -> str:
        return "channels to last"

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if there is no map."""
        check_map(source)

    def output(self, source: Shape, *others: Shape) -> Shape:
        """Spatial x C."""
        return (*source[1:], source[0])


@dataclass(frozen=True, slots=True)
class ToFirst(Op):
    """The channels in front again: H x W x C becomes C x H x W (`x.permute`)."""

    moves: ClassVar[bool] = True
    form: ClassVar[str] = "torch"
    view: ClassVar[bool] = True

    def __str__(self) -> str:
        return "channels to first"

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if there is no map."""
        check_map(source)

    def output(self, source: Shape, *others: Shape) -> Shape:
        """C x spatial."""
        return (source[-1], *source[:-1])


@dataclass(frozen=True, slots=True)
class SwapAxes(Op):
    """Rows become columns: C x H x W becomes C x W x H (`x.permute`)."""

    moves: ClassVar[bool] = True
    form: ClassVar[str] = "torch"
    reads: ClassVar[Reads] = "other"
    view: ClassVar[bool] = True

    def __str__(self) -> str:
        return "rows to columns"

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` unless there are two spatial axes."""
        if len(source) != 3:
            raise ValueError(f"there are no rows and columns in {times(source)}")

    def output(self, source: Shape, *others: Shape) -> Shape:
        """C x W x H."""
        channels, height, width = source
        return (channels, width, height)
