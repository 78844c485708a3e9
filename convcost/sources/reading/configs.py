"""YAML configs: from marked trees to cases.

A config has `cases`, a list of mappings: a `name`, the parameters of the case and of its kinds,
the `kinds` themselves, and a `matrix` that multiplies the case. `defaults` hold for every case.
It may have `networks`, a list of mappings: a `name`, an `input`, `layers` in order, and figures
that were `published`; or be one such mapping itself. All problems of a file are reported at once,
each with file:line:col.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from itertools import product
from math import prod
from typing import Any, NamedTuple

from convcost.errors import ConvcostError, Problem, few_hints
from convcost.kinds.catalogue import compared_kinds
from convcost.networks.cases import Case, make_case
from convcost.networks.parameters import default_of, every_param, shape_problems, show_value, unused
from convcost.sources.guarded import CONFIG, LOCK, patterns_of
from convcost.sources.reading.networks import NetworkReader
from convcost.sources.reading.reader import MOST_CASES, Uses
from convcost.sources.tree import Tree, parse_tree, read_tree

CONFIG_KEYS = ("defaults", "cases", "blocks", "networks", "configs")

MOST_PAIRS = 5_000_000
"""Combinations of a matrix times what is excluded from them or included."""

_PLACEHOLDER = re.compile(r"\{(\w+)\}")

COMPARED: Uses = [(kind, {}) for kind in compared_kinds()]


class Defaults(NamedTuple):
    """What holds for every case of a file unless the case says otherwise."""

    params: dict[str, Any]
    kinds: Uses


def read_config(path: str) -> list[Case]:
    """The cases of a YAML config, in order.

    Raises:
        ConvcostError: everything that is wrong with the file.
    """
    reader = _Config()
    return _cases(reader, read_tree(path, reader.problems))


def parse_config(text: str, path: str) -> list[Case]:
    """The cases of a config of this text; `path` stands in front of every place.

    Raises:
        ConvcostError: everything that is wrong with it.
    """
    reader = _Config()
    return _cases(reader, parse_tree(text, path, reader.problems))


def _cases(reader: _Config, tree: Tree) -> list[Case]:
    with few_hints():
        cases = reader.config(tree)
    if reader.problems:
        raise ConvcostError(*sorted(reader.problems, key=_position))
    return cases


def _position(problem: Problem) -> tuple[int, ...]:
    return tuple(int(part) for part in problem.place.rsplit(":", 2)[1:] if part.isdigit())


class _Config(NetworkReader):
    """Reads a config."""

    def config(self, tree: Tree) -> list[Case]:
        """A whole file: `defaults` and `cases`, `networks`, or one network."""
        if tree.entries is not None and {"layers", "input", "inputs"} & tree.entries.keys():
            cases = self.networks(tree, _stem(tree))
            self.check_names("network", cases)
            return cases
        if tree.entries is not None and LOCK in tree.entries:
            message = "this is a lock, not a config; convcost check compares configs with it"
            self.report(tree.place, message)
            return []
        if tree.entries is not None and "rules" in tree.entries:
            self.report(tree.place, "this is a convention, not a config; --as counts by it")
            return []
        entries = self.mapping(tree, "a config", CONFIG_KEYS)
        if "configs" in entries:
            self.check_configs(entries["configs"], tree.keys["configs"])
        self.read_blocks(entries.get("blocks"))
        defaults = self.defaults(entries.get("defaults"))
        if "cases" not in entries and "networks" not in entries:
            if tree.entries is not None and "configs" not in entries:
                message = "no cases here; a config has 'cases' or 'networks', lists"
                self.report(tree.place, message)
            return []
        cases = [c for item in self.items(entries, "cases") for c in self.case(item, defaults)]
        networks = [
            each for item in self.items(entries, "networks") for each in self.networks(item)
        ]
        self.check_names("case", cases)
        self.check_names("network", [each for each in networks if each.name])
        if defaults.params and not cases and not self.problems:
            place = entries["defaults"].place
            self.report(place, "defaults are of cases, and there are none; networks take none")
        elif not self.problems:
            kinds = [use.kind for case in cases for use in case.uses]
            for name in [name for name, _ in unused(defaults.params, kinds)]:
                place = entries["defaults"].keys[name]
                self.report(place, f"{name} is not taken by any kind of any case")
        return cases + networks

    def check_configs(self, tree: Tree, place: str) -> None:
        """Report what is wrong with a list of configs, which `with_listed` reads."""
        if os.path.basename(_file(tree)) != CONFIG:
            self.report(place, f"configs are listed in {CONFIG} only")
        patterns_of(tree, self.problems)

    def items(self, entries: Mapping[str, Tree], key: str) -> list[Tree]:
        """The items of a list that may be missing, but not empty."""
        if key not in entries:
            return []
        if entries[key].items == []:
            self.report(entries[key].place, f"{key} is empty")
        return self.sequence(entries[key], key)

    def defaults(self, tree: Tree | None) -> Defaults:
        """The `defaults` of a file: parameters, and kinds (all of them if none are named)."""
        if tree is None or tree.text == "":
            return Defaults({}, COMPARED)
        entries = self.mapping(tree, "defaults", ("kinds", *self.known))
        return Defaults(self.params(entries), self.kinds(entries.get("kinds")) or COMPARED)

    def check_names(self, what: str, cases: list[Case]) -> None:
        """Every case, and every network, of a file has a name of its own."""
        first: dict[str, Case] = {}
        for case in cases:
            other = first.setdefault(case.name, case)
            if other is not case:
                line = other.place.rsplit(":", 2)[1]
                message = f"a second {what} is called '{case.name}', as on line {line}"
                self.report(case.place, message)

    def case(self, tree: Tree, defaults: Defaults) -> Iterator[Case]:
        """One entry of `cases`, once for each combination of its matrix."""
        before = len(self.problems)
        entries = self.mapping(tree, "a case", ("name", "matrix", "kinds", "budget", *self.known))
        if tree.entries is None:
            return
        own = self.params(entries)
        budget = self.budget(entries.get("budget"))
        kinds = self.kinds(entries.get("kinds")) or defaults.kinds
        combinations = self.matrix(entries["matrix"]) if "matrix" in entries else [{}]
        self.count(tree.place, len(combinations), len(kinds))
        names = dict.fromkeys([*own, *(name for each in combinations for name in each)])
        of = [kind for kind, _ in kinds]
        for name, message in unused(names, of):
            self.report(self.place_of(name, tree), f"{name} {message}")
        shapes = [{**defaults.params, **own, **combination} for combination in combinations]
        for name, message in dict.fromkeys(p for each in shapes for p in shape_problems(each, of)):
            self.report(self.place_of(name, tree), f"{name} {message}")
        called = self.name(tree, combinations, shapes, kinds)
        if len(self.problems) == before and None not in defaults.params.values():
            for name, values in zip(called, shapes, strict=True):
                case = make_case(name, values, kinds, tree.place)
                yield case._replace(budget=budget, every_kind=kinds is COMPARED)

    def place_of(self, name: str, tree: Tree) -> str:
        """Where a case says a parameter: itself, in its matrix, or not at all."""
        varied = (tree.entries or {}).get("matrix")
        return tree.keys.get(name) or (varied and varied.keys.get(name)) or tree.place

    def name(
        self,
        tree: Tree,
        combinations: list[dict[str, Any]],
        shapes: list[dict[str, Any]],
        kinds: Uses,
    ) -> list[str]:
        """A case's names: `{k}` stands for a parameter; else what the matrix varies is added."""
        entry = (tree.entries or {}).get("name")
        if entry is None:
            self.report(tree.place, "the case has no name")
            return []
        name = self.title(entry)
        wanted = _PLACEHOLDER.findall(name)
        if wanted:
            defaults = _defaults(kinds)
            known = [{**defaults, **shape} for shape in shapes]
            for unknown in dict.fromkeys(w for shape in known for w in wanted if w not in shape):
                self.report(entry.place, f"the name asks for {{{unknown}}}, which the case has not")
            return [_placed(name, shape) for shape in known]
        return [
            " ".join([name, *[f"{key}={show_value(value)}" for key, value in each.items()]])
            for each in combinations
        ]

    def matrix(self, tree: Tree) -> list[dict[str, Any]]:
        """Every combination of the listed values, less `exclude`, then `include` as CI does."""
        before = len(self.problems)
        entries = self.mapping(tree, "a matrix", ("include", "exclude", *self.known))
        listed = {n: v for n, v in entries.items() if n not in ("include", "exclude")}
        axes = {
            name: [
                self.value(item, self.known[name])
                for item in self.sequence(values, f"matrix {name}")
            ]
            for name, values in listed.items()
        }
        if prod(map(len, axes.values())) > MOST_CASES:
            self.report(tree.place, f"the matrix makes more than {MOST_CASES:,} cases")
            return []
        made = [dict(zip(axes, each, strict=True)) for each in product(*axes.values()) if axes]
        excluded = self.partial(entries.get("exclude"), "exclude", tuple(axes))
        included = self.partial(entries.get("include"), "include", tuple(self.known))
        if len(made) * (len(excluded) + len(included)) > MOST_PAIRS:
            self.report(tree.place, "the matrix excludes and includes too much for so many cases")
            return []
        for item in excluded:
            made = [each for each in made if not item.items() <= each.items()]
        originals = list(made)
        for item in included:
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
        items = [] if tree is None else self.sequence(tree, key)
        found = []
        for item in items:
            if item.entries == {}:
                self.report(item.place, f"an entry of {key} is empty")
            found.append(self.params(self.mapping(item, f"an entry of {key}", known)))
        return [each for each in found if each]


def _stem(tree: Tree) -> str:
    """The name of the file that a tree was read from, without its ending."""
    return os.path.splitext(os.path.basename(_file(tree)))[0]


def _file(tree: Tree) -> str:
    """The file that a tree was read from."""
    return tree.place.rsplit(":", 2)[0]


def _placed(name: str, values: Mapping[str, Any]) -> str:
    """A name with parameters in their places."""
    return _PLACEHOLDER.sub(lambda match: show_value(values.get(match[1], "")), name)


def _defaults(kinds: Uses) -> dict[str, str]:
    """What parameters are that a case does not mention, for its name."""
    found = {name: default_of(name, [kind for kind, _ in kinds]) for name in every_param()}
    return {name: value for name, value in found.items() if value}


def _contradicts(
    item: Mapping[str, Any], combination: Mapping[str, Any], axes: Mapping[str, Any]
) -> bool:
    """Whether `item` would overwrite a value that the matrix listed."""
    return any(name in axes and combination[name] != value for name, value in item.items())
