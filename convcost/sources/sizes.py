"""Sizes of inputs to try: one, several, or a range."""

from __future__ import annotations

import re
from typing import NamedTuple

from convcost.errors import shorten

MAX_SIZES = 10_000
_ONE_SIZE = re.compile(r"\d{1,7}(?:[xX×]\d{1,7}){0,2}", re.ASCII)
_RANGE = re.compile(r"(\d{1,7})\.\.(\d{1,7})(?:/(\d{1,7}))?", re.ASCII)


class SizesType(NamedTuple):
    """Sizes of the last axes: `416`, `512x1024`, `8x14x14`, `32..1024/32`, `224,256`."""

    @property
    def metavar(self) -> str:
        """The placeholder in help texts."""
        return "N[xN[xN]]|N..N[/STEP]"

    def parse(self, raw: object) -> tuple[tuple[int, ...], ...]:
        """Return the sizes, each once, in the order given; one number stays one."""
        sizes: list[tuple[int, ...]] = []
        for part in str(raw).split(","):
            sizes += _sizes(part.strip())
            if len(sizes) > MAX_SIZES:
                raise ValueError(f"is more than {MAX_SIZES:,} sizes")
        return tuple(dict.fromkeys(sizes))


def _sizes(text: str) -> list[tuple[int, ...]]:
    """One size, or a range of single numbers."""
    sizes: list[tuple[int, ...]]
    if _ONE_SIZE.fullmatch(text):
        sizes = [tuple(map(int, re.split("[xX×]", text)))]
    elif match := _RANGE.fullmatch(text):
        first, last, step = int(match[1]), int(match[2]), int(match[3] or 1)
        if step == 0:
            raise ValueError(f"has a step of 0, got '{shorten(text)}'")
        if last < first:
            raise ValueError(f"goes from large to small, got '{shorten(text)}'")
        sizes = [(size,) for size in range(first, last + 1, step)[: MAX_SIZES + 1]]
    else:
        raise ValueError(f"must be sizes such as 224 or 32..1024, got '{shorten(text)}'")
    if any(0 in size for size in sizes):
        raise ValueError(f"must be at least 1, got '{shorten(text)}'")
    return sizes
