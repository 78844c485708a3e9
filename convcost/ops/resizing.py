"""The op that makes a map larger, or smaller, by copying or blending what is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from convcost.ops.op import Axes, Op, Reads, Shape, check_map, decimal, times

if TYPE_CHECKING:
    from fractions import Fraction

    Factor = int | Fraction


RESIZES = ("nearest", "linear", "bilinear", "bicubic", "trilinear", "nearest-exact", "area")
"""The modes of a resize."""


@dataclass(frozen=True, slots=True)
class Resize(Op):
    """A map scaled by a factor, or one for each axis, or to a size (`torch.nn.Upsample`).

    `mode` is one of `RESIZES`, of which some are for a number of axes. A size of one number is for
    all axes, and was said so in captured code.
    """

    mode: str
    scale: Factor | tuple[Factor, ...] | None = None
    size: Axes | None = None

    reads: ClassVar[Reads] = "other"

    def __str__(self) -> str:
        factors = self.scale if isinstance(self.scale, tuple) else (self.scale or 1,)
        scale = f"x{' x'.join(map(decimal, factors))}"
        return f"resize {self.mode} {scale if self.size is None else times(self.size)}"

    def factors(self, axes: int) -> tuple[Factor, ...]:
        """The factor of each of so many axes."""
        return self.scale if isinstance(self.scale, tuple) else (self.scale or 1,) * axes

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if the mode is for another number of axes."""
        check_map(source)
        axes = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}
        spatial = len(source) - 1
        if axes.get(self.mode, spatial) != spatial:
            raise ValueError(
                f"{self.mode} needs a map of {axes[self.mode]} spatial axes, this has {spatial}"
            )
        if self.size is None:
            for size, factor in zip(source[1:], self.factors(spatial), strict=True):
                _check_product(int(size), factor)

    def output(self, source: Shape, *others: Shape) -> Shape:
        """C over the scaled map: floor(n x scale) per axis."""
        if self.size is not None:
            spatial = len(source) - 1
            return (source[0], *(self.size * spatial if len(self.size) == 1 else self.size))
        axes = zip(source[1:], self.factors(len(source) - 1), strict=True)
        return (source[0], *[n * f.numerator // f.denominator for n, f in axes])


@dataclass(frozen=True, slots=True)
class GridSample(Op):
    """A map read at positions of a second input (`F.grid_sample`): C over that one's positions.

    `mode` is `bilinear`, `nearest` or `bicubic`.
    """

    mode: str = "bilinear"

    form: ClassVar[str] = "function"
    reads: ClassVar[Reads] = "other"

    def __str__(self) -> str:
        return f"grid sample {self.mode}"


def _check_product(size: int, factor: Factor) -> None:
    """Raise `ValueError` where torch, which multiplies floats, makes another size than the exact.

    As does `100 * 0.29` in Python, which is 28.999999999999996.
    """
    exact = size * factor.numerator // factor.denominator
    rounded = exact if factor.denominator == 1 else int(size * float(factor))
    if exact != rounded:
        raise ValueError(
            f"{size} x {decimal(factor)} is {exact}, and {rounded} in torch, which rounds the "
            "product first; give the size"
        )
