"""What a check or a diff found, as a document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from convcost.causes import Cause
from convcost.checked import FIGURE_COLUMNS, figure_cells, figure_data, source_data
from convcost.checking import KNOWN, Verdict
from convcost.gate import GONE, GREW, NEW, OVER, RENAMED, SHRANK, Change
from convcost.ops import times
from convcost.render import Cell, Column, Document, Table

CHECK_VERSION = 1
"""Of the JSON that check and diff print; `convcost schema check` is its schema."""
MOST_GONE = 10
"""Entries of the lock that are shown if they are not in the configs; --all has all."""
MOST_CAUSES = 5
"""Layers that are shown of one network; JSON has all."""

CHANGE_COLUMNS = (
    Column("entry", numeric=False),
    Column("figure", numeric=False),
    Column("old"),
    Column("new"),
    Column("delta"),
    Column("percent", 1, percent=True),
    Column("limit", 2),
    Column("verdict", numeric=False, narrow=12),
    Column("where", 3, numeric=False),
)
CAUSE_COLUMNS = (
    Column("entry", numeric=False),
    Column("layer", numeric=False, narrow=16),
    Column("output", numeric=False, narrow=11),
    Column("MACs", 2),
    Column("delta"),
    Column("params", 3),
    Column("params delta", 1),
    Column("where", 4, numeric=False),
)


class Gate(NamedTuple):
    """What was found.

    Attributes:
        names: every entry that there is now.
        changes: figures that are others than before, or above their budget.
        verdicts: published figures.
        causes: layers that account for a network's change, by its name.
        unknown: why they are not known, by name.
    """

    names: Sequence[str]
    changes: Sequence[Change]
    verdicts: Sequence[Verdict] = ()
    causes: Mapping[str, Sequence[Cause]] = {}
    unknown: Mapping[str, str] = {}

    @property
    def failed(self) -> list[Change]:
        """The changes that fail."""
        return [change for change in self.changes if change.fails]

    @property
    def broken(self) -> list[Verdict]:
        """The published figures that fail."""
        return [verdict for verdict in self.verdicts if not verdict.passes]

    @property
    def unchanged(self) -> list[str]:
        """Entries that cost what they cost before."""
        changed = {change.name for change in self.changes if change.status != OVER}
        return [name for name in self.names if name not in changed]


def gate_report(gate: Gate, every: bool = False) -> Document:
    """The summary, the changes, why networks changed, and published figures that fail."""
    tables = [_summary(gate)]
    shown = _shown(gate.changes)
    gone = [change for change in shown if change.status == GONE and not change.fails]
    left = set() if every else set(gone[MOST_GONE:])
    rows = [_change_cells(change) for change in shown if change not in left]
    if every:
        rows += [(name, *[None] * 6, "unchanged", None) for name in gate.unchanged]
    causes = [row for name, found in gate.causes.items() for row in _cause_rows(name, found)]
    if rows:
        words = [f"{len(left):,} more of the lock are not in these configs"] if left else []
        words += _unknown(gate.unknown)
        tables.append(Table("changes", "Costs", CHANGE_COLUMNS, tuple(rows), below=tuple(words)))
    if causes:
        tables.append(Table("layers", "Why", CAUSE_COLUMNS, tuple(causes)))
    if gate.broken:
        title = "Published figures that do not hold"
        cells = tuple(map(figure_cells, gate.broken))
        tables.append(Table("published", title, FIGURE_COLUMNS, cells))
    return Document(gate_data(gate, every), tuple(tables), group="table")


def _shown(changes: Sequence[Change]) -> list[Change]:
    """The changes with one figure of each entry that is new or gone."""
    first: dict[tuple[str, str], Change] = {}
    for change in changes:
        if change.status in (NEW, GONE):
            kept = first.setdefault((change.status, change.name), change)
            if change.what in ("macs", "flops"):
                first[kept.status, kept.name] = change
    chosen = set(first.values())
    return [each for each in changes if each.status not in (NEW, GONE) or each in chosen]


def _unknown(unknown: Mapping[str, str]) -> Iterator[str]:
    """Whose layers are not known, a sentence for each reason."""
    names: dict[str, list[str]] = {}
    for name, reason in unknown.items():
        names.setdefault(reason, []).append(name)
    for reason, alike in names.items():
        more = f" and {len(alike) - 1} more" if len(alike) > 1 else ""
        yield f"{alike[0]}{more}: the layers are not known, {reason}"


COUNTED = (GREW, SHRANK, NEW, GONE, RENAMED, OVER)


def _summary(gate: Gate) -> Table:
    """How many entries there are of each sort."""
    counts = _counts(gate)
    columns = tuple(Column(name) for name in counts)
    return Table("summary", "", columns, (tuple(counts.values()),))


def _counts(gate: Gate) -> dict[str, int]:
    counts = {"entries": len(gate.names), "unchanged": len(gate.unchanged)}
    for status in COUNTED:
        found = len({change.name for change in gate.changes if change.status == status})
        if found or status == GREW:
            counts[status] = found
    if gate.verdicts:
        said = [verdict.status for verdict in gate.verdicts]
        counts["published"] = len(said)
        counts["known not to hold"] = said.count(KNOWN)
        counts["do not hold"] = len(gate.broken)
    return counts


def _change_cells(change: Change) -> tuple[Cell, ...]:
    figure = UNITS.get(change.what, change.what), change.old, change.new
    delta = None if None in figure[1:] else change.delta
    if change.status == OVER:
        figure = (UNITS[change.what], None, change.new)
    return (change.name, *figure, delta, change.share if delta else None, *_verdict(change))


def _verdict(change: Change) -> tuple[Cell, ...]:
    words = f"was {change.was}" if change.was else change.status
    return change.limit, f"{words}: FAILS" if change.fails else words, change.place or None


UNITS = {"params": "params", "macs": "MACs", "flops": "FLOPs", "activations": "activations"}


def _cause_rows(name: str, causes: Sequence[Cause]) -> Iterable[tuple[Cell, ...]]:
    for old, new in causes[:MOST_CAUSES]:
        part = new or old
        assert part is not None
        delta = Cause(old, new).delta
        shapes = [times(each.output) for each in (old, new) if each]
        output = " → ".join(dict.fromkeys(shapes))
        words = part.path if old and new else f"{part.path} ({'new' if new else 'gone'})"
        own = new.cost if new else None
        figures = (own.macs if own else None), delta.macs, (own.params if own else None)
        yield (name, words, output, *figures, delta.params, part.place or None)
    left = causes[MOST_CAUSES:]
    if left:
        macs, params = (sum(getattr(c.delta, what) for c in left) for what in ("macs", "params"))
        more = "1 more layer" if len(left) == 1 else f"{len(left)} more layers"
        yield (name, more, "", None, macs, None, params, None)


def gate_data(gate: Gate, every: bool = False) -> dict[str, Any]:
    """The document as JSON has it; with published figures that fail, or `every` one."""
    return {
        "version": CHECK_VERSION,
        "summary": _counts(gate),
        "passes": not gate.failed and not gate.broken,
        "changes": list(map(_change_data, gate.changes)),
        "layers": {name: list(map(_cause_data, found)) for name, found in gate.causes.items()},
        "layers_unknown": dict(gate.unknown),
        **({"unchanged": gate.unchanged} if every else {}),
        "sources": source_data(gate.verdicts),
        "published": list(map(figure_data, gate.verdicts if every else gate.broken)),
    }


def _change_data(change: Change) -> dict[str, Any]:
    over = change.status == OVER
    return {
        "entry": change.name,
        "status": change.status,
        "figure": change.what or None,
        "old": None if over else change.old,
        "new": change.new,
        "delta": None if over or None in (change.old, change.new) else change.delta,
        "limit": change.limit,
        "fails": change.fails,
        "place": change.place or None,
    } | ({"was": change.was} if change.was else {})


def _cause_data(cause: Cause) -> dict[str, Any]:
    delta = cause.delta
    part = cause.new or cause.old
    assert part is not None
    sides = {
        key: side
        and {
            "path": side.path,
            "output": list(side.output),
            "params": side.cost.params,
            "macs": side.cost.macs,
            "activations": side.cost.activations,
        }
        for key, side in (("old", cause.old), ("new", cause.new))
    }
    added = {"params": delta.params, "macs": delta.macs, "activations": delta.activations}
    return {**sides, "delta": added, "place": part.place or None}


def sentences(gate: Gate) -> list[str]:
    """What fails, a line for each that starts with its place."""
    return [": ".join(filter(None, failure)) for failure in failures(gate)]


def failures(gate: Gate) -> list[tuple[str, str, str]]:
    """What fails: the place, the entry, and what is wrong, of all its figures together."""
    together: dict[tuple[str, str], list[str]] = {}
    for change in gate.failed:
        together.setdefault((change.place, change.name), []).append(explain(change))
    first = {change.name: change for change in reversed(gate.failed) if change.status != OVER}
    for (place, name), words in together.items():
        if gate.causes.get(name) and name in first and place == first[name].place:
            words.append(_dearest(gate.causes[name], first[name].what))
    found = [(place, name, "; ".join(words)) for (place, name), words in together.items()]
    for verdict in gate.broken:
        name = verdict.case.name
        found.append((verdict.place, name, str(verdict).removeprefix(f"{name}: ")))
    return found


def explain(change: Change) -> str:
    """A change in words, with its limit."""
    unit = UNITS.get(change.what, change.what)
    if change.status == RENAMED:
        return f"is new, and was probably {change.was}"
    if change.old is None or change.new is None:
        figure = change.new if change.old is None else change.old
        return f"{unit} {figure:,} {'is new' if change.old is None else 'is gone'}"
    if change.status == OVER:
        return f"{unit} {change.new:,} is over its budget of {change.limit:,}"
    percent = f", {change.share:+.2%}" if change.share is not None else ""
    limit = ""
    if change.limit is not None and change.new > change.limit > change.old:
        limit = f", limit {change.limit:,}"
    words = f"{change.old:,} → {change.new:,} ({change.delta:+,}{percent}{limit})"
    return f"{unit} {change.status}: {words}"


def _dearest(causes: Sequence[Cause], what: str) -> str:
    """The layer that adds the most to a figure, with its shapes and line."""
    first = max(causes, key=lambda cause: int(getattr(cause.delta, what)))
    part = first.new or first.old
    assert part is not None
    shapes = [times(each.output) for each in first if each]
    where = f" ({part.place})" if part.place else ""
    more = f" and {len(causes) - 1} more" if len(causes) > 1 else ""
    return f"most in {part.path}{where}, {' → '.join(dict.fromkeys(shapes))}{more}"
