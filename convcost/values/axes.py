"""Sizes of all axes, of each axis, and of both sides of each: `3`, `3x5`, `0,1x0,1`.

`0,1x0,1` is `[[0, 1], [0, 1]]`: none before and one after, on either axis.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from convcost.errors import shorten
from convcost.ops.op import Axes
from convcost.ops.windows import Sides
from convcost.values.whole import Whole
from convcost.values.words import Choice

MODES = ("same", "valid", "tf-same", "torch-same", "torch-valid")
"""Words for padding."""

_EXAMPLE = "such as 0,1x0,1 or [[0, 1], [0, 1]]"


class PerAxis(NamedTuple):
    """One whole number for every spatial axis, or one number per axis: `3`, `3x5`, `[3, 5]`."""

    minimum: int = 1

    @property
    def metavar(self) -> str:
        """The placeholder in help texts."""
        return "N[xN]"

    def parse(self, raw: object) -> int | tuple[int, ...]:
        """Return an int, or a tuple of one to three ints."""
        number = Whole(self.minimum)
        if isinstance(raw, str):
            parts: Sequence[object] = re.split("[xX×]", raw)
        elif isinstance(raw, Sequence):
            parts = raw
        else:
            return number.parse(raw)
        if not 1 <= len(parts) <= 3:
            raise ValueError(f"takes one number or one per axis (1 to 3), got {len(parts)}")
        if isinstance(raw, str) and not all(parts):
            raise ValueError(f"must be whole numbers, such as 3 or 3x5, got '{shorten(raw)}'")
        values = tuple([number.parse(part) for part in parts])
        return values if len(values) > 1 or not isinstance(raw, str) else values[0]

    def schema(self) -> dict[str, Any]:
        """A number, a list of numbers, or text such as 3x5."""
        number = Whole(self.minimum).schema()
        axes = {"type": "array", "items": number, "minItems": 1, "maxItems": 3}
        digits = r"\d+" if self.minimum == 0 else r"[1-9]\d*"
        text = {"type": "string", "pattern": f"^{digits}([xX×]{digits}){{1,2}}$"}
        return {"anyOf": [*number["anyOf"], axes, text]}


class ShapeType(NamedTuple):
    """C x spatial of an input: `3x224x224`, `[3, 224, 224]`; features are C alone: `128`."""

    @property
    def metavar(self) -> str:
        """The placeholder in help texts."""
        return "C[xN[xN]]"

    def parse(self, raw: object) -> tuple[int, ...]:
        """Return channels and 0 to 3 spatial sizes."""
        parts = re.split("[xX×]", raw) if isinstance(raw, str) else raw
        if isinstance(parts, int) and not isinstance(parts, bool):
            parts = (parts,)
        if not isinstance(parts, Sequence) or not 1 <= len(parts) <= 4 or "" in parts:
            shown = shorten(str(raw))
            raise ValueError(
                f"is channels and up to 3 sizes, such as 3x224x224, or 128, not '{shown}'"
            )
        return tuple([Whole().parse(part) for part in parts])

    def schema(self) -> dict[str, Any]:
        """A list of numbers, or text such as 3x224x224."""
        numbers = {"type": "array", "items": Whole().schema(), "minItems": 1, "maxItems": 4}
        text = {"type": "string", "pattern": r"^[1-9]\d*([xX×][1-9]\d*){1,3}$"}
        return {"anyOf": [*Whole().schema()["anyOf"], numbers, text]}


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
