"""A network: layers in order, as a kind of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convcost.graph import Builder
from convcost.registry import Kind

Layers = Sequence[tuple[Kind, Mapping[str, Any]]]
"""Kinds, each with its parameters."""


def network(name: str, layers: Layers) -> Kind:
    """The kind that appends these layers one after another.

    The path of a node is its layer's number and kind, then its path in the layer.
    """

    def append(net: Builder) -> None:
        outer = net.scope
        for number, (kind, given) in enumerate(layers, 1):
            net.scope = f"{outer}{number}.{kind.name}."
            try:
                kind.append(net, given, {})
            except ValueError as error:
                place, message = net.scope.rstrip("."), str(error)
                message = message if message.startswith(place) else f"{place}: {message}"
                raise ValueError(message) from None
        net.scope = outer

    summary = f"{len(layers)} layers" if len(layers) > 1 else "one layer"
    return Kind(name, append, summary, {}, (), (), compared=False)
