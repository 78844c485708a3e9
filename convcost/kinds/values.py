"""What a parameter may hold.

Each kind of value reads the text of a flag, a YAML scalar or list, and a Python object alike, so
that `--k 3x5`, `k: [3, 5]` and `k=(3, 5)` are one thing. A value that does not fit raises
`ValueError` with a message that a user can act on; the caller adds the name and the place.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from convcost.errors import one_of, shorten

LARGEST = 10**9
"""No size, count or batch is larger; a longer number is a typing error."""

_NUMBER = r"(-?)(\d+)(?:\.(\d+))?(?:[eE]\+?(\d{1,4}))?([kKMG]?)"
_SUFFIX = {"": 0, "k": 3, "K": 3, "M": 6, "G": 9}
_NUMBER_SCHEMA = {"type": "string", "pattern": r"^\d+(\.\d+)?([eE]\+?\d+)?[kKMG]?$"}


class Type(Protocol):
    """One kind of value: how it is read, and how it is described to people and editors."""

    @property
    def metavar(self) -> str:
        """The placeholder in help texts, such as `N`."""

    def parse(self, raw: object) -> Any:
        """Return the value, or raise `ValueError` saying what is wrong with it."""

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the YAML that `parse` accepts."""


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


class Choice(NamedTuple):
    """One name out of a few; other spellings that the field uses are understood."""

    names: tuple[str, ...]
    what: str
    aliases: tuple[tuple[str, str], ...] = ()

    @property
    def metavar(self) -> str:
        """The placeholder in help texts."""
        listed = "|".join(self.names)
        return listed if len(listed) < 40 else self.what.upper()

    def parse(self, raw: object) -> str:
        """Return the name in its own spelling."""
        word = str(raw).lower().replace("_", "-")
        word = dict(self.aliases).get(word, word)
        if word not in self.names:
            raise ValueError(f"cannot be '{shorten(str(raw))}'; {one_of(word, self.names)}")
        return word

    def schema(self) -> dict[str, Any]:
        """An enumeration of the names."""
        return {"enum": [*self.names, *dict(self.aliases)]}


class MapName(NamedTuple):
    """What a layer before is called, whose map or tokens are read."""

    @property
    def metavar(self) -> str:
        """The placeholder in help texts."""
        return "NAME"

    def parse(self, raw: object) -> str:
        """Return the name."""
        return str(raw)

    def schema(self) -> dict[str, Any]:
        """A word."""
        return {"type": "string"}


class Several(NamedTuple):
    """Any of a few names: `norm,act` or `[norm, act]`."""

    choice: Choice

    @property
    def metavar(self) -> str:
        """The placeholder in help texts."""
        return f"{self.choice.metavar}[,…]"

    def parse(self, raw: object) -> tuple[str, ...]:
        """Return the names, each once, in the order given."""
        words = raw.split(",") if isinstance(raw, str) else raw
        if not isinstance(words, Sequence):
            raise ValueError(f"takes a list of names, got {shorten(str(raw))}")
        stripped = [str(word).strip() for word in words]
        return tuple(dict.fromkeys(self.choice.parse(word) for word in stripped if word))

    def schema(self) -> dict[str, Any]:
        """A list of names, or names with commas."""
        listed = {"type": "array", "items": self.choice.schema()}
        return {"anyOf": [listed, {"type": "string", "pattern": r"^[\w-]+(, *[\w-]+)*$"}]}


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


class Flag(NamedTuple):
    """`true` or `false`, and nothing that merely looks like it (YAML 1.1's `no`, `off`)."""

    @property
    def metavar(self) -> str:
        """The placeholder in help texts."""
        return ""

    def parse(self, raw: object) -> bool:
        """Return the truth value."""
        value = {"true": True, "false": False}.get(str(raw).lower())
        if value is None:
            raise ValueError(f"must be true or false, got {shorten(str(raw))}")
        return value

    def schema(self) -> dict[str, Any]:
        """A boolean."""
        return {"type": "boolean"}


class Anything(NamedTuple):
    """A number, a truth value or a word, for the parameters that files give to blocks."""

    @property
    def metavar(self) -> str:
        """The placeholder in help texts."""
        return "VALUE"

    def parse(self, raw: object) -> Any:
        """Return it as it is."""
        return raw

    def schema(self) -> dict[str, Any]:
        """A scalar, a list for what has a number per axis, or lists for what has two."""
        scalar = {"type": ["number", "string", "boolean", "null"]}
        several = {"type": "array", "items": scalar}
        return {"anyOf": [scalar, {"type": "array", "items": {"anyOf": [scalar, several]}}]}


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
