"""Values of what varies that come to a figure that is wanted, and how it moves."""

from __future__ import annotations

from typing import Any

from convcost.errors import listed
from convcost.formats.bars import bar
from convcost.formats.document import VERSION, Cell, Column, Document, Table
from convcost.networks.inputs import written
from convcost.report.spaces.space import about, count_words
from convcost.sources.spaces.questions import thinned
from convcost.spaces.designs import Design
from convcost.spaces.fit import Fit, Move
from convcost.spaces.space import Space

MOST_ROWS = 200
"""Designs that meet the figure, of which a table has rows."""
POINTS = 13
"""Values at which it is shown how the figure moves."""


def fit_report(space: Space, found: Fit) -> Document:
    """A table of what meets the figure or is next to it, and of how it moves."""
    figure = space.figures[found.target.column]
    varied = [*space.choices]
    title = (
        f"{about(space)}: {found.target.text} "
        f"{figure.title} by {listed(varied)}, {count_words(len(found.designs))}"
    )
    columns = (
        Column("fit", numeric=False),
        *[Column(path, numeric=False) for path in varied],
        *[Column(each.title, time=bool(each.unit)) for each in space.figures],
        Column("of target", percent=True),
    )
    rows = [_row(space, found, word, each) for word, each in _named(found)]
    more = len(found.met) - MOST_ROWS
    below = [f"{more:,} more meet it"] if more > 0 else []
    if len(varied) == 1:
        below.append(_movement(space, found, varied[0]))
    tables = [Table("fit", title, columns, tuple(rows), below=tuple(below))]
    if len(varied) == 1:
        tables.append(_curve(space, found, varied[0]))
    return Document(_data(space, found), tuple(tables), group="table")


def _named(found: Fit) -> list[tuple[str, Design]]:
    """The designs that are shown, each with what it is."""
    named = [("meets", each) for each in found.met[:MOST_ROWS]]
    named += [("below", found.below)] if found.below is not None else []
    return named + ([("above", found.above)] if found.above is not None else [])


def _row(space: Space, found: Fit, word: str, design: Design) -> tuple[Cell, ...]:
    values = zip(space.figures, design.values, strict=True)
    share = design.values[found.target.column] / max(found.target.value, 1)
    return (
        word,
        *[design.choices.get(path) for path in space.choices],
        *[figure.shown(value) for figure, value in values],
        share,
    )


def _movement(space: Space, found: Fit, path: str) -> str:
    """How the figure moves with the one parameter, as a sentence."""
    title, steps = space.figures[found.target.column].title, len(found.designs) - 1
    if found.falls:
        said = _between(found.falls[0], path)
        falls = f"{len(found.falls)} of {steps} steps, first {said}"
        return f"{title} do not rise with {path} throughout: they fall at {falls}"
    if found.stays:
        said = _between(found.stays[0], path)
        return f"{title} rise with {path}, but stay at {len(found.stays)} of {steps} steps, {said}"
    return f"{title} rise with {path} throughout"


def _between(move: Move, path: str) -> str:
    return f"from {move.before.choices[path]} to {move.after.choices[path]}"


def _curve(space: Space, found: Fit, path: str) -> Table:
    figure, at = space.figures[found.target.column], found.target.column
    most = max([each.values[at] for each in found.designs], default=0)
    rows = [
        (each.choices[path], figure.shown(each.values[at]), bar(each.values[at] / max(most, 1)))
        for each in thinned(found.designs, POINTS)
    ]
    columns = (
        Column(path, numeric=False),
        Column(figure.title, time=bool(figure.unit)),
        Column("bar", 1, numeric=False),
    )
    return Table("curve", f"{figure.title} by {path}", columns, tuple(rows))


def _data(space: Space, found: Fit) -> dict[str, Any]:
    figure = space.figures[found.target.column]

    def data(design: Design | None) -> dict[str, Any] | None:
        if design is None:
            return None
        values = zip(space.figures, design.values, strict=True)
        own = {each.key: each.shown(value) for each, value in values}
        return {"design": str(design.number), **own, "choices": dict(design.choices)}

    return {
        "version": VERSION,
        "network": space.case.name,
        "input": written(space.case.inputs),
        "figure": figure.key,
        "to": found.target.text,
        "tried": len(found.designs),
        "met": [data(each) for each in found.met],
        "below": data(found.below),
        "above": data(found.above),
        "falls": [[data(each.before), data(each.after)] for each in found.falls],
        "stays": [[data(each.before), data(each.after)] for each in found.stays],
    }
