"""How the axes of a shape lie: a map has its channels first, tokens have them last.

A plain tuple is a map, C x spatial, or features, C alone. What an op reads of another layout it
writes in the same, unless the op says otherwise (`Op.on_tokens`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple, Self

if TYPE_CHECKING:
    from convcost.ops.op import Op, Shape


class Cut(NamedTuple):
    """How a map of a size is cut into windows of tokens, which may be moved by a shift before.

    A window has neighbours. Of a `grid` each window has every so manieth position, as many windows
    as there are positions between two of them.
    """

    size: tuple[int, ...]
    window: tuple[int, ...]
    shift: tuple[int, ...] = ()
    grid: bool = False

    @property
    def steps(self) -> tuple[int, ...]:
        """How often the windows' size goes into each axis, the last of them filled with zeros."""
        return tuple([-(-n // step) for n, step in zip(self.size, self.window, strict=True)])

    @property
    def windows(self) -> int:
        """How many windows there are."""
        return prod(self.window) if self.grid else prod(self.steps)

    @property
    def tokens(self) -> tuple[int, ...]:
        """The sizes of a window, in tokens."""
        return self.steps if self.grid else self.window


class Tokens(tuple[int, ...]):
    """Tokens x channels; heads may stand before them.

    `of` has the sizes of the map that they were made of, which `to-map` makes again: 14x14; nothing
    where they come in as tokens.
    """

    of: tuple[int, ...]

    def __new__(cls, sizes: Iterable[int], of: tuple[int, ...] = ()) -> Self:
        """Lay out sizes as tokens."""
        self = super().__new__(cls, sizes)
        self.of = of
        return self

    def like(self, sizes: Iterable[int]) -> Self:
        """Other sizes in the same layout."""
        return type(self)(sizes, self.of)

    def __getnewargs__(self) -> tuple[Any, ...]:
        """What pickle makes it of again."""
        return (tuple(self), self.of)


class Windows(Tokens):
    """Windows x tokens x channels: the tokens of each window go by themselves.

    Code has the windows in the batch, so that a profiler sees a larger batch of tokens. `cut` says
    how they were cut out of the map, `window` is their size.
    """

    cut: Cut

    def __new__(
        cls, sizes: Iterable[int], of: tuple[int, ...] = (), cut: Cut | None = None
    ) -> Self:
        """Lay out sizes as tokens in windows."""
        self = super().__new__(cls, sizes, of)
        self.cut = cut or Cut(of, of)
        return self

    def like(self, sizes: Iterable[int]) -> Self:
        """Other sizes in the same layout."""
        return type(self)(sizes, self.of, self.cut)

    def __getnewargs__(self) -> tuple[Any, ...]:
        """What pickle makes it of again."""
        return (tuple(self), self.of, self.cut)


class Once(Tokens):
    """What is the same for every sample, such as a table of positions: it has no batch."""


class Stacked(tuple[int, ...]):
    """A shape whose first axis captured code has in the batch: windows, or tokens before samples.

    What is the same for every sample (`once`) has no other batch; else there is one for each.
    """

    once: bool

    def __new__(cls, sizes: Iterable[int], once: bool = False) -> Self:
        """Lay out sizes so."""
        self = super().__new__(cls, sizes)
        self.once = once
        return self

    def __getnewargs__(self) -> tuple[Any, ...]:
        """What pickle makes it of again."""
        return (tuple(self), self.once)


def laid(sizes: Iterable[int], batch: int, varies: bool) -> Shape:
    """The sizes of a tensor as a shape: without the batch, where that is the first of them.

    What does not vary with the samples has no batch.
    """
    first, *rest = list(sizes) or [1]
    if not varies or first % batch or not first:
        return Stacked((first, *rest), once=True)
    if first == batch:
        return tuple(rest) or (1,)
    return Stacked((first // batch, *rest))


def as_stacked(shape: Shape) -> Shape:
    """A shape as captured code would have it: windows and what is the same for all are stacked."""
    if isinstance(shape, Windows):
        return Stacked(shape)
    return Stacked((1, *shape), once=True) if isinstance(shape, Once) else shape


def in_batch(shape: Shape, batch: int) -> int:
    """How many of a shape a batch has; of a stacked one, of what is behind its first axis."""
    if isinstance(shape, Stacked):
        return shape[0] if shape.once else shape[0] * batch
    return 1 if isinstance(shape, Once) else batch


def elements(shape: Shape, batch: int) -> int:
    """The elements of a shape in a batch of so many samples."""
    own = shape[1:] if isinstance(shape, Stacked) else shape
    return prod(own) * in_batch(shape, batch)


CHANNELS_FIRST = frozenset((tuple,))
"""The layout of maps and of features."""


def layout_of(op: Op, shapes: Sequence[Shape]) -> Tokens:
    """One of the shapes that an op reads, laid out as what it writes; some of them are of tokens.

    Raises:
        ValueError: the op is not for tokens, or some are of tokens and others of maps.
    """
    sizes = " and ".join(["x".join(map(str, shape)) for shape in shapes])
    if op.on_tokens == "refused":
        words = str(op).partition(",")[0].strip()
        raise ValueError(f"{words} is for maps, and {sizes} are tokens; to-map makes a map of them")
    laid = [shape for shape in shapes if isinstance(shape, Tokens)]
    found = next((shape for shape in laid if not isinstance(shape, Once)), laid[0])
    if isinstance(found, Windows) != (op.on_tokens == "windows") and op.on_tokens != "kept":
        ends = "what it reads is in no windows" if op.on_tokens == "windows" else "end them first"
        raise ValueError(f"{op} of {sizes}: tokens in windows; {ends}")
    if op.on_tokens == "kept" and (len(laid) < len(shapes) or len({*map(type, laid)} - {Once}) > 1):
        raise ValueError(f"{op} of tokens and of what is laid out in another way, {sizes}")
    return found
