"""A convention of one's own: rules for names of calls, on top of a tool's table or alone."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from convcost.counting.conventions import Convention
from convcost.counting.listening import check_name, check_rule, each_name
from convcost.counting.own import NOT_SEEN, own_convention
from convcost.counting.profilers import TOOLS, find_convention
from convcost.counting.rules import Rule
from convcost.counting.words import parse_rule
from convcost.errors import ConvcostError, Problem, shorten
from convcost.sources.patterns import SHOWN, shipped_folder
from convcost.sources.reading.reader import LONGEST_NOTE, Reader
from convcost.sources.tree import Tree, parse_tree, read_tree
from convcost.values.words import Choice

KEYS = {
    "name": "what it is called in tables; else as the file is",
    "extends": "the tool, tool@version or way of counting whose table it starts from",
    "unit": "MACs or FLOPs: what a multiply-accumulate counts as 1 or 2 of",
    "called": "what the figure is called",
    "params": "which parameters it counts: all, or those of modules with a rule",
    "source": "where the rules are from",
    "note": "what there is to say of them",
    "rules": "rules such as 4 |X| or MACs + bias by names of calls; 0 counts nothing on purpose, "
    "not seen takes a rule away",
}
UNITS = {"macs": "MACs", "flops": "FLOPs"}
PARAMS = ("all", "known")
MOST_RULES = 2_000
FOLDER = "conventions"
"""Of the shipped ones, in the folder of configs."""

T = TypeVar("T")

_NAME = re.compile(r"[A-Za-z0-9][\w.+-]{0,59}", re.ASCII)


def read_convention_file(path: str) -> Convention:
    """The convention of a file.

    Raises:
        ConvcostError: everything that is wrong with it, with its place.
    """
    problems: list[Problem] = []
    tree = read_tree(path, problems)
    return _convention(tree, os.path.splitext(os.path.basename(path))[0], problems)


def parse_convention(text: str, path: str) -> Convention:
    """The convention that a text is; `path` stands in front of every place.

    Raises:
        ConvcostError: everything that is wrong with it, with its place.
    """
    problems: list[Problem] = []
    tree = parse_tree(text, path, problems)
    return _convention(tree, os.path.splitext(os.path.basename(path))[0], problems)


def named_convention(name: str, place: str = "") -> Convention:
    """The convention of `tool@version`, a tool's newest, a shipped one, or a file: `mine.yaml`.

    Raises:
        ConvcostError: there is no such tool or file, or something is wrong with it.
    """
    if is_convention_file(name):
        return read_convention_file(name)
    own = _shipped_path(name)
    if own.is_file():
        return _read_shipped(own)
    try:
        return find_convention(name)
    except ValueError as error:
        raise ConvcostError(Problem(place, str(error))) from None


def shipped_conventions() -> list[Convention]:
    """The conventions that come with convcost beside those of tools: of tables, by their rules."""
    return [_read_shipped(path) for path in sorted((shipped_folder() / FOLDER).glob("*.yaml"))]


def _shipped_path(name: str) -> Path:
    word = re.sub(r"[^a-z0-9-]", "", name.strip().lower())
    return shipped_folder() / FOLDER / f"{word}.yaml"


@cache
def _read_shipped(path: Path) -> Convention:
    return parse_convention(path.read_text(encoding="utf-8"), f"{SHOWN}{FOLDER}/{path.name}")


def is_convention_file(name: str) -> bool:
    """Whether a name is meant to be a file of rules, there or not."""
    return name.lower().endswith((".yaml", ".yml"))


def convention_schema() -> dict[str, Any]:
    """The JSON Schema of the file, for editors."""
    rule = {"anyOf": [{"type": "string", "minLength": 1}, {"const": 0}, {"const": 1}]}
    properties: dict[str, Any] = {
        key: {"type": "string", "description": words} for key, words in KEYS.items()
    }
    properties["unit"]["pattern"] = "^([mM][aA][cC]|[fF][lL][oO][pP])[sS]$"
    properties["params"]["enum"] = list(PARAMS)
    properties["name"]["pattern"] = f"^{_NAME.pattern}$"
    properties["rules"] = {
        "type": "object",
        "additionalProperties": rule,
        "description": KEYS["rules"],
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "convcost convention",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "required": ["rules"],
    }


def _convention(tree: Tree, stem: str, problems: list[Problem]) -> Convention:
    reader = _ConventionReader()
    found = reader.convention(tree, stem)
    if problems or reader.problems or found is None:
        raise ConvcostError(*problems, *reader.problems)
    return found


class _ConventionReader(Reader):
    """Reads a file of rules, and collects its problems."""

    def convention(self, tree: Tree, stem: str) -> Convention | None:
        """The convention of a mapping; None where something is wrong with it."""
        entries = self.mapping(tree, "a convention", tuple(KEYS))
        if tree.entries is not None and "rules" not in entries:
            self.report(tree.place, "a convention has rules")
        base = self.base(entries.get("extends"))
        rules = self.rules(entries["rules"], base) if "rules" in entries else {}
        said: dict[str, str] = {
            key: self.title(entries[key], LONGEST_NOTE)
            for key in ("called", "source", "note")
            if key in entries
        }
        choices = {"unit": tuple(UNITS), "params": PARAMS}
        chosen = {
            key: self.parsed(entries[key], key, Choice(names, key))
            for key, names in choices.items()
            if key in entries
        }
        name = self.name(entries.get("name"), stem, tree.place)
        if self.problems:
            return None
        unit = UNITS.get(chosen.get("unit", ""), "")
        return own_convention(name, base, rules, unit, chosen.get("params", ""), **said)

    def name(self, tree: Tree | None, stem: str, place: str) -> str:
        """What it is called, which no tool is."""
        name = stem if tree is None else self.title(tree)
        place = place if tree is None else tree.place
        if not _NAME.fullmatch(name):
            words = "of letters, digits, - and ., at most 60, as tables and locks have it"
            hint = "; the file's is not: say a name" if tree is None else ""
            self.report(place, f"name is a word {words}{hint}")
        elif name.lower() in TOOLS:
            self.report(place, f"name '{name}' is that of a tool; say another")
        return name

    def base(self, tree: Tree | None) -> Convention | None:
        """The table that it starts from."""
        if tree is None:
            return None
        try:
            return find_convention(tree.text or "")
        except ValueError as error:
            self.report(tree.place, f"extends: {error}")
            return None

    def rules(self, tree: Tree, base: Convention | None) -> dict[str, Rule | None]:
        """The rules by name; None takes one away."""
        if tree.entries is None:
            self.report(tree.place, f"rules are a mapping of names of calls, not {tree.kind}")
            return {}
        found: dict[str, Rule | None] = {}
        for words, each in tree.entries.items():
            for name in each_name(words):
                if name in found:
                    self.report(tree.keys[words], f"'{shorten(name)}' has a rule already")
                self.checked(tree.keys[words], check_name, name)
                found[name] = self.checked(each.place, self.rule, name, each, base)
        if len(found) > MOST_RULES:
            self.report(tree.place, f"these are more than {MOST_RULES:,} rules")
        return found

    def checked(self, place: str, ask: Callable[..., T], *about: Any) -> T | None:
        """The answer of a function; a `ValueError` is a problem at this place."""
        try:
            return ask(*about)
        except ValueError as error:
            self.report(place, str(error))
            return None

    def rule(self, name: str, tree: Tree, base: Convention | None) -> Rule | None:
        """One rule; `ValueError` says what is wrong with it."""
        if tree.text is None:
            raise ValueError(f"a rule is a sum, such as 2 MACs + bias, not {tree.kind}")
        if tree.text.strip() == NOT_SEEN:
            if base is None or name not in base.rules:
                raise ValueError(f"there is no rule for '{shorten(name)}' to take away")
            return None
        rule = parse_rule(tree.text)
        check_rule(name, rule)
        return rule
