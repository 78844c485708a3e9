"""Names out of a few, truth values, and what may be anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from convcost.errors import one_of, shorten


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
