"""A rule that was found, as a file that `--as` takes."""

from __future__ import annotations

import re
from json import dumps

from convcost.counting.conventions import Convention
from convcost.counting.own import NOT_SEEN, Rules
from convcost.counting.rules import Rule
from convcost.learning.learn import Learned
from convcost.learning.settling import Open

_PLAIN = re.compile(r"[A-Za-z0-9][\w.+/ -]*(?: \([\w= ]+\))?", re.ASCII)


def convention_text(learned: Learned, name: str, source: str) -> str:
    """The file: rules of which those that are not settled say what else they may be."""
    found = learned.explained
    total = len(learned.counted)
    said = f"{total - len(found.missed):,} of {total:,} figures, {found.rounding}"
    lines = [f"# found by convcost learn: explains {said}", f"name: {_quoted(name)}"]
    extends = found.written.base if found.written else found.convention
    extends, rules = _on_a_tool(extends, found.written.rules if found.written else {})
    if extends is not None:
        lines.append(f"extends: {extends.name}")
    else:
        lines.append(f"unit: {found.convention.unit}")
    if source:
        lines.append(f"source: {_quoted(source)}")
    if not rules:
        return "\n".join([*lines, "rules: {}"]) + "\n"
    marks = {each.call: f"  # open: {_spans(each)}" for each in learned.open}
    lines.append("rules:")
    lines += [
        f"  {_quoted(call)}: {_words(rule)}{marks.get(call, '')}" for call, rule in rules.items()
    ]
    return "\n".join(lines) + "\n"


def _on_a_tool(base: Convention | None, rules: Rules) -> tuple[Convention | None, Rules]:
    """The same rules on top of a tool, where they are on top of a convention of one's own."""
    while base is not None and base.digest:
        below = base.extends.rules if base.extends else {}
        own: dict[str, Rule | None] = {n: r for n, r in base.rules.items() if below.get(n) != r}
        own |= dict.fromkeys(name for name in below if name not in base.rules)
        base, rules = base.extends, {**own, **rules}
    return base, rules


def _spans(each: Open) -> str:
    return f"{', '.join(map(str, each.spans))}; {each.why}"


def _words(rule: Rule | None) -> str:
    """A rule as YAML has it, in which a bar cannot be first."""
    if rule is None:
        return NOT_SEEN
    words = str(rule)
    return _quoted(f"1 {words}" if words.startswith("|") else words, r"[\w][^#:]*")


def _quoted(text: str, plain: str = "") -> str:
    """A text as a YAML scalar: as it is, or in quotes."""
    pattern = re.compile(plain) if plain else _PLAIN
    return text if pattern.fullmatch(text) else dumps(text, ensure_ascii=False)
