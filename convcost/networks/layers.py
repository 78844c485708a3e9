"""What networks are made of: layers in order, with branches, loops, conditions, and blocks.

A block is a kind like any other: its parameters are those that a file gives it, and its function
runs the layers of its body. A network is a block that knows its input.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, NamedTuple

from convcost.errors import LayerError
from convcost.graph.builder import Builder
from convcost.graph.maps import Elementwise
from convcost.graph.moves import Concat, Slice
from convcost.graph.ops import times
from convcost.kinds.convolutions import improved_symmetric
from convcost.kinds.registry import Bundled, Kind, Param
from convcost.networks.maps import Maps, Source
from convcost.networks.settings import Names, Setting, Value, spend, value_of

JOINS = {
    "add": "branches, added",
    "residual": "layers whose output is added to what came in",
    "multiply": "branches, multiplied",
    "concat": "branches, one behind the other along the channels",
    "split": "branches that each get a part of the channels, concatenated",
}
"""How branches come together, and what each makes of them."""


MANY = 10
"""Values of a row, or of a block's parameters, that take about as long as a layer."""


@dataclass(frozen=True, slots=True)
class Call:
    """A kind or a block, with the parameters that are given to it."""

    kind: Kind
    given: Mapping[str, Any]
    computed: tuple[Setting, ...] = ()
    bundled: dict[tuple[int, bool], Bundled] = field(default_factory=dict)
    """What the bundles make of `given`, where nothing has to be computed."""

    def append(self, net: Builder, names: Names, again: bool) -> None:
        """Append the kind; one that is repeated has its stride the first time only."""
        given = dict(self.given)
        for setting in self.computed:
            value = setting.value(names)
            if value is not None:
                given[setting.name] = value
        if again and "stride" in given:
            param = self.kind.params["stride"]
            if param.required or param.default == 1:  # a pool's stride is what it is for
                given["stride"] = 1
        bundled: Bundled = {}
        if not self.computed:
            bundled = self.bundled.setdefault((net.dims, again), bundled)
        net.layer(self.kind, given, bundled)


@dataclass(frozen=True, slots=True)
class Join:
    """Branches that begin where one layer ended, and come together again.

    `function` is one of `JOINS`; `sizes` are the channels of each branch of a split.
    """

    function: str
    branches: tuple[tuple[str, Layers], ...]
    sizes: tuple[Value, ...] = ()

    def append(self, net: Builder, names: Names, scope: str, maps: Maps) -> None:
        """Append the branches in order, and what joins them."""
        start, parts = net.last, self._parts(net, names)
        net.spend(len(self.branches) - 1)
        ends = []
        for number, (name, layers) in enumerate(self.branches):
            path, net.last = f"{scope}{name}." if name else scope, start
            if parts:
                net.scope = path
                net.add("channels", Slice(*parts[number]))
            _run(layers, net, names, _Path(path), maps)
            ends.append(net.last)
        if self.function == "residual":
            ends.append(start)
        net.scope, net.last = scope, ends[0]
        self._join(net, ends)

    def _parts(self, net: Builder, names: Names) -> list[tuple[int, int]]:
        """First channel and end of each branch of a split."""
        if self.function != "split":
            return []
        count, channels = len(self.branches), net.channels
        sizes = [value_of(size, names) for size in self.sizes] or [channels // count] * count
        if sum(sizes) != channels:
            parts = " + ".join(map(str, sizes)) if self.sizes else f"{count} equal parts"
            raise ValueError(f"{channels} channels cannot be split into {parts}")
        ends = list(accumulate(sizes))
        return list(zip([0, *ends], ends, strict=False))

    def _join(self, net: Builder, ends: Sequence[int]) -> None:
        if self.function in ("concat", "split"):
            net.add("concat", Concat(), *ends)
            return
        function = "mul" if self.function == "multiply" else "add"
        shapes = [net.nodes[end].shape for end in ends]
        if function == "add" and len(set(shapes)) > 1:
            names = [f"{name} " if name else "" for name, _ in self.branches] + ["what came in "]
            sides = [f"{name}{times(shape)}" for name, shape in zip(names, shapes, strict=False)]
            raise ValueError(f"cannot add {' and '.join(sides)}")
        for number, other in enumerate(ends[1:], 1):
            path = function if len(ends) == 2 else f"{function}{number}"
            net.add(path, Elementwise(function), net.last, other)


class Loop(NamedTuple):
    """Names, the rows of values that they take one after the other, and where each row stands."""

    names: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layer:
    """One item of a list of layers.

    Attributes:
        body: what it appends.
        place: where the file says it.
        name: what stands in paths in place of its number and kind, and what its output is called.
        loop: the rows that it is there for, one after the other.
        when: whether it is there.
        repeat: how often.
        source: the name of the map that it reads, if that is not the one before.
    """

    body: Call | Join | Layers
    place: str
    name: str = ""
    loop: Loop | None = None
    when: Value = True
    repeat: Value = 1
    source: Source | None = None

    @property
    def copied(self) -> bool:
        """Whether there may be several copies of it, each of which has names of its own."""
        return self.loop is not None or self.repeat != 1

    @property
    def several(self) -> bool:
        """Whether it may append more than one layer, which are then numbered below its name."""
        return self.copied or isinstance(self.body, tuple)


Layers = tuple[Layer, ...]
"""Layers in order."""


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
        _run(body(), net, names, _Path(outer), Maps(net.last))
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


class _Path:
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
        assert not isinstance(body, tuple)
        label = body.kind.name if isinstance(body, Call) else body.function
        return f"{self.prefix}{self.count}.{label}."

    def within(self, name: str) -> _Path:
        """The path of a list of layers that has a name of its own."""
        self.count += 1
        return _Path(f"{self.prefix}{self._own(name)}.")

    def _own(self, name: str) -> str:
        """The name, with a number where it has been before: what is repeated may have names."""
        own, number = name, self.names.get(name, 1)
        while own in self.names:
            number += 1
            own = f"{name}-{number}"
        self.names[name] = number
        self.names.setdefault(own, 1)
        return own


def _run(layers: Layers, net: Builder, names: Names, path: _Path, maps: Maps) -> None:
    for layer in layers:
        written: int | None = None
        own_path = path.within(layer.name) if layer.name and layer.several else path
        loop = layer.loop or Loop((), ((),), (layer.place,))
        for row, place in zip(loop.rows, loop.places, strict=True):
            own = Names(net, names) if loop.names else names
            for name, value in zip(loop.names, row, strict=True):
                own[name] = value_of(value, own)
            turns = value_of(layer.repeat, own) if value_of(layer.when, own) else 0
            spend(net, (turns or 1) + len(row) // MANY, layer.place)
            for turn in range(turns):
                if layer.source and written is None:
                    net.last = maps.read(layer.source)
                inner = maps.within() if layer.copied else maps
                _append(layer, net, own, own_path, turn > 0, place, inner)
                written = net.last
        if layer.name:
            maps.write(layer.name, written)


def _append(
    layer: Layer, net: Builder, names: Names, path: _Path, again: bool, place: str, maps: Maps
) -> None:
    """Append a layer once; what it cannot do is said with its path and its place."""
    body = layer.body
    if isinstance(body, tuple):
        _run(body, net, names, path, maps)
        return
    scope = net.scope = path.next(layer)
    try:
        if isinstance(body, Call):
            net.places[scope] = place
            body.append(net, names, again)
        else:
            body.append(net, names, scope, maps)
    except LayerError as error:
        raise _with_path(error, scope, error.place) from None
    except ValueError as error:
        raise _with_path(error, scope, place) from None


def _with_path(error: ValueError, scope: str, place: str) -> LayerError:
    """The error with the path of its layer in front, unless a deeper one is there already."""
    path, message = scope.rstrip("."), str(error)
    return LayerError(message if message.startswith(path) else f"{path}: {message}", place)
