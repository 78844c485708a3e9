"""The ops that multiply no weights with maps: norms, activations, sums, and what moves elements."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar

from convcost.ops import Op, Shape, times


@dataclass(frozen=True, slots=True)
class Pad(Op):
    """Zeros before and after each spatial axis, for what `Conv.padding` cannot say."""

    sides: tuple[tuple[int, int], ...]

    def __str__(self) -> str:
        names = ("left", "right"), ("top", "bottom"), ("front", "back")
        sides = [
            f"{name} {zeros}"
            for pair, words in zip(reversed(self.sides), names, strict=False)
            for zeros, name in zip(pair, words, strict=True)
            if zeros
        ]
        return f"pad {', '.join(sides)}"

    def output(self, source: Shape, *others: Shape) -> Shape:
        """The same channels, every axis longer by its zeros."""
        axes = zip(source[1:], self.sides, strict=True)
        return (source[0], *[n + before + after for n, (before, after) in axes])


@dataclass(frozen=True, slots=True)
class Norm(Op):
    """A normalisation, with a trainable scale and shift for each of its channels if `affine`.

    `batch`, `sync` and `instance` are `torch.nn.BatchNorm2d`, `SyncBatchNorm` and `InstanceNorm2d`;
    `group` is `GroupNorm` with `groups` groups; `layer` and `rms` go over the last axes, which have
    `channels` elements together. Running statistics (`stats`) are buffers, not parameters.
    """

    function: str
    channels: int
    groups: int = 1
    affine: bool = True
    stats: bool = True

    def __str__(self) -> str:
        words = [f"{self.function} norm"]
        if self.groups > 1:
            words.append(f"groups {self.groups}")
        if not self.affine:
            words.append("not affine")
        if not self.stats:
            words.append("no running statistics")
        return ", ".join(words)

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if the channels do not divide, or one value would be a whole group."""
        if self.channels % self.groups:
            raise ValueError(
                f"{self.channels} channels cannot be divided into {self.groups} norm groups"
            )
        together = {"instance": 1, "group": self.channels // self.groups}
        if together.get(self.function, 2) * prod(source[1:]) == 1:
            raise ValueError(f"{self} over a single value, {times(source)}, is no normalisation")

    @property
    def params(self) -> int:
        """A scale and a shift per channel; RMS norm has no shift."""
        each = 1 if self.function == "rms" else 2
        return each * self.channels if self.affine else 0


@dataclass(frozen=True, slots=True)
class Activation(Op):
    """A function of each element by itself, by its name in `torch.nn` (`leaky-relu`).

    Dropout and identity are among them; PReLU has `slopes` trainable slopes.
    """

    function: str
    slopes: int = 1

    def __str__(self) -> str:
        return self.function

    @property
    def params(self) -> int:
        """The slopes of a PReLU; the others have nothing."""
        return self.slopes if self.function == "prelu" else 0


@dataclass(frozen=True, slots=True)
class Softmax(Op):
    """Softmax over the channels, or over the last axis; its logarithm if `log`."""

    over_channels: bool = True
    log: bool = False

    def __str__(self) -> str:
        return "log-softmax" if self.log else "softmax"


@dataclass(frozen=True, slots=True)
class Elementwise(Op):
    """`add`, `sub`, `mul` or `div` of two inputs that broadcast, or of one and a number."""

    function: str

    form: ClassVar[str] = "operator"

    def __str__(self) -> str:
        return self.function

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if the inputs do not broadcast, axis by axis."""
        for other in others:
            sizes = zip(source, other, strict=False)
            if len(source) != len(other) or any(1 not in (a, b) and a != b for a, b in sizes):
                raise ValueError(f"cannot {self.function} {times(source)} and {times(other)}")

    def output(self, source: Shape, *others: Shape) -> Shape:
        """The larger size of each axis."""
        for other in others:
            source = tuple([max(a, b) for a, b in zip(source, other, strict=True)])
        return source


@dataclass(frozen=True, slots=True)
class Flatten(Op):
    """All axes in one."""

    form: ClassVar[str] = "torch"

    def __str__(self) -> str:
        return "flatten"

    def output(self, source: Shape, *others: Shape) -> Shape:
        """As many features as elements."""
        return (prod(source),)


@dataclass(frozen=True, slots=True)
class PixelShuffle(Op):
    """Channels become positions: C r^2 x H x W to C x rH x rW (`torch.nn.PixelShuffle`)."""

    factor: int

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
class Slice(Op):
    """Channels `start` to `stop` of the input."""

    start: int
    stop: int

    form: ClassVar[str] = "torch"

    def __str__(self) -> str:
        return f"channels {self.start} to {self.stop - 1}"

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if the input has fewer channels."""
        if not 0 <= self.start < self.stop <= source[0]:
            raise ValueError(f"no channels {self.start} to {self.stop - 1} in {times(source)}")

    def output(self, source: Shape, *others: Shape) -> Shape:
        """The same map with stop - start channels."""
        return (self.stop - self.start, *source[1:])


@dataclass(frozen=True, slots=True)
class Concat(Op):
    """The inputs' channels after one another."""

    form: ClassVar[str] = "torch"

    def __str__(self) -> str:
        return "concat"

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if the inputs' maps differ."""
        if any(other[1:] != source[1:] for other in others):
            raise ValueError(f"cannot concatenate {' and '.join(map(times, (source, *others)))}")

    def output(self, source: Shape, *others: Shape) -> Shape:
        """The channels' sum, over the map that all inputs share."""
        return (sum([source[0], *[other[0] for other in others]]), *source[1:])
