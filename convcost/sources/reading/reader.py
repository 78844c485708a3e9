"""Reading a marked tree: mappings, lists, parameters and kinds, with every problem at its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convcost.errors import ConvcostError, Problem, no_such, shorten
from convcost.kinds.catalogue import find
from convcost.kinds.registry import Kind, Param
from convcost.networks.parameters import every_param
from convcost.sources.tree import Tree
from convcost.values.types import Type

MOST_CASES = 10_000
"""Cases, networks and variants of a file."""
MOST_ROWS = 100_000
"""Kinds of all its cases."""

LONGEST_TITLE = 200
"""Characters of a name; of which a table has a column, and a matrix thousands."""

LONGEST_NOTE = 1_000

Uses = list[tuple[Kind, dict[str, Any]]]
"""Kinds, each with parameters of its own."""


class Reader:
    """Reads one file and collects its problems; where one was found, reading goes on."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.known = every_param()
        """What a case can say, by name."""
        self.cases = 0
        self.rows = 0

    def report(self, place: str, message: str) -> None:
        """Remember a problem."""
        self.problems.append(Problem(place, message))

    def count(self, place: str, cases: int = 1, kinds: int = 1) -> None:
        """Count what a file makes, wherever aliases and matrices make it.

        Raises:
            ConvcostError: it is too much.
        """
        self.cases += cases
        self.rows += cases * kinds
        for made, most, what in (
            (self.cases, MOST_CASES, "cases"),
            (self.rows, MOST_ROWS, "kinds of cases"),
        ):
            if made > most:
                message = f"these are more than {most:,} {what} in one file"
                raise ConvcostError(*self.problems, Problem(place, message))

    def params(self, entries: Mapping[str, Tree]) -> dict[str, Any]:
        """Those of the entries that are parameters, parsed."""
        found = [(name, tree) for name, tree in entries.items() if name in self.known]
        return {name: self.value(tree, self.known[name]) for name, tree in found}

    def kinds(self, tree: Tree | None, key: str = "kinds") -> Uses:
        """A list of kinds, each a name or a mapping of one name to parameters of its own."""
        if tree is None:
            return []
        items = self.sequence(tree, key)
        if tree.items == []:
            self.report(tree.place, f"{key} is empty")
        return [use for use in map(self.use, items) if use is not None]

    def use(self, tree: Tree) -> tuple[Kind, dict[str, Any]] | None:
        """One entry of `kinds`: `group`, or `group: {groups: 4}`."""
        name, place, own = tree.text, tree.place, None
        if tree.entries is not None and len(tree.entries) == 1:
            [(name, own)] = tree.entries.items()
            place = tree.keys[name]
        if name is None:
            self.report(place, f"a kind is a name, or 'name: {{parameters}}', not {tree.kind}")
            return None
        try:
            kind = find(name)
        except ValueError as error:
            self.report(place, str(error))
            return None
        entries = self.parameters(own, kind)
        return kind, {n: self.value(value, kind.params[n]) for n, value in entries.items()}

    def parameters(self, own: Tree | None, kind: Kind) -> dict[str, Tree]:
        """What a kind is given, by the names of its parameters."""
        if own is None or own.text == "":
            return {}
        if own.text is not None and kind.params:
            first = next(iter(kind.params))
            example = f"{kind.name}: {{{first}: {shorten(own.text)}}}"
            self.report(own.place, f"parameters of {kind.name} have names, such as {example}")
            return {}
        return self.mapping(own, kind.name, tuple(kind.params))

    def value(self, tree: Tree, param: Param) -> Any:
        """One parameter's value; None where it was refused."""
        return self.parsed(tree, param.name, param.type)

    def parsed(self, tree: Tree, name: str, how: Type) -> Any:
        """The value of a scalar or a list of scalars; None where it was refused."""
        raw = plain(tree)
        if raw is None:
            self.report(tree.place, f"{name} is a value or a list of values")
            return None
        try:
            return how.parse(raw)
        except ValueError as error:
            self.report(tree.place, f"{name} {error}")
            return None

    def title(self, tree: Tree, most: int = LONGEST_TITLE) -> str:
        """A name, which is one line of text."""
        name = tree.text or ""
        if not name or not name.isprintable():
            self.report(tree.place, f"a name is one line of text, not {tree.kind}")
        if len(name) > most:
            self.report(tree.place, f"is {len(name):,} characters long, which may be {most}")
        return name[:most]

    def mapping(self, tree: Tree, what: str, known: tuple[str, ...]) -> dict[str, Tree]:
        """The known entries of a mapping; the others are reported."""
        if tree.entries is None:
            self.report(tree.place, f"{what} is a mapping, not {tree.kind}")
            return {}
        for key, value in tree.entries.items():
            if key not in known:
                message = no_such(f"key in {what}", key, known)
                if value.text == "" and not key.isidentifier():
                    message = f"'{shorten(key)}' stands alone; a value with a comma needs quotes"
                self.report(tree.keys[key], message)
        return {key: value for key, value in tree.entries.items() if key in known}

    def sequence(self, tree: Tree, what: str) -> list[Tree]:
        """The items of a list."""
        if tree.items is None:
            self.report(tree.place, f"{what} is a list, not {tree.kind}")
        return tree.items or []


def plain(tree: Tree) -> object:
    """The text of a scalar, a list of these, or of such lists; None for a mapping, or for more."""
    if tree.items is None:
        return tree.text
    items = [_texts(item) for item in tree.items]
    return None if None in items else items


def _texts(tree: Tree) -> str | list[str] | None:
    """The text of a scalar, or of each item of a list; None for what is no such thing."""
    if tree.items is None:
        return tree.text
    texts = [item.text for item in tree.items if item.text is not None]
    return texts if len(texts) == len(tree.items) else None
