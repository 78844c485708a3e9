"""What is guarded: an entry for every network, and for every kind of every case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from convcost.counting.conventions import Convention
from convcost.counting.counts import count
from convcost.errors import ConvcostError, Problem, shorten
from convcost.gate.lock import LONGEST_NAME, NAME, Figures
from convcost.networks.cases import Comparison, Row
from convcost.networks.figures import EXACT, Budget


class Entry(NamedTuple):
    """A network, or a kind in a case: what it costs now, where it stands, and what it may cost."""

    name: str
    figures: Figures
    place: str
    budget: Budget
    comparison: Comparison
    row: Row


def entries_of(
    comparisons: Sequence[Comparison], convention: Convention | None = None
) -> dict[str, Entry]:
    """Every network, and every kind of every case that can be built, by name.

    Raises:
        ConvcostError: two have one name, or the convention's tool has no figure for one.
    """
    found: dict[str, Entry] = {}
    problems = []
    for entry in _entries(comparisons, convention):
        other = found.setdefault(entry.name, entry)
        if other is not entry:
            message = f"'{entry.name}' is another entry's name, at {other.place}"
            problems.append(Problem(entry.place, message))
        if len(entry.name) > LONGEST_NAME:
            message = f"is no name for an entry, which has at most {LONGEST_NAME} characters"
            problems.append(Problem(entry.place, f"'{shorten(entry.name)}' {message}"))
        if entry.name == NAME:
            problems.append(Problem(entry.place, f"'{NAME}' is not for entries"))
        if any(value > EXACT.maximum for value in entry.figures.values()):
            problems.append(Problem(entry.place, f"{entry.name} costs more than 10^18"))
        if not entry.figures:
            tool = convention.name if convention else ""
            reason = f"{tool} prints no figure for {entry.name}; leave it out with --only"
            problems.append(Problem(entry.place, reason))
    if problems:
        raise ConvcostError(*problems)
    return found


def unbuilt(comparisons: Sequence[Comparison]) -> list[str]:
    """The kinds of cases that cannot be built, and why; they are no entries."""
    return [
        f"{case.name}: {row.label} is no entry, as it cannot be built: {row.error}"
        for case, rows in comparisons
        for row in rows
        if not row.built
    ]


def _entries(comparisons: Sequence[Comparison], convention: Convention | None) -> Iterator[Entry]:
    for comparison in comparisons:
        case, rows = comparison
        for row in rows:
            if row.built:
                name = case.name if case.network else f"{case.name}: {row.label}"
                figures = _figures(comparison, row, convention)
                yield Entry(name, figures, case.place, case.budget, comparison, row)


def _figures(comparison: Comparison, row: Row, convention: Convention | None) -> Figures:
    """What is locked of a row: nothing if the convention's tool has no figure for it."""
    own = row.cost
    if convention is None:
        return {"params": own.params, "macs": own.macs, "activations": own.activations}
    found = count(row.graph, convention, comparison.case.batch)
    if found.total is None:
        return {}
    params = own.params if found.params is None else found.params
    return {"params": params, convention.unit.lower(): found.total}
