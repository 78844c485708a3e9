"""What `match` counts for the networks that are shipped: once for all tests of a process.

Dozens of tests ask it about one more figure, and each would build all of them anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from convcost.counting import trials
from convcost.counting.conventions import Convention
from convcost.counting.profilers import CONVENTIONS
from convcost.counting.trials import Figures, Size, Subject
from convcost.graph.nodes import Graph
from convcost.sources.shipped import shipped_networks

_build, _figures_of = trials.build, trials.figures_of
_graphs: dict[tuple[int, str], Graph] = {}
_figures: dict[tuple[int, int], list[Figures]] = {}


@cache
def _kinds() -> frozenset[int]:
    """The networks that are shipped, by identity: they are read once, and stay."""
    return frozenset(id(use.kind) for case in shipped_networks() for use in case.uses)


def build_once(subject: Subject, size: Size) -> Graph:
    """The graph of a subject, kept if that is shipped and at its own size."""
    if size is not None or id(subject.kind) not in _kinds():
        return _build(subject, size)
    key = id(subject.kind), repr((subject.given, subject.inputs))
    if key not in _graphs:
        _graphs[key] = _build(subject, size)
    return _graphs[key]


def figures_once(
    graph: Graph, batch: int, conventions: Sequence[Convention] = CONVENTIONS
) -> list[Figures]:
    """What each of the conventions counts for a graph, kept if that is, and they are all."""
    if conventions is not CONVENTIONS:
        return _figures_of(graph, batch, conventions)
    key = id(graph), batch
    if key not in _figures:
        found = _figures_of(graph, batch)
        if not any(graph is kept for kept in _graphs.values()):
            return found
        _figures[key] = found
    return _figures[key]
