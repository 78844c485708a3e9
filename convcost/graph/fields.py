"""What a field of a graph file may be: how it is read, and its JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from convcost.errors import shorten
from convcost.ops.layouts import Cut

LARGEST = 10**15
"""A number is at most this."""

LONGEST, MOST = 300, 64
"""Characters of a text, and items of a list."""

MOST_PRODUCTS = 100_000
"""Products of matrices in one call, as of a recurrent layer with one for each token."""


def shown(raw: object) -> str:
    """Something that was read, in a message."""
    words = (
        raw if isinstance(raw, str) else repr(raw) if isinstance(raw, bool | int | float) else ""
    )
    return f"'{shorten(words[:1000])}'" if words else f"a {type(raw).__name__}"


def whole(raw: object) -> int:
    """A whole number from 0 on."""
    if type(raw) is not int or not 0 <= raw <= LARGEST:
        raise ValueError(f"must be a whole number from 0 to {LARGEST:,}, not {shown(raw)}")
    return raw


def signed(raw: object) -> int:
    """A whole number; an axis may be counted from behind."""
    if type(raw) is not int or abs(raw) > LARGEST:
        raise ValueError(f"must be a whole number of at most {LARGEST:,}, not {shown(raw)}")
    return raw


def truth(raw: object) -> bool:
    """True or false."""
    if not isinstance(raw, bool):
        raise ValueError(f"must be true or false, not {shown(raw)}")
    return raw


def text(raw: object) -> str:
    """A line of text."""
    if not isinstance(raw, str) or len(raw) > LONGEST or not raw.isprintable():
        raise ValueError(f"must be a line of at most {LONGEST} characters, not {shown(raw)}")
    return raw


def fraction(raw: object) -> Any:
    """A whole number, or a quotient as text."""
    from fractions import Fraction

    if not isinstance(raw, str):
        return signed(raw)
    if not re.fullmatch(r"-?\d{1,15}/[1-9]\d{0,14}", raw, re.ASCII):
        raise ValueError(f"must be a number or a quotient such as 1/3, not {shown(raw)}")
    return Fraction(raw)


def listed(raw: object, most: int = MOST) -> list[Any]:
    """A list that is not too long."""
    if not isinstance(raw, list) or len(raw) > most:
        raise ValueError(f"must be a list of at most {most:,}, not {shown(raw)}")
    return raw


def axes(raw: object) -> tuple[int, ...]:
    """Whole numbers, such as one for each axis."""
    return tuple([whole(each) for each in listed(raw)])


def sides(raw: object) -> tuple[tuple[int, ...], ...]:
    """Zeros before and after each axis."""
    pairs = tuple([axes(each) for each in listed(raw)])
    if any(len(pair) != 2 for pair in pairs):
        raise ValueError("must be pairs of numbers, before and after each axis")
    return pairs


def products(raw: object) -> tuple[tuple[int, ...], ...]:
    """The sizes that are multiplied, of each product."""
    return tuple([axes(each) for each in listed(raw, MOST_PRODUCTS)])


def labels(raw: object) -> tuple[tuple[str, int], ...]:
    """Labels of an einsum with their sizes."""
    pairs = [listed(each, 2) for each in listed(raw)]
    if any(len(pair) != 2 for pair in pairs):
        raise ValueError("must be pairs of a label and its size")
    return tuple([(text(label), whole(size)) for label, size in pairs])


def cut(raw: object) -> Cut:
    """How a map is cut into windows: its size, theirs, their shift, and whether it is a grid."""
    items = listed(raw, 4)
    if len(items) != 4:
        raise ValueError("must be a size, a window, a shift and whether it is a grid")
    found = Cut(axes(items[0]), axes(items[1]), axes(items[2]), truth(items[3]))
    if min((*found.size, *found.window), default=0) < 1 or len(found.size) != len(found.window):
        raise ValueError("must have a window of 1 at least on each axis of its size")
    return found


def factors(raw: object) -> Any:
    """A factor, or one for each axis."""
    return (
        tuple([fraction(each) for each in raw[:MOST]]) if isinstance(raw, list) else fraction(raw)
    )


class FieldType(NamedTuple):
    """What a field may be."""

    parse: Callable[[object], Any]
    schema: dict[str, Any]

    @classmethod
    def one_of(cls, words: Sequence[str]) -> FieldType:
        """One of some words."""

        def parse(raw: object) -> str:
            if raw not in words:
                raise ValueError(f"must be {', '.join(filter(None, words))}, not {shown(raw)}")
            return str(raw)

        return cls(parse, {"enum": list(words)})

    def or_nothing(self) -> FieldType:
        """The same, or null."""
        return FieldType(
            lambda raw: None if raw is None else self.parse(raw),
            {"anyOf": [{"type": "null"}, self.schema]},
        )


NUMBER = {"type": "integer", "minimum": 0, "maximum": LARGEST}
_NUMBERS = {"type": "array", "items": NUMBER, "maxItems": MOST}
_TEXT = {"type": "string", "maxLength": LONGEST}
_FRACTION = {"type": ["integer", "string"]}
_INT = FieldType(signed, {"type": "integer"})
_AXES = FieldType(axes, _NUMBERS)
_QUOTIENT = FieldType(fraction, _FRACTION)

TYPES = {
    "int": _INT,
    "bool": FieldType(truth, {"type": "boolean"}),
    "str": FieldType(text, _TEXT),
    "Axes": _AXES,
    "tuple[int, ...]": _AXES,
    "Axes | None": _AXES.or_nothing(),
    "int | None": _INT.or_nothing(),
    "int | Fraction | None": _QUOTIENT.or_nothing(),
    "Factor | tuple[Factor, ...] | None": FieldType(
        factors, {"anyOf": [_FRACTION, {"type": "array", "items": _FRACTION}]}
    ).or_nothing(),
    "Cut": FieldType(cut, {"type": "array", "minItems": 4, "maxItems": 4}),
    "Sides": FieldType(sides, {"type": "array", "items": _NUMBERS}),
    "tuple[tuple[int, ...], ...]": FieldType(products, {"type": "array", "items": _NUMBERS}),
    "tuple[tuple[str, int], ...]": FieldType(
        labels, {"type": "array", "items": {"type": "array", "maxItems": 2}}
    ),
}
"""What the fields of ops may be, by how their types are written."""
