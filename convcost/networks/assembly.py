"""The layers of a network, appended to a graph: loops, conditions, branches and names followed."""

from __future__ import annotations

from convcost.errors import LayerError
from convcost.graph.builder import Builder
from convcost.graph.weights import freeze, leave_unrun, share
from convcost.kinds.registry import Bundled
from convcost.networks.choices import Branch, Stage
from convcost.networks.joins import join, split
from convcost.networks.layers import Call, Fork, Join, Layer, Layers, Loop
from convcost.networks.maps import Maps, Written
from convcost.networks.paths import Path
from convcost.networks.settings import ANY, Names, Options, spend, value_of
from convcost.ops.layouts import Tokens
from convcost.ops.moves import Slice

MANY = 10
"""Values of a row, or of a block's parameters, that take about as long as a layer."""


def assemble(
    layers: Layers, net: Builder, names: Names, path: Path, maps: Maps, first: int = 0
) -> None:
    """Append layers in order, from the map that was written last; those before `first` are there.

    Raises:
        LayerError: one of them cannot be built, or reads a map that is not there.
    """
    choices, stage = net.choices, Stage(layers, names, maps, names)
    choices.trail.append(stage)
    for stage.index, layer in enumerate(layers[first:], first):
        start = len(net.nodes)
        choices.begin()
        choices.mark(net, stage, path)
        if layer.revised:
            choices.hold(net)
        if layer.plain:  # as nearly all are: the long way takes a tenth more time for each
            spend(net, 1, layer.place)
            if layer.source:
                net.last = maps.read(layer.source)
            _append(layer, net, names, path, False, layer.place, maps)
            written: int | None = net.last
        else:
            written = _copies(layer, net, names, path, maps)
            stage.row = stage.turn = stage.turns = 0
            stage.before = stage.written = None
        if layer.share and written is not None:
            users = range(start, len(net.nodes))
            name, place = layer.share
            _share(net, maps.find(layer.share).nodes, users, place, f"share {name}: ")
        if layer.name:
            maps.write(layer.name, Written(written, range(start, len(net.nodes))))
        if layer.revised:
            choices.let_go()
    choices.trail.pop()


def _copies(layer: Layer, net: Builder, names: Names, path: Path, maps: Maps) -> int | None:
    """Append all copies of a layer; returns the node that wrote its map, None if it is left out."""
    stage: Stage = net.choices.trail[-1]
    written: int | None = None
    first = range(0)
    own_path = path.within(layer.name) if layer.name and layer.several else path
    loop = layer.loop or Loop((), ((),), (layer.place,))
    for row, place in zip(loop.rows, loop.places, strict=True):
        before = stage.before = net.last
        stage.row += bool(loop.names)
        if layer.source and written is None:  # what comes in here, also to what is asked of it
            net.last = maps.look(layer.source, before)
        own = Names(net, names) if loop.names else names
        stage.own, stage.turn, stage.turns = own, 0, 0
        for name, value in zip(loop.names, row, strict=True):
            own[name] = value_of(value, own)
        turns = 1 if value_of(layer.when, own) else 0
        if turns and layer.repeat is not None:
            turns = value_of(layer.repeat, own)
        run, frozen = turns and value_of(layer.run, own), turns and value_of(layer.frozen, own)
        stage.before = None if run else before
        spend(net, (turns or 1) + len(row) // MANY, layer.place)
        net.last, start = before, len(net.nodes)
        for turn in range(turns):
            if layer.repeat is not None:
                stage.turn, stage.turns = turn + 1, turns
            if layer.source and written is None:
                net.last = maps.read(layer.source)
            inner = maps.within() if layer.copied else maps
            began, each = len(net.nodes), own if layer.repeat is None else Names(net, own, turn)
            net.choices.begin()
            _append(layer, net, each, own_path, turn > 0, place, inner)
            if layer.shared and layer.copied:
                first = first or range(began, len(net.nodes))
                _share(net, first, range(began, len(net.nodes)), place)
            written = stage.written = net.last
        if frozen:
            freeze(net, start)
        if not run:
            leave_unrun(net, start)
            net.last = before
    stage.own = names
    return written


def _share(net: Builder, owners: range, users: range, place: str, words: str = "") -> None:
    """Let nodes use the weights of others; that they do not fit is said of the place."""
    try:
        share(net, owners, users)
    except ValueError as error:
        raise LayerError(f"{words}{error}", place) from None


def _append(
    layer: Layer, net: Builder, names: Names, path: Path, again: bool, place: str, maps: Maps
) -> None:
    """Append a layer once; what it cannot do is said with its path and its place."""
    body = layer.body
    if isinstance(body, tuple):
        assemble(body, net, names, path, maps)
        return
    if isinstance(body, Fork):
        stage: Stage = net.choices.trail[-1]
        at = net.choices.path(same=body.same)
        chosen = net.choices.decide(at, body.words, layer.place, body.same)
        stage.option, layers = body.options[chosen]
        assemble(layers, net, names, path, maps)
        stage.option = ""
        return
    scope = net.scope = path.next(layer)
    try:
        if isinstance(body, Call):
            net.places[scope] = place
            _call(body, net, names, again, maps)
        else:
            shared = layer.shared and not layer.copied
            _branches(body, net, names, scope, maps, shared)
    except LayerError as error:
        raise _with_path(error, scope, error.place) from None
    except ValueError as error:
        raise _with_path(error, scope, place) from None


def _with_path(error: ValueError, scope: str, place: str) -> LayerError:
    """The error with the path of its layer in front, unless a deeper one is there already."""
    path, message = scope.rstrip("."), str(error)
    return LayerError(message if message.startswith(path) else f"{path}: {message}", place)


def _call(call: Call, net: Builder, names: Names, again: bool, maps: Maps) -> None:
    """Append a kind; one that is repeated has its stride the first time only."""
    given = dict(call.given)
    for name, source in call.reads:
        given[name] = maps.read(source)
    passed = again and _strides_once(call)
    for setting in call.computed:
        if passed and setting.name == "stride" and isinstance(setting, Options):
            given["stride"] = 1  # whatever would be chosen
            continue
        value, param = setting.value(names), call.kind.params[setting.name]
        if value is not None or (param.required and param.type is ANY):
            given[setting.name] = value
    if passed and "stride" in given:
        given["stride"] = 1
    bundled: Bundled = {}
    if not call.computed:
        bundled = call.bundled.setdefault((net.dims, again), bundled)
    net.choices.append(net, call.kind, given, bundled)


def _strides_once(call: Call) -> bool:
    """Whether only the first copy has the stride: not of a pool, whose stride is what it is for."""
    param = call.kind.params.get("stride")
    if param is None or not (param.required or param.default == 1):
        return False
    return not any(each.name == "stride" and each.has("index") for each in call.computed)


def _branches(body: Join, net: Builder, names: Names, scope: str, maps: Maps, shared: bool) -> None:
    """Append the branches in order, each from where the first began, and what joins them.

    `shared` ones have the weights of the first.
    """
    start, parts = net.last, []
    if body.function == "split":
        sizes = [value_of(size, names) for size in body.sizes]
        parts = split(net.channels, len(body.branches), sizes)
    net.spend(len(body.branches) - 1)
    ends: list[int] = []
    first = range(0)
    branch = Branch(body, names, maps, start, ends, parts)
    net.choices.trail.append(branch)
    for number, (name, layers) in enumerate(body.branches):
        branch.number = number
        path, net.last = f"{scope}{name}." if name else scope, start
        if parts:
            net.scope = path
            axis = -1 if isinstance(net.shape, Tokens) else 0
            net.add("channels", Slice(*parts[number], axis))
        began = len(net.nodes)
        assemble(layers, net, names, Path(path), maps)
        if shared:
            first = first or range(began, len(net.nodes))
            share(net, first, range(began, len(net.nodes)))
        ends.append(net.last)
    net.choices.trail.pop()
    if body.function == "residual":
        ends.append(start)
    net.scope = scope
    join(net, body.function, ends, [name for name, _ in body.branches], body.axis)
