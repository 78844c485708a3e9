"""What tools count of `nn.MultiheadAttention` by rules of its own."""

from __future__ import annotations

from math import prod

from convcost.counting.rules import Call, quantity
from convcost.ops.attention import MultiheadAttention
from convcost.ops.called import CalledProducts
from convcost.ops.products import Attention


@quantity(
    "3 weights-rows",
    "3 for each weight of all heads, less 1 for each query: a softmax",
    MultiheadAttention,
)
def WEIGHTS_SOFTMAX(call: Call) -> int:
    """Exponentials, additions and divisions."""
    op = _attention(call)
    return op.heads * call.output[-2] * (3 * op.keys - 1) * call.batch


@quantity(
    "ptflops' attention",
    "projections with biases, queries scaled, products and softmax",
    MultiheadAttention,
)
def PROJECTED(call: Call) -> int:
    """Keys' channels squared where they are not those of queries."""
    op = _attention(call)
    return _of_lengths(op, call.output[-2], op.keys) * call.batch


@quantity(
    "the same, N and T swapped",
    "the same, of as many tokens as there are samples",
    MultiheadAttention,
)
def PROJECTED_SWAPPED(call: Call) -> int:
    """Releases that take the first axis for that of the tokens."""
    op = _attention(call)
    return _of_lengths(op, call.batch, call.batch) * call.output[-2]


@quantity(
    "sizes",
    "4 for each call, 1 for each split weight or bias: products of sizes",
    MultiheadAttention,
)
def SIZES(call: Call) -> int:
    """Batch times heads and the like, which are products in a trace."""
    op = _attention(call)
    return 4 + (1 + op.bias if op.crossed and op.packed else 0)


@quantity("bias in order", "|Y| where there is a bias, and what is read lies in order in memory")
def ORDERED_BIAS(call: Call) -> int:
    """Elsewhere torch multiplies alone, and adds the bias by a kernel of its own."""
    ordered = not call.scattered or len(call.output) < 2 or isinstance(call.op, CalledProducts)
    return prod(call.output) * call.batch if getattr(call.op, "bias", False) and ordered else 0


@quantity("weights", "queries x keys of all heads of an attention", Attention)
def WEIGHTS(call: Call) -> int:
    """The weights that its softmax goes over."""
    assert isinstance(call.op, Attention)
    return prod(call.input[:-1]) * call.op.keys * call.batch


def _of_lengths(op: MultiheadAttention, queries: int, keys: int) -> int:
    wide, narrow = op.channels, op.key_channels
    scaling = queries * wide
    projections = queries * wide**2 + 2 * keys * narrow**2
    biases = (queries + 2 * keys) * wide if op.bias else 0
    products = queries * keys * (wide // op.heads + 1 + narrow // op.heads)
    last = queries * narrow * (narrow + 1)
    return scaling + projections + biases + op.heads * products + last


def _attention(call: Call) -> MultiheadAttention:
    assert isinstance(call.op, MultiheadAttention)
    return call.op
