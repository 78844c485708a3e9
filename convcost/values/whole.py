"""Whole numbers, one or several."""

from __future__ import annotations

import operator
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from convcost.errors import shorten

LARGEST = 10**9
"""No size, count or batch is larger; a longer number is a typing error."""

_NUMBER = r"(-?)(\d+)(?:\.(\d+))?(?:[eE]\+?(\d{1,4}))?([kKMG]?)"
_SUFFIX = {"": 0, "k": 3, "K": 3, "M": 6, "G": 9}
_NUMBER_SCHEMA = {"type": "string", "pattern": r"^\d+(\.\d+)?([eE]\+?\d+)?[kKMG]?$"}


class Whole(NamedTuple):
    """A whole number from `minimum` to 1e9; `1e3` and `4.2k` are read as numbers too."""

    minimum: int = 1
    maximum: int = LARGEST

    @property
    def metavar(self) -> str:
        """The placeholder in help texts."""
        return "N"

    def parse(self, raw: object) -> int:
        """Return `raw` as an int within the bounds."""
        value = _whole(raw)
        if value < self.minimum:
            raise ValueError(f"must be at least {self.minimum}, got {shorten(str(raw))}")
        if value > self.maximum:
            raise ValueError(f"must be at most {self.maximum:,}, got {shorten(str(raw))}")
        return value

    def schema(self) -> dict[str, Any]:
        """An integer, or text such as 4.2k."""
        bounds = {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}
        return {"anyOf": [bounds, _NUMBER_SCHEMA]}


class Numbers(tuple[int, ...]):
    """Whole numbers in a row, which are typed with commas."""

    __slots__ = ()


class WholeNumbers(NamedTuple):
    """One or more whole numbers from `minimum` to 1e9: `3,5,7` or `[3, 5, 7]`."""

    minimum: int = 1

    @property
    def metavar(self) -> str:
        """The placeholder in help texts."""
        return "N[,…]"

    def parse(self, raw: object) -> Numbers:
        """Return the numbers in the order given."""
        number = Whole(self.minimum)
        words: object = raw.split(",") if isinstance(raw, str) else raw
        if not isinstance(words, Sequence):
            words = [raw]
        if not words or "" in words:
            raise ValueError(f"must be whole numbers, such as 3,5,7, got '{shorten(str(raw))}'")
        return Numbers(map(number.parse, words))

    def schema(self) -> dict[str, Any]:
        """A number, a list of numbers, or text such as 3,5,7."""
        number = Whole(self.minimum).schema()
        listed = {"type": "array", "items": number, "minItems": 1}
        digits = r" *\d+ *" if self.minimum == 0 else r" *[1-9]\d* *"
        text = {"type": "string", "pattern": f"^{digits}(,{digits})+$"}
        return {"anyOf": [*number["anyOf"], listed, text]}


def _whole(raw: Any) -> int:
    if isinstance(raw, str):
        return _whole_from_text(raw.strip())
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    try:
        if isinstance(raw, bool):
            raise TypeError
        return operator.index(raw)  # numpy's integers
    except TypeError:
        raise ValueError(f"must be a whole number, got {shorten(repr(raw))}") from None


def _whole_from_text(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 16 and text[0] != "0":
        return int(text)  # what nearly every number is
    match = re.fullmatch(_NUMBER, text, re.ASCII)
    if match is None:
        raise ValueError(f"must be a whole number, got '{shorten(text)}'")
    sign, whole, fraction, exponent, suffix = match.groups(default="")
    if len(whole) > 1 and whole.startswith("0"):
        raise ValueError(f"'{shorten(text)}' starts with a zero; write it without")
    shift = int(exponent or 0) + _SUFFIX[suffix] - len(fraction)
    if len(whole) + shift > 20 or len(whole) + len(fraction) > 40:
        raise ValueError(f"must be at most {LARGEST:,}, got {shorten(text)}")
    digits = int(whole + fraction + "0" * max(shift, 0))
    value, rest = divmod(digits, int("1" + "0" * max(-shift, 0)))
    if rest:
        raise ValueError(f"must be a whole number, got {shorten(text)}")
    return -value if sign else value
