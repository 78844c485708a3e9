"""Where the layers of a network stand in the file that describes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from convcost.graph.builder import Builder
from convcost.graph.nodes import Graph, Node
from convcost.kinds.registry import Kind
from convcost.networks.inputs import Inputs


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
