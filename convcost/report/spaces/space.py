"""Spaces of designs: how many, how their figures are spread, what is chosen, single designs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from convcost.errors import listed
from convcost.formats.bars import bar
from convcost.formats.document import VERSION, Cell, Column, Document, Table
from convcost.networks.choices import HW
from convcost.networks.inputs import written
from convcost.spaces.figures import Figure
from convcost.spaces.scores import Scored
from convcost.spaces.space import Space
from convcost.spaces.spread import Option, Spread
from convcost.spaces.tally import Between, Span

MOST_OPTIONS = 8
"""Options of a choice that are listed with their shares."""

MOST_CHOICES = 6
"""Choices that have columns of their own in tables of designs, but in CSV."""


class Answer(NamedTuple):
    """What was found out of a space: all of it, and what is within windows.

    Attributes:
        space: the space.
        spans: the windows, by column of figures.
        designs: how many designs are within.
        spreads: of each figure.
        options: of each choice.
    """

    space: Space
    spans: Mapping[int, Span]
    designs: Between
    spreads: Sequence[Spread]
    options: Sequence[Option]


def answer_of(space: Space, spans: Mapping[int, Span], whole: bool = True) -> Answer:
    """Ask a space how many designs are within windows, and what the `whole` of them is like."""
    count = space.count(spans)
    if not whole:
        return Answer(space, spans, count, (), ())
    found = [space.spread(column, spans) for column in range(len(space.figures))]
    spreads = [spread for spread in found if spread is not None]
    return Answer(space, spans, count, spreads, space.options(spans) if count.most else ())


def space_report(answer: Answer) -> Document:
    """A table of spreads, a histogram of each figure, and a table of choices."""
    space, title = answer.space, heading(answer)
    tables = [_spread_table(answer, title)] if answer.spreads else [_nothing(title)]
    tables += [_histogram(spread, answer.designs) for spread in answer.spreads]
    if space.choices and answer.options:
        tables.append(_choices(answer))
    return Document(_data(answer), tuple(tables), group="table")


def heading(answer: Answer) -> str:
    """How many designs there are, and within what, as a title."""
    space = answer.space
    choices = "1 choice" if len(space.choices) == 1 else f"{len(space.choices)} choices"
    said = f"{about(space)}: {count_words(space.designs)} of {choices}"
    if not answer.spans:
        return said
    within = listed([span_words(space.figures[c], span) for c, span in answer.spans.items()])
    share = f", {share_words(answer.designs.most, space.designs)}" if answer.designs.most else ""
    return f"{said}; {between_words(answer.designs)} within {within}{share}"


def about(space: Space) -> str:
    """Which network it is, and on which input, if that is one."""
    if HW in space.choices:
        return space.case.name
    return f"{space.case.name} (input {written(space.case.inputs)})"


def count_words(designs: int) -> str:
    """`1 design`, `8,400 designs`."""
    return "1 design" if designs == 1 else f"{designs:,} designs"


def share_words(some: int, of: int) -> str:
    """A share in per cent, with three digits however small it is."""
    share = 100 * some / of
    return f"{share:.1f}%" if share >= 10 else f"{share:.3g}%"


def between_words(count: Between) -> str:
    """A number that is known, or what it is at the least and at the most."""
    return f"{count.most:,}" if count.exact else f"{count.least:,} to {count.most:,}"


def span_words(figure: Figure, span: Span) -> str:
    """`290,000,000..310,000,000 MACs`."""
    column = Column(figure.title, time=bool(figure.unit))
    ends = ["" if end is None else column.words(figure.shown(end)) for end in span]
    return f"{'..'.join(ends)} {figure.title}"


def _nothing(title: str) -> Table:
    """That no design is within the windows."""
    return Table("spread", title, (Column("designs within"),), ((0,),))


def _column(figure: Figure, drop: int = 0) -> Column:
    return Column(figure.title, drop, time=bool(figure.unit))


def _spread_table(answer: Answer, title: str) -> Table:
    spreads = answer.spreads
    columns = (Column("of designs", numeric=False), *[_column(each.figure) for each in spreads])
    rows: list[tuple[Cell, ...]] = [("least", *[_shown(each, each.least) for each in spreads])]
    for percent in spreads[0].quantiles:
        label = "median" if percent == 50 else f"{percent}%"
        rows.append((label, *[_shown(each, each.quantiles[percent]) for each in spreads]))
    rows.append(("most", *[_shown(each, each.most) for each in spreads]))
    cut = [each for each in spreads if not all(own.exact for own in each.quantiles.values())]
    below = [
        f"{each.figure.title}: sums were cut to buckets; quantiles may be up to "
        f"{max([own.most - own.least for own in each.quantiles.values()]):,} more than is said"
        for each in cut
    ]
    unbuilt = answer.space.diagram.unbuilt
    if unbuilt:
        [(path, word), why], *_ = unbuilt.items()
        more = f", and {len(unbuilt) - 1} more" if len(unbuilt) > 1 else ""
        below.append(f"designs that cannot be built are left out: {path}={word} ({why}){more}")
    return Table("spread", title, columns, tuple(rows), below=tuple(below))


def _shown(spread: Spread, value: Between) -> int:
    return spread.figure.shown(value.least)


def _histogram(spread: Spread, count: Between) -> Table:
    figure = spread.figure
    most = max([each.designs.most for each in spread.bins])
    columns = (
        Column(f"{figure.title} from", time=bool(figure.unit)),
        Column("to", time=bool(figure.unit)),
        Column("designs"),
        Column("share", percent=True),
        Column("bar", 1, numeric=False),
    )
    rows: list[tuple[Cell, ...]] = []
    for each in spread.bins:
        designs: Cell = each.designs.most if each.designs.exact else between_words(each.designs)
        share = each.designs.most / max(count.most, 1)
        ends = figure.shown(each.first), figure.shown(each.last)
        rows.append((*ends, designs, share, bar(each.designs.most / most if most else 0)))
    return Table(figure.key, f"Designs by {figure.title}", columns, tuple(rows))


def _choices(answer: Answer) -> Table:
    columns = (
        Column("choice", numeric=False),
        Column("made by", percent=True),
        Column("options", numeric=False, narrow=30),
    )
    by_path: dict[str, list[Option]] = {}
    for option in answer.options:
        by_path.setdefault(option.path, []).append(option)
    rows: list[tuple[Cell, ...]] = []
    for path, options in by_path.items():
        share = options[0].reached.most / max(answer.designs.most, 1)
        rows.append((path, min(share, 1.0), _options_words(options)))
    return Table("choices", "Choices, and how often each option is taken", columns, tuple(rows))


def _options_words(options: Sequence[Option]) -> str:
    left = [option for option in options if option.designs.most]
    if not left:
        return "none is left"
    if len(left) > MOST_OPTIONS:
        return f"{len(left)} of {len(options)} are left: {left[0].word} … {left[-1].word}"
    shares = [option.designs.most / max(option.reached.most, 1) for option in left]
    pairs = zip(left, shares, strict=True)
    return ", ".join([f"{option.word} {share:.1%}" for option, share in pairs])


def designs_report(
    answer: Answer, designs: Sequence[Scored], title: str, wide: bool = False
) -> Document:
    """A row for each design: its number, its figures and, where there are few, its options.

    `wide` tables have columns for all choices.
    """
    space = answer.space
    paths = [*space.choices]
    shown = paths if wide or len(paths) <= MOST_CHOICES else []
    scores = [*designs[0].scores] if designs else []  # all have the same
    columns = (
        Column("design", numeric=False),
        *[Column(name) for name in scores],
        *[_column(figure) for figure in space.figures],
        *[Column(path, 1, numeric=False) for path in shown],
    )
    rows = []
    for design, own in designs:
        values = zip(space.figures, design.values, strict=True)
        rows.append(
            (
                str(design.number),
                *[_number(own[name]) for name in scores],
                *[figure.shown(value) for figure, value in values],
                *[design.choices.get(path) for path in shown],
            )
        )
    table = Table("designs", title, columns, tuple(rows))
    data = _about(answer) | {"found": [_design_data(space, each) for each in designs]}
    return Document(data, (table,), group="table")


def _number(value: Any) -> Cell:
    """A score, which is exact, as a number of a table."""
    return int(value) if value.denominator == 1 else float(value)


def _design_data(space: Space, scored: Scored) -> dict[str, Any]:
    design = scored.design
    values = zip(space.figures, design.values, strict=True)
    return {
        "design": str(design.number),
        **{figure.key: figure.shown(value) for figure, value in values},
        **{name: _number(value) for name, value in scored.scores.items()},
        "choices": dict(design.choices),
    }


def _data(answer: Answer) -> dict[str, Any]:
    return _about(answer) | {
        "figures": {each.figure.key: _spread_data(each) for each in answer.spreads},
        "choices": _options_data(answer.options),
    }


def _about(answer: Answer) -> dict[str, Any]:
    """Which space it is, and how many designs there are."""
    space = answer.space
    within = {
        space.figures[column].key: [
            None if end is None else space.figures[column].shown(end) for end in span
        ]
        for column, span in answer.spans.items()
    }
    return {
        "version": VERSION,
        "network": space.case.name,
        "input": written(space.case.inputs),
        "designs": space.designs,
        "within": within,
        "count": _between(answer.designs),
        "unbuilt": {f"{path}={word}": why for (path, word), why in space.diagram.unbuilt.items()},
    }


def _between(count: Between) -> Any:
    """A number, or what it is at the least and at the most."""
    return count.most if count.exact else {"at_least": count.least, "at_most": count.most}


def _spread_data(spread: Spread) -> dict[str, Any]:
    figure = spread.figure

    def shown(value: Between) -> Any:
        return _between(Between(*map(figure.shown, value)))

    return {
        "title": figure.title,
        "least": shown(spread.least),
        "quantiles": {str(each): shown(value) for each, value in spread.quantiles.items()},
        "most": shown(spread.most),
        "histogram": [
            {
                "from": figure.shown(each.first),
                "to": figure.shown(each.last),
                "designs": _between(each.designs),
            }
            for each in spread.bins
        ],
    }


def _options_data(options: Sequence[Option]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for option in options:
        found.setdefault(option.path, {})[option.word] = _between(option.designs)
    return found
