"""What tools count of a resize: by its mode, its output, or the factor that they are given.

A factor that is no whole number makes a figure with a fraction, which the tool cuts off at the end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING

from convcost.counting.rules import Call, Quantity, RaisesError, Rule, quantity
from convcost.errors import ConvcostError
from convcost.ops.resizing import RESIZES, Resize

if TYPE_CHECKING:
    from fractions import Fraction

_POWER_OF_FACTORS = "TypeError: the factors of the axes are raised to a power"


@quantity(
    "|Y| or |X|·scale",
    "|Y|; |X| x scale^axes where that is a fraction, or has no fractions",
    Resize,
)
def SCALED(call: Call) -> int | Fraction:
    """The positions are found again from the factor: of each axis' own only the whole part."""
    op = _resize(call)
    if isinstance(op.scale, tuple):
        return _elements(call) * prod(map(int, op.scale))
    if op.size is not None:
        return prod(call.output) * call.batch
    return _times(call, _power(op.scale, len(call.input) - 1))


@quantity("size", "positions of the output map if a size was given, else |X| times scale^N", Resize)
def SIZE_OR_SCALE_TO_N(call: Call) -> int | Fraction:
    """A resize with the scale raised to the batch instead of to the number of axes."""
    return _to_the_batch(call, lambda factors: int(prod(map(float, factors))))


@quantity(
    "size, or cut",
    "the same; of factors for each axis, for a batch of so many, whole parts",
    Resize,
)
def SIZE_OR_CUT_SCALE_TO_N(call: Call) -> int | Fraction:
    """numpy's product of whole numbers, which it makes of the factors first."""
    return _to_the_batch(call, lambda factors: prod(map(int, factors)))


@quantity("size or |X|", "positions of the output map if a size was given, else |X|", Resize)
def SIZE_OR_INPUT(call: Call) -> int:
    """A resize whose scale is not multiplied."""
    op = _resize(call)
    if isinstance(op.scale, tuple) and len(op.scale) != call.batch:
        raise RaisesError(_POWER_OF_FACTORS)
    return _elements(call) if op.size is None else prod(op.size)


@quantity(
    "size or |Y|", "positions of the output map if a size was given, else |X| x scale^axes", Resize
)
def SIZE_OR_OUTPUT(call: Call) -> int:
    """A resize without batch and channels where a size was given."""
    op = _resize(call)
    if op.size is not None:
        return prod(op.size)
    if isinstance(op.scale, tuple):
        return int(_times(call, prod(map(float, op.scale))))
    return int(_times(call, _power(op.scale, len(call.input) - 1)))


def resizes(rule: Rule) -> dict[str, Rule]:
    """The rule of a resize, which counts twice where code calls it by way of `F.upsample`."""
    return {"F.interpolate": rule, "F.interpolate(upsample)": rule}


def by_mode(**factors: int) -> Rule:
    """|Y| times a factor for each mode of a resize; 0 for other modes."""
    return Rule(((1, _by_mode(tuple(factors.items()))),))


@lru_cache(maxsize=1024)
def _by_mode(factors: tuple[tuple[str, int], ...]) -> Quantity:
    """The quantity of these factors: one, wherever it is asked for."""
    words = ", ".join(f"{mode} {factor}" for mode, factor in factors)
    of_mode = dict(factors)

    def of(call: Call) -> int:
        if not isinstance(call.op, Resize):
            raise RaisesError(f"there is no mode of {call.op}")
        return of_mode.get(call.op.mode, 0) * prod(call.output) * call.batch

    return Quantity(f"|Y|·({words})", "output elements x a factor by mode", of, (Resize,))


def read_by_mode(words: str) -> Rule | None:
    """The rule that prints as these words, if `by_mode` makes it: `|Y|·(nearest 1, linear 5)`."""
    match = re.fullmatch(r"\|Y\|·\(([a-z]+ \d{1,6}(?:, [a-z]+ \d{1,6})*)\)", words, re.ASCII)
    factors = dict(each.split(" ") for each in match[1].split(", ")) if match else {}
    if not factors or not factors.keys() <= set(RESIZES):
        return None
    return by_mode(**{mode: int(factor) for mode, factor in factors.items()})


def _to_the_batch(call: Call, product: Callable[[Sequence[int | Fraction]], int]) -> int | Fraction:
    op = _resize(call)
    if op.size is not None:
        return prod(op.size)
    if isinstance(op.scale, tuple):
        if len(op.scale) != call.batch:
            raise RaisesError(_POWER_OF_FACTORS)
        return _elements(call) * product(op.scale)
    if call.batch > 1000:
        raise ConvcostError(f"a resize by {op.scale} to the power of the batch, {call.batch:,}")
    return _times(call, _power(op.scale, call.batch))


def _power(factor: int | Fraction | None, exponent: int) -> int | float:
    """A factor as often as there are axes; a fraction is a float to the tools."""
    if isinstance(factor, int | None):
        power: int = (factor or 1) ** exponent
        return power
    try:
        return float(factor) ** exponent
    except OverflowError:
        raise ConvcostError(f"a resize by a factor to the power of {exponent:,}") from None


def _times(call: Call, factor: int | float) -> int | Fraction:
    """The elements read, as often as a factor says; exactly what a float makes of that."""
    if isinstance(factor, int):
        return _elements(call) * factor
    from fractions import Fraction  # only where a factor has one

    return Fraction(_elements(call) * factor)


def _elements(call: Call) -> int:
    return prod(call.input) * call.batch


def _resize(call: Call) -> Resize:
    assert isinstance(call.op, Resize)
    return call.op
