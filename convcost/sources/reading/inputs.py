"""Reading what comes into a network: shapes by name, and another size of the map."""

from __future__ import annotations

from collections.abc import Mapping

from convcost.errors import shorten
from convcost.networks.inputs import INPUT, Inputs, resized
from convcost.networks.settings import Options, Setting
from convcost.ops.layouts import Tokens
from convcost.ops.op import Axes, Shape
from convcost.sources.reading.blocks import BlockReader
from convcost.sources.reading.names import is_word
from convcost.sources.tree import Tree
from convcost.values.axes import PerAxis, ShapeType


class InputReader(BlockReader):
    """Reads inputs."""

    def inputs(self, entries: Mapping[str, Tree]) -> dict[str, Shape]:
        """What comes in: one input, or several by name."""
        if "inputs" not in entries:
            shape = self.shape(entries["input"], INPUT) if "input" in entries else None
            return {INPUT: shape} if shape else {}
        tree = entries["inputs"]
        if "input" in entries:
            self.report(tree.place, "a network has input, or inputs by name, not both")
        if tree.entries is None or not tree.entries:
            self.report(
                tree.place, "inputs are shapes by name, such as {image: 3x224x224, meta: 17}"
            )
        found = {}
        for name, each in (tree.entries or {}).items():
            if not is_word(name):
                self.report(tree.keys[name], f"'{shorten(name)}' is no name for an input")
            found[name] = self.shape(each, f"inputs {name}") or ()
        return found

    def shape(self, tree: Tree, name: str) -> Shape | None:
        """A map, features, or `{tokens: 197x768}`; None where it was refused."""
        if tree.entries is None:
            found: Shape | None = self.parsed(tree, name, ShapeType())
            return found
        sizes = self.mapping(tree, name, ("tokens",)).get("tokens")
        if sizes is None:
            if not tree.entries:
                self.report(tree.place, f"{name} is a shape, or of tokens {{tokens: 197x768}}")
            return None
        shape = self.parsed(sizes, f"{name} tokens", ShapeType())
        if shape is not None and len(shape) != 2:
            self.report(sizes.place, f"{name} tokens are their number x channels, such as 197x768")
        return Tokens(shape) if shape else None

    def hw(self, tree: Tree, inputs: dict[str, Shape]) -> Options | None:
        """Sizes of which one is chosen; where there is one, `inputs` are of that size from now."""
        hw = self.setting(tree, "hw", PerAxis(), frozenset())
        sizes = hw.values if isinstance(hw, Options) else (hw,)
        for size in sizes:
            if isinstance(size, Setting):
                self.report(size.place, "hw is a number, or one for each axis, not an expression")
            elif size is not None:
                resized_to = self.resized(tree, inputs, size)
                if not isinstance(hw, Options):
                    inputs.update(resized_to)
        return hw if isinstance(hw, Options) else None

    def resized(self, tree: Tree, inputs: Inputs, hw: int | Axes) -> Inputs:
        """The inputs with another size of the map, if that fits."""
        try:
            return resized(inputs, hw) if inputs and () not in inputs.values() else inputs
        except ValueError as error:
            self.report(tree.place, f"hw {error}")
            return inputs
