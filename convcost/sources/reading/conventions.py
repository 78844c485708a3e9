"""A convention of one's own: rules for names of calls, on top of a tool's table or alone."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any, TypeVar

from convcost.counting.conventions import Convention, Table
from convcost.counting.listening import check_name, check_rule, each_name
from convcost.counting.profilers import TOOLS, find_convention
from convcost.counting.rules import Rule
from convcost.counting.words import parse_rule
from convcost.errors import ConvcostError, Problem, shorten
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
NOT_SEEN = "not seen"
MOST_RULES = 2_000
DIGITS = 12
"""Of a digest: two files of rules do not share it by chance."""

T = TypeVar("T")

_ALSO = "and what its own rules name"

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
        return made(name, base, rules, said, chosen)

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


def made(
    name: str,
    base: Convention | None,
    rules: Mapping[str, Rule | None],
    said: Mapping[str, str],
    chosen: Mapping[str, str],
) -> Convention:
    """A convention of rules on top of a table, which listens as that does."""
    table: Table = {**(base.rules if base else {}), **_there(rules)}
    table = {each: rule for each, rule in table.items() if rules.get(each, rule) is not None}
    unit = UNITS.get(chosen.get("unit", ""), base.unit if base else "MACs")
    digest, source = _digest(base, unit, rules), said.get("source", "")
    count = "1 rule" if len(rules) == 1 else f"{len(rules)} rules"
    words = f"as {base.name} but for {count}" if base else f"{count} of its own"
    summary = said.get("note", words)
    if base is None:
        return Convention(
            name,
            (),
            table,
            unit=unit,
            label=said.get("called", unit),
            summary=summary,
            sees="calls by the first of their names that has a rule",
            params=chosen.get("params", "all"),
            subclasses=True,
            first=True,
            digest=digest,
            source=source,
        )
    return replace(
        base,
        tool=name,
        versions=(),
        rules=table,
        unit=unit,
        label=said.get("called", base.label),
        summary=summary,
        params=chosen.get("params", base.params),
        sees=f"{base.sees}; {_ALSO}" if rules.keys() - base.rules.keys() else base.sees,
        first=all(_is_plain(each) for each in base.rules),
        extends=base,
        digest=digest,
        source=source,
    )


def _there(rules: Mapping[str, Rule | None]) -> dict[str, Rule]:
    return {name: rule for name, rule in rules.items() if rule is not None}


def _is_plain(name: str) -> bool:
    """Whether a name is that of an op, however it is called."""
    return "." not in name and "::" not in name


def _digest(base: Convention | None, unit: str, rules: Mapping[str, Rule | None]) -> str:
    """Of what figures depend on, and of no name or note."""
    lines = [f"{name}: {NOT_SEEN if rules[name] is None else rules[name]}" for name in rules]
    text = "\n".join([base.name if base else "", unit, *sorted(lines)])
    return sha256(text.encode()).hexdigest()[:DIGITS]
