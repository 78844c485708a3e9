"""Whether the figures hold that were published for networks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from convcost.counting.counts import tally
from convcost.counting.profilers import TOOLS, find_convention
from convcost.counting.survey import Survey, survey
from convcost.graph.params import count_params
from convcost.networks.cases import Case, Comparison, Row
from convcost.networks.figures import Published

HOLDS = "holds"
FAILS = "does not hold"
KNOWN = "known not to hold"
FITS_NOW = "holds now"
STALE = "found another"
"""What may be said of a printed figure; the last two of one that was known not to hold."""


class Verdict(NamedTuple):
    """One printed figure, and what was counted.

    Attributes:
        case: the network.
        entry: what its source printed.
        what: `params`, `macs`, `flops` or `activations`.
        exact: the figure under the source's way of counting.
        status: one of the above.
    """

    case: Case
    entry: Published
    what: str
    exact: int
    status: str

    @property
    def passes(self) -> bool:
        """Whether the file says of this figure what is so."""
        return self.status in (HOLDS, KNOWN)

    @property
    def place(self) -> str:
        """Where the file says the figure."""
        return self.entry.places[self.what]

    @property
    def way(self) -> str:
        """How it was counted."""
        return way_of(self.entry, self.what)

    def __str__(self) -> str:
        entry, what, exact = self.entry, self.what, f"{self.exact:,}"
        said = f"{self.case.name}: {what} {entry.figures[what].text}"
        if self.status == FITS_NOW:
            return f"{said} is recorded as not reproduced, but {exact} ({self.way}) fits it"
        if self.status == STALE:
            return f"{said}: found is {entry.found[what]:,}, but {exact} ({self.way}) was counted"
        other = entry.figures[what].how(self.exact)
        hint = f"; it would hold {other}, in an entry of its own" if other else ""
        return f"{said} does not hold: {exact} ({self.way}) was counted{hint}"


def check_published(comparisons: Sequence[Comparison]) -> list[Verdict]:
    """Every figure that was published for the networks, in the order of the files."""
    return [verdict for comparison in comparisons for verdict in _verdicts(comparison)]


def _verdicts(comparison: Comparison) -> Iterator[Verdict]:
    case, rows = comparison
    for use, row in zip(case.uses, rows, strict=True):
        groups = survey(row.graph, case.batch) if use.published else ()
        for entry in use.published:
            for what in entry.figures:
                exact = _exact(row, groups, case.batch, entry, what)
                yield Verdict(case, entry, what, exact, _status(entry, what, exact))


def _status(entry: Published, what: str, exact: int) -> str:
    printed = entry.figures[what]
    fits = printed.truncates(exact) if entry.rounding == "truncated" else printed.rounds(exact)
    if what not in entry.found:
        return HOLDS if fits else FAILS
    if fits:
        return FITS_NOW
    return KNOWN if entry.found[what] == exact else STALE


def _exact(row: Row, groups: Survey, batch: int, entry: Published, what: str) -> int:
    """The figure as the entry's source counts it; 0 where that tool prints none."""
    convention = entry.own or (find_convention(entry.convention) if entry.convention else None)
    if what == "params":
        if convention is None or entry.params_as != "all":
            return count_params(row.graph, entry.params_as)
        return tally(groups, convention, batch).params or 0
    if what == "activations":
        if convention is None or "activations" not in convention.others:
            return row.cost.activations
        return tally(groups, convention, batch, convention.others["activations"]).total or 0
    return tally(groups, convention or TOOLS[what], batch).total or 0


def way_of(entry: Published, what: str) -> str:
    """How a figure was counted and printed, in a few words."""
    words = [entry.convention or what]
    if what == "params" and entry.params_as != "all":
        words = [entry.params_as]
    elif what == "params":
        words = [entry.convention or "all trainable"]
    return ", ".join(words + ["truncated"] * (entry.rounding == "truncated"))
