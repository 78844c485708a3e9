"""The YAML of one design of a network, which every command takes.

Where a choice has one answer, that stands in its place. Where copies of a layer have different
ones, the choice stays, and `design` says which option each takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from convcost.errors import Problem
from convcost.networks.arithmetic import show
from convcost.networks.cases import Case
from convcost.networks.choices import HW, option_of
from convcost.networks.inputs import Inputs, axes_of, first_map, resized
from convcost.networks.parameters import CASE_PARAMS
from convcost.ops.op import times
from convcost.sources.patterns import SHOWN, shipped_folder
from convcost.sources.reading.reader import plain
from convcost.sources.reading.terms import word_of
from convcost.sources.spaces.vary import FLAG
from convcost.sources.tree import MAX_BYTES, Tree, parse_tree, read_bytes

LEFT_OUT = ("published", "variants", "design", "name")
"""What is of the network as the file has it, and not of a design."""

SMALL = 12
"""Values of a mapping that stands on one line."""


def design_text(
    case: Case,
    name: str,
    choices: Mapping[str, str],
    places: Mapping[str, str],
) -> str:
    """The YAML of a network with one option of each choice; `places` are where they stand."""
    whole = _read(case)
    own = _network(whole, case.place)
    words: dict[str, set[str]] = {}
    for path, word in choices.items():
        words.setdefault(places[path], set()).add(word)
    settled = {place: next(iter(own)) for place, own in words.items() if len(own) == 1}
    clear = len(settled) == len(words)
    picker = _Picker(settled, clear)
    entries = {key: tree for key, tree in (own.entries or {}).items() if key not in LEFT_OUT}
    blocks = (whole.entries or {}).get("blocks")
    if blocks is not None:
        entries = {**entries, "blocks": blocks}
    picked = picker.value(Tree("", entries=entries)).entries or {}
    named: dict[str, Tree] = {"name": _text(name), **picked}
    sizes = _sizes(case, {**choices, **case.design})
    if sizes and (case.variant or HW in named or sizes != _sizes_in(named.get("input"))):
        named[HW] = _text(sizes)
    _set(named, {**case.uses[0].given, **_varied(choices, places)})
    for key, value in (("fuse", case.fuse), ("batch", case.batch)):
        named.pop(key, None)
        if value != CASE_PARAMS[key].default:
            named[key] = _text(show(value))
    left = {path: word for path, word in choices.items() if places[path] not in picker.done}
    left = {path: word for path, word in left.items() if path != HW and places[path] != FLAG}
    left |= {path: word for path, word in case.design.items() if path != HW}
    if left:
        named["design"] = Tree("", entries={path: _text(word) for path, word in left.items()})
    return _dump(_ordered(named))


def _sizes(case: Case, choices: Mapping[str, str]) -> str:
    """The size of the map that comes in, `96x128`; nothing if none does."""
    inputs: Inputs = case.inputs
    if case.hw is not None and HW in choices:
        index = option_of(choices[HW], case.hw.words)
        assert index is not None
        inputs = resized(inputs, case.hw.values[index])
    shape = inputs[first_map(inputs)]
    alike = axes_of(shape) and len({*shape[1:]}) == 1
    return str(shape[1]) if alike else times(shape[1:]) if axes_of(shape) else ""


def _sizes_in(tree: Tree | None) -> str:
    """The sizes of a shape in a file, without its channels."""
    text = (tree.text or "").partition("x")[2] if tree is not None else ""
    sizes = text.split("x")
    return sizes[0] if len({*sizes}) == 1 else text


def _ordered(entries: Mapping[str, Tree]) -> Tree:
    """The entries in the order in which networks are written."""
    first = ("name", "source", "input", "inputs", HW, "batch", "params", "design")
    keys = [key for key in first if key in entries]
    return Tree("", entries={key: entries[key] for key in [*keys, *entries]})


def text_of(case: Case) -> tuple[str, str]:
    """The path of the file that a network is in, and its text.

    Raises:
        ConvcostError: it cannot be read again.
    """
    path = case.place.rsplit(":", 2)[0]
    shipped = shipped_folder() / path.removeprefix(SHOWN)
    file = str(shipped) if path.startswith(SHOWN) else path
    return path, read_bytes(file, MAX_BYTES, "not a config").decode("utf-8-sig")


def _read(case: Case) -> Tree:
    """The file that a network is in."""
    path, text = text_of(case)
    problems: list[Problem] = []
    return parse_tree(text, path, problems)


def _network(tree: Tree, place: str) -> Tree:
    """The network in a file that stands at a place, or whose variant does."""
    if tree.entries is not None and "networks" not in tree.entries:
        return tree
    assert tree.entries is not None
    networks = tree.entries["networks"].items or []
    for each in networks:
        variants = (each.entries or {}).get("variants")
        if place in [
            each.place,
            *[own.place for own in (variants.items or [] if variants else [])],
        ]:
            return each
    raise AssertionError(place)


def _set(entries: dict[str, Tree], values: Mapping[str, Any]) -> None:
    """Give parameters of the network the values that they have."""
    plain_ones = {name: value for name, value in values.items() if not hasattr(value, "words")}
    if plain_ones:
        params = entries.get("params", Tree("", entries={}))
        known = params.entries or {}
        shown = {name: _text(_shown(value)) for name, value in plain_ones.items()}
        entries["params"] = replace(params, entries={**known, **shown})


def _varied(choices: Mapping[str, str], places: Mapping[str, str]) -> dict[str, str]:
    return {path: word for path, word in choices.items() if places[path] == FLAG and path != HW}


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return value
    if getattr(value, "denominator", 1) != 1:
        return f"{value.numerator} / {value.denominator}"
    return show(value)


def _text(text: str) -> Tree:
    return Tree("", text=text)


class _Picker:
    """Puts options in the place of the choices that have one answer."""

    def __init__(self, settled: Mapping[str, str], clear: bool) -> None:
        self.settled = settled
        self.clear = clear
        """Whether all have; else layers stay where they are, which have to do with paths."""
        self.done: set[str] = set()

    def value(self, tree: Tree) -> Tree:
        """A value without the choices in it that are settled."""
        if tree.entries is not None:
            if "choose" in tree.entries and tree.entries.keys() <= {"choose", "same"}:
                chosen = self.option(tree)
                if chosen is not None:
                    return chosen
            return Tree("", entries={key: self.value(own) for key, own in tree.entries.items()})
        if tree.items is not None:
            return Tree("", items=[each for item in tree.items for each in self.items(item)])
        return tree

    def option(self, tree: Tree) -> Tree | None:
        """The option of a value that is settled, or of a layer with nothing beside it."""
        word = self.settled.get(tree.place)
        listed = (tree.entries or {})["choose"]
        if word is None or (listed.entries is not None and not self.clear):
            return None
        self.done.add(tree.place)
        if listed.entries is not None:
            return self.value(listed.entries[word])
        for item in listed.items or []:
            if word_of(item) == word:
                return self.value(item)
        return _text(word)

    def items(self, tree: Tree) -> list[Tree]:
        """An item of a list, in which a layer that is chosen may be several, or none."""
        entries = tree.entries or {}
        chosen = entries.get("choose")
        word = self.settled.get(tree.place)
        if chosen is None or chosen.entries is None or word is None or not self.clear:
            return [self.value(tree)]
        self.done.add(tree.place)
        found = self.value(chosen.entries[word])
        layers = [found] if found.items is None else found.items
        beside = {k: self.value(own) for k, own in entries.items() if k not in ("choose", "same")}
        if not beside:
            return layers
        return [Tree("", entries={"layers": Tree("", items=layers), **beside})]


def _dump(tree: Tree) -> str:
    import yaml

    class Dumper(yaml.SafeDumper):
        def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
            super().increase_indent(flow, False)

    resolver = Dumper("")  # type: ignore[arg-type]

    def node(tree: Tree) -> yaml.Node:
        if tree.entries is not None:
            pairs = [(node(_text(key)), node(own)) for key, own in tree.entries.items()]
            return yaml.MappingNode("tag:yaml.org,2002:map", pairs, flow_style=_is_small(tree))
        if tree.items is not None:
            items = [node(item) for item in tree.items]
            flow = all(item.text is not None for item in tree.items)
            return yaml.SequenceNode("tag:yaml.org,2002:seq", items, flow_style=flow)
        text = tree.text or ""
        tag = resolver.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
        return yaml.ScalarNode(tag, text)

    written: str = yaml.serialize(node(tree), Dumper=Dumper, width=100, allow_unicode=True)
    return written


def _is_small(tree: Tree) -> bool:
    """Whether a mapping stands on one line: it has values only, and not many."""
    entries = tree.entries or {}
    # What is empty cannot stand within braces.
    return len(entries) <= SMALL and all(own.text != "" and plain(own) for own in entries.values())
