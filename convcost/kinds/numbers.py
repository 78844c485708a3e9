"""What a parameter may hold beside whole numbers: fractions, as they are written; and sides.

The sides of each axis are `1`, `1x2` or `0,1x0,1`, which is `[[0, 1], [0, 1]]`: none before and one
after, on either axis.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from convcost.errors import shorten
from convcost.kinds.values import LARGEST, Choice, PerAxis, Whole
from convcost.ops.op import Axes
from convcost.ops.windows import Sides

if TYPE_CHECKING:
    from fractions import Fraction

MODES = ("same", "valid", "tf-same", "torch-same", "torch-valid")
"""Words for padding."""

_EXAMPLE = "such as 0,1x0,1 or [[0, 1], [0, 1]]"

_DECIMAL = re.compile(r"(-?)\d{1,10}(\.\d{1,12}|/[1-9]\d{0,8})?|-?\.\d{1,12}", re.ASCII)
_SCHEMA = r"\d*\.?\d+(/\d+)?"


class Decimal(NamedTuple):
    """A number that may have decimals, or be a quotient: `2`, `0.1`, `1/3`."""

    positive: bool = False

    @property
    def metavar(self) -> str:
        """The placeholder in help texts."""
        return "N[.N]"

    def parse(self, raw: object) -> int | Fraction:
        """Return an int, or a fraction where it is not whole."""
        try:
            return Whole(1 if self.positive else 0).parse(raw)
        except ValueError:
            value = _fraction(raw)
        if value is None:
            raise ValueError(f"must be a number, such as 0.5, got {shorten(repr(raw))}")
        if self.positive and value <= 0:
            raise ValueError(f"must be more than 0, got {shorten(str(raw))}")
        if abs(value) > LARGEST:
            raise ValueError(f"must be at most {LARGEST:,}, got {shorten(str(raw))}")
        return int(value) if value.denominator == 1 else value

    def schema(self) -> dict[str, Any]:
        """A number, or text such as 1/3."""
        number: dict[str, Any] = {"type": "number", "maximum": LARGEST}
        if self.positive:
            number["exclusiveMinimum"] = 0
        sign = "" if self.positive else "-?"
        text = {"type": "string", "pattern": f"^{sign}{_SCHEMA}$"}
        return {"anyOf": [number, *Whole().schema()["anyOf"][1:], text]}


class Factors(NamedTuple):
    """A number above zero for all axes, or one per axis: `2`, `1.5`, `2x1`, `[2, 0.5]`."""

    @property
    def metavar(self) -> str:
        """The placeholder in help texts."""
        return "N[.N][xN[.N]]"

    def parse(self, raw: object) -> Any:
        """Return a number, or a tuple of one to three; whole ones are ints."""
        parts: object = re.split("[xX×]", raw) if isinstance(raw, str) else raw
        if not isinstance(parts, Sequence):
            return Decimal(positive=True).parse(raw)
        if not 1 <= len(parts) <= 3:
            raise ValueError(f"takes one number or one per axis (1 to 3), got {len(parts)}")
        if isinstance(raw, str) and not all(parts):
            raise ValueError(f"must be numbers, such as 1.5 or 2x1, got '{shorten(raw)}'")
        values = tuple([Decimal(positive=True).parse(part) for part in parts])
        return values if len(values) > 1 or not isinstance(raw, str) else values[0]

    def schema(self) -> dict[str, Any]:
        """A number, a list of numbers, or text such as 2x1."""
        number = Decimal(positive=True).schema()
        axes = {"type": "array", "items": number, "minItems": 1, "maxItems": 3}
        text = {"type": "string", "pattern": f"^{_SCHEMA}([xX×]{_SCHEMA}){{1,2}}$"}
        return {"anyOf": [*number["anyOf"], axes, text]}


def _fraction(raw: Any) -> Fraction | None:
    """A number exactly as it is written; None for what is none."""
    from fractions import Fraction  # only where there are decimals

    if isinstance(raw, Fraction):
        return raw
    text = raw.strip() if isinstance(raw, str) else repr(raw)
    if isinstance(raw, bool) or not _DECIMAL.fullmatch(text):
        return None
    return Fraction(text)


class PerSide(NamedTuple):
    """Whole numbers on both sides of all axes, of each axis, or for each side of each."""

    @property
    def metavar(self) -> str:
        """The placeholder in help texts."""
        return "N[,N][xN[,N]]"

    def parse(self, raw: object) -> int | Axes | Sides:
        """Return an int, one int per axis, or a pair per axis where the two sides differ."""
        axes = re.split("[xX×]", raw) if isinstance(raw, str) else raw
        if not isinstance(axes, Sequence) or not any(map(_is_pair, axes)):
            return PerAxis(0).parse(raw)
        if len(axes) > 3:
            raise ValueError(f"takes numbers for 1 to 3 axes, got {len(axes)}")
        sides = tuple(map(_pair, axes))
        if all(before == after for before, after in sides):
            return tuple([before for before, _ in sides])
        return sides

    def schema(self) -> dict[str, Any]:
        """What `PerAxis` takes, a list with pairs in it, or text such as 0,1x0,1."""
        number = Whole(0).schema()
        pair = {"type": "array", "items": number, "minItems": 2, "maxItems": 2}
        sides = {"anyOf": [*number["anyOf"], pair]}
        axes = {"type": "array", "items": sides, "minItems": 1, "maxItems": 3}
        one = r"\d+(, *\d+)?"
        text = {"type": "string", "pattern": f"^{one}([xX×]{one}){{0,2}}$"}
        return {"anyOf": [*number["anyOf"], axes, text]}


class PaddingType(NamedTuple):
    """One of `MODES`, or zeros around the map, as `PerSide` has them."""

    @property
    def metavar(self) -> str:
        """The placeholder in help texts."""
        return "same|valid|tf-same|torch-same|N[xN]|N,N[xN,N]"

    def parse(self, raw: object) -> str | int | Axes | Sides:
        """Return the mode's name, an int, one int per axis, or a pair per axis."""
        if isinstance(raw, str) and not raw[:1].isdigit() and not raw.startswith("-"):
            return Choice(MODES, "padding").parse(raw)
        return PerSide().parse(raw)

    def schema(self) -> dict[str, Any]:
        """A mode or numbers."""
        return {"anyOf": [{"enum": list(MODES)}, *PerSide().schema()["anyOf"]]}


def _is_pair(axis: object) -> bool:
    return "," in axis if isinstance(axis, str) else isinstance(axis, Sequence)


def _pair(axis: object) -> tuple[int, int]:
    """The numbers before and after one axis; one number is both."""
    words: object = axis.split(",") if isinstance(axis, str) else axis
    numbers = list(words) if isinstance(words, Sequence) else [words]
    if len(numbers) > 2 or not numbers or "" in numbers:
        shown = shorten(",".join(map(str, numbers)))
        raise ValueError(f"takes a number, or two, for each axis, {_EXAMPLE}, got '{shown}'")
    before, after = [Whole(0).parse(each) for each in (numbers * 2)[:2]]
    return before, after
