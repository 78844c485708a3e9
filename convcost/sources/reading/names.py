"""Reading the names that a file chooses itself, and those of layers that it reads."""

from __future__ import annotations

import keyword

from convcost.errors import LONGEST_NAME, shorten
from convcost.networks.arithmetic import CONSTANTS, FUNCTIONS
from convcost.networks.maps import Source
from convcost.sources.reading.terms import ALWAYS, TermReader
from convcost.sources.tree import Tree

WORDS = ("if", "else", "and", "or", "not")
"""Words of expressions."""


def is_word(name: str) -> bool:
    """Whether a name is one word, of letters, digits, `_` and `-`."""
    return name.replace("-", "_").isidentifier()


class NameReader(TermReader):
    """Reads names."""

    def check_name(self, name: str, place: str, dashes: bool = False) -> None:
        """Report what cannot be a name in expressions (or, with dashes, of a block)."""
        if name in CONSTANTS or name in FUNCTIONS or name in ALWAYS or name in WORDS:
            self.report(place, f"'{name}' has a meaning already; choose another name")
        elif keyword.iskeyword(name):
            self.report(place, f"'{name}' is a word of Python's, which is no name in expressions")
        elif not (name.replace("-", "_") if dashes else name).isidentifier():
            hint = f"use letters, such as {'dense-block' if dashes else 'width or n2'}"
            if ")" in name:
                hint = "a value with a comma in it needs quotes"
            self.report(place, f"'{shorten(name)}' is no name; {hint}")

    def map_read(self, tree: Tree, key: str = "from") -> Source:
        """The name of a layer whose map is read, or whose weights are shared."""
        if not is_word(tree.text or ""):
            hint = "" if key == "share" else ", or input"
            self.report(tree.place, f"{key} is the name of a layer{hint}")
        return Source(tree.text or "", tree.place)

    def layer_name(self, tree: Tree) -> str:
        """What stands in paths: one word without dots."""
        name = tree.text or ""
        if not is_word(name) or name == "total":
            self.report(tree.place, "a layer's name is one word, such as stem or stage-2")
        if len(name) > LONGEST_NAME:
            self.report(tree.place, f"a layer's name has at most {LONGEST_NAME} characters")
        return name
