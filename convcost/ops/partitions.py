"""The ops of attention in windows: cutting them out of a map, and the bias of their positions."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar

from convcost.ops.layouts import Cut, Once, Tokens, Windows
from convcost.ops.op import Move, OnTokens, Op, Shape, times
from convcost.ops.products import Attention


@dataclass(frozen=True, slots=True)
class ToWindows(Move):
    """Tokens of a map, T x C, in windows: windows x tokens of a window x C."""

    cut: Cut

    on_tokens: ClassVar[OnTokens] = "own"

    def __str__(self) -> str:
        way = "grids" if self.cut.grid else "windows"
        shift = f", shift {times(self.cut.shift)}" if any(self.cut.shift) else ""
        return f"to {way} of {times(self.cut.window)}{shift}"

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if the tokens are not those of the map, or do not fit a grid."""
        size, window = self.cut[:2]
        if source[-2] != prod(size):
            raise ValueError(f"{source[-2]} tokens are no map of {times(size)}")
        if self.cut.grid and any(n % step for n, step in zip(size, window, strict=True)):
            raise ValueError(f"a map of {times(size)} has no grids of {times(window)}")

    def output(self, source: Shape, *others: Shape) -> Shape:
        """Windows x tokens x C, the map filled up with zeros behind."""
        windows, tokens = self.cut.windows, prod(self.cut.tokens)
        if windows * tokens == source[-2]:
            windows = source[-2] // tokens  # which a formula can be made of
        return Windows((windows, tokens, source[-1]), self.cut.size, self.cut)


@dataclass(frozen=True, slots=True)
class FromWindows(Move):
    """The windows in their places again: windows x tokens x C becomes T x C."""

    cut: Cut

    on_tokens: ClassVar[OnTokens] = "windows"

    def __str__(self) -> str:
        return f"from {'grids' if self.cut.grid else 'windows'}"

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if there are more or fewer tokens than were cut out."""
        windows, cut_out = self.cut.windows, prod(self.cut.tokens)
        if source[:-1] != (windows, cut_out):
            raise ValueError(
                f"{times(source)} tokens are no longer {windows} windows of {cut_out}; slice off "
                "what was put to them"
            )

    def output(self, source: Shape, *others: Shape) -> Shape:
        """T x C."""
        tokens, filled = prod(self.cut.size), source[0] * source[1]
        return Tokens((filled if filled == tokens else tokens, source[-1]), self.cut.size)


@dataclass(frozen=True, slots=True)
class MergePatches(Move):
    """Of 2 x 2 tokens one, with the channels of all: H W x C becomes H W / 4 x 4C."""

    size: tuple[int, ...]

    on_tokens: ClassVar[OnTokens] = "own"

    def __str__(self) -> str:
        return "patches merged"

    def output(self, source: Shape, *others: Shape) -> Shape:
        """The map filled up with zeros behind where a size is odd."""
        halves = tuple([(size + 1) // 2 for size in self.size])
        return Tokens((prod(halves), source[-1] * 2 ** len(halves)), halves)


def table_of(window: tuple[int, ...]) -> int:
    """How many distances there are between the positions of a window: (2w - 1) on each axis."""
    return prod([2 * size - 1 for size in window])


@dataclass(frozen=True, slots=True)
class PositionBias(Op):
    """A trainable number for each distance of two tokens and each head, added to their weight.

    Swin, arXiv 2103.14030.
    """

    heads: int
    area: tuple[int, ...]

    on_tokens: ClassVar[OnTokens] = "kept"

    def __str__(self) -> str:
        return "position bias"

    @property
    def params(self) -> int:
        """Heads x distances."""
        return self.heads * table_of(self.area)


@dataclass(frozen=True, slots=True)
class BiasedAttention(Attention):
    """Scaled dot-product attention that is given such biases, and a mask of shifted windows."""

    heads: int = 1
    area: tuple[int, ...] = ()
    masked: bool = False
    trained: bool = False
    """Whether the mask is computed of parameters, as code does that holds the table itself."""

    def __str__(self) -> str:
        return "attention, position bias" if self.area else "attention, mask"

    @property
    def weights(self) -> object:
        """The table, whatever it is added to."""
        return type(self), self.heads, self.area

    @property
    def params(self) -> int:
        """Heads x distances."""
        return self.heads * table_of(self.area) if self.area else 0


@dataclass(frozen=True, slots=True)
class Distances(Move):
    """The distances of two positions of a window, a table without a batch: distances x axes."""

    area: tuple[int, ...]

    stops: ClassVar[bool] = True

    on_tokens: ClassVar[OnTokens] = "kept"

    def __str__(self) -> str:
        return f"distances in {times(self.area)}"

    def output(self, source: Shape, *others: Shape) -> Shape:
        """(2w - 1)^2 x 2."""
        return Once((table_of(self.area), len(self.area)))


@dataclass(frozen=True, slots=True)
class ByDistance(Move):
    """What a table has for each two tokens of a window: distances x heads to heads x T x T."""

    area: tuple[int, ...]

    on_tokens: ClassVar[OnTokens] = "kept"

    def __str__(self) -> str:
        return "by distance"

    def output(self, source: Shape, *others: Shape) -> Shape:
        """Heads x T x T."""
        tokens = prod(self.area)
        return (source[-1], tokens, tokens)


@dataclass(frozen=True, slots=True)
class Normalize(Op):
    """Each row of the last axis divided by its length (`F.normalize`)."""

    form: ClassVar[str] = "function"
    on_tokens: ClassVar[OnTokens] = "kept"

    def __str__(self) -> str:
        return "normalize"


@dataclass(frozen=True, slots=True)
class HeadScale(Op):
    """A trainable factor for each head (the logit scale of Swin V2, arXiv 2111.09883)."""

    heads: int

    on_tokens: ClassVar[OnTokens] = "kept"

    def __str__(self) -> str:
        return "scale of heads"

    @property
    def params(self) -> int:
        """A factor for each head."""
        return self.heads
