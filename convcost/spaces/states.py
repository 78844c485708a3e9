"""What the rest of a network can see of what was decided and appended before.

Two runs that come to a decision in the same state go on alike, whatever is decided from there. A
state is what the assembly looks at when it goes on: where it stands, the names that the layers to
come ask for, the maps that they read with their shapes, the layers whose weights they use, and what
is decided once for several of them. It is read off the assembly itself.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from convcost.graph.builder import Builder
from convcost.graph.nodes import Node
from convcost.networks.choices import Branch, Stage
from convcost.networks.inputs import INPUT
from convcost.networks.layers import Call, Fork, Join, Layer, Layers
from convcost.networks.maps import Maps
from convcost.networks.settings import Names, Options, Setting, terms_in

if TYPE_CHECKING:
    from convcost.spaces.walk import Walk

State = tuple[Hashable, ...]

WAITING = "waits"
"""In the place of the value of what is not decided yet."""


class Asked(NamedTuple):
    """What layers ask for: names in their expressions, maps, and layers whose weights they use."""

    names: frozenset[str]
    maps: frozenset[str]
    shared: frozenset[str]

    def __or__(self, other: Asked) -> Asked:
        return Asked(*[mine | theirs for mine, theirs in zip(self, other, strict=True)])


NOTHING = Asked(frozenset(), frozenset(), frozenset())


def state_of(walk: Walk, net: Builder, settled: int) -> State:
    """What the rest of a network can see, where a run stands."""
    seeing = _Seeing(net)
    assert walk.names is not None
    left = tuple([_value(name, walk.names) for name in walk.names.waiting])
    if not walk.trail:  # all layers are there, and what nothing asked for is left
        return left
    around = walk.around()
    frames = [seeing.frame(frame, walk) for frame in walk.trail]
    return (
        seeing.see(net.last),
        len(net.nodes) > net.inputs,  # a network of which nothing is left is none
        tuple(frames),
        left,
        tuple(walk.pending),
        tuple([(path, own) for path, (home, own) in walk.again.items() if home == around]),
        tuple([seeing.weights(index) for index in range(settled, len(net.nodes))]),
        seeing.contents(),
    )


class _Seeing:
    """Nodes that can be seen, each by the number in which it was met."""

    def __init__(self, net: Builder) -> None:
        self.net = net
        self.live: dict[int, int] = {}

    def see(self, index: int) -> int:
        """The number of a node, by which it is known where several read it."""
        return self.live.setdefault(index, len(self.live))

    def contents(self) -> Hashable:
        """What may be found in all nodes that can be seen, and in the owners of their weights."""
        found: list[Hashable] = []
        while len(found) < len(self.live):
            found += [self.content(index) for index in list(self.live)[len(found) :]]
        return tuple(found)

    def content(self, index: int) -> Hashable:
        """All that the layers to come may find in a node."""
        node: Node = self.net.nodes[index]
        op = node.op
        known = node.shape, type(node.shape), getattr(node.shape, "of", ()), type(op), op.held
        owner = None if node.owner is None else self.see(node.owner)
        state: Hashable = (*known, node.run, owner, node.frozen)
        if self.net.folds:  # a batch norm to come is folded into what nothing else reads
            readers = sum(index in each.sources for each in self.net.nodes)
            return state, getattr(op, "bias", None), readers
        return state

    def frame(self, frame: Stage | Branch, walk: Walk) -> Hashable:
        """Where the assembly stands, and what the layers there ask for."""
        if isinstance(frame, Branch):
            join = frame.join
            asked = NOTHING
            for _, layers in join.branches[frame.number + 1 :]:
                asked |= _asked(layers, 0)
            ends = tuple([self.see(end) for end in frame.ends])
            found = self.found(asked, frame.names, frame.maps)
            return frame.number, self.see(frame.start), ends, tuple(frame.parts), found
        layer = frame.layers[frame.index]
        asked = _asked(frame.layers, frame.index + 1)
        if frame is walk.trail[0]:
            outputs = frozenset([source.name for source in walk.outputs])
            asked |= Asked(frozenset(), outputs, frozenset())
        written = frame.written is not None
        if frame.written is not None and layer.name:
            written = bool(self.see(frame.written) + 1)
        before = None if frame.before is None else self.see(frame.before)
        where = (frame.index, frame.row, frame.turn, frame.turns, frame.option, before, written)
        later = self.found(asked, frame.names, frame.maps)
        return *where, self.found(_of_layer(layer), frame.own, frame.maps), later

    def found(self, asked: Asked, names: Names, maps: Maps) -> Hashable:
        """What there is of what is asked for."""
        values = [_value(name, names) for name in sorted(asked.names)]
        seen: list[Hashable] = []
        for name in sorted(asked.maps | asked.shared):
            if name == INPUT:
                seen.append(self.see(maps.start))
            for written in maps.written_as(name):
                seen.append(None if written.map is None else self.see(written.map))
                if name in asked.shared:
                    seen += [self.weights(index) for index in written.nodes]
        return tuple(values), tuple(seen)

    def weights(self, index: int) -> Hashable:
        """A node whose weights are used, or that is still to be counted."""
        node = self.net.nodes[index]
        return self.see(index), node.op


def _value(name: str, names: Names) -> Hashable:
    """What a name is here; nothing where it is of the map, or of the copy."""
    around: Names | None = names
    while around is not None:
        if name in around:
            return name, around[name]
        if name in around.waiting:
            known = around
            asked = sorted({*_names([around.waiting[name]])})
            return name, WAITING, tuple([_value(each, known) for each in asked])
        around = around.outer
    return None


_KNOWN: dict[tuple[int, int], tuple[Layers, Asked]] = {}
"""What lists of layers ask for, by the list and where in it; with the list, so that it stays."""


MOST_KNOWN = 10_000


def _asked(layers: Layers, start: int) -> Asked:
    """What layers from one on ask for."""
    known = _KNOWN.get((id(layers), start))
    if known is None:
        if len(_KNOWN) > MOST_KNOWN:
            _KNOWN.clear()
        asked = NOTHING
        for layer in layers[start:]:
            asked |= _of_layer(layer)
        known = _KNOWN[id(layers), start] = layers, asked
    return known[1]


def _of_layer(layer: Layer) -> Asked:
    """What a layer asks for, and what is within it."""
    values: list[Any] = [layer.when, layer.repeat, layer.run, layer.frozen]
    values += [cell for row in (layer.loop.rows if layer.loop else ()) for cell in row]
    maps = [layer.source.name] if layer.source else []
    shared = [layer.share.name] if layer.share else []
    inner: list[Layers] = []
    body = layer.body
    if isinstance(body, Call):
        values += body.computed
        maps += [source.name for _, source in body.reads]
    elif isinstance(body, Join):
        values += body.sizes
        inner += [layers for _, layers in body.branches]
    elif isinstance(body, Fork):
        inner += [layers for _, layers in body.options]
    else:
        inner.append(body)
    asked = Asked(frozenset(_names(values)), frozenset(maps), frozenset(shared))
    for layers in inner:
        asked |= _asked(layers, 0)
    return asked


def _names(values: Iterable[Any]) -> Iterator[str]:
    """The names in values that wait for them."""
    for value in values:
        if isinstance(value, Options):
            yield from _names(value.values)
        elif isinstance(value, Setting):
            for term in terms_in(value.parts):
                yield from term.names
