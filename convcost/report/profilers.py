"""The conventions themselves as documents: the list of them, and one's whole table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from convcost.counting.conventions import Convention
from convcost.counting.profilers import CONVENTIONS, TOOLS
from convcost.counting.rules import Rule
from convcost.formats.document import VERSION, Cell, Column, Document, Table
from convcost.graph.calls import every_name

PROFILER_COLUMNS = (
    Column("as", numeric=False),
    Column("unit", numeric=False),
    Column("params", numeric=False),
    Column("counted", numeric=False, narrow=24),
    Column("prints the same", 1, numeric=False, narrow=16),
)
PARAMS_WORDS = {"all": "all", "known": "known", "called": "known", "leaves": "all", "": "none"}
"""Which parameters count; the known are those of modules with a rule."""

_KNOWN = {"known": "of modules with a rule", "called": "of modules with a rule that are run"}

_AXES = re.compile(r"([123])d\b")

LEVELS = {
    **{each: each for each in ("nn.", "F.", "torch.", "operator.", "aten::", "aten.")},
    "torchvision.ops.DeformConv2d": "nn.",
    "torchvision.ops.": "F.",
    "torchvision::": "aten::",
    "torchvision.deform": "aten.",
}
"""How names begin, and what a tool listens to that sees such a one."""


def profilers_report(shipped: Sequence[Convention] = ()) -> Document:
    """Every convention: unit, params, and what it counts; those that are shipped come last."""
    rows: list[tuple[Cell, ...]] = []
    every = [*CONVENTIONS, *shipped]
    for each in every:
        same = ", ".join(each.versions[:-1])
        rows.append((each.name, each.unit, PARAMS_WORDS[each.params], _counted(each), same))
    data = {"version": VERSION, "conventions": [_convention_data(each) for each in every]}
    title = "How tools count; a tool without @version is its newest"
    return Document(data, (Table("tools", title, PROFILER_COLUMNS, tuple(rows)),), group="table")


def convention_report(convention: Convention) -> Document:
    """The whole table of one convention."""
    facts = [
        *([("source", convention.source)] if convention.source else []),
        *([("rules", convention.digest)] if convention.digest else []),
        ("versions", ", ".join(convention.versions) or "–"),
        ("unit", f"{convention.unit}; the tool calls them {convention.label}"),
        ("counts", convention.summary),
        ("sees", convention.sees),
        ("batch", _batch_words(convention)),
        ("params", _KNOWN.get(convention.params, PARAMS_WORDS[convention.params])),
        *[("defect", defect) for defect in _all_defects(convention)],
        *[("raises on", f"{name}: {words}") for name, words in convention.fails.items()],
    ]
    columns = (Column("about", numeric=False), Column("it", numeric=False, narrow=40))
    blocks = [
        Table("about", convention.name, columns, tuple(facts)),
        _rules_table("rules", f"Rules, in {convention.unit}", convention.rules, convention),
    ]
    blocks += [_rules_table(n, f"Also printed: {n}", t) for n, t in convention.others.items()]
    blocks += [_rules_table(n, f"Rules within {n}", t) for n, t in convention.whole.items()]
    changes = _changes(convention)
    if changes is not None:
        blocks.append(changes)
    meanings = _meanings(convention)
    if meanings:
        columns = (
            Column("quantity", numeric=False, narrow=20),
            Column("meaning", numeric=False, narrow=30),
        )
        blocks.append(Table("quantities", "What the rules are made of", columns, meanings))
    data = {"version": VERSION, **_convention_data(convention)}
    return Document(data, tuple(blocks), group="table")


def _batch_words(convention: Convention) -> str:
    if convention.per_sample:
        return "modules per sample, functions for the whole batch"
    return "the whole batch"


def _all_defects(convention: Convention) -> list[str]:
    """Defects of rules, each with its calls, and the others."""
    calls: dict[str, list[str]] = {}
    for name, rule in convention.rules.items():
        if rule.defect:
            calls.setdefault(rule.defect, []).append(name)
    return [f"{condense(n)}: {defect}" for defect, n in calls.items()] + [*convention.defects]


def _rules_table(
    name: str, title: str, rules: Mapping[str, Rule], convention: Convention | None = None
) -> Table:
    """Rules with the calls that they are for; zero on purpose and unknown come last."""
    calls: dict[str, list[str]] = {}
    for call, rule in rules.items():
        calls.setdefault(str(rule), []).append(call)
    ordered = sorted(calls.items(), key=lambda item: item[0] == "0")
    rows = [(words if words != "0" else "0 on purpose", condense(n)) for words, n in ordered]
    if convention is not None and "*" not in rules:
        rows.append(("unknown to it", condense(_unknown_names(convention))))
    columns = Column("rule", numeric=False, narrow=20), Column("calls", numeric=False, narrow=30)
    return Table(name, title, columns, tuple(rows))


def _before(convention: Convention) -> Convention | None:
    """The table of the version before, or the one that somebody's own starts from."""
    if convention.digest:
        return convention.extends
    tables = [each for each in CONVENTIONS if each.tool == convention.tool]
    index = tables.index(convention)
    return tables[index - 1] if index else None


def _changed(before: Convention, after: Convention) -> dict[tuple[str, str], list[str]]:
    """The calls that two tables have different rules for, by these rules."""
    calls: dict[tuple[str, str], list[str]] = {}
    for name in dict.fromkeys([*before.rules, *after.rules]):
        rules = [str(each.rules.get(name, "unknown")) for each in (before, after)]
        if rules[0] != rules[1]:
            calls.setdefault((rules[0], rules[1]), []).append(name)
    return calls


def _counted(convention: Convention) -> str:
    """What a convention counts; of a later version, what it counts otherwise than before."""
    before = _before(convention)
    if before is None or convention.digest or convention is TOOLS[convention.tool]:
        return convention.summary
    names = condense(name for each in _changed(before, convention).values() for name in each)
    return f"as {before.name} but for {names}" if names else f"as {before.name}"


def _changes(convention: Convention) -> Table | None:
    """What the version before counted by other rules."""
    before = _before(convention)
    if before is None:
        return None
    columns = (
        Column("calls", numeric=False, narrow=24),
        Column(before.name, numeric=False, narrow=16),
        Column(convention.name, numeric=False, narrow=16),
    )
    changed = _changed(before, convention)
    rows = tuple((condense(names), *rules) for rules, names in changed.items())
    return Table("changes", f"Counted by other rules in {before.name}", columns, rows)


def condense(names: Iterable[str]) -> str:
    """Names as one text, those that differ in their number of axes as one: `nn.Conv1/2/3d`."""
    digits: dict[tuple[str, str], list[str]] = {}
    for name in names:
        match = _AXES.search(name)
        key = (name[: match.start()], name[match.end() :]) if match else (name, "")
        digits.setdefault(key, []).append(match[1] if match else "")
    return ", ".join(
        f"{start}{'/'.join(sorted(found))}d{end}" if found[0] else start
        for (start, end), found in digits.items()
    )


def _unknown_names(convention: Convention) -> list[str]:
    """The calls at the levels that a tool listens at for which it has no rule."""
    if "nn.*" in convention.rules:
        return []
    levels = dict.fromkeys(_level(name) for name in convention.rules)
    return [
        name for name in every_name() if _level(name) in levels and name not in convention.rules
    ]


def _level(name: str) -> str:
    return next((level for start, level in LEVELS.items() if name.startswith(start)), "")


def _meanings(convention: Convention) -> tuple[tuple[Cell, ...], ...]:
    tables = [convention.rules, *convention.others.values(), *convention.whole.values()]
    found = {
        quantity.name: quantity.meaning
        for table in tables
        for rule in table.values()
        for _, quantity in rule.terms
    }
    return tuple(found.items())


def _convention_data(convention: Convention) -> dict[str, Any]:
    extends = convention.extends.name if convention.extends else ""
    own = {"digest": convention.digest, "extends": extends, "source": convention.source}
    return {
        "as": convention.name,
        **(own if convention.digest else {}),
        "versions": list(convention.versions),
        "unit": convention.unit,
        "called": convention.label,
        "counts": convention.summary,
        "sees": convention.sees,
        "batch": _batch_words(convention),
        "params": PARAMS_WORDS[convention.params],
        "rules": {name: str(rule) for name, rule in convention.rules.items()},
        "also": {
            what: {name: str(rule) for name, rule in table.items()}
            for what, table in convention.others.items()
        },
        "within": {
            module: {name: str(rule) for name, rule in table.items()}
            for module, table in convention.whole.items()
        },
        "raises": dict(convention.fails),
        "defects": _all_defects(convention),
    }
