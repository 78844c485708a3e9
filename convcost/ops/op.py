"""What an op answers, and the words that all ops share.

An op knows three things and nothing else does: the shape it writes, its trainable parameters and
its multiply-accumulates. Shapes are C x spatial (1 to 3 axes) without the batch; what follows a
flatten is C alone, and tokens are T x C (`layouts.Tokens`). All arithmetic is on plain Python
integers; `check` is the only place that refuses, so `output`, `params` and `macs` stay bare
arithmetic that also runs on `networks.symbols.Traced` integers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple

Shape = tuple[int, ...]
"""Channels, then one size per spatial axis: C x W, C x H x W or C x D x H x W; see `layouts`."""

Axes = tuple[int, ...]
"""One number per spatial axis."""

Reads = Literal["position", "window", "map", "other"]
"""What a position of an op's output may read of its inputs."""

OnTokens = Literal["refused", "kept", "own", "windows"]
"""Whether an op runs on tokens, and if so whether what it writes is laid out as what it reads."""

WindowAxes = tuple[Axes, Axes, Axes, Axes]
"""Kernel, stride, zeros before the map, and dilation of a sliding window."""


class Wanted(NamedTuple):
    """Which gradients of an op a training step computes.

    Attributes:
        inputs: of what it reads that depends on an input, one for each source.
        weights: whether those of the weights that it multiplies with.
        made: of what it reads that depends on parameters alone, one for each source.
        others: whether those of other parameters, such as biases.
    """

    inputs: tuple[bool, ...]
    weights: bool
    made: tuple[bool, ...] = ()
    others: bool = False

    @property
    def any(self) -> bool:
        """Whether any of them."""
        return self.weights or self.others or any(self.inputs) or any(self.made)


def times(sizes: tuple[int, ...]) -> str:
    """Write sizes as people do: `24x112x112`."""
    return "x".join(map(str, sizes))


def decimal(number: Any) -> str:
    """Write a number exactly: `1.5`, or as a quotient, `2/3`, where decimals do not end."""
    whole, rest = divmod(number.numerator, number.denominator)
    for places in range(1, 13):
        digits, more = divmod(rest * 10**places, number.denominator)
        if rest and not more:
            sign = "-" if number < 0 else ""
            units, digits = divmod(abs(whole * 10**places + digits), 10**places)
            return f"{sign}{units}.{digits:0{places}}"
    return f"{number.numerator}/{number.denominator}" if rest else str(whole)


def check_map(source: Shape) -> None:
    """Raise `ValueError` if there are features only, with no spatial axis to slide along."""
    if len(source) < 2:
        raise ValueError(f"there is no map here, only {source[0]} features")


class Op:
    """What every op answers; an op says only where it differs from "free and shape-preserving"."""

    __slots__ = ()

    form: ClassVar[str] = "module"
    """How code calls it unless a node says otherwise; see `nodes.Node`."""

    reads: ClassVar[Reads] = "position"
    """What a position of the output reads of the inputs.

    The same `position`, those in its `window`, the whole `map`, or `other` positions, of which no
    single number says how far they reach.
    """

    moves: ClassVar[bool] = False
    """Whether it only moves elements, and computes nothing."""

    view: ClassVar[bool] = False
    """Whether what it writes is what it reads, seen otherwise, so that not even that is moved."""

    held: ClassVar[bool] = False
    """Whether it is a parameter, which is read as weights are, and no map."""

    stops: ClassVar[bool] = False
    """Whether no gradient goes through it."""

    looks_up: ClassVar[bool] = False
    """Whether its parameters are a table, of which it reads no more than it writes."""

    on_tokens: ClassVar[OnTokens] = "refused"
    """What it does with tokens, whose channels are last: most ops are for channels that are first.

    Where it is `own`, the op itself says how what it writes is laid out; `windows` are for tokens
    in windows alone.
    """

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if the op cannot run on inputs of these shapes."""

    def output(self, source: Shape, *others: Shape) -> Shape:
        """Return the shape that the op writes; the sources have passed `check`."""
        return source

    def empty(self, source: Shape, *others: Shape) -> str:
        """Say why an output of these inputs has no elements, where it has none."""
        return f"nothing is left of {times(source)}"

    @property
    def window(self) -> WindowAxes:
        """The window that each position of the output reads; asked only where `reads` says one."""
        raise NotImplementedError(f"{type(self).__name__} reads no window")

    @property
    def params(self) -> int:
        """Trainable parameters."""
        return 0

    @property
    def leaf_params(self) -> int:
        """Those that modules without children hold, of an op that is a module with some."""
        return self.params

    @property
    def weights(self) -> object:
        """What two ops have alike if one set of weights fits both: all of it, or less of it."""
        return self

    @property
    def module(self) -> object:
        """What two ops have alike if both can be calls of one module: all of it, or less of it."""
        return self

    def macs(self, output: Shape) -> int:
        """Multiply-accumulates to write an output of this shape, batch 1."""
        return 0

    def input_macs(self, output: Shape, wanted: Wanted) -> int:
        """Those of the gradients of what it reads, of which some are wanted."""
        return 0

    def weight_macs(self, output: Shape, wanted: Wanted) -> int:
        """Those of the gradient of its weights, if that is wanted."""
        return 0


class Move(Op):
    """An op that only moves elements, by a method of a tensor, from positions of no one window."""

    __slots__ = ()

    form: ClassVar[str] = "torch"
    reads: ClassVar[Reads] = "other"
    moves: ClassVar[bool] = True


class Contraction(Op):
    """An op that multiplies and accumulates; what it writes are the activations."""

    __slots__ = ()

    def rows(self, output: Shape) -> tuple[Axes, ...]:
        """Of each of its weights: how many output channels they are for, and how many for each.

        Biases are none of these, nor is what it only reads.
        """
        return ()

    def input_macs(self, output: Shape, wanted: Wanted) -> int:
        """Each product once more: of the output's gradient with a weight."""
        return self.macs(output) if any(wanted.inputs) else 0

    def weight_macs(self, output: Shape, wanted: Wanted) -> int:
        """Each product once more: of the output's gradient with what was read."""
        return self.macs(output) if wanted.weights else 0


class Inner(NamedTuple):
    """An op inside of another, with the shapes that it reads and writes.

    `source` says which of the outer op's inputs it reads, the tokens before the samples, where it
    reads one of them itself.
    """

    op: Op
    inputs: tuple[Shape, ...]
    output: Shape
    form: str
    source: int | None = None


class Composite(Contraction):
    """An op that torch has as one module, whose forward calls others: they are what it costs."""

    __slots__ = ()

    @property
    def fast(self) -> bool:
        """Whether torch has one kernel for all of it, where it needs no gradients."""
        return False

    def inner(self, output: Shape) -> tuple[Inner, ...]:
        """What it calls to write an output of this shape, without what only moves elements.

        Each such op says it: there is nothing that all of them would call.
        """
        raise NotImplementedError(f"{type(self).__name__} does not say what it calls")

    def macs(self, output: Shape) -> int:
        """Those of all that it calls."""
        return sum([op.macs(written) for op, _, written, *_ in self.inner(output)])

    def inner_wanted(self, output: Shape, wanted: Wanted) -> tuple[Wanted, ...]:
        """Which gradients of each op that it calls, where these are wanted of it."""
        found = []
        for part in self.inner(output):
            which = part.source
            given = wanted.any if which is None else any(wanted.inputs[which : which + 1])
            found.append(Wanted((given,) * len(part.inputs), wanted.weights))
        return tuple(found)

    def input_macs(self, output: Shape, wanted: Wanted) -> int:
        """Those of all that it calls."""
        parts = zip(self.inner(output), self.inner_wanted(output, wanted), strict=True)
        return sum([part.op.input_macs(part.output, own) for part, own in parts])

    def weight_macs(self, output: Shape, wanted: Wanted) -> int:
        """Those of all that it calls."""
        parts = zip(self.inner(output), self.inner_wanted(output, wanted), strict=True)
        return sum([part.op.weight_macs(part.output, own) for part, own in parts])

    def rows(self, output: Shape) -> tuple[Axes, ...]:
        """Those of all that it calls."""
        parts = [(op, written) for op, _, written, *_ in self.inner(output)]
        found = [op.rows(written) for op, written in parts if isinstance(op, Contraction)]
        return tuple([each for rows in found for each in rows])


@dataclass(frozen=True, slots=True)
class Input(Op):
    """Where the graph's input, C x spatial, comes in."""

    reads: ClassVar[Reads] = "other"
    view: ClassVar[bool] = True

    def __str__(self) -> str:
        return "input"
