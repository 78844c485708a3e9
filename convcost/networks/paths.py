"""The paths of a network's layers, which are their names or numbers, and where they stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from convcost.graph.builder import Builder
from convcost.graph.nodes import Graph, Node
from convcost.kinds.registry import Kind
from convcost.networks.inputs import Inputs
from convcost.networks.layers import Call, Join, Layer


class Path:
    """Numbers what is appended to one list of layers, for the paths of its nodes."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.count = 0
        self.names: dict[str, int] = {}
        """Those that are taken, and the number that each had last."""

    def next(self, layer: Layer) -> str:
        """What stands before the paths in the next layer: its name, or its number and kind."""
        self.count += 1
        if layer.name and not layer.several:
            return f"{self.prefix}{self._own(layer.name)}."
        body = layer.body
        assert isinstance(body, Call | Join)
        label = body.kind.name if isinstance(body, Call) else body.function
        return f"{self.prefix}{self.count}.{label}."

    def within(self, name: str) -> Path:
        """The path of a list of layers that has a name of its own."""
        self.count += 1
        return Path(f"{self.prefix}{self._own(name)}.")

    def _own(self, name: str) -> str:
        """The name, with a number where it has been before: what is repeated may have names."""
        own, number = name, self.names.get(name, 1)
        while own in self.names:
            number += 1
            own = f"{name}-{number}"
        self.names[name] = number
        self.names.setdefault(own, 1)
        return own


class Placed(NamedTuple):
    """A network that was built, and the places of its layers by the scope of their paths."""

    graph: Graph
    places: Mapping[str, str]

    def layer(self, node: Node) -> str:
        """The path of the layer that a node belongs to: the longest that the file has a line for.

        Of captured code it is that of the node itself.
        """
        if self.graph.of_code:
            return node.path
        scope = node.path
        while scope:
            scope = scope.rpartition(".")[0]
            if f"{scope}." in self.places:
                return scope
        return node.path.rpartition(".")[0] or node.path

    def place(self, path: str) -> str:
        """The place of a layer, `file:line:col`; nothing if that is not known."""
        return self.places.get(f"{path}.", "")


def build_placed(kind: Kind, inputs: Inputs, given: Mapping[str, Any]) -> Placed:
    """Build a network that can be built, with the places of its layers."""
    net = Builder(inputs)
    kind.append(net, given, {})
    return Placed(net.graph(), net.places)
