"""The deformable convolution, whose taps stand where a second map says."""

from __future__ import annotations

from math import prod
from typing import ClassVar

from convcost.graph.convolutions import Conv
from convcost.graph.ops import Reads, Shape, times


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
