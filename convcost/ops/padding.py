"""The ops that put zeros beside what is there, or take its rim away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from convcost.ops.op import Op, Reads, Shape, WindowAxes, check_map, times
from convcost.ops.windows import Sides


@dataclass(frozen=True, slots=True)
class Pad(Op):
    """Zeros before and after each spatial axis, for what `Conv.padding` cannot say."""

    sides: Sides

    moves: ClassVar[bool] = True
    reads: ClassVar[Reads] = "window"

    @property
    def window(self) -> WindowAxes:
        """One position, so many zeros further on."""
        ones = (1,) * len(self.sides)
        return ones, ones, tuple([before for before, _ in self.sides]), ones

    def __str__(self) -> str:
        return f"pad {_words(self.sides)}"

    def output(self, source: Shape, *others: Shape) -> Shape:
        """The same channels, every axis longer by its zeros."""
        axes = zip(source[1:], self.sides, strict=True)
        return (source[0], *[n + before + after for n, (before, after) in axes])


@dataclass(frozen=True, slots=True)
class Crop(Op):
    """Positions less before and after each spatial axis: `x[:, :, 1:-1, 1:-1]`."""

    sides: Sides

    moves: ClassVar[bool] = True
    form: ClassVar[str] = "torch"
    reads: ClassVar[Reads] = "window"
    view: ClassVar[bool] = True

    @property
    def window(self) -> WindowAxes:
        """One position, so many further in."""
        ones = (1,) * len(self.sides)
        return ones, ones, tuple([-before for before, _ in self.sides]), ones

    def __str__(self) -> str:
        return f"crop {_words(self.sides)}"

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if there is no map."""
        check_map(source)

    def empty(self, source: Shape, *others: Shape) -> str:
        """As much is cropped as there is."""
        return f"nothing is left of {times(source)}: {self}"

    def output(self, source: Shape, *others: Shape) -> Shape:
        """The same channels, every axis shorter by its sides."""
        axes = zip(source[1:], self.sides, strict=True)
        return (source[0], *[n - before - after for n, (before, after) in axes])


@dataclass(frozen=True, slots=True)
class PadChannels(Op):
    """Channels of zeros before and after those of the input (`F.pad`)."""

    before: int
    after: int

    moves: ClassVar[bool] = True
    form: ClassVar[str] = "function"

    def __str__(self) -> str:
        return f"pad channels {self.before} before, {self.after} after"

    def output(self, source: Shape, *others: Shape) -> Shape:
        """The same map with more channels."""
        return (source[0] + self.before + self.after, *source[1:])


def _words(sides: Sides) -> str:
    """The sides by their names, those that have something."""
    names = ("left", "right"), ("top", "bottom"), ("front", "back")
    named = [
        f"{name} {count}"
        for pair, words in zip(reversed(sides), names, strict=False)
        for count, name in zip(pair, words, strict=True)
        if count
    ]
    return ", ".join(named) or "nothing"
