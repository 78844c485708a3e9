"""The ops that make maps smaller or larger without weights: pools, the mean, resizes."""

from __future__ import annotations

from dataclasses import dataclass
from operator import lt
from typing import ClassVar

from convcost.graph.convolutions import does_not_fit
from convcost.graph.ops import Axes, Op, Reads, Shape, WindowAxes, check_map, times


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

    reads: ClassVar[Reads] = "window"

    @property
    def window(self) -> WindowAxes:
        """Its kernel, stride and padding."""
        return self.kernel, self.stride, self.padding, (1,) * len(self.kernel)

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
        if (
            self.function == "avg"
            and len(self.kernel) == 3
            and any(map(lt, source[1:], self.kernel))
        ):
            raise ValueError(self.empty(source))  # torch's avg_pool3d does not count the padding

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

    reads: ClassVar[Reads] = "map"

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
    reads: ClassVar[Reads] = "map"

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

    reads: ClassVar[Reads] = "other"

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
