"""The sliding window of a convolution: kernel, stride, padding and dilation per axis."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

from convcost.ops import Axes

T = TypeVar("T")

Sides = tuple[tuple[int, int], ...]
"""Zeros (before, after) each spatial axis."""


class Window(NamedTuple):
    """A window over the spatial axes, with its padding rule still open.

    `padding` is zeros (before, after) each axis, or one of

    * `same`: d(k-1) zeros in all, the smaller half first, so that the output is ceil(n / s)
      (at stride 1 this is `torch.nn.Conv2d(padding="same")`);
    * `tf-same`: as many zeros as TensorFlow's SAME needs for that output, at most the above;
    * `valid`: none.
    """

    kernel: Axes
    stride: Axes
    padding: str | Sides
    dilation: Axes

    def along(self, axis: int) -> Window:
        """The part of the window that lies along one axis: k x 1, or 1 x k."""

        def only(values: tuple[T, ...], neutral: T) -> tuple[T, ...]:
            return tuple([v if i == axis else neutral for i, v in enumerate(values)])

        kernel, stride, padding, dilation = self
        if not isinstance(padding, str):
            padding = only(padding, (0, 0))
        return Window(only(kernel, 1), only(stride, 1), padding, only(dilation, 1))

    def point(self) -> Window:
        """A 1 x 1 window that keeps the map's size."""
        ones = (1,) * len(self.kernel)
        return Window(ones, ones, "valid", ones)

    def sides(self, spatial: Axes) -> Sides:
        """Zeros before and after each axis of a map of these spatial sizes."""
        kernel, stride, padding, dilation = self
        if not isinstance(padding, str):
            return padding
        if padding == "valid":
            return ((0, 0),) * len(spatial)
        # A count of zeros is part of the structure, not of the formula: int() drops the trace.
        totals = [int(d * (k - 1)) for k, d in zip(kernel, dilation, strict=True)]
        if padding == "tf-same":
            needed = [
                int((-(-n // s) - 1) * s + 1 - n) + total
                for n, s, total in zip(spatial, stride, totals, strict=True)
            ]
            totals = [max(total, 0) for total in needed]
        return tuple([(total // 2, total - total // 2) for total in totals])
