"""Rounding on a logarithmic scale, exactly."""

from __future__ import annotations

from typing import Any

MOST_STEPS = 100
"""Powers that are tried; the numbers of networks have fewer digits."""


def nearest_power(size: Any, base: Any) -> Any:
    """The whole power of `base` that is nearest to `size`, as logarithms are; halves to even.

    `nearest_power(2.7, 2)` is 2: 2.7 is less than 2^1.5. Compared without logarithms, by squares,
    so that it is exact. RegNet's widths (arXiv 2003.13678, equations 3 and 4) are w_0 times such.

    Raises:
        ValueError: a size is not above zero, or a base not above one.
    """
    if size <= 0 or base <= 1:
        raise ValueError("nearest_power is of a size above zero, and of a base above one")
    from fractions import Fraction

    square, base = Fraction(size) ** 2, Fraction(base)
    exponent, between = 0, base  # square is between base^(2e - 1) and base^(2e + 1)
    for _ in range(MOST_STEPS):
        if square > between or (square == between and exponent % 2):
            exponent, between = exponent + 1, between * base**2
        elif square < between / base**2 or (square == between / base**2 and exponent % 2):
            exponent, between = exponent - 1, between / base**2
        else:
            return base**exponent
    raise ValueError(f"nearest_power needs a power of more than {MOST_STEPS}")
