"""What a parameter may hold.

Each kind of value reads the text of a flag, a YAML scalar or list, and a Python object alike, so
that `--k 3x5`, `k: [3, 5]` and `k=(3, 5)` are one thing. A value that does not fit raises
`ValueError` with a message that a user can act on; the caller adds the name and the place.
"""

from __future__ import annotations

from typing import Any, Protocol


class Type(Protocol):
    """One kind of value: how it is read, and how it is described to people and editors."""

    @property
    def metavar(self) -> str:
        """The placeholder in help texts, such as `N`."""

    def parse(self, raw: object) -> Any:
        """Return the value, or raise `ValueError` saying what is wrong with it."""

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the YAML that `parse` accepts."""
