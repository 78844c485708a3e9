"""The layers of a network that have names: what they wrote, and who may read it."""

from __future__ import annotations

from typing import NamedTuple

from convcost.errors import LayerError, nearest
from convcost.graph.builder import Builder
from convcost.kinds.catalogue import every_kind
from convcost.networks.inputs import INPUT


class Source(NamedTuple):
    """The name of a map that a layer reads, and where the file says it."""

    name: str
    place: str


class Written(NamedTuple):
    """What a layer with a name has left: the node that wrote its map, and all of its nodes.

    `map` is None where the layer is left out.
    """

    map: int | None
    nodes: range


class Maps:
    """The layers that are in sight, by name, each with the map that it wrote.

    A layer is in sight from where it is written until its network or block ends, or the copy of a
    loop or of a repeat in which it was written; `outer` are those around that copy.
    """

    def __init__(self, net: Builder, outer: Maps | None = None) -> None:
        """No layer is written yet; `input` is the node that was appended last."""
        self.net = net
        self.start: int = outer.start if outer is not None else net.last
        self.outer = outer
        self.written: dict[str, list[Written]] = {}

    def within(self) -> Maps:
        """The layers as one copy of a loop sees them, and adds to them."""
        return Maps(self.net, self)

    def write(self, name: str, written: Written) -> None:
        """Give a layer a name."""
        self.written.setdefault(name, []).append(written)

    def read(self, source: Source, unknown: str = "no layer before it") -> int:
        """The node that a layer reads; that none is called so is said in these words.

        Raises:
            LayerError: no layer before is called so, or several are, or it is left out or not run.
        """
        if source.name == INPUT:
            if self.written_as(INPUT):
                message = "a layer is called 'input', which is what comes in; rename it"
                raise LayerError(message, source.place)
            return self.start
        node = self.find(source, unknown).map
        assert node is not None
        if not self.net.nodes[node].run:
            message = f"the layer called '{source.name}' is not run, and leaves no map"
            raise LayerError(message, source.place)
        return node

    def look(self, source: Source, other: int) -> int:
        """The node that a layer would read, or another where that cannot be."""
        try:
            return self.read(source)
        except LayerError:
            return other

    def find(self, source: Source, unknown: str = "no layer before it") -> Written:
        """The layer of this name.

        Raises:
            LayerError: no layer before is called so, or several are, or it is left out.
        """
        name, place = source
        found = self.written_as(name)
        there = [written for written in found if written.map is not None]
        if len(there) == 1:
            return there[0]
        if there:
            message = f"{len(there)} layers here are called '{name}'; rename all but one"
        elif found:
            message = f"the layer called '{name}' is left out here, by its 'when' or 'repeat'"
        else:
            known = {**self.names(), **every_kind()}
            alike = (each for each in known if each.lower() == name.lower())
            near = next(alike, None) or nearest(name, known)
            hint = f"; did you mean '{near}'?" if near else ""
            message = f"{unknown} is called '{name}'{hint}"
        raise LayerError(message, place)

    def names(self) -> dict[str, None]:
        """Every name that is in sight."""
        around = self.outer.names() if self.outer is not None else {INPUT: None}
        return around | dict.fromkeys(self.written)

    def written_as(self, name: str) -> list[Written]:
        """What every layer in sight of this name has left."""
        around = self.outer.written_as(name) if self.outer is not None else []
        return around + self.written.get(name, [])
