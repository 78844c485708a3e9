"""Several values as one text: `0.25..2:0.05`, `3,5,7`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from convcost.errors import shorten
from convcost.networks.arithmetic import show

if TYPE_CHECKING:
    from fractions import Fraction

    from convcost.sources.tree import Tree

MOST_OPTIONS = 10_000
"""Of one choice."""

_NUMBER = r"(\d{1,15}(?:\.\d{1,15})?)"
_STEPS = re.compile(rf"\s*{_NUMBER}\s*\.\.\s*{_NUMBER}\s*(?::\s*{_NUMBER}\s*)?", re.ASCII)


def steps_in(tree: Tree) -> list[str]:
    """The values of a choice that is one text.

    Raises:
        ValueError: it is no range.
    """
    found = None if tree.text is None else steps(tree.text)
    if found is None:
        raise ValueError(f"is chosen from a list or a range such as 0.25..2:0.05, not {tree.kind}")
    return found


def steps(text: str) -> list[str] | None:
    """The numbers of a range, both ends included, in steps of 1 if it says none; None if not one.

    >>> steps("0.5..1:0.25")
    ['0.5', '0.75', '1']

    Raises:
        ValueError: there is none in it, or there are too many.
    """
    match = _STEPS.fullmatch(text)
    if match is None:
        return None
    from fractions import Fraction

    first, last, step = (Fraction(each or 1) for each in match.groups())
    if not step or first > last:
        raise ValueError(f"has no value in '{shorten(text)}'; a range is FIRST..LAST:STEP")
    count = int((last - first) / step) + 1
    if count > MOST_OPTIONS:
        raise ValueError(f"has {count:,} values, of which {MOST_OPTIONS:,} may be")
    return [_decimal(first + step * number) for number in range(count)]


def _decimal(number: Fraction) -> str:
    """A number of a range with all of its digits; its denominator divides a power of ten."""
    if number.denominator == 1:
        return str(number.numerator)
    digits = 1
    while 10**digits % number.denominator:
        digits += 1
    whole, rest = divmod(number.numerator * 10**digits // number.denominator, 10**digits)
    return f"{whole}.{rest:0{digits}}"


def values_of(text: str) -> list[str]:
    """The values of a flag: a range, or several with commas between them.

    Raises:
        ValueError: they are none, too many, or one is there twice.
    """
    found = steps(text) or [each.strip() for each in text.split(",")]
    check_words(found)
    return found


def check_words(words: Sequence[str]) -> None:
    """Raise `ValueError` if there is nothing to choose, too much, or something twice."""
    if not words or "" in words:
        raise ValueError("has nothing to choose from")
    if len(words) > MOST_OPTIONS:
        raise ValueError(f"has {len(words):,} values, of which {MOST_OPTIONS:,} may be")
    twice = (
        next((word for n, word in enumerate(words) if word in words[:n]), None)
        if len({*words}) < len(words)
        else None
    )
    if twice is not None:
        raise ValueError(f"has {shorten(show(twice))} twice to choose from")
