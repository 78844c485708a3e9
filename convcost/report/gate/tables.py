"""What a check or a diff found, as a document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from convcost.counting.figures import KNOWN
from convcost.formats.document import UNITS, Cell, Column, Document, Table
from convcost.gate.causes import Cause
from convcost.gate.changes import GONE, GREW, NEW, OVER, RENAMED, SHRANK, Change
from convcost.gate.outcome import CHECK_VERSION, Gate
from convcost.networks.figures import BOUND
from convcost.ops.op import times
from convcost.report.printed.published import FIGURE_COLUMNS, figure_cells, figure_data, source_data

COUNTED = (GREW, SHRANK, NEW, GONE, RENAMED, OVER)

MOST_GONE = 10
"""Entries of the lock that are shown if they are not in the configs; --all has all."""
MOST_CAUSES = 5
"""Layers that are shown of one network; JSON has all."""

_WORDS = {**UNITS, BOUND: "bound (ps)"}
"""What the figures are called."""

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


def gate_report(gate: Gate, every: bool = False) -> Document:
    """The summary, the changes, why networks changed, and published figures that fail."""
    tables = [_summary(gate)]
    shown = _shown(gate.changes)
    gone = [change for change in shown if change.status == GONE and not change.fails]
    left = set() if every else set(gone[MOST_GONE:])
    rows = [_change_cells(change) for change in shown if change not in left]
    if every:
        rows += [(name, *[None] * 6, "unchanged", None) for name in gate.unchanged]
    causes = [row for name, found in gate.causes.items() for row in cause_rows(name, found)]
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
    titles = dict.fromkeys(
        each.title for each in (*CHANGE_COLUMNS, *CAUSE_COLUMNS, *FIGURE_COLUMNS)
    )
    return Document(gate_data(gate, every), tuple(tables), group="table", titles=tuple(titles))


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


def _summary(gate: Gate) -> Table:
    """How many entries there are of each sort."""
    counts = _counts(gate)
    columns = tuple(Column(name) for name in counts)
    return Table("summary", "", columns, (tuple(counts.values()),), summary=True)


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
    figure = _WORDS.get(change.what, change.what), change.old, change.new
    delta = None if None in figure[1:] else change.delta
    if change.status == OVER:
        figure = (_WORDS[change.what], None, change.new)
    return (change.name, *figure, delta, change.share if delta else None, *_verdict(change))


def _verdict(change: Change) -> tuple[Cell, ...]:
    words = f"was {change.was}" if change.was else change.status
    return change.limit, f"{words}: FAILS" if change.fails else words, change.place or None


def cause_name(cause: Cause) -> str:
    """What a layer is called, and whether it came or went."""
    part = cause.new or cause.old
    assert part is not None
    return (
        part.path if cause.old and cause.new else f"{part.path} ({'new' if cause.new else 'gone'})"
    )


def cause_rows(
    name: str, causes: Sequence[Cause], most: int = MOST_CAUSES
) -> Iterable[tuple[Cell, ...]]:
    """The layers that account for the change of an entry, of many the first and their sum."""
    for old, new in causes[:most]:
        part = new or old
        assert part is not None
        delta = Cause(old, new).delta
        shapes = [times(each.output) for each in (old, new) if each]
        output = " → ".join(dict.fromkeys(shapes))
        words = cause_name(Cause(old, new))
        own = new.cost if new else None
        figures = (own.macs if own else None), delta.macs, (own.params if own else None)
        yield (name, words, output, *figures, delta.params, part.place or None)
    left = causes[most:]
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
