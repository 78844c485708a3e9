"""Reading the blocks that a file defines, and the parameters of blocks and networks."""

from __future__ import annotations

import inspect

from convcost.kinds.catalogue import every_kind, is_later
from convcost.kinds.registry import Param
from convcost.networks.blocks import make_block
from convcost.networks.joins import JOINS
from convcost.networks.layers import Layers
from convcost.networks.settings import ANY, Value
from convcost.sources.reading.layers import LATER, MODIFIERS, LayerReader
from convcost.sources.reading.terms import ALWAYS, Scope
from convcost.sources.tree import Tree

BLOCK_KEYS = ("params", "layers")

MOST_PARAMS = 1_000
"""Of a block or network."""


class BlockReader(LayerReader):
    """Reads the blocks of a file; each is a kind to the layers of the others and of networks."""

    def __init__(self) -> None:
        super().__init__()
        self.bodies: dict[str, Layers] = {}
        """The layers of each block."""

    def read_blocks(self, tree: Tree | None) -> None:
        """The blocks of a file: first what each takes, so that they may use each other."""
        entries = {} if tree is None else self.named(tree, "blocks")
        for name, each in entries.items():
            taken = name in every_kind() or name in JOINS or name in ("layers", *MODIFIERS)
            if taken and name not in LATER and not is_later(name):
                place = tree.keys[name] if tree else ""
                self.report(place, f"there is a kind '{name}' already; choose another name")
            block = self.mapping(each, f"block {name}", BLOCK_KEYS)
            if each.entries is not None and "layers" not in block:
                self.report(each.place, f"block {name} has no layers")
            params = self.declared(block.get("params"))
            self.blocks[name] = make_block(name, params, lambda name=name: self.bodies[name])  # type: ignore[misc]
        for name, each in entries.items():
            self.reading = name
            scope = ALWAYS | self.blocks[name].params.keys()
            self.bodies[name] = self.body(each, scope)
        self.reading = ""
        done: set[str] = set()
        try:
            for name in entries:
                self.check_cycle(name, [name], done)
        except RecursionError:
            self.report(tree.place if tree else "", "blocks within blocks are nested too deep")

    def check_cycle(self, name: str, trail: list[str], done: set[str]) -> None:
        """Report blocks that contain themselves, each circle once."""
        for other, place in self.calls.get(name, {}).items():
            if other in trail:
                way = " > ".join([*trail[trail.index(other) :], other])
                self.report(place, f"block {other} contains itself: {way}")
            elif other not in done:
                self.check_cycle(other, [*trail, other], done)
        done.add(name)

    def body(self, tree: Tree, scope: Scope) -> Layers:
        """The layers of a block or a network, which may be missing but not empty."""
        listed = (tree.entries or {}).get("layers")
        if listed is None:
            return ()
        if listed.items == []:
            self.report(listed.place, "layers is empty")
        return self.layers(listed, "layers", scope)

    def declared(self, tree: Tree | None) -> dict[str, Param]:
        """The parameters that a file gives to a block or a network, each with its default.

        A default may be an expression over those before it, and `channels` of the input.
        """
        params: dict[str, Param] = {}
        named = {} if tree is None else self.named(tree, "params")
        if tree is not None and len(named) > MOST_PARAMS:
            self.report(tree.place, f"{len(named):,} parameters, of which {MOST_PARAMS:,} may be")
            return {}
        for name, each in named.items():
            default: Value = inspect.Parameter.empty
            if each.text != "":
                default = self.free(each, name, ALWAYS | params.keys())
            params[name] = Param(name, ANY, "", None, default)
        return params

    def named(self, tree: Tree, what: str) -> dict[str, Tree]:
        """A mapping whose keys the file chooses; those that could be no name are reported."""
        if tree.entries is None:
            self.report(tree.place, f"{what} is a mapping, not {tree.kind}")
        for name in tree.entries or {}:
            self.check_name(name, tree.keys[name], dashes=what == "blocks")
        return tree.entries or {}
