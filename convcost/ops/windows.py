"""The sliding window of a convolution: kernel, stride, padding and dilation per axis."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple, TypeVar

from convcost.ops.op import Axes

T = TypeVar("T")
Sides = tuple[tuple[int, int], ...]
"""Zeros (before, after) each spatial axis."""


class _WindowFields(NamedTuple):
    kernel: Axes
    stride: Axes
    sides: Sides | None
    dilation: Axes
    spelled: str = ""


class Window(_WindowFields):
    """A window over the spatial axes; `sides` is None where the zeros depend on the map's size.

    `spelled` is the word that the code has for the zeros, `same` or `valid`, if it has no numbers.
    """

    @cached_property
    def along(self) -> tuple[Window, ...]:
        """The parts of the window that lie along one axis each: k x 1, 1 x k."""
        return tuple(self._along(axis) for axis in range(len(self.kernel)))

    def _along(self, axis: int) -> Window:
        def only(values: tuple[T, ...], neutral: tuple[T, ...]) -> tuple[T, ...]:
            return (*neutral[:axis], values[axis], *neutral[axis + 1 :])

        ones = self.point.kernel
        sides = None if self.sides is None else only(self.sides, ((0, 0),) * len(ones))
        kernel, stride = only(self.kernel, ones), only(self.stride, ones)
        return Window(kernel, stride, sides, only(self.dilation, ones), self.spelled)

    @cached_property
    def point(self) -> Window:
        """A 1 x 1 window that keeps the map's size."""
        ones = (1,) * len(self.kernel)
        return Window(ones, ones, ((0, 0),) * len(ones), ones)

    @cached_property
    def padding(self) -> Axes | None:
        """Zeros on both sides of each axis, where that is how they stand."""
        if self.sides is None or any(before != after for before, after in self.sides):
            return None
        return tuple(before for before, _ in self.sides)

    @cached_property
    def before(self) -> Axes:
        """Zeros before each axis, where they are known."""
        return tuple([before for before, _ in self.sides or ()])

    def sides_for(self, spatial: Axes) -> Sides:
        """Zeros on a map of these spatial sizes; those of TensorFlow's SAME if `sides` is None."""
        if self.sides is not None:
            return self.sides
        return tuple(map(_tensorflow_sides, spatial, self.kernel, self.stride, self.dilation))


def _tensorflow_sides(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """As many zeros as ceil(n / s) positions need, max((ceil(n/s) - 1) s + d(k-1) + 1 - n, 0)."""
    # A count of zeros is part of the structure, not of the formula: int() drops the trace.
    return halves(int((-(-size // stride) - 1) * stride + dilation * (kernel - 1) + 1 - size))


def same_sides(kernel: Axes, dilation: Axes) -> Sides:
    """The d(k-1) zeros after which a window keeps ceil(n / s) positions.

    At stride 1 this is `torch.nn.Conv2d(padding="same")`.
    """
    return tuple([halves(int(d * (k - 1))) for k, d in zip(kernel, dilation, strict=True)])


def halves(zeros: int) -> tuple[int, int]:
    """Zeros before and after an axis, the smaller half first; none if `zeros` is negative."""
    return (zeros // 2, zeros - zeros // 2) if zeros > 0 else (0, 0)
