"""Matrix products: linear layers, matmul, einsum and attention."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar

from convcost.ops.op import Axes, Contraction, OnTokens, Reads, Shape, Wanted, times


@dataclass(frozen=True, slots=True)
class Linear(Contraction):
    """A linear layer over the last axis (`torch.nn.Linear`)."""

    in_features: int
    out_features: int
    bias: bool = True

    on_tokens: ClassVar[OnTokens] = "kept"

    def __str__(self) -> str:
        return "linear" + ", bias" * self.bias

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if the last axis has another length."""
        if source[-1] != self.in_features:
            raise ValueError(f"linear takes {self.in_features} features, not {source[-1]}")

    def output(self, source: Shape, *others: Shape) -> Shape:
        """The same but for the last axis."""
        return (*source[:-1], self.out_features)

    @property
    def params(self) -> int:
        """Weights out x in, and out biases."""
        return self.out_features * (self.in_features + self.bias)

    def rows(self, output: Shape) -> tuple[Axes, ...]:
        """Out of in."""
        return ((self.out_features, self.in_features),)

    def macs(self, output: Shape) -> int:
        """Output elements x in."""
        return prod(output) * self.in_features


class Product(Contraction):
    """A product of two maps, which has no weights: each gradient is a product of its own."""

    __slots__ = ()

    def input_macs(self, output: Shape, wanted: Wanted) -> int:
        """Each product once more for each of the two."""
        return self.macs(output) * sum(wanted.inputs[:2])

    def weight_macs(self, output: Shape, wanted: Wanted) -> int:
        """The same, of what is made of parameters."""
        return self.macs(output) * sum(wanted.made[:2])


@dataclass(frozen=True, slots=True)
class Matmul(Product):
    """The product of two inputs, ... x n x inner and ... x inner x m.

    `function` is `matmul` or `bmm`, which some profilers tell apart.
    """

    inner: int
    function: str = "matmul"
    each: bool = False
    """Whether what a `baddbmm` adds is another for each sample."""

    form: ClassVar[str] = "operator"
    reads: ClassVar[Reads] = "other"
    on_tokens: ClassVar[OnTokens] = "kept"

    def __str__(self) -> str:
        return self.function

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` unless the inputs fit."""
        [other] = others
        fits = len(source) == len(other) > 1 and source[:-2] == other[:-2]
        if not (fits and source[-1] == other[-2] == self.inner):
            raise ValueError(f"cannot multiply {times(source)} by {times(other)}")

    def output(self, source: Shape, *others: Shape) -> Shape:
        """... x n x m."""
        return (*source[:-1], others[0][-1])

    def macs(self, output: Shape) -> int:
        """Output elements x inner."""
        return prod(output) * self.inner


@dataclass(frozen=True, slots=True)
class Einsum(Product):
    """`torch.einsum` of two inputs with the batch in front, such as `bij,bjk->bik`.

    Every label is in both inputs or in the output. `sizes` has each label's size but the batch's.
    """

    equation: str
    sizes: tuple[tuple[str, int], ...]

    form: ClassVar[str] = "torch"
    reads: ClassVar[Reads] = "other"

    def __str__(self) -> str:
        return f"einsum {self.equation}"

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` unless the equation is of this kind and fits the inputs."""
        labels, _, written = self.equation.partition("->")
        first, _, second = labels.partition(",")
        sizes = dict(self.sizes)
        for label in set(first + second):
            if label not in written and not (label in first and label in second):
                raise ValueError(f"{self} sums '{label}' of one input alone")
        for names, shape in zip((first, second), (source, *others), strict=True):
            if not names[:1] == written[:1] or tuple(map(sizes.get, names[1:])) != shape:
                raise ValueError(f"{self} does not fit {times(shape)}")

    def output(self, source: Shape, *others: Shape) -> Shape:
        """The sizes of the labels written."""
        sizes = dict(self.sizes)
        return tuple(sizes[label] for label in self.equation.partition("->")[2][1:])

    def macs(self, output: Shape) -> int:
        """The product of all labels' sizes."""
        return prod([size for _, size in self.sizes])


@dataclass(frozen=True, slots=True)
class Attention(Product):
    """Scaled dot-product attention of queries, keys and values, each heads x length x features.

    `keys` is the keys' length, `features` that of a query, `values` that of a value.
    """

    keys: int
    features: int
    values: int
    causal: bool = False
    """Whether a query sees the keys before it only, for which tools count no less."""
    unfused: bool = False
    """Whether a CPU has no kernel for how it lies: features of queries, keys or values are apart,
    or a mask has other axes than two or four."""
    shared: bool = False
    """Whether all heads of queries have the same keys and values, which then have one head."""

    form: ClassVar[str] = "function"
    reads: ClassVar[Reads] = "other"
    on_tokens: ClassVar[OnTokens] = "kept"

    def __str__(self) -> str:
        return "attention, causal" if self.causal else "attention"

    @property
    def has_kernel(self) -> bool:
        """Whether a CPU has one kernel for it, of one axis of heads."""
        return self.features == self.values and not (self.unfused or self.shared)

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` unless queries, keys and values fit."""
        key, value = others
        heads = {shape[:-2] for shape in (source, key, value)}
        lengths = key[-2] == value[-2] == self.keys
        features = source[-1] == key[-1] == self.features and value[-1] == self.values
        if len(heads) > 1 or not lengths or not features:
            shapes = ", ".join(map(times, (source, *others)))
            raise ValueError(f"queries, keys and values do not fit: {shapes}")

    def output(self, source: Shape, *others: Shape) -> Shape:
        """A value for each query."""
        return (*source[:-1], self.values)

    def macs(self, output: Shape) -> int:
        """Queries by keys, then their weights by values: heads x L x S x (d + d_v)."""
        return prod(output[:-1]) * self.keys * (self.features + self.values)

    def input_macs(self, output: Shape, wanted: Wanted) -> int:
        """Of queries and keys L x S x d each, of values L x S x d_v, as of the weights before."""
        return self._gradients(output, wanted.inputs, _through(wanted.inputs))

    def weight_macs(self, output: Shape, wanted: Wanted) -> int:
        """The same, of what is made of parameters, or of a bias that is added to the weights."""
        through = (wanted.others or _through(wanted.made)) and not _through(wanted.inputs)
        return self._gradients(output, wanted.made, through)

    def _gradients(self, output: Shape, wanted: tuple[bool, ...], through: bool) -> int:
        """Those of queries, keys and values, and of the weights if they go `through` these."""
        queries, keys, values, *_ = wanted or (False,) * 3
        columns = self.features * (queries + keys) + self.values * (values + through)
        return prod(output[:-1]) * self.keys * columns


def _through(wanted: tuple[bool, ...]) -> bool:
    """Whether queries, keys or what is added to their products want a gradient."""
    return any(wanted[:2]) or any(wanted[3:])
