"""The rule behind a table of printed figures, as a document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from convcost.counting.explain import UNSEEN
from convcost.counting.rules import Rule
from convcost.formats.document import VERSION, Cell, Column, Document, Table
from convcost.learning.figures import Line
from convcost.learning.learn import BUT_FOR, KNOWN, NEW, Learned
from convcost.learning.settling import TOO_SMALL, Open
from convcost.report.printed.match import convention_names

RULE_COLUMNS = (
    Column("call", numeric=False, narrow=16),
    Column("rule", numeric=False, narrow=12),
    Column("what else it may be", 1, numeric=False, narrow=24),
    Column("because", 2, numeric=False, narrow=20),
)
LINE_COLUMNS = (
    Column("network", numeric=False, narrow=16),
    Column("printed", numeric=False),
    Column("counted"),
    Column("explained", numeric=False),
    Column("by the others", 1, numeric=False),
)
SETTLED = "settled"


def learn_report(learned: Learned, lines: Sequence[Line]) -> Document:
    """The rule, what of it is open, and each figure: those that it does not explain come first."""
    title = sentence(learned)
    rules = tuple(_rule_rows(learned))
    blocks = [Table("rule", title, RULE_COLUMNS, rules)] if rules else []
    figures = "Figures that it does not explain, and those that it does"
    rows = tuple(_line_rows(learned, lines))
    columns = LINE_COLUMNS if learned.predicted else LINE_COLUMNS[:-1]
    blocks.append(Table("figures", figures if rules else title, columns, rows))
    data = {"version": VERSION, **_data(learned, lines)}
    return Document(data, tuple(blocks), "table")


def sentence(learned: Learned) -> str:
    """The answer in a line."""
    found, total = learned.explained, len(learned.counted)
    explained = total - len(found.missed)
    return f"{_who(learned)}: {explained:,} of {total:,} figures, {found.rounding}"


def _who(learned: Learned) -> str:
    found = learned.explained
    if learned.kind == KNOWN:
        return f"As {convention_names(learned.alike)}"
    base = found.written.base if found.written else None
    if learned.kind == BUT_FOR:
        return f"As {base and base.name}, but for {found.but}"
    return f"As {base.name}, but for what follows" if base else "A rule of its own"


def verdict(learned: Learned) -> Iterator[str]:
    """What there is to say of the answer, in sentences."""
    found, total = learned.explained, len(learned.counted)
    explained = total - len(found.missed)
    if not learned.fits and explained == total:
        yield (
            f"the figures are too few, or have too few digits: {_chance(learned.by_chance)} as "
            "simple would explain them by chance"
        )
        return
    if not learned.fits:
        yield (
            f"nothing simple fits: the best rule explains {explained:,} of {total:,} figures, and "
            f"{_chance(learned.by_chance)} as simple would by chance"
        )
        return
    yield (
        f"{explained:,} of {total:,} figures explained; {_chance(learned.by_chance)} as simple "
        f"would do it by chance ({learned.strength})"
    )
    if learned.predicted:
        given = sum(learned.predicted.values())
        yield f"the rule from the others gives {given:,} of {len(learned.predicted):,} figures"
    if not learned.simplest and learned.kind == NEW:
        yield "it is not proven that no simpler rule explains as much"
    if learned.open:
        calls = "1 call is" if len(learned.open) == 1 else f"{len(learned.open)} calls are"
        yield f"{calls} not settled by these figures: the rule has the simplest value for them"


def _chance(number: float) -> str:
    """A number of rules in words."""
    return f"{number:.2g} rules" if number >= 1e-300 else "no rule"


def _rule_rows(learned: Learned) -> Iterator[tuple[Cell, ...]]:
    """The rules that are its own, those that are settled first; what is too small is one row."""
    written = learned.explained.written
    opened = {each.call: each for each in learned.open}
    rules = written.rules if written else {}
    small = [each.call for each in learned.open if _is_nothing(each)]
    for call in sorted(rules, key=lambda each: each in opened):
        if call not in small:
            yield call, _words(rules[call]), *_openness(opened.get(call))
    if small:
        yield ", ".join(small), "0", "anything", TOO_SMALL


def _is_nothing(each: Open) -> bool:
    """Whether nothing that a call may count shows, so that it counts nothing."""
    return each.why == TOO_SMALL and not any(span.low or not span.high for span in each.spans)


def _words(rule: Rule | None) -> str:
    return UNSEEN if rule is None else str(rule)


def _openness(each: Open | None) -> tuple[str, str]:
    if each is None:
        return SETTLED, ""
    return ", ".join(map(str, each.spans)), each.why


def _line_rows(learned: Learned, lines: Sequence[Line]) -> Iterator[tuple[Cell, ...]]:
    missed = learned.explained.missed
    for n in [*missed, *[n for n in range(len(lines)) if n not in missed]]:
        row: tuple[Cell, ...] = (
            lines[n].label,
            lines[n].printed.text,
            learned.counted[n],
            "no" if n in missed else "yes",
        )
        if learned.predicted:
            given = learned.predicted.get(n)
            row = (*row, "" if given is None else "yes" if given else "no")
        yield row


def _data(learned: Learned, lines: Sequence[Line]) -> dict[str, Any]:
    found = learned.explained
    written = found.written
    base = written.base if written else found.convention
    return {
        "kind": learned.kind,
        "as": [each.name for each in learned.alike] or [found.convention.name],
        "extends": base.name if base else "",
        "but_for": found.but,
        "unit": found.convention.unit,
        "rules": {call: _words(rule) for call, rule in (written.rules if written else {}).items()},
        "open": {
            each.call: {
                "factors": {span.quantity: [span.low / 2, span.high / 2] for span in each.spans},
                "because": each.why,
            }
            for each in learned.open
        },
        "rounding": found.rounding,
        "explained": len(lines) - len(found.missed),
        "figures": [
            {
                "network": line.label,
                "printed": line.printed.text,
                "counted": learned.counted[n],
                "explained": n not in found.missed,
                **({"by_the_others": learned.predicted[n]} if n in learned.predicted else {}),
            }
            for n, line in enumerate(lines)
        ],
        "by_chance": learned.by_chance,
        "strength": learned.strength,
        "simplest": learned.simplest,
    }
