"""Reading the layers of networks and blocks: kinds, branches, loops and their modifiers."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace
from typing import Any

from convcost.errors import nearest, no_such, shorten
from convcost.kinds.catalogue import every_kind, find, is_kind
from convcost.kinds.registry import Kind
from convcost.networks.joins import AXES, JOINS
from convcost.networks.layers import Call, Fork, Join, Layer, Layers, Loop
from convcost.networks.maps import Source
from convcost.networks.settings import Options, Setting, Value
from convcost.sources.reading.names import NameReader, is_word
from convcost.sources.reading.terms import Scope
from convcost.sources.tree import Tree
from convcost.values.types import Type
from convcost.values.whole import Whole
from convcost.values.words import Choice, Flag, MapName

MODIFIERS = (
    "name",
    "for",
    "in",
    "when",
    "repeat",
    "sizes",
    "from",
    "share",
    "shared",
    "run",
    "frozen",
    "axis",
    "same",
)
"""What a layer may say besides what it is."""

LATER = (
    *("share", "shared", "run", "frozen", "axis", "same"),
    *("choose", "subtract", "divide", "matmul"),
)
"""Those, and ways of joining, that came after 0.1: a block of the file may have their names."""

NOTHING = ("", "null", "~")
"""What YAML has in the place of no parameters at all."""

COUNT = Whole(0, 100_000)
"""Copies of a layer."""


class LayerReader(NameReader):
    """Reads layers; the blocks of the file, which `BlockReader` reads, are kinds to it."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: dict[str, Kind] = {}
        self.calls: dict[str, dict[str, str]] = {}
        """Which blocks each block has in its body, and where."""
        self.reading = ""
        """The block whose body is being read."""
        self.input_names: Set[str] = frozenset()
        """What the inputs of the network that is being read are called."""

    def branch(self, tree: Tree, what: str, scope: Scope) -> Layers:
        """A list of layers, or one layer by itself, or the name of a map."""
        if tree.items is not None:
            return self.layers(tree, what, scope)
        named = tree.text in self.input_names or not (
            tree.text in self.blocks or is_kind(tree.text or "")
        )
        if tree.text and named:
            return (Layer((), tree.place, source=self.map_read(tree)),)
        layer = self.layer(tree, scope)
        return (layer,) if layer else ()

    def layers(self, tree: Tree, what: str, scope: Scope) -> Layers:
        """A list of layers."""
        read = [self.layer(item, scope) for item in self.sequence(tree, what)]
        return tuple([layer for layer in read if layer is not None])

    def layer(self, tree: Tree, scope: Scope) -> Layer | None:
        """One layer: `flatten`, `linear: {out: 10}`, or a join, with its modifiers."""
        if tree.text is not None:
            call = self.call(tree.text, tree.place, None, scope)
            return Layer(call, tree.place) if call else None
        entries = tree.entries
        if entries is None:
            self.report(tree.place, f"a layer is a name or a mapping, not {tree.kind}")
            return None
        keys = [key for key in entries if key not in MODIFIERS or key in self.blocks]
        if not keys and "from" in entries:
            keys = ["from"]
        if len(keys) != 1:
            self.report(tree.place, self.not_one_kind(tree, keys))
            return None
        loop = self.loop(tree, scope)
        if loop:
            scope = scope | set(loop.names)
        [key] = keys
        body = self.layer_body(key, tree, scope)
        said = {name: entries[name] for name in entries if name in MODIFIERS and name != key}
        if "sizes" in said and key != "split":
            self.report(tree.keys["sizes"], "sizes are for split")
        if "axis" in said and key != "concat":
            self.report(tree.keys["axis"], "axis is for concat")
        if "same" in said and key != "choose":
            self.report(tree.keys["same"], "same is for choose")
        if body is None:
            return None
        layer = Layer(
            body,
            tree.place,
            name=self.layer_name(said["name"]) if "name" in said else "",
            loop=loop,
            when=self.modifier(said, "when", Flag(), scope, True),
            repeat=self.modifier(said, "repeat", COUNT, scope, None),
            source=self.map_read(entries["from"]) if "from" in entries else None,
            share=self.map_read(said["share"], "share") if "share" in said else None,
            shared=bool("shared" in said and self.parsed(said["shared"], "shared", Flag())),
            run=self.modifier(said, "run", Flag(), scope, True),
            frozen=self.modifier(said, "frozen", Flag(), scope, False),
        )
        if layer.shared and not (loop or "repeat" in said or isinstance(body, Join)):
            self.report(said["shared"].place, "shared is for what is repeated, or for a join")
        return layer

    def not_one_kind(self, tree: Tree, keys: list[str]) -> str:
        """What is wrong with a layer that has no kind, or more than one key that might be one."""
        if not keys:
            return f"a layer is of a kind; there is none beside {' and '.join(tree.entries or {})}"
        first, *others = keys
        kind = self.blocks.get(first) or every_kind().get(first)
        if kind and all(other in kind.params for other in others):
            stand = "stands" if len(others) == 1 else "stand"
            return f"{' and '.join(others)} {stand} beside {first}; indent what belongs to it"
        near = nearest(others[0], MODIFIERS)
        hint = f"; did you mean '{near}'?" if near else ""
        return f"a layer is of one kind, not {' and '.join(map(shorten, keys))}{hint}"

    def layer_body(self, key: str, tree: Tree, scope: Scope) -> Call | Join | Fork | Layers | None:
        """What a layer is: a kind, layers in order, branches, or one of several layers."""
        assert tree.entries is not None
        own = tree.entries[key]
        if key == "from":
            return ()
        if key == "layers":
            return self.layers(own, "layers", scope)
        if key == "choose" and key not in self.blocks:
            return self.fork(own, tree.entries.get("same"), scope)
        if key in JOINS and key not in self.blocks:
            joined = self.join(key, own, tree.entries.get("sizes"), scope)
            if "axis" in tree.entries:
                along = self.parsed(tree.entries["axis"], "axis", Choice(AXES, "axis"))
                joined = replace(joined, axis=along or joined.axis)
            return joined
        return self.call(key, tree.keys[key], own, scope)

    def fork(self, tree: Tree, same: Tree | None, scope: Scope) -> Fork | None:
        """`{skip: [], wide: {linear: {out: 8}}}`: layers of which one is chosen."""
        if not tree.entries:
            hint = "such as {skip: [], conv: {conv-bn-act: {out: 8}}}"
            self.report(tree.place, f"choose has layers by name, {hint}")
            return None
        for name in tree.entries:
            if not is_word(name):
                self.report(tree.keys[name], f"'{shorten(name)}' is no name for what is chosen")
        options = [(name, self.branch(each, name, scope)) for name, each in tree.entries.items()]
        one = bool(same is not None and self.parsed(same, "same", Flag()))
        return Fork(tuple(options), one)

    def modifier(
        self, entries: Mapping[str, Tree], key: str, how: Type, scope: Scope, default: Value
    ) -> Value:
        """What a layer says about when or how often it is there."""
        return self.setting(entries[key], key, how, scope) if key in entries else default

    def loop(self, tree: Tree, scope: Scope) -> Loop | None:
        """`for: [t, c]`, `in: [[1, 16], [6, 24]]`, if that is there."""
        entries = tree.entries or {}
        if "for" not in entries and "in" not in entries:
            return None
        if "for" not in entries or "in" not in entries:
            there, missing = ("for", "in") if "for" in entries else ("in", "for")
            self.report(tree.keys[there], f"'{there}' needs '{missing}' beside it")
            return None
        listed = entries["for"].items or [entries["for"]]
        names = tuple(item.text or "" for item in listed)
        for name, item in zip(names, listed, strict=True):
            self.check_name(name, item.place)
        rows, places = [], []
        items = self.sequence(entries["in"], "in")
        # One name in a list is for rows of one cell; alone, or before other rows, it is for lists.
        single = bool(entries["for"].items) and all(len(row.items or ()) == 1 for row in items)
        for row in items:
            cells = row.items if row.items is not None and (len(names) > 1 or single) else [row]
            if len(cells) != len(names):
                self.report(row.place, f"a row of {len(cells)} for {len(names)} names")
                continue
            places.append(row.place)
            rows.append(tuple(self.free(*cell, scope) for cell in zip(cells, names, strict=True)))
        return Loop(names, tuple(rows), tuple(places))

    def join(self, function: str, tree: Tree, sizes: Tree | None, scope: Scope) -> Join:
        """Branches: a list of lists of layers, or a mapping of names to them."""
        if function == "residual":
            return Join(function, (("", self.branch(tree, function, scope)),))
        if tree.entries is not None:
            for name in tree.entries:
                self.check_name(name, tree.keys[name], dashes=True)
            named = list(tree.entries.items())
        else:
            items = self.sequence(tree, function)
            named = [(f"branch{number}", item) for number, item in enumerate(items, 1)]
        if len(named) < 2:
            self.report(tree.place, f"{function} has at least two branches")
        if len(named) > 2 and function == "matmul":
            self.report(tree.place, f"matmul has two branches, not {len(named)}")
        branches = tuple((name, self.branch(each, "a branch", scope)) for name, each in named)
        parts: tuple[Value, ...] = ()
        if sizes is not None:
            items = self.sequence(sizes, "sizes")
            own = [f"sizes.{n}" if item.entries else "sizes" for n, item in enumerate(items, 1)]
            numbered = zip(own, items, strict=True)
            parts = tuple(self.setting(item, name, Whole(), scope) for name, item in numbered)
            if len(parts) != len(branches):
                self.report(sizes.place, f"{len(parts)} sizes for {len(branches)} branches")
        return Join(function, branches, parts)

    def call(self, name: str, place: str, own: Tree | None, scope: Scope) -> Call | None:
        """A kind or a block with its parameters."""
        kind = self.kind_of(name, place, own)
        if kind is None:
            return None
        given: dict[str, Any] = {}
        computed: list[Setting | Options] = []
        reads: list[tuple[str, Source]] = []
        if own is not None and own.text not in NOTHING:
            entries = self.parameters(own, kind)
            for key, tree in entries.items():
                param = kind.params[key]
                if isinstance(param.type, MapName):
                    reads.append((key, self.map_read(tree, key)))
                    continue
                value = self.setting(tree, key, param.type, scope, optional=True)
                if value is None:
                    continue
                if isinstance(value, Setting | Options):
                    computed.append(value)
                else:
                    given[key] = value
        if name in self.blocks:
            needed = [each.name for each in kind.params.values() if each.required]
            said = {*given, *(setting.name for setting in computed)}
            for missing in [each for each in needed if each not in said]:
                self.report(place, f"{name} needs {missing}")
        return Call(kind, given, tuple(computed), tuple(reads))

    def kind_of(self, name: str, place: str, own: Tree | None) -> Kind | None:
        """A block of the file, or a kind; one that has parameters of its `own` is no map."""
        block = self.blocks.get(name)
        if block is not None:
            self.calls.setdefault(self.reading, {}).setdefault(name, place)
            return block
        try:
            return find(name)
        except ValueError as error:
            near = no_such("kind or block", name, self.blocks) if self.blocks else ""
            words = near if "did you mean" in near else str(error)
            hint = f"; a map is {{from: {name}}}" if own is None and is_word(name) else ""
            self.report(place, words if "did you mean" in words else words + hint)
            return None
