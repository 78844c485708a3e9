"""The ops of captured code that have no record of their own: any function, and what it reads."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar

from convcost.ops.op import Contraction, OnTokens, Op, Reads, Shape, Wanted, times

_VIEWS = """
    T alias as_strided chunk detach diagonal expand expand_as flatten getitem mH mT movedim narrow
    permute real reshape select slice split squeeze swapaxes swapdims tensor_split transpose unbind
    unflatten unfold unsqueeze view view_as
"""
VIEWS = frozenset(_VIEWS.split())
"""Functions of torch that move nothing, unless they have to."""


_STOPPING = """
    detach detach_ data argmax argmin argsort eq ne lt le gt ge isnan isinf isfinite logical_and
    logical_or logical_not logical_xor bitwise_and bitwise_or bitwise_not sign_bit searchsorted
    bucketize one_hot nonzero count_nonzero any all zeros_like ones_like empty_like full_like
    rand_like randn_like new_zeros new_ones new_full new_empty arange zeros ones full empty eye
    linspace meshgrid bernoulli multinomial randint randperm nms
"""
STOPPING = frozenset(_STOPPING.split())
"""Functions of torch through which no gradient goes."""


@dataclass(frozen=True, slots=True)
class Called(Op):
    """A function of torch by its name, `exp`, that multiplies and accumulates nothing.

    `still` is whether it only moves elements, such as `permute`, or makes new ones, as `zeros`.
    """

    function: str
    still: bool = False

    form: ClassVar[str] = "torch"
    reads: ClassVar[Reads] = "other"
    on_tokens: ClassVar[OnTokens] = "kept"

    @property
    def moves(self) -> bool:  # type: ignore[override]
        """Whether it computes nothing."""
        return self.still

    @property
    def view(self) -> bool:  # type: ignore[override]
        """Whether it is a function that says otherwise where elements lie."""
        return self.still and self.function in VIEWS

    @property
    def stops(self) -> bool:  # type: ignore[override]
        """Whether it has no gradient, or makes something new."""
        return self.function in STOPPING

    def __str__(self) -> str:
        return self.function.replace("_", " ").strip()


@dataclass(frozen=True, slots=True)
class CalledProducts(Contraction):
    """A function that multiplies matrices, by its name, and what its kernels come to.

    `products` has the sizes of each that are multiplied: how many, rows, inner length, columns, of
    as many `samples` together. `kernel` is the first that multiplies.
    """

    function: str
    kernel: str
    products: tuple[tuple[int, ...], ...]
    samples: int = 1

    form: ClassVar[str] = "torch"
    reads: ClassVar[Reads] = "other"
    on_tokens: ClassVar[OnTokens] = "kept"

    def __str__(self) -> str:
        return self.function.replace("_", " ").strip()

    @property
    def bias(self) -> bool:
        """Whether its kernel adds what it reads first."""
        return self.kernel in ("addmm", "addmv", "baddbmm", "addbmm")

    def macs(self, output: Shape) -> int:
        """Their sizes multiplied, and added up."""
        return sum([prod(sizes) for sizes in self.products]) // self.samples

    def input_macs(self, output: Shape, wanted: Wanted) -> int:
        """Each product once more for each factor."""
        return self.macs(output) * self._factors(wanted.inputs)

    def weight_macs(self, output: Shape, wanted: Wanted) -> int:
        """The same, of what is made of parameters."""
        return self.macs(output) * self._factors(wanted.made)

    def factors(self, sources: int) -> int:
        """How many of so many inputs are multiplied, of which the first may only be added."""
        return sources - (self.bias and sources > 1)

    def _factors(self, wanted: tuple[bool, ...]) -> int:
        """How many factors are wanted; one that is read alone is both of them."""
        own = wanted[len(wanted) - self.factors(len(wanted)) :]
        return sum(own) * (2 if len(own) == 1 else 1)


@dataclass(frozen=True, slots=True)
class Opaque(Op):
    """What convcost has no record for, such as a kernel of one's own.

    Its shapes are true, its multiply-accumulates are unknown.
    """

    function: str

    form: ClassVar[str] = "torch"
    reads: ClassVar[Reads] = "other"
    on_tokens: ClassVar[OnTokens] = "kept"

    def __str__(self) -> str:
        return f"{self.function}, MACs unknown"


@dataclass(frozen=True, slots=True)
class Parameter(Op):
    """A parameter of a module that code reads itself.

    Attributes:
        size: of each of its axes.
        place: `leaf` if a module without children holds it, `weight` if it is also called so, or
            bias; nothing where the module has children.
    """

    size: tuple[int, ...]
    place: str = ""

    form: ClassVar[str] = "torch"
    reads: ClassVar[Reads] = "other"
    moves: ClassVar[bool] = True
    on_tokens: ClassVar[OnTokens] = "own"
    view: ClassVar[bool] = True

    def __str__(self) -> str:
        return f"parameter {times(self.size)}" if self.size else "parameter"

    def output(self, source: Shape, *others: Shape) -> Shape:
        """Its own sizes."""
        return self.size

    held: ClassVar[bool] = True

    @property
    def params(self) -> int:
        """Its elements."""
        return prod(self.size)

    @property
    def leaf_params(self) -> int:
        """Those that a module without children holds."""
        return self.params if self.place else 0


@dataclass(frozen=True, slots=True)
class OwnWeights(Op):
    """The weights that a module reads which is no layer of torch; see `Seen.weights`."""

    elements: int

    moves: ClassVar[bool] = True

    def __str__(self) -> str:
        return "weights of a module"


@dataclass(frozen=True, slots=True)
class SizeProducts(Op):
    """Products of sizes, which are tensors in a trace."""

    count: int

    moves: ClassVar[bool] = True

    def __str__(self) -> str:
        return "products of sizes"


@dataclass(frozen=True, slots=True)
class Constant(Op):
    """A tensor that is neither an input nor trained: a buffer, or one that code has made before."""

    form: ClassVar[str] = "torch"
    reads: ClassVar[Reads] = "other"
    moves: ClassVar[bool] = True
    on_tokens: ClassVar[OnTokens] = "own"
    view: ClassVar[bool] = True

    def __str__(self) -> str:
        return "constant"
