"""Blocks and networks: layers that are a kind like any other.

The parameters of a block are those that a file gives it, and its function runs the layers of its
body. A network is a block that knows its input.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from convcost.errors import LayerError
from convcost.graph.builder import Builder
from convcost.kinds.convolutions import improved_symmetric
from convcost.kinds.registry import Kind, Param
from convcost.networks.assembly import MANY, assemble
from convcost.networks.layers import Layers
from convcost.networks.maps import Maps
from convcost.networks.paths import Path
from convcost.networks.settings import Names, value_of


def make_block(
    name: str,
    params: Mapping[str, Param],
    body: Callable[[], Layers],
    summary: str = "",
) -> Kind:
    """The kind that runs these layers, with its parameters as names.

    A parameter's default may be a `Setting` over those before it. `body` is asked for when the
    block is first built, so that blocks may be used before they are read.
    """

    def append(net: Builder, **given: Any) -> None:
        names = Names(net)
        net.spend(len(params) // MANY)
        for each, param in params.items():
            names[each] = given[each] if each in given else value_of(param.default, names)
        outer = net.scope
        assemble(body(), net, names, Path(outer), Maps(net.last))
        net.scope = outer

    return Kind(name, append, summary, dict(params), tuple(params), (), compared=False)


def make_network(name: str, params: Mapping[str, Param], layers: Layers) -> Kind:
    """The block that is a whole network; its 2 x 2 layers get their directions here."""
    count = len(layers)
    block = make_block(
        name, params, lambda: layers, f"{count} layers" if count > 1 else "one layer"
    )

    def append(net: Builder, **given: Any) -> None:
        start = net.mark()
        try:
            block.function(net, **given)
        except RecursionError:
            raise LayerError("blocks within blocks are nested too deep", "") from None
        if net.corners_asked and not net.corners:
            # How many there are is known only now; an odd one out at the end is another layer.
            net.corners = improved_symmetric(net.corners_asked)
            net.go_back(start)
            block.function(net, **given)
        if len(net.nodes) == start.nodes:
            raise LayerError("no layer is left of the network", "")
        if net.last != len(net.nodes) - 1:
            path = net.nodes[net.last].path
            raise LayerError(f"it ends with the map of {path}, behind which others are made", "")

    return block._replace(function=append)
