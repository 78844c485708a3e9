"""The ops that make tokens, move them and end them, and those of attention's heads."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar

from convcost.ops.layouts import Tokens
from convcost.ops.op import Axes, Move, OnTokens, Op, Reads, Shape, check_map, times
from convcost.ops.pools import NAMES


@dataclass(frozen=True, slots=True)
class ToTokens(Move):
    """Each position of a map is a token: C x H x W becomes HW x C (`x.flatten(2).transpose`)."""

    view: ClassVar[bool] = True

    def __str__(self) -> str:
        return "positions to tokens"

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if there is no map."""
        check_map(source)

    def output(self, source: Shape, *others: Shape) -> Shape:
        """H W x C."""
        return Tokens((prod(source[1:]), source[0]), source[1:])


@dataclass(frozen=True, slots=True)
class ToMap(Move):
    """Tokens are the positions of a map of this size: T x C becomes C x H x W."""

    size: Axes

    on_tokens: ClassVar[OnTokens] = "own"
    view: ClassVar[bool] = True

    def __str__(self) -> str:
        return f"tokens to positions of {times(self.size)}"

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if there are more or fewer tokens than positions."""
        if source[-2] != prod(self.size):
            raise ValueError(
                f"{source[-2]} tokens are no map of {times(self.size)}, which has "
                f"{prod(self.size)} positions; give the size, or slice off what is no position"
            )

    def output(self, source: Shape, *others: Shape) -> Shape:
        """C x size."""
        return (source[-1], *self.size)


@dataclass(frozen=True, slots=True)
class OneToken(Move):
    """One of the tokens, as features: `x[:, 0]` is the class token."""

    index: int = 0

    on_tokens: ClassVar[OnTokens] = "own"
    view: ClassVar[bool] = True

    def __str__(self) -> str:
        return f"token {self.index}"

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if there are fewer tokens."""
        if self.index >= source[-2]:
            raise ValueError(f"there is no token {self.index} of {source[-2]}, from 0 on")

    def output(self, source: Shape, *others: Shape) -> Shape:
        """C."""
        return (source[-1],)


@dataclass(frozen=True, slots=True)
class OverTokens(Op):
    """The mean or the maximum (`mean`, `max`) over all tokens: `x.mean(1)`."""

    function: str
    keep: bool = False

    form: ClassVar[str] = "torch"
    reads: ClassVar[Reads] = "other"
    on_tokens: ClassVar[OnTokens] = "own"

    def __str__(self) -> str:
        return f"{NAMES[self.function]} over the tokens"

    def output(self, source: Shape, *others: Shape) -> Shape:
        """C, or 1 x C if `keep`."""
        return Tokens((1, source[-1])) if self.keep else (source[-1],)


@dataclass(frozen=True, slots=True)
class ClassToken(Op):
    """Trainable tokens in front of the others: T x C becomes T + count x C."""

    count: int
    channels: int

    moves: ClassVar[bool] = True
    form: ClassVar[str] = "module"
    on_tokens: ClassVar[OnTokens] = "kept"
    reads: ClassVar[Reads] = "other"

    def __str__(self) -> str:
        return "class token" if self.count == 1 else f"{self.count} trainable tokens"

    def output(self, source: Shape, *others: Shape) -> Shape:
        """T + count x C."""
        return (*source[:-2], source[-2] + self.count, source[-1])

    @property
    def params(self) -> int:
        """A number for each channel of each."""
        return self.count * self.channels


@dataclass(frozen=True, slots=True)
class Positions(Op):
    """A trainable vector for each position, added to what is there (a position embedding)."""

    positions: int
    channels: int

    on_tokens: ClassVar[OnTokens] = "kept"

    def __str__(self) -> str:
        return "positions"

    @property
    def params(self) -> int:
        """A number for each channel of each position."""
        return self.positions * self.channels


@dataclass(frozen=True, slots=True)
class Embedding(Op):
    """A trainable vector for each word of a vocabulary: T numbers become T x C (`nn.Embedding`)."""

    words: int
    channels: int

    moves: ClassVar[bool] = True
    looks_up: ClassVar[bool] = True

    def __str__(self) -> str:
        return f"embedding of {self.words:,} words"

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if what comes in is not the numbers of words."""
        if len(source) != 1:
            raise ValueError(f"embedding reads numbers of words, such as 77, not {times(source)}")

    def output(self, source: Shape, *others: Shape) -> Shape:
        """T x C."""
        return Tokens((source[0], self.channels))

    @property
    def params(self) -> int:
        """A number for each channel of each word."""
        return self.words * self.channels


@dataclass(frozen=True, slots=True)
class SplitHeads(Move):
    """Channels `start` to `stop` in heads: T x C becomes heads x T x (stop - start) / heads."""

    heads: int
    start: int
    stop: int

    on_tokens: ClassVar[OnTokens] = "kept"
    view: ClassVar[bool] = True

    def __str__(self) -> str:
        heads = "1 head" if self.heads == 1 else f"{self.heads} heads"
        return f"channels {self.start} to {self.stop - 1} in {heads}"

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if the heads do not divide the channels."""
        if (self.stop - self.start) % self.heads:
            raise ValueError(
                f"{self.stop - self.start} channels cannot be divided into {self.heads} heads"
            )

    def output(self, source: Shape, *others: Shape) -> Shape:
        """heads x T x channels of a head."""
        each = (self.stop - self.start) // self.heads
        return (*source[:-2], self.heads, source[-2], each)


@dataclass(frozen=True, slots=True)
class MergeHeads(Move):
    """The heads behind one another again: heads x T x c becomes T x heads c."""

    on_tokens: ClassVar[OnTokens] = "kept"

    def __str__(self) -> str:
        return "heads to channels"

    def output(self, source: Shape, *others: Shape) -> Shape:
        """T x C."""
        *windows, heads, tokens, each = source
        return (*windows, tokens, heads * each)


@dataclass(frozen=True, slots=True)
class RepeatHeads(Move):
    """Each head of keys or values so many times, one for each head of the queries."""

    times: int

    on_tokens: ClassVar[OnTokens] = "kept"

    def __str__(self) -> str:
        return f"heads repeated {self.times} times"

    def output(self, source: Shape, *others: Shape) -> Shape:
        """times heads x T x c."""
        *windows, heads, tokens, each = source
        return (*windows, heads * self.times, tokens, each)


@dataclass(frozen=True, slots=True)
class SwapLast(Move):
    """The last two axes swapped, as of keys that queries are multiplied with (`x.transpose`)."""

    on_tokens: ClassVar[OnTokens] = "kept"
    view: ClassVar[bool] = True

    def __str__(self) -> str:
        return "last axes swapped"

    def output(self, source: Shape, *others: Shape) -> Shape:
        """The last two sizes swapped."""
        return (*source[:-2], source[-1], source[-2])


@dataclass(frozen=True, slots=True)
class Mask(Op):
    """A constant added to attention's weights, which keeps tokens from seeing others."""

    words: str = "causal"

    form: ClassVar[str] = "operator"
    on_tokens: ClassVar[OnTokens] = "kept"

    def __str__(self) -> str:
        return f"{self.words} mask"
