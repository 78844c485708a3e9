"""What costs another sum on one side than on the other, and why."""

from __future__ import annotations

from convcost.gate.causes import causes, changed_networks, entry_parts
from convcost.gate.changes import changes
from convcost.gate.outcome import Gate
from convcost.gate.sides import Side


def between(old: Side, new: Side) -> Gate:
    """What changed from one side to the other, and in which layers."""
    places = {name: entry.place for name, entry in new.entries.items()}
    before = {name: old.figures[name] for name in old.figures if name not in new.others}
    after = {name: new.figures[name] for name in new.figures if name not in old.others}
    gate = Gate(list(after), changes(before, after, places=places))
    names = changed_networks(gate.changes, new.entries, old.entries)
    found = {
        name: causes(entry_parts(old.entries[name]), entry_parts(new.entries[name]), len(names))
        for name in names
    }
    return gate._replace(causes=found)
