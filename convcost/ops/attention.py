"""`torch.nn.MultiheadAttention`, which is one module and calls the products of attention itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from convcost.ops.maps import Elementwise, Softmax
from convcost.ops.op import Composite, Inner, OnTokens, Reads, Shape, Wanted, times
from convcost.ops.products import Attention, Linear, Matmul


@dataclass(frozen=True, slots=True)
class Projection(Linear):
    """A linear layer whose tokens come before the samples in memory.

    Of several tokens and samples torch multiplies them alone, and adds the bias apart.
    """


@dataclass(frozen=True, slots=True)
class MultiheadAttention(Composite):
    """`nn.MultiheadAttention(channels, heads, batch_first=True)`: of T x C, or also of keys S x C'.

    `keys` is their length, `key_channels` their channels. Code that asks for the weights
    (`need_weights`, torch's default) has them multiplied one by one. A `mask` is added to them.
    """

    channels: int
    heads: int
    keys: int
    key_channels: int
    bias: bool = True
    need_weights: bool = True
    mask: bool = False
    crossed: bool = False
    """Whether keys and values are not what queries are, also where they are as wide."""
    tokens_first: bool = False
    """Whether code has the tokens before the samples: `batch_first=False`, torch's default."""

    reads: ClassVar[Reads] = "other"
    on_tokens: ClassVar[OnTokens] = "kept"

    def __str__(self) -> str:
        words = [f"multi-head attention, {self.heads} heads", *["bias"] * self.bias]
        return ", ".join([*words, *["weights asked for"] * self.need_weights])

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if the heads do not divide the channels, or the inputs do not fit."""
        if self.channels % self.heads:
            raise ValueError(f"{self.channels} channels cannot be divided into {self.heads} heads")
        keys = others[0] if others else source
        if source[-1] != self.channels or keys[-2:] != (self.keys, self.key_channels):
            raise ValueError(f"queries and keys do not fit: {times(source)} and {times(keys)}")

    @property
    def packed(self) -> bool:
        """Whether the weights of queries, keys and values are one tensor."""
        return self.key_channels == self.channels

    @property
    def fast(self) -> bool:
        """Whether torch has one kernel for all of it, where it needs no gradients."""
        in_order = not self.crossed and not self.tokens_first
        return self.bias and in_order and self.heads % 2 == 0

    @property
    def params(self) -> int:
        """Weights and biases of the projections of queries, keys, values and of what comes out."""
        wide, narrow = self.channels, self.key_channels
        return 2 * wide * wide + 2 * wide * narrow + (4 * wide if self.bias else 0)

    @property
    def weights(self) -> object:
        """All but what a call says: keys of any number, a mask, whether weights are asked for."""
        return type(self), self.channels, self.heads, self.key_channels, self.bias

    @property
    def module(self) -> object:
        """The same."""
        return self.weights

    @property
    def leaf_params(self) -> int:
        """Those of the last projection, a child that holds its weights and is not called."""
        return self.channels * (self.channels + self.bias)

    def inner(self, output: Shape) -> tuple[Inner, ...]:
        """The projections, the two products with a softmax, and the last projection."""
        *windows, tokens, _ = output
        each = self.channels // self.heads
        queries = (*windows, self.heads, tokens, each)
        keys = (*windows, self.heads, self.keys, each)
        return (
            *self._projections((*windows, tokens), (*windows, self.keys)),
            *self._products(queries, keys),
            _inner(Linear(self.channels, self.channels, self.bias), (*windows, tokens)),
        )

    def inner_wanted(self, output: Shape, wanted: Wanted) -> tuple[Wanted, ...]:
        """Products want what leads to their factors: to the queries, and to keys and values."""
        own = wanted.weights or wanted.others
        queries, keys = own or any(wanted.inputs[:1]), own or any(wanted.inputs[-1:])
        factors: dict[type, list[tuple[bool, ...]]] = {
            Attention: [(queries, keys, keys)],
            Matmul: [(queries, keys), (queries or keys, keys)],
        }
        found = []
        parts = zip(self.inner(output), Composite.inner_wanted(self, output, wanted), strict=True)
        for part, usual in parts:
            of_products = factors.get(type(part.op))
            found.append(usual._replace(inputs=of_products.pop(0)) if of_products else usual)
        return tuple(found)

    def _projections(self, queries: Shape, keys: Shape) -> tuple[Inner, ...]:
        wide, narrow, bias = self.channels, self.key_channels, self.bias
        if not self.crossed:
            return (_inner(Projection(wide, 3 * wide, bias), queries, 0),)
        first = _inner(Projection(wide, wide, bias), queries, 0)
        if self.packed:
            return (first, _inner(Projection(wide, 2 * wide, bias), keys, 1))
        return (first, *(_inner(Projection(narrow, wide, bias), keys, 1),) * 2)

    def _products(self, queries: Shape, keys: Shape) -> tuple[Inner, ...]:
        *heads, tokens, each = queries
        length = self.keys
        if not self.need_weights:
            read = (queries, keys, keys)
            return (Inner(Attention(length, each, each), read, queries, "function"),)
        weights, values = (*heads, tokens, length), (*heads, length, each)
        swapped = (*heads, each, length)
        function = "baddbmm" if self.mask else "bmm"
        return (
            Inner(Elementwise("mul"), (queries,), queries, "operator"),
            Inner(Matmul(each, function), (queries, swapped), weights, "torch"),
            Inner(Softmax(-1), (weights,), weights, "function"),
            Inner(Matmul(length, "bmm"), (weights, values), queries, "torch"),
        )


def _inner(op: Linear, positions: Shape, source: int | None = None) -> Inner:
    """A linear layer of so many positions."""
    read, written = (*positions, op.in_features), (*positions, op.out_features)
    return Inner(op, (read,), written, "function", source)
