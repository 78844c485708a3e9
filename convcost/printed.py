"""Figures as papers print them: `258.55M`, `5.93k`, and which exact numbers they can stand for."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from convcost.errors import shorten

_UNITS = {"": 0, "k": 3, "K": 3, "M": 6, "G": 9, "B": 9, "T": 12}
_WORDS = "macs?|maccs?|flops|flop|mult-adds|params|parameters"
_PRINTED = re.compile(
    rf"(\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.(\d+))?\s*([kKMGBT]?)\s*(?i:{_WORDS})?", re.ASCII
)


class Printed(NamedTuple):
    """A printed figure.

    Attributes:
        text: as it was printed.
        value: the number that its digits say, times two.
        step: one of its last digit, times two.
    """

    text: str
    value: int
    step: int

    def rounds(self, exact: int) -> bool:
        """Whether `exact`, rounded at the printed digits, is this."""
        return abs(2 * exact - self.value) * 2 <= self.step

    def truncates(self, exact: int) -> bool:
        """Whether `exact`, cut off at the printed digits, is this."""
        return 0 <= 2 * exact - self.value < self.step

    def how(self, exact: int) -> str:
        """`exact`, `rounded` or `truncated`; nothing if it does not fit."""
        if 2 * exact == self.value:
            return "exact"
        return "rounded" if self.rounds(exact) else "truncated" if self.truncates(exact) else ""

    @property
    def width(self) -> float:
        """The size of the interval that rounds to this, over the value."""
        return self.step / self.value


class PrintedType(NamedTuple):
    """A printed figure above zero, such as `4.1G`, `5.93k`, `25,557,032` or `258.55 MMac`."""

    @property
    def metavar(self) -> str:
        """The placeholder in help texts."""
        return "FIGURE"

    def parse(self, raw: object) -> Printed:
        """Return the figure."""
        text = str(raw).strip()
        match = _PRINTED.fullmatch(text)
        if match is None or len(text) > 30:
            raise ValueError(f"must be a figure such as 258.55M or 5.93k, got '{shorten(text)}'")
        whole, fraction, unit = match.groups(default="")
        digits = int(whole.replace(",", "") + fraction)
        shift = _UNITS[unit] - len(fraction)
        if shift < 0:
            raise ValueError(f"has digits below one, got '{shorten(text)}'")
        if digits == 0:
            raise ValueError(f"must be above zero, got '{shorten(text)}'")
        scale = 2 * int("1" + "0" * shift)
        return Printed(text, digits * scale, scale)

    def schema(self) -> dict[str, Any]:
        """A whole number, or text with a unit."""
        pattern = r"^\d[\d,]*(\.\d+)? *[kKMGBT]? *[A-Za-z-]*$"
        return {
            "anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": pattern}]
        }


class SizesType(NamedTuple):
    """Sizes of the last axes: `416`, `512x1024`, `32..1024`, `32..1024/32`, `224,256`."""

    @property
    def metavar(self) -> str:
        """The placeholder in help texts."""
        return "N[xN]|N..N[/STEP]"

    def parse(self, raw: object) -> tuple[tuple[int, int], ...]:
        """Return the sizes, each once, in the order given; one number is a square."""
        sizes: list[tuple[int, int]] = []
        for part in str(raw).split(","):
            sizes += _sizes(part.strip())
            if len(sizes) > MAX_SIZES:
                raise ValueError(f"is more than {MAX_SIZES:,} sizes")
        return tuple(dict.fromkeys(sizes))


MAX_SIZES = 10_000
_ONE_SIZE = re.compile(r"(\d{1,7})(?:[xX×](\d{1,7}))?", re.ASCII)
_RANGE = re.compile(r"(\d{1,7})\.\.(\d{1,7})(?:/(\d{1,7}))?", re.ASCII)


def _sizes(text: str) -> list[tuple[int, int]]:
    """One size, or a range of squares."""
    if match := _ONE_SIZE.fullmatch(text):
        height = int(match[1])
        sizes = [(height, int(match[2] or height))]
    elif match := _RANGE.fullmatch(text):
        first, last, step = int(match[1]), int(match[2]), int(match[3] or 1)
        if step == 0:
            raise ValueError(f"has a step of 0, got '{shorten(text)}'")
        if last < first:
            raise ValueError(f"goes from large to small, got '{shorten(text)}'")
        sizes = [(size, size) for size in range(first, last + 1, step)[: MAX_SIZES + 1]]
    else:
        raise ValueError(f"must be sizes such as 224 or 32..1024, got '{shorten(text)}'")
    if any(0 in size for size in sizes):
        raise ValueError(f"must be at least 1, got '{shorten(text)}'")
    return sizes
