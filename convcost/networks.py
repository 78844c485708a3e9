"""A network: layers in order, as a kind of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convcost.graph import Builder
from convcost.registry import Kind

Layers = Sequence[tuple[Kind, Mapping[str, Any]]]
"""Kinds, each with its parameters."""


class LayerError(ValueError):
    """A layer cannot be built; `place` is where its file says it."""

    def __init__(self, message: str, place: str) -> None:
        self.place = place
        super().__init__(message)


def network(name: str, layers: Layers, places: Sequence[str] = ()) -> Kind:
    """The kind that appends these layers one after another.

    The path of a node is its layer's number and kind, then its path in the layer. A layer that
    cannot be built raises `LayerError` with its place.
    """

    def append(net: Builder) -> None:
        outer = net.scope
        for number, (kind, given) in enumerate(layers, 1):
            net.scope = f"{outer}{number}.{kind.name}."
            try:
                kind.append(net, given, {})
            except ValueError as error:
                path, message = net.scope.rstrip("."), str(error)
                message = message if message.startswith(path) else f"{path}: {message}"
                raise LayerError(message, places[number - 1] if places else "") from None
        net.scope = outer

    summary = f"{len(layers)} layers" if len(layers) > 1 else "one layer"
    return Kind(name, append, summary, {}, (), (), compared=False)
