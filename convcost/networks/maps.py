"""The maps of a network that have names: who wrote them, and who may read them."""

from __future__ import annotations

from typing import NamedTuple

from convcost.errors import LayerError, nearest
from convcost.kinds.catalogue import every_kind

INPUT = "input"
"""The name of what comes into the network, or into the block."""


class Source(NamedTuple):
    """The name of a map that a layer reads, and where the file says it."""

    name: str
    place: str


class Maps:
    """The maps that are in sight, by name, each as the node that wrote it.

    A map is in sight from where it is written until its network or block ends, or the copy of a
    loop or of a repeat in which it was written; `outer` are those around that copy.
    """

    def __init__(self, start: int, outer: Maps | None = None) -> None:
        """No map is written yet but `input`, which is the node `start`."""
        self.start = start
        self.outer = outer
        self.written: dict[str, list[int | None]] = {}

    def within(self) -> Maps:
        """The maps as one copy of a loop sees them, and adds to them."""
        return Maps(self.start, self)

    def write(self, name: str, node: int | None) -> None:
        """Give a node a name; None where the layer of this name is left out."""
        self.written.setdefault(name, []).append(node)

    def read(self, source: Source) -> int:
        """The node that a layer reads.

        Raises:
            LayerError: no layer before is called so, or several are, or it is left out.
        """
        name, place = source
        if name == INPUT:
            return self.start
        found = self._found(name)
        nodes = [node for node in found if node is not None]
        if len(nodes) == 1:
            return nodes[0]
        if nodes:
            message = f"{len(nodes)} layers before it are called '{name}'; rename all but one"
        elif found:
            message = f"the layer called '{name}' is left out here, by its 'when' or 'repeat'"
        else:
            near = nearest(name, {**self._names(), **every_kind()})
            hint = f"; did you mean '{near}'?" if near else ""
            message = f"no layer before it is called '{name}'{hint}"
        raise LayerError(message, place)

    def _found(self, name: str) -> list[int | None]:
        around = self.outer._found(name) if self.outer is not None else []
        return around + self.written.get(name, [])

    def _names(self) -> dict[str, None]:
        around = self.outer._names() if self.outer is not None else {INPUT: None}
        return around | dict.fromkeys(self.written)
