"""The sliding window of a convolution: kernel, stride, padding and dilation per axis."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

from convcost.ops import Axes

T = TypeVar("T")
Sides = tuple[tuple[int, int], ...]
"""Zeros (before, after) each spatial axis."""


class Window(NamedTuple):
    """A window over the spatial axes; `sides` is None where the zeros depend on the map's size."""

    kernel: Axes
    stride: Axes
    sides: Sides | None
    dilation: Axes

    def along(self, axis: int) -> Window:
        """The part of the window that lies along one axis: k x 1, or 1 x k."""

        def only(values: tuple[T, ...], neutral: tuple[T, ...]) -> tuple[T, ...]:
            return (*neutral[:axis], values[axis], *neutral[axis + 1 :])

        kernel, stride, sides, dilation = self
        point, _, no_sides, _ = self.point()
        sides = None if sides is None or no_sides is None else only(sides, no_sides)
        return Window(only(kernel, point), only(stride, point), sides, only(dilation, point))

    def point(self) -> Window:
        """A 1 x 1 window that keeps the map's size."""
        ones = (1,) * len(self.kernel)
        return Window(ones, ones, ((0, 0),) * len(ones), ones)

    def sides_for(self, spatial: Axes) -> Sides:
        """Zeros on a map of these spatial sizes; those of TensorFlow's SAME if `sides` is None."""
        if self.sides is not None:
            return self.sides
        return tuple(
            [
                halves(int((-(-n // s) - 1) * s + d * (k - 1) + 1 - n))
                for n, k, s, d in zip(spatial, self.kernel, self.stride, self.dilation, strict=True)
            ]
        )


def same_sides(kernel: Axes, dilation: Axes) -> Sides:
    """The d(k-1) zeros after which a window keeps ceil(n / s) positions.

    At stride 1 this is `torch.nn.Conv2d(padding="same")`.
    """
    # A count of zeros is part of the structure, not of the formula: int() drops the trace.
    return tuple([halves(int(d * (k - 1))) for k, d in zip(kernel, dilation, strict=True)])


def halves(zeros: int) -> tuple[int, int]:
    """Zeros before and after an axis, the smaller half first; none if `zeros` is negative."""
    return (zeros // 2, zeros - zeros // 2) if zeros > 0 else (0, 0)
