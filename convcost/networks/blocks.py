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
from convcost.networks.choices import Choices
from convcost.networks.inputs import INPUT
from convcost.networks.layers import Layers
from convcost.networks.maps import Maps, Source, Written
from convcost.networks.paths import Path
from convcost.networks.settings import Names, Options, Setting, Value, value_of

LAST = "last"
"""What the last layer is called among the outputs, where no layer has that name."""


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
        _run(net, params, body(), given)

    own = tuple(params)
    return Kind(name, append, summary, dict(params), own, (), compared=False, of_layers=True)


def _run(
    net: Builder,
    params: Mapping[str, Param],
    layers: Layers,
    given: Mapping[str, Any],
    whole: bool = False,
) -> Maps:
    """Append layers with these parameters as names; returns the maps that they leave in sight.

    Those of a `whole` network that are choices are decided once, wherever they are asked for first.
    """
    outer, names, maps = net.scope, Names(net), Maps(net)
    path = Path(outer)
    first = net.choices.enter(net, names, maps, path) if whole else 0
    if first:
        assemble(layers, net, names, path, maps, first)
        return maps
    net.spend(len(params) // MANY)
    for each, param in params.items():
        value = given.get(each, param.default)
        if whole and _waits(value, names):
            names.waiting = {**names.waiting, each: value}
        else:
            names[each] = given[each] if each in given else value_of(value, names)
    for index, node in enumerate(net.nodes[: net.inputs] if not outer else ()):
        if node.path != INPUT:
            maps.write(node.path, Written(index, range(0)))
    assemble(layers, net, names, path, maps)
    net.scope = outer
    return maps


def _waits(value: Value, names: Names) -> bool:
    """Whether a parameter is a choice, or is computed from one that waits."""
    if isinstance(value, Setting):
        return any(value.has(name) for name in names.waiting)
    return isinstance(value, Options)


def make_network(
    name: str, params: Mapping[str, Param], layers: Layers, outputs: tuple[Source, ...] = ()
) -> Kind:
    """The block that is a whole network; its 2 x 2 layers get their directions here.

    `outputs` are the names of its layers whose maps are outputs, if not that of the last.
    """
    words = f"{len(layers)} layers" if len(layers) > 1 else "one layer"

    def append(net: Builder, **given: Any) -> None:
        start = net.mark()
        net.choices = net.choices or Choices()
        net.choices.outputs = outputs
        try:
            maps = _run(net, params, layers, given, whole=True)
        except RecursionError:
            raise LayerError("blocks within blocks are nested too deep", "") from None
        if net.corners_asked and not net.corners:
            # How many there are is known only now; an odd one out at the end is another layer.
            net.corners = improved_symmetric(net.corners_asked)
            net.go_back(start)
            maps = _run(net, params, layers, given, whole=True)
        if len(net.nodes) == start.nodes:
            raise LayerError("no layer is left of the network", "")
        net.of_layer = False
        net.outputs = {source.name: _output(net, maps, source) for source in outputs}
        for each in [*net.choices.names.waiting]:
            net.choices.names[each]  # is decided now, as nothing asked for it

    return make_block(name, params, lambda: layers, words)._replace(function=append)


def _output(net: Builder, maps: Maps, source: Source) -> int:
    """The node of an output; `last` is the last layer where none is called so."""
    last = source.name == LAST and LAST not in maps.names()
    return net.last if last else maps.read(source, "no layer")
