"""YAML configs: from marked trees to cases.

A config has `cases`, a list of mappings: a `name`, the parameters of the case and of its kinds,
the `kinds` themselves, and a `matrix` that multiplies the case. `defaults` hold for every case.
All problems of a file are reported at once, each with file:line:col.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import product
from math import prod
from typing import Any, NamedTuple

from convcost.cases import (
    PARAMS,
    Case,
    default_of,
    make_case,
    shape_problems,
    show_value,
    unused,
)
from convcost.errors import ConvcostError, Problem, no_such
from convcost.kinds import KINDS, find
from convcost.registry import Kind, Param
from convcost.tree import Tree, read_tree

MAX_CASES = 10_000
"""Cases that one matrix may make."""

_PLACEHOLDER = re.compile(r"\{(\w+)\}")

Uses = list[tuple[Kind, dict[str, Any]]]
ALL_KINDS: Uses = [(kind, {}) for kind in KINDS.values()]


class Defaults(NamedTuple):
    """What holds for every case of a file unless the case says otherwise."""

    params: dict[str, Any]
    kinds: Uses


def read_cases(path: str) -> list[Case]:
    """The cases of a YAML config, in order.

    Raises:
        ConvcostError: everything that is wrong with the file.
    """
    reader = _Reader()
    cases = reader.config(read_tree(path, reader.problems))
    if reader.problems:
        raise ConvcostError(*sorted(reader.problems, key=_position))
    return cases


def _position(problem: Problem) -> tuple[int, ...]:
    return tuple(int(part) for part in problem.place.rsplit(":", 2)[1:] if part.isdigit())


class _Reader:
    """Reads one file and collects its problems; where one was found, reading goes on."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def report(self, place: str, message: str) -> None:
        """Remember a problem."""
        self.problems.append(Problem(place, message))

    def config(self, tree: Tree) -> list[Case]:
        """A whole file: `defaults` and `cases`."""
        entries = self.mapping(tree, "a config", ("defaults", "cases"))
        defaults = self.defaults(entries.get("defaults"))
        if "cases" not in entries:
            if tree.entries is not None:
                self.report(tree.place, "no cases here; a config has 'cases', a list")
            return []
        items = self.list(entries["cases"], "cases")
        if entries["cases"].items == []:
            self.report(entries["cases"].place, "cases is empty")
        cases = [case for item in items for case in self.case(item, defaults)]
        self.check_names(cases)
        if not self.problems:
            kinds = [use.kind for case in cases for use in case.uses]
            for name in [name for name, _ in unused(defaults.params, kinds)]:
                place = entries["defaults"].keys[name]
                self.report(place, f"{name} is not taken by any kind of any case")
        return cases

    def defaults(self, tree: Tree | None) -> Defaults:
        """The `defaults` of a file: parameters, and kinds (all of them if none are named)."""
        if tree is None or tree.text == "":
            return Defaults({}, ALL_KINDS)
        entries = self.mapping(tree, "defaults", ("kinds", *PARAMS))
        return Defaults(self.params(entries), self.kinds(entries.get("kinds")) or ALL_KINDS)

    def check_names(self, cases: list[Case]) -> None:
        """Every case of a file has a name of its own."""
        first: dict[str, Case] = {}
        for case in cases:
            other = first.setdefault(case.name, case)
            if other is not case:
                line = other.place.rsplit(":", 2)[1]
                self.report(case.place, f"a second case is called '{case.name}', as on line {line}")

    def case(self, tree: Tree, defaults: Defaults) -> Iterator[Case]:
        """One entry of `cases`, once for each combination of its matrix."""
        before = len(self.problems)
        entries = self.mapping(tree, "a case", ("name", "matrix", "kinds", *PARAMS))
        if tree.entries is None:
            return
        own = self.params(entries)
        kinds = self.kinds(entries.get("kinds")) or defaults.kinds
        combinations = self.matrix(entries["matrix"]) if "matrix" in entries else [{}]
        names = dict.fromkeys([*own, *(name for each in combinations for name in each)])
        for name, message in unused(names, [kind for kind, _ in kinds]):
            self.report(self.place_of(name, tree), f"{name} {message}")
        shapes = [{**defaults.params, **own, **combination} for combination in combinations]
        for name, message in dict.fromkeys(p for shape in shapes for p in shape_problems(shape)):
            self.report(self.place_of(name, tree), f"{name} {message}")
        called = self.name(tree, combinations, [{**_defaults(kinds), **shape} for shape in shapes])
        if len(self.problems) == before:
            for name, values in zip(called, shapes, strict=True):
                yield make_case(name, values, kinds, tree.place)

    def place_of(self, name: str, tree: Tree) -> str:
        """Where a case says a parameter: itself, in its matrix, or not at all."""
        varied = (tree.entries or {}).get("matrix")
        return tree.keys.get(name) or (varied and varied.keys.get(name)) or tree.place

    def name(
        self, tree: Tree, combinations: list[dict[str, Any]], shapes: list[dict[str, Any]]
    ) -> list[str]:
        """A case's names: `{k}` stands for a parameter; else what the matrix varies is added."""
        entry = (tree.entries or {}).get("name")
        if entry is None:
            self.report(tree.place, "the case has no name")
            return []
        name = entry.text or ""
        if not name or not name.isprintable():
            self.report(entry.place, f"a name is one line of text, not {entry.kind}")
        wanted = _PLACEHOLDER.findall(name)
        for unknown in dict.fromkeys(w for shape in shapes for w in wanted if w not in shape):
            self.report(entry.place, f"the name asks for {{{unknown}}}, which the case has not")
        if wanted:
            return [_placed(name, shape) for shape in shapes]
        return [
            " ".join([name, *[f"{key}={show_value(value)}" for key, value in each.items()]])
            for each in combinations
        ]

    def matrix(self, tree: Tree) -> list[dict[str, Any]]:
        """Every combination of the listed values, less `exclude`, then `include` as CI does."""
        before = len(self.problems)
        entries = self.mapping(tree, "a matrix", ("include", "exclude", *PARAMS))
        listed = {n: v for n, v in entries.items() if n not in ("include", "exclude")}
        axes = {
            name: [self.value(item, PARAMS[name]) for item in self.list(values, f"matrix {name}")]
            for name, values in listed.items()
        }
        if prod(map(len, axes.values())) > MAX_CASES:
            self.report(tree.place, f"the matrix makes more than {MAX_CASES:,} cases")
            return []
        made = [dict(zip(axes, each, strict=True)) for each in product(*axes.values()) if axes]
        for item in self.partial(entries.get("exclude"), "exclude", tuple(axes)):
            made = [each for each in made if not item.items() <= each.items()]
        originals = list(made)
        for item in self.partial(entries.get("include"), "include", tuple(PARAMS)):
            fits = [each for each in originals if not _contradicts(item, each, axes)]
            for each in fits:
                each.update(item)
            if not fits:
                made.append(item)
        if not made and len(self.problems) == before:
            self.report(tree.place, "the matrix makes no case")
        return made

    def partial(self, tree: Tree | None, key: str, known: tuple[str, ...]) -> list[dict[str, Any]]:
        """The mappings of parameters listed under `include` or `exclude`."""
        items = [] if tree is None else self.list(tree, key)
        found = []
        for item in items:
            if item.entries == {}:
                self.report(item.place, f"an entry of {key} is empty")
            found.append(self.params(self.mapping(item, f"an entry of {key}", known)))
        return [each for each in found if each]

    def params(self, entries: Mapping[str, Tree]) -> dict[str, Any]:
        """Those of the entries that are parameters, parsed."""
        found = [(name, tree) for name, tree in entries.items() if name in PARAMS]
        return {name: self.value(tree, PARAMS[name]) for name, tree in found}

    def kinds(self, tree: Tree | None) -> Uses:
        """A list of kinds, each a name or a mapping of one name to parameters of its own."""
        if tree is None:
            return []
        items = self.list(tree, "kinds")
        if tree.items == []:
            self.report(tree.place, "kinds is empty")
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
        if own is None or own.text == "":
            return kind, {}
        entries = self.mapping(own, kind.name, tuple(kind.params))
        return kind, {n: self.value(value, kind.params[n]) for n, value in entries.items()}

    def value(self, tree: Tree, param: Param) -> Any:
        """One parameter's value; None where it was refused."""
        raw: object = tree.text
        if tree.items is not None and all(item.text is not None for item in tree.items):
            raw = [item.text for item in tree.items]
        if raw is None:
            self.report(tree.place, f"{param.name} is a value or a list of values")
            return None
        try:
            return param.type.parse(raw)
        except ValueError as error:
            self.report(tree.place, f"{param.name} {error}")
            return None

    def mapping(self, tree: Tree, what: str, known: tuple[str, ...]) -> dict[str, Tree]:
        """The known entries of a mapping; the others are reported."""
        if tree.entries is None:
            self.report(tree.place, f"{what} is a mapping, not {tree.kind}")
            return {}
        for key in tree.entries:
            if key not in known:
                self.report(tree.keys[key], no_such(f"key in {what}", key, known))
        return {key: value for key, value in tree.entries.items() if key in known}

    def list(self, tree: Tree, what: str) -> list[Tree]:
        """The items of a list."""
        if tree.items is None:
            self.report(tree.place, f"{what} is a list, not {tree.kind}")
        return tree.items or []


def _placed(name: str, values: Mapping[str, Any]) -> str:
    """A name with parameters in their places."""
    return _PLACEHOLDER.sub(lambda match: show_value(values.get(match[1], "")), name)


def _defaults(kinds: Uses) -> dict[str, str]:
    """What parameters are that a case does not mention, for its name."""
    found = {name: default_of(name, [kind for kind, _ in kinds]) for name in PARAMS}
    return {name: value for name, value in found.items() if value}


def _contradicts(
    item: Mapping[str, Any], combination: Mapping[str, Any], axes: Mapping[str, Any]
) -> bool:
    """Whether `item` would overwrite a value that the matrix listed."""
    return any(name in axes and combination[name] != value for name, value in item.items())
