"""Convolutions: output elements x reduction length, or input elements x kernel if transposed."""

from __future__ import annotations

from math import prod
from typing import ClassVar, NamedTuple

from convcost.ops.op import Axes, Contraction, Reads, Shape, WindowAxes, check_map, times


def positions(size: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    """How many positions a window takes on an axis; below 1 if it does not fit."""
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


class _ConvFields(NamedTuple):
    in_channels: int
    out_channels: int
    kernel: Axes
    stride: Axes
    padding: Axes
    dilation: Axes
    groups: int = 1
    bias: bool = False


class Conv(_ConvFields, Contraction):
    """A convolution over 1 to 3 spatial axes; depthwise is `groups == in_channels`.

    `padding` zeros stand on both sides of an axis, as in `torch.nn.Conv2d`. A named tuple rather
    than a frozen dataclass: a sweep makes millions of them, and this is made three times as fast.
    """

    __slots__ = ()

    reads: ClassVar[Reads] = "window"

    @property
    def window(self) -> WindowAxes:
        """Its kernel, stride, padding and dilation."""
        return self.kernel, self.stride, self.padding, self.dilation

    def __str__(self) -> str:
        _, _, kernel, stride, padding, dilation, groups, bias = self
        words = window_words(stride, padding, dilation, groups, bias)
        return ", ".join([f"conv {times(kernel)}", *words])

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if the groups do not divide the channels."""
        check_map(source)
        check_groups(source[0], self.out_channels, self.groups)

    def empty(self, source: Shape, *others: Shape) -> str:
        """The kernel does not fit on the map."""
        return does_not_fit(source, self.kernel, self.padding, self.dilation)

    def output(self, source: Shape, *others: Shape) -> Shape:
        """C_out x floor((n + 2p - d(k-1) - 1) / s) + 1 per axis (`torch.nn.Conv2d`)."""
        _, out, kernel, stride, padding, dilation, _, _ = self
        return (out, *map(positions, source[1:], kernel, stride, padding, dilation))

    @property
    def params(self) -> int:
        """Weights C_out x (C_in / g) x kernel, and C_out biases."""
        weights = self.out_channels * (self.in_channels // self.groups) * prod(self.kernel)
        return weights + self.out_channels if self.bias else weights

    @property
    def weights(self) -> object:
        """Channels, kernel, groups and bias: any window may slide with them."""
        return self._replace(stride=(), padding=(), dilation=())[:]

    def rows(self, output: Shape) -> tuple[Axes, ...]:
        """C_out of (C_in / g) x kernel."""
        return ((self.out_channels, self.in_channels // self.groups * prod(self.kernel)),)

    def macs(self, output: Shape) -> int:
        """Output elements x reduction length, which is (C_in / g) x kernel; biases add none."""
        return prod(output) * (self.in_channels // self.groups) * prod(self.kernel)


def kind_of_conv(conv: Conv) -> str:
    """Which kind of layer a convolution is: `pointwise`, `depthwise`, `group` or `standard`."""
    if conv.groups > 1:
        return "depthwise" if conv.groups == conv.in_channels else "group"
    return "standard" if max(conv.kernel) > 1 else "pointwise"


class SameConv(Conv):
    """A convolution that is written with torch's `padding="same"`: stride 1, the map stays.

    `padding` has the zeros before each axis, floor(d(k-1) / 2); behind it stand one more where
    d(k-1) is odd. What it costs is that of `Conv`, but some profilers do not know this spelling.
    """

    __slots__ = ()

    def __str__(self) -> str:
        return f"{Conv(*self._replace(padding=(0,) * len(self.padding)))}, padding 'same'"

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` for a stride, as torch does."""
        super().check(source)
        if max(self.stride) > 1:
            raise ValueError("padding torch-same is for stride 1 only, as torch has it")

    def output(self, source: Shape, *others: Shape) -> Shape:
        """C_out over the same map."""
        return (self.out_channels, *source[1:])


class ValidConv(Conv):
    """A convolution that is written with torch's `padding="valid"`: no zeros, and another spelling.

    What it costs is that of `Conv`, but some profilers do not know this spelling.
    """

    __slots__ = ()

    def __str__(self) -> str:
        return f"{Conv(*self)}, padding 'valid'"


class DeformConv(Conv):
    """A deformable convolution over two axes (`torchvision.ops.DeformConv2d`).

    It reads a map, and 2 x K offsets for each of some groups of input channels: where each tap is
    moved to, at each position. Its multiply-accumulates are those of a convolution; interpolating
    the map is none.
    """

    __slots__ = ()

    reads: ClassVar[Reads] = "other"
    modulated: ClassVar[bool] = False
    """Whether it reads a mask."""

    def __str__(self) -> str:
        return f"{'modulated ' * self.modulated}deformable {Conv(*self)}"

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` for groups that do not divide, or offsets of another window."""
        super().check(source)
        if len(source) != 3:
            raise ValueError(f"{self} needs C x H x W, not {times(source)}")
        taps, (offsets, *masks) = prod(self.kernel), others
        groups = max(offsets[0] // (2 * taps), 1)
        size = self.output(source)[1:]
        for given, channels in [(offsets, 2 * taps * groups), *[(m, taps * groups) for m in masks]]:
            if given != (channels, *size):
                wanted = times((channels, *size))
                raise ValueError(f"offsets or a mask of {times(given)} are no {wanted}")
        if source[0] % groups:
            raise ValueError(
                f"{source[0]} input channels cannot be divided into {groups} offset groups"
            )

    @property
    def weights(self) -> object:
        """Those of a convolution, which is another module."""
        return super().weights, "deformable"


class ModulatedDeformConv(DeformConv):
    """Its version 2, which also reads a mask: K numbers a group, that weigh the taps."""

    __slots__ = ()

    modulated: ClassVar[bool] = True


SPELLED: dict[str, type[Conv]] = {"": Conv, "same": SameConv, "valid": ValidConv}
"""The convolution for each word that code may have for its padding."""


def does_not_fit(source: Shape, kernel: Axes, padding: Axes, dilation: Axes) -> str:
    """Say that a window is larger than its padded input."""
    reach = times(tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)))
    padded = times(tuple(n + 2 * p for n, p in zip(source[1:], padding, strict=True)))
    dilated = f" (dilated to {reach})" if reach != times(kernel) else ""
    return f"kernel {times(kernel)}{dilated} is larger than its padded input, {padded}"


def check_groups(channels: int, out: int, groups: int) -> None:
    """Raise `ValueError` if the groups do not divide the channels, in or out."""
    if channels % groups or out % groups:
        way, count = ("in", channels) if channels % groups else ("out", out)
        raise ValueError(f"{count} {way}put channels cannot be divided into {groups} groups")


def window_words(stride: Axes, padding: Axes, dilation: Axes, groups: int, bias: bool) -> list[str]:
    """What is not neutral in a convolution's window, its groups and its bias."""
    parts = []
    for name, values, neutral in (
        ("stride", stride, 1),
        ("padding", padding, 0),
        ("dilation", dilation, 1),
    ):
        if any(value != neutral for value in values):
            same = len(set(values)) == 1
            parts.append(f"{name} {values[0] if same else times(values)}")
    if groups != 1:
        parts.append(f"groups {groups}")
    return parts + ["bias"] * bias
