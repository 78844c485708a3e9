"""What tools count by the sizes of all that a call reads, as they meet them in code."""

from __future__ import annotations

from itertools import zip_longest
from math import prod

from convcost.counting.rules import Call, quantity
from convcost.ops.products import Matmul


@quantity("|A|·columns", "elements of the first factor x the last axis of the second")
def ROWS_BY_COLUMNS(call: Call) -> int:
    """MACs; of a vector as the second factor its length too often, of what is broadcast too few."""
    if not call.operands:
        return call.op.macs(call.output) * call.batch
    first, second = call.operands[0], call.operands[-1]  # one alone is multiplied by itself
    return prod(first) * second[-1]


@quantity(
    "|A+B|", "elements of two operands whose axes are aligned from the first on, not the last"
)
def ALIGNED(call: Call) -> int:
    """|Y| where both have as many axes, or one is a number."""
    if len(call.operands) != 2:
        return prod(call.output) * call.batch
    return prod([max(sizes) for sizes in zip_longest(*call.operands, fillvalue=1)])


@quantity("added", "elements of what is added to a product")
def ADDED(call: Call) -> int:
    """Those of the first that is read, which may be a bias."""
    return prod(call.operands[0]) if call.operands else prod(call.input) * call.batch


@quantity("mask", "elements of what is added to a product, where it may be one for the whole batch")
def MASK(call: Call) -> int:
    """Queries x keys."""
    if call.operands:
        return prod(call.operands[-1])
    own = isinstance(call.op, Matmul) and call.op.each
    return prod(call.output) * call.batch if own else prod(call.output[-2:])
