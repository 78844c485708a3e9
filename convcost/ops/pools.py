"""The ops that make maps smaller without weights: pools, and means and maxima over a whole axis."""

from __future__ import annotations

from dataclasses import dataclass
from operator import lt
from typing import ClassVar

from convcost.ops.convolutions import does_not_fit, positions
from convcost.ops.op import Axes, Op, Reads, Shape, WindowAxes, check_map, times


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
    dilation: Axes = ()
    """Of a maximum's window; nothing is 1 on every axis."""
    divisor: int | None = None
    """What an average divides by, if not by how many it adds up (`divisor_override`)."""

    reads: ClassVar[Reads] = "window"

    @property
    def window(self) -> WindowAxes:
        """Its kernel, stride, padding and dilation."""
        return self.kernel, self.stride, self.padding, self.steps

    @property
    def steps(self) -> Axes:
        """The dilation of each axis."""
        return self.dilation or (1,) * len(self.kernel)

    def __str__(self) -> str:
        parts = [f"{self.function} pool {times(self.kernel)}"]
        dilation = self.dilation if max(self.steps) > 1 else ()
        for name, values in (
            ("stride", self.stride),
            ("padding", self.padding),
            ("dilation", dilation),
        ):
            if any(values):
                parts.append(f"{name} {values[0] if len(set(values)) == 1 else times(values)}")
        divisor = [f"divisor {self.divisor}"] if self.divisor else []
        return ", ".join([*parts, *["ceil"] * self.ceil, *divisor])

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if there is more padding than half the kernel, as torch does."""
        check_map(source)
        if self.divisor and len(self.kernel) == 1:
            raise ValueError("torch's average pool over one axis takes no divisor")
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
        return does_not_fit(source, self.kernel, self.padding, self.steps)

    def output(self, source: Shape, *others: Shape) -> Shape:
        """C x floor((n + 2p - d(k-1) - 1) / s) + 1 per axis, rounded up instead if `ceil`."""
        axes = zip(source[1:], self.kernel, self.stride, self.padding, self.steps, strict=True)
        return (source[0], *[self._positions(*axis) for axis in axes])

    def _positions(self, size: int, kernel: int, stride: int, padding: int, step: int) -> int:
        count = positions(size, kernel, stride, padding, step)
        starts_inside = count * stride < size + padding
        uncovered = (size + 2 * padding - step * (kernel - 1) - 1) % stride
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
class Maximum(Op):
    """The maximum over all spatial axes; C alone, or C x 1 x 1 if `keep` (`torch.amax`)."""

    keep: bool = False

    form: ClassVar[str] = "torch"
    reads: ClassVar[Reads] = "map"

    def __str__(self) -> str:
        return "maximum over the map"

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if there is no map."""
        check_map(source)

    def output(self, source: Shape, *others: Shape) -> Shape:
        """C, or C x 1 x 1."""
        return (source[0], *[1 for _ in source[1:] if self.keep])


@dataclass(frozen=True, slots=True)
class OverChannels(Op):
    """The mean or the maximum (`mean`, `max`) over the channels, which leaves one of them.

    `torch.mean(x, 1, keepdim=True)` and `torch.max(x, 1, keepdim=True)[0]`.
    """

    function: str

    form: ClassVar[str] = "torch"

    def __str__(self) -> str:
        return f"{NAMES[self.function]} over the channels"

    def output(self, source: Shape, *others: Shape) -> Shape:
        """1 x spatial."""
        return (1, *source[1:])


NAMES = {"mean": "mean", "max": "maximum"}
