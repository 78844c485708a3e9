"""The best design within spans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import TYPE_CHECKING

from convcost.spaces.designs import Design, Urn, design_of
from convcost.spaces.front import LESS, MORE
from convcost.spaces.search import search
from convcost.spaces.tally import Span

if TYPE_CHECKING:
    from convcost.spaces.space import Space

Spans = Mapping[int, Span]
"""Values that are asked for, by column of figures."""


def best(space: Space, column: int, sign: int, spans: Spans) -> Design | None:
    """The design within spans that has most of a figure, or least; None if none is within."""
    for eased in _eased(column, sign, spans):
        found = space.front({column: sign}, eased)
        if not found:
            return None
        if all(span.has(found[0].values[at]) for at, span in spans.items()):
            return found[0]
    return _best_of_all(space, column, sign, spans)


def _best_of_all(space: Space, column: int, sign: int, spans: Spans) -> Design | None:
    """The best design where both ends of a span matter: by all sums that there are."""
    columns = tuple(sorted({column, *spans}))
    tally = space.tally((column,), spans)
    if not tally.total:
        return None
    steps = None
    if tally.scale.exact:
        line = tally.line(columns.index(column))
        value = line.quantile(0 if sign == LESS else line.total - 1).least
        within = {**spans, column: Span(value, value)}
        steps = Urn(space.ways(columns, True), columns, within).draw(Random(0))
    steps = steps or search(space.diagram, space.reach, column, sign, spans)
    if steps is None:
        found = space.front({column: sign}, spans)
        return found[0] if found else None
    return design_of(space.diagram, steps)


def _eased(column: int, sign: int, spans: Spans) -> Iterator[Spans]:
    """Spans without the ends that the best of a figure will hardly come to, but may.

    What is best without them and within them all the same is best with them: a design with the most
    params has many MACs anyway, and the upper end is what holds it.
    """
    eased = {}
    for at, span in spans.items():
        if at == column:
            eased[at] = span._replace(least=None) if sign == MORE else span._replace(most=None)
        elif None in span:
            eased[at] = span
        else:
            eased[at] = span._replace(least=None) if sign == MORE else span._replace(most=None)
    conflicting = column in spans and eased[column] != Span()
    if not conflicting:
        yield {at: span for at, span in eased.items() if span != Span()}
