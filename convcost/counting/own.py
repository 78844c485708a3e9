"""A convention of one's own: rules on top of a tool's table, or alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

from convcost.counting.conventions import Convention, Table
from convcost.counting.rules import Rule

NOT_SEEN = "not seen"
"""What takes a rule away."""

DIGITS = 12
"""Of a digest: two files of rules do not share it by chance."""

Rules = Mapping[str, Rule | None]
"""Rules by names of calls; None takes one of the table away."""

_ALSO = "and what its own rules name"


def own_convention(
    name: str,
    base: Convention | None,
    rules: Rules,
    unit: str = "",
    params: str = "",
    called: str = "",
    source: str = "",
    note: str = "",
) -> Convention:
    """A convention of rules on top of a table, which listens as that does.

    Alone, or on top of what counts ops however they are called, a call counts by the first of its
    names that has a rule.

    Args:
        name: what it is called.
        base: the table that it starts from, if there is one.
        rules: its own.
        unit: MACs or FLOPs; that of the base if it is "".
        params: which parameters it counts; as the base does if it is "".
        called: what the figure is called.
        source: where the rules are from.
        note: what there is to say of them.
    """
    unit = unit or (base.unit if base else "MACs")
    count = "1 rule" if len(rules) == 1 else f"{len(rules)} rules"
    table: Table = {**(base.rules if base else {}), **rules}  # type: ignore[dict-item]
    table = {each: rule for each, rule in table.items() if rule is not None}
    if base is None:
        return Convention(
            name,
            (),
            table,
            unit=unit,
            label=called or unit,
            summary=note or f"{count} of its own",
            sees="calls by the first of their names that has a rule",
            params=params or "all",
            subclasses=True,
            first=True,
            digest=_digest("", unit, params, rules),
            source=source,
        )
    return replace(
        base,
        tool=name,
        versions=(),
        rules=table,
        unit=unit,
        label=called or base.label,
        summary=note or f"as {base.name} but for {count}",
        sees=f"{base.sees}; {_ALSO}" if rules.keys() - base.rules.keys() else base.sees,
        params=params or base.params,
        first=all(_is_plain(each) for each in base.rules),
        extends=base,
        digest=_digest(base.signature, unit, params, rules),
        source=source,
    )


def _is_plain(name: str) -> bool:
    """Whether a name is that of an op, however it is called."""
    return "." not in name and "::" not in name


def _digest(base: str, unit: str, params: str, rules: Rules) -> str:
    """Of what figures depend on, and of no name or note."""
    lines = [f"{name}: {NOT_SEEN if rule is None else rule}" for name, rule in rules.items()]
    text = "\n".join([base, unit, params, *sorted(lines)])
    return sha256(text.encode()).hexdigest()[:DIGITS]
