"""Whether costs grew past what is locked or over their budgets, and the layers that did it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from convcost.gate.causes import Cause, causes, changed_networks, entry_parts
from convcost.gate.changes import changes, over_budget
from convcost.gate.lock import Figures
from convcost.gate.outcome import Gate
from convcost.gate.sides import Before, Side
from convcost.gate.tolerances import Tolerances


def against_lock(
    side: Side,
    locked: Mapping[str, Figures],
    tolerances: Tolerances,
    strict: bool = False,
    allow_new: bool = False,
) -> Gate:
    """What changed since the lock, and what is over its budget.

    An entry that the lock does not have fails, unless new ones are allowed: who renames a network
    could else let it grow.
    """
    places = {name: entry.place for name, entry in side.entries.items()}
    labels = {name.rpartition(": ")[2] for name in locked}
    new = [] if allow_new else [name for name in side.entries if name not in locked]
    refused = {name for name in new if not _is_of_new_kind(side, name, locked, labels)}
    found = changes(locked, side.figures, tolerances, strict, places, refused)
    return Gate(list(side.entries), [*over_budget(side.entries), *found])


def _is_of_new_kind(
    side: Side, name: str, locked: Mapping[str, Figures], labels: Collection[str]
) -> bool:
    """Whether an entry may be one of a kind that there was not when its case was locked.

    A case that names no kinds has all that there are, and a release of convcost may bring another:
    one that is among the `labels` of no entry that is locked.
    """
    case, rows = side.entries[name].comparison
    if not case.every_kind or name.rpartition(": ")[2] in labels:
        return False
    known = sum(f"{case.name}: {row.label}" in locked for row in rows)
    return 2 * known > len(rows)  # or else it was locked with a few kinds that it named then


def with_causes(gate: Gate, side: Side, locked: Mapping[str, Figures], before: Before) -> Gate:
    """What a check found, and the layers that account for it, or why they are not known."""
    found: dict[str, Sequence[Cause]] = {}
    unknown: dict[str, str] = {}
    names = changed_networks(gate.changes, side.entries)
    for name in names:
        entry = before.entries.get(name)
        if entry is not None and entry.figures == locked[name] and entry.comparison.case.network:
            sides = entry_parts(entry), entry_parts(side.entries[name])
            found[name] = causes(*sides, len(names))
        else:
            unknown[name] = before.why_not(name)
    return gate._replace(causes=found, unknown=unknown)
