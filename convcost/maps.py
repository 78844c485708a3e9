"""The ops that multiply no weights with maps: norms, activations, pools, resizes, sums, moves."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar

from convcost.contractions import does_not_fit
from convcost.ops import Axes, Op, Shape, check_map, times


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
class Pool(Op):
    """Average or maximum (`function` is `avg` or `max`) over a sliding window."""

    function: str
    kernel: Axes
    stride: Axes
    padding: Axes
    ceil: bool = False
    """Let a last window start inside the map and end outside it (`ceil_mode`)."""
    count_padding: bool = True
    """Whether an average's divisor has the zeros in it (`count_include_pad`)."""

    def __str__(self) -> str:
        parts = [f"{self.function} pool {times(self.kernel)}"]
        for name, values in (("stride", self.stride), ("padding", self.padding)):
            if any(values):
                parts.append(f"{name} {values[0] if len(set(values)) == 1 else times(values)}")
        return ", ".join([*parts, *["ceil"] * self.ceil])

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if there is more padding than half the kernel, as torch does."""
        check_map(source)
        for kernel, padding in zip(self.kernel, self.padding, strict=True):
            if 2 * padding > kernel:
                raise ValueError(f"padding {padding} is more than half of pool kernel {kernel}")

    def empty(self, source: Shape, *others: Shape) -> str:
        """The window does not fit on the map."""
        return does_not_fit(source, self.kernel, self.padding, (1,) * len(self.kernel))

    def output(self, source: Shape, *others: Shape) -> Shape:
        """C x floor((n + 2p - k) / s) + 1 per axis, rounded up instead if `ceil`."""
        axes = zip(source[1:], self.kernel, self.stride, self.padding, strict=True)
        return (source[0], *[self._positions(*axis) for axis in axes])

    def _positions(self, size: int, kernel: int, stride: int, padding: int) -> int:
        count = (size + 2 * padding - kernel) // stride + 1
        starts_inside = count * stride < size + padding
        uncovered = (size + 2 * padding - kernel) % stride
        return count + 1 if self.ceil and uncovered and starts_inside else count


@dataclass(frozen=True, slots=True)
class AdaptivePool(Op):
    """Average or maximum (`avg`, `max`) to a map of this size; 1 x 1 is global pooling."""

    function: str
    size: Axes

    def __str__(self) -> str:
        return f"adaptive {self.function} pool to {times(self.size)}"

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if there is no map."""
        check_map(source)

    def output(self, source: Shape, *others: Shape) -> Shape:
        """C x size."""
        return (source[0], *self.size)


@dataclass(frozen=True, slots=True)
class Mean(Op):
    """The mean over all spatial axes; C alone, or C x 1 x 1 if `keep`."""

    keep: bool = False

    form: ClassVar[str] = "torch"

    def __str__(self) -> str:
        return "mean over the map"

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if there is no map."""
        check_map(source)

    def output(self, source: Shape, *others: Shape) -> Shape:
        """C, or C x 1 x 1."""
        return (source[0], *[1 for _ in source[1:] if self.keep])


@dataclass(frozen=True, slots=True)
class Resize(Op):
    """A map scaled by a whole number, or to a size (`torch.nn.Upsample`).

    `mode` is `nearest`, `linear` (1 axis), `bilinear`, `bicubic` (2) or `trilinear` (3).
    """

    mode: str
    scale: int | None = None
    size: Axes | None = None

    def __str__(self) -> str:
        return f"resize {self.mode} {f'x{self.scale}' if self.size is None else times(self.size)}"

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if the mode is for another number of axes."""
        check_map(source)
        axes = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}
        spatial = len(source) - 1
        if axes.get(self.mode, spatial) != spatial:
            raise ValueError(
                f"{self.mode} needs a map of {axes[self.mode]} spatial axes, this has {spatial}"
            )

    def output(self, source: Shape, *others: Shape) -> Shape:
        """C over the scaled map."""
        if self.size is not None:
            return (source[0], *self.size)
        return (source[0], *[n * (self.scale or 1) for n in source[1:]])


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
