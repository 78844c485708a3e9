"""The ops that put zeros beside what is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from convcost.graph.ops import Op, Reads, Shape, WindowAxes


@dataclass(frozen=True, slots=True)
class Pad(Op):
    """Zeros before and after each spatial axis, for what `Conv.padding` cannot say."""

    sides: tuple[tuple[int, int], ...]

    reads: ClassVar[Reads] = "window"

    @property
    def window(self) -> WindowAxes:
        """One position, so many zeros further on."""
        ones = (1,) * len(self.sides)
        return ones, ones, tuple([before for before, _ in self.sides]), ones

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
class PadChannels(Op):
    """Channels of zeros before and after those of the input (`F.pad`)."""

    before: int
    after: int

    form: ClassVar[str] = "function"

    def __str__(self) -> str:
        return f"pad channels {self.before} before, {self.after} after"

    def output(self, source: Shape, *others: Shape) -> Shape:
        """The same map with more channels."""
        return (source[0] + self.before + self.after, *source[1:])
