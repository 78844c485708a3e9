"""What fails in a check, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from convcost.errors import SENTENCE, as_line
from convcost.formats.document import UNITS, time_words
from convcost.gate.causes import Cause
from convcost.gate.changes import NEW, OVER, RENAMED, Change
from convcost.gate.outcome import Gate
from convcost.networks.figures import BOUND
from convcost.ops.op import times


def sentences(gate: Gate) -> list[str]:
    """What fails, a line for each that starts with its place."""
    return [
        as_line(": ".join(filter(None, (name, words))), place, SENTENCE)
        for place, name, words in failures(gate)
    ]


def failures(gate: Gate) -> list[tuple[str, str, str]]:
    """What fails: the place, the entry, and what is wrong, of all its figures together."""
    together: dict[tuple[str, str], list[str]] = {}
    for change in gate.failed:
        together.setdefault((change.place, change.name), []).append(explain(change))
    first = {change.name: change for change in reversed(gate.failed) if change.status != OVER}
    for (place, name), words in together.items():
        if gate.causes.get(name) and name in first and place == first[name].place:
            words.append(_dearest(gate.causes[name], first[name].what))
    found = [(place, name, "; ".join(dict.fromkeys(w))) for (place, name), w in together.items()]
    for verdict in gate.broken:
        name = verdict.case.name
        found.append((verdict.place, name, str(verdict).removeprefix(f"{name}: ")))
    return found


def explain(change: Change) -> str:
    """A change in words, with its limit."""
    unit = UNITS.get(change.what, change.what)
    if change.status == RENAMED:
        return f"is new, and was probably {change.was}; convcost lock adds it"
    if change.status == NEW and change.fails:
        return "is not locked; convcost lock adds it"
    if change.old is None or change.new is None:
        figure = change.new if change.old is None else change.old
        return f"{unit} {figure:,} {'is new' if change.old is None else 'is gone'}"
    if change.status == OVER:
        if change.what == BOUND:
            new, most = _apart(change.new, change.old)
            return f"bound {new} is over its budget of {most}"
        return f"{unit} {change.new:,} is over its budget of {change.limit:,}"
    percent = f", {change.share:+.2%}" if change.share is not None else ""
    limit = ""
    if change.limit is not None and change.new > change.limit > change.old:
        limit = f", limit {change.limit:,}"
    words = f"{change.old:,} → {change.new:,} ({change.delta:+,}{percent}{limit})"
    return f"{unit} {change.status}: {words}"


def _apart(one: int, other: int) -> tuple[str, str]:
    """Two times in as many digits as tell them apart."""
    pairs = [(time_words(one, digits), time_words(other, digits)) for digits in range(3, 16)]
    return next((pair for pair in pairs if pair[0] != pair[1]), pairs[-1])


def _dearest(causes: Sequence[Cause], what: str) -> str:
    """The layer that adds the most to a figure, with its shapes and line."""
    first = max(causes, key=lambda cause: int(getattr(cause.delta, what)))
    part = first.new or first.old
    assert part is not None
    shapes = [times(each.output) for each in first if each]
    where = f" ({part.place})" if part.place else ""
    more = f" and {len(causes) - 1} more" if len(causes) > 1 else ""
    return f"most in {part.path}{where}, {' → '.join(dict.fromkeys(shapes))}{more}"
