"""YAML text as a tree whose every value knows its line and column.

Scalars stay text: what `012` or `no` mean is decided by the parameter that they are given to, so
YAML 1.1's surprises cannot happen. Duplicate keys, aliases that contain themselves or that grow
without end, tags and deep nesting are refused where they stand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import yaml

from convcost.errors import ConvcostError, Problem, shorten

MAX_BYTES = 4_000_000
MAX_DEPTH = 32
MAX_NODES = 200_000
"""Values in a file, those that aliases repeat included."""

Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(eq=False, slots=True)
class Tree:
    """A scalar (`text`), a list (`items`) or a mapping (`entries`, by key) in a YAML file.

    `keys` holds where each key stands; `size` counts the values within, aliases expanded.
    """

    place: str
    text: str | None = None
    items: list[Tree] | None = None
    entries: dict[str, Tree] | None = None
    keys: dict[str, str] = field(default_factory=dict)
    size: int = 1

    @property
    def kind(self) -> str:
        """What it is, in the words of an error message."""
        if self.text is not None:
            return f"'{shorten(self.text)}'" if self.text else "nothing"
        return "a list" if self.items is not None else "a mapping"


def read_tree(path: str, problems: list[Problem]) -> Tree:
    """Read a YAML file; `problems` takes what is wrong with it but does not hide the rest.

    Raises:
        ConvcostError: the file cannot be read, or it is no YAML; one problem with its place.
    """
    data = read_bytes(path, MAX_BYTES, "not a config")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ConvcostError(Problem(f"{path}:{line}", "not UTF-8 text")) from None
    return parse_tree(text, path, problems)


def read_bytes(path: str, most: int, otherwise: str) -> bytes:
    """The bytes of a file; of one that has more than `most` it is said what it is `otherwise`.

    Raises:
        ConvcostError: it cannot be read, or is larger.
    """
    try:
        with Path(path).open("rb") as file:
            data = file.read(most + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConvcostError(Problem(shorten(path, 200), reason.lower())) from None
    if len(data) > most:
        raise ConvcostError(Problem(path, f"larger than {most:,} bytes, {otherwise}"))
    return data


def parse_tree(text: str, path: str, problems: list[Problem]) -> Tree:
    """Parse YAML text; `path` stands in front of every place."""
    composer = _Composer(path, problems)
    try:
        for event in yaml.parse(text, Loader=Loader):
            composer.feed(event)
    except yaml.MarkedYAMLError as error:
        place = _place(path, error.problem_mark)
        hint = _hint(text, error.problem_mark)
        raise ConvcostError(*problems, Problem(place, f"not YAML: {error.problem}{hint}")) from None
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        place = f"{path}:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
        message = f"not YAML: character #x{ord(text[error.position]):02x} is not allowed"
        raise ConvcostError(*problems, Problem(place, message)) from None
    if composer.root is None:
        raise ConvcostError(Problem(path, "the file is empty"))
    return composer.root


def _hint(text: str, mark: Any) -> str:
    """What to do where a value begins with a bar, or one such as n[0] stands within braces."""
    lines = text.split("\n")
    known = mark is not None and mark.line < len(lines)
    if known and re.search(r"[:-] +\|[+-]?$", lines[mark.line][: mark.column]):
        return "; a value that begins with | needs quotes"
    listed = known and re.search(r"\w\[$", lines[mark.line][: mark.column + 1])
    return "; a value with brackets in it needs quotes" if listed else ""


def _place(path: str, mark: Any) -> str:
    return f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else path


class _Composer:
    """Builds the tree from the parser's events, without recursion."""

    def __init__(self, path: str, problems: list[Problem]) -> None:
        self.path = path
        self.problems = problems
        self.root: Tree | None = None
        self.open: list[Tree] = []
        self.slots: list[tuple[dict[str, Tree], str] | None] = []
        """Per open mapping, where the next value goes; None while a key is due."""
        self.anchors: dict[str, Tree] = {}

    def feed(self, event: yaml.Event) -> None:
        """Take in one event."""
        place = _place(self.path, event.start_mark)
        if isinstance(event, yaml.DocumentStartEvent) and self.root:
            self._refuse(place, "a second document; a config is one document")
        if isinstance(event, yaml.CollectionEndEvent):
            self.slots.pop()
            self._grow(self.open.pop())
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event.anchor, place)
        elif isinstance(event, yaml.NodeEvent):
            self._node(event, place)

    def _node(self, event: yaml.NodeEvent, place: str) -> None:
        tag = getattr(event, "tag", None)
        if tag not in (None, "!"):
            self._report(place, f"tag {tag} is not supported; write the plain value")
        if isinstance(event, yaml.ScalarEvent):
            tree = Tree(place, text=event.value)
        elif isinstance(event, yaml.SequenceStartEvent):
            tree = Tree(place, items=[])
        else:
            tree = Tree(place, entries={})
        if event.anchor:
            self.anchors[event.anchor] = tree
        self._attach(tree, place)
        if tree.text is not None:
            self._grow(tree)
            return
        if len(self.open) >= MAX_DEPTH:
            self._refuse(place, f"nested deeper than {MAX_DEPTH} levels")
        self.open.append(tree)
        self.slots.append(None)

    def _alias(self, anchor: str | None, place: str) -> None:
        tree = self.anchors.get(anchor or "")
        if tree is None:
            self._refuse(place, f"no anchor &{anchor} before this alias")
        if tree in self.open:
            self._refuse(place, f"alias *{anchor} stands inside the value that it names")
        self._attach(tree, place)
        self._grow(tree)

    def _attach(self, tree: Tree, place: str) -> None:
        """Put a value where it belongs: a key, a key's value, an item, or the root."""
        if not self.open:
            self.root = tree
            return
        parent, slot = self.open[-1], self.slots[-1]
        if parent.items is not None:
            parent.items.append(tree)
        elif slot is not None:
            values, key = slot
            values[key] = tree
            self.slots[-1] = None
        else:
            self.slots[-1] = self._slot(parent, tree, place)

    def _slot(self, parent: Tree, key: Tree, place: str) -> tuple[dict[str, Tree], str]:
        """Where the value of `key` goes: to nowhere if the key is refused."""
        if key.text is None:
            self._refuse(place, f"a key must be a name, not {key.kind}")
        assert parent.entries is not None
        if key.text == "<<":
            self._report(place, "merge keys are not supported; put shared values under 'defaults'")
        elif key.text in parent.keys:
            first = parent.keys[key.text].removeprefix(f"{self.path}:").split(":")[0]
            self._report(place, f"'{shorten(key.text)}' is here twice, first on line {first}")
        else:
            parent.keys[key.text] = place
            return parent.entries, key.text
        return {}, ""

    def _grow(self, child: Tree) -> None:
        """Count a finished value in the collection that holds it."""
        if self.open:
            self.open[-1].size += child.size
            if self.open[-1].size > MAX_NODES:
                message = f"more than {MAX_NODES:,} values once aliases are expanded"
                self._refuse(child.place, message)

    def _report(self, place: str, message: str) -> None:
        self.problems.append(Problem(place, message))

    def _refuse(self, place: str, message: str) -> NoReturn:
        raise ConvcostError(*self.problems, Problem(place, message))
