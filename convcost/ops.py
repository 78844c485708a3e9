"""The operations of a graph: what each one writes, holds and multiplies.

An op knows three things and nothing else does: the shape it writes, its trainable parameters and
its multiply-accumulates. Shapes are C x spatial (1 to 3 axes) without the batch. All arithmetic is
on plain Python integers; `check` is the only place that refuses, so `output`, `params` and `macs`
stay bare arithmetic that also runs on `expressions.Traced` integers.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import NamedTuple

Shape = tuple[int, ...]
"""Channels, then one size per spatial axis: C x W, C x H x W or C x D x H x W."""

Axes = tuple[int, ...]
"""One number per spatial axis."""


def times(sizes: tuple[int, ...]) -> str:
    """Write sizes as people do: `24x112x112`."""
    return "x".join(map(str, sizes))


def positions(size: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    """How many positions a window takes on an axis; below 1 if it does not fit."""
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


class Op:
    """What every op answers; an op says only where it differs from "free and shape-preserving"."""

    __slots__ = ()

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if the op cannot run on inputs of these shapes."""

    def output(self, source: Shape, *others: Shape) -> Shape:
        """Return the shape that the op writes; the sources have passed `check`."""
        return source

    def empty(self, source: Shape, *others: Shape) -> str:
        """Say why an output of these inputs has no elements, where it has none."""
        return f"nothing is left of {times(source)}"

    @property
    def params(self) -> int:
        """Trainable parameters."""
        return 0

    def macs(self, output: Shape) -> int:
        """Multiply-accumulates to write an output of this shape, batch 1."""
        return 0


@dataclass(frozen=True, slots=True)
class Input(Op):
    """Where the graph's input, C x spatial, comes in."""

    def __str__(self) -> str:
        return "input"


class _ConvFields(NamedTuple):
    in_channels: int
    out_channels: int
    kernel: Axes
    stride: Axes
    padding: Axes
    dilation: Axes
    groups: int = 1
    bias: bool = False


class Conv(_ConvFields, Op):
    """A convolution over 1 to 3 spatial axes; depthwise is `groups == in_channels`.

    `padding` zeros stand on both sides of an axis, as in `torch.nn.Conv2d`. A named tuple rather
    than a frozen dataclass: a sweep makes millions of them, and this is made three times as fast.
    """

    __slots__ = ()

    def __str__(self) -> str:
        parts = [f"conv {times(self.kernel)}"]
        for name, values, neutral in (
            ("stride", self.stride, 1),
            ("padding", self.padding, 0),
            ("dilation", self.dilation, 1),
        ):
            if any(value != neutral for value in values):
                same = len(set(values)) == 1
                parts.append(f"{name} {values[0] if same else times(values)}")
        if self.groups != 1:
            parts.append(f"groups {self.groups}")
        return ", ".join(parts + ["bias"] * self.bias)

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if the groups do not divide the channels."""
        groups = self.groups
        if source[0] % groups or self.out_channels % groups:
            way, count = ("in", source[0]) if source[0] % groups else ("out", self.out_channels)
            raise ValueError(f"{count} {way}put channels cannot be divided into {groups} groups")

    def empty(self, source: Shape, *others: Shape) -> str:
        """The kernel does not fit on the map."""
        reach = times(
            tuple(d * (k - 1) + 1 for k, d in zip(self.kernel, self.dilation, strict=True))
        )
        padded = times(tuple(n + 2 * p for n, p in zip(source[1:], self.padding, strict=True)))
        dilated = f" (dilated to {reach})" if reach != times(self.kernel) else ""
        return f"kernel {times(self.kernel)}{dilated} is larger than its padded input, {padded}"

    def output(self, source: Shape, *others: Shape) -> Shape:
        """C_out x floor((n + 2p - d(k-1) - 1) / s) + 1 per axis (`torch.nn.Conv2d`)."""
        _, out, kernel, stride, padding, dilation, _, _ = self
        return (out, *map(positions, source[1:], kernel, stride, padding, dilation))

    @property
    def params(self) -> int:
        """Weights C_out x (C_in / g) x kernel, and C_out biases."""
        weights = self.out_channels * (self.in_channels // self.groups) * prod(self.kernel)
        return weights + self.out_channels if self.bias else weights

    def macs(self, output: Shape) -> int:
        """Output elements x reduction length, which is (C_in / g) x kernel; biases add none."""
        return prod(output) * (self.in_channels // self.groups) * prod(self.kernel)


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
    """A normalisation with one trainable scale and one shift per channel.

    `batch` and `instance` are `torch.nn.BatchNorm` and `InstanceNorm(affine=True)`; `group` is
    `GroupNorm` with `groups` groups. Running statistics are buffers, not parameters.
    """

    function: str
    channels: int
    groups: int = 1

    def __str__(self) -> str:
        return f"{self.function} norm" + (f", groups {self.groups}" if self.groups > 1 else "")

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
        """A scale and a shift per channel."""
        return 2 * self.channels


@dataclass(frozen=True, slots=True)
class Activation(Op):
    """An element-wise activation, by its name in `torch.nn` (lower case)."""

    function: str

    def __str__(self) -> str:
        return self.function

    @property
    def params(self) -> int:
        """PReLU has one slope (`torch.nn.PReLU()`), the others nothing."""
        return int(self.function == "prelu")


@dataclass(frozen=True, slots=True)
class Slice(Op):
    """Channels `start` to `stop` of the input."""

    start: int
    stop: int

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

    def __str__(self) -> str:
        return "concat"

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if the inputs' maps differ."""
        if any(other[1:] != source[1:] for other in others):
            raise ValueError(f"cannot concatenate {' and '.join(map(times, (source, *others)))}")

    def output(self, source: Shape, *others: Shape) -> Shape:
        """The channels' sum, over the map that all inputs share."""
        return (sum([source[0], *[other[0] for other in others]]), *source[1:])
