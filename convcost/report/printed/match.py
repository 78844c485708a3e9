"""What a match found, as a document."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from convcost.counting.conventions import Convention
from convcost.counting.match import Hit, Matched, Miss
from convcost.counting.profilers import CONVENTIONS
from convcost.counting.trials import Size, Subject
from convcost.formats.document import VERSION, Cell, Column, Document, Table
from convcost.networks.inputs import said
from convcost.ops.layouts import Tokens
from convcost.ops.op import times

HIT_COLUMNS = (
    Column("explains", numeric=False),
    Column("counts like", numeric=False, narrow=20),
    Column("input", 2, numeric=False, narrow=9),
    Column("figures", numeric=False, narrow=16),
    Column("strength", numeric=False),
    Column("by chance", 3, decimals=2),
)
PUBLISHED_BY = Column("published by", 1, numeric=False, narrow=12)
FIT_COLUMNS = (
    Column("figure", numeric=False, narrow=20),
    Column("printed", numeric=False),
    Column("counted"),
    Column("how", numeric=False),
)
MISS_COLUMNS = (
    Column("figure", numeric=False, narrow=12),
    Column("printed", numeric=False),
    Column("nearest"),
    Column("off by"),
    Column("counts like", numeric=False, narrow=12),
    Column("input", 1, numeric=False),
)
MOST_HITS = 20
"""Hits that people are shown; JSON has all."""
MOST_SIZES = 4
MOST_FITS = 3
"""Figures that stand in one cell; of more there is a table."""
SEVERAL = 3
"""Figures that may have a rule of their own."""
MOST_NAMES = 100
"""Characters of the names of conventions in one cell."""


def match_report(matched: Matched, subjects: Sequence[Subject], noun: str = "") -> Document:
    """The hits, the likeliest first, and what the first one leaves unexplained.

    The `noun` is for subjects of which one has the figures: `network` or `kind`.
    """
    tried = "one input" if matched.sizes == 1 else f"{matched.sizes:,} inputs"
    if noun:
        tried = f"{len(subjects):,} {noun}s at {tried} each"
    blocks = []
    if matched.hits:
        blocks += _hit_tables(matched, subjects, noun, tried)
    if matched.misses:
        left = "the first does not explain" if matched.hits else "nothing explains"
        title = f"Figures that {left}, and the nearest that was counted; {tried} tried"
        rows = tuple(_miss_row(miss, subjects) for miss in matched.misses)
        blocks.append(Table("misses", title, MISS_COLUMNS, rows))
    data = {
        "version": VERSION,
        "figures": matched.figures,
        "inputs": matched.sizes,
        "not_built": len(matched.unbuilt),
        "hits": [_hit_data(hit, subjects) for hit in matched.hits],
        "misses": [_miss_data(miss, subjects) for miss in matched.misses],
    }
    columns = (*HIT_COLUMNS, PUBLISHED_BY, *FIT_COLUMNS, *MISS_COLUMNS)
    titles = tuple(dict.fromkeys([each.title for each in columns] + [noun] * bool(noun)))
    return Document(data, tuple(blocks), "table", titles)


def _hit_tables(
    matched: Matched, subjects: Sequence[Subject], noun: str, tried: str
) -> list[Table]:
    """The hits, and the figures of the first one by one where they are many."""
    shown = matched.hits[:MOST_HITS]
    columns: tuple[Column, ...] = HIT_COLUMNS
    title = f"Ways of counting that explain the printed figures; {tried} tried"
    rows = [_hit_row(hit, matched.figures, subjects, bool(noun)) for hit in shown]
    if noun:
        columns = (Column(noun, numeric=False, narrow=12), *columns[1:])
    if any(hit.source for hit in shown):
        columns = (*columns, PUBLISHED_BY)
        rows = [(*row, hit.source) for row, hit in zip(rows, shown, strict=True)]
    table = Table("hits", title, columns, tuple(rows))
    if all(len(hit.fits) <= MOST_FITS for hit in shown):
        return [table]
    fits = tuple(
        (f"{fit.label}: {fit.what}", fit.printed.text, fit.exact, fit.how)
        for fit in matched.hits[0].fits
    )
    first = Table("fits", "What the first of them counts", FIT_COLUMNS, fits)
    return [table.without(table.titles.index("figures")), first]


def elsewhere(hit: Hit) -> str:
    """That another network explains the figures, in a sentence."""
    figures = ", ".join(
        f"{fit.what} {fit.printed.text} = {fit.exact:,} {fit.how}" for fit in hit.fits
    )
    words = f"{hit.fits[0].label}, {figures}, counted like {convention_names(hit.conventions)}"
    source = f"; published by {hit.source}" if hit.source else ""
    return f"another network that is shipped explains it: {words}{source}"


def to_learn(matched: Matched, configs: Sequence[str]) -> list[str]:
    """What may help where the first hit leaves several published figures."""
    left = [miss for miss in matched.misses if miss.what != "params"]
    if len(left) < SEVERAL:
        return []
    command = shlex.join(["convcost", "learn", *configs])
    return [f"{len(left)} figures are left; a rule may be behind those of one source: {command}"]


def verdict(matched: Matched, subjects: Sequence[Subject]) -> list[str]:
    """What there is to say of the hits, in sentences."""
    known = {hit.source for hit in matched.hits}
    said = [words for subject in subjects for words in _known_to_fail(subject, known)]
    if matched.unbuilt:
        why = next(iter(matched.unbuilt.values()))
        said.append(f"not built at {len(matched.unbuilt):,} of {matched.sizes:,} inputs: {why}")
    if not matched.hits:
        said.append("nothing fits: no convention gives the printed figure")
    elif matched.hits[0].contradicted:
        said.append("the printed params are not those of this network")
    elif all(hit.strength not in ("strong", "published") for hit in matched.hits):
        said.append("no hit is strong: with so few digits, or so much tried, some fit by chance")
    if len(matched.hits) > MOST_HITS:
        said.append(f"{len(matched.hits) - MOST_HITS:,} more hits; --format json has them all")
    return said


def _known_to_fail(subject: Subject, sources: Collection[str]) -> Iterator[str]:
    """The figures that others than these sources published for a subject, and that do not hold."""
    for entry in subject.published:
        for what, exact in entry.found.items() if entry.source not in sources else ():
            if entry.figures[what].text in [each.text for each in subject.printed.values()]:
                text = entry.figures[what].text
                note = f" ({entry.note})" if entry.note else ""
                yield (
                    f"{what} {text} is what {entry.source} has for {subject.label}, which is known "
                    f"not to hold: {exact:,} was counted{note}"
                )


def _hit_row(hit: Hit, figures: int, subjects: Sequence[Subject], apart: bool) -> tuple[Cell, ...]:
    inputs = _inputs(hit, subjects)
    sizes = [_size(size, _of(hit, subjects)) for size in inputs[:MOST_SIZES]]
    if len(inputs) > MOST_SIZES:
        sizes.append(f"{len(inputs) - MOST_SIZES} more")
    words = []
    for label, what, printed, exact, how in hit.fits:
        who = f"{label}: " if len(subjects) > 1 and not apart else ""
        words.append(f"{who}{what} {printed.text} = {exact:,} {how}")
    first = hit.fits[0].label if apart else f"{len(hit.fits)} of {figures}"
    names, figure = convention_names(hit.conventions), "; ".join(words)
    return first, names, ", ".join(sizes), figure, hit.strength, hit.by_chance


def _inputs(hit: Hit, subjects: Sequence[Subject]) -> list[Size]:
    """The sizes of a hit; one that was tried is not said again where it is the subject's own."""
    own = _spatial(None, _of(hit, subjects)) if None in hit.sizes else None
    return [size for size in hit.sizes if size is None or list(size) != own]


def _of(hit: Hit, subjects: Sequence[Subject]) -> Sequence[Subject]:
    """The subjects of which a hit explains figures."""
    labels = {fit.label for fit in hit.fits}
    return [subject for subject in subjects if subject.label in labels]


def _miss_row(miss: Miss, subjects: Sequence[Subject]) -> tuple[Cell, ...]:
    who = f"{miss.label}: " if len(subjects) > 1 else ""
    off = 2 * miss.nearest / miss.printed.value - 1
    size = _size(miss.size, [each for each in subjects if each.label == miss.label])
    name = "every tool" if miss.what == "params" else miss.convention.name
    return f"{who}{miss.what}", miss.printed.text, miss.nearest, f"{off:+.2%}", name, size


def _size(size: Size, subjects: Sequence[Subject]) -> str:
    """A size as people read it; the subjects' own, if they share one."""
    if size is not None:
        return times(size)
    own = {subject.input for subject in subjects}
    sizes = {said(shape) if isinstance(shape, Tokens) else times(shape[1:]) for shape in own}
    return sizes.pop() if len(sizes) == 1 else "their own"


def convention_names(conventions: Sequence[Convention]) -> str:
    """Conventions as one text; versions of a tool that follow each other as a range."""
    if len(conventions) == len(CONVENTIONS):
        return "every convention"
    words = []
    for tool in dict.fromkeys(each.tool for each in conventions if not each.digest):
        tables = [each for each in CONVENTIONS if each.tool == tool]
        runs: list[list[Convention]] = []
        for each in tables:
            if each in conventions and runs and runs[-1][-1] is tables[tables.index(each) - 1]:
                runs[-1].append(each)
            elif each in conventions:
                runs.append([each])
        words += [
            run[0].name + (f" to {run[-1].versions[-1]}" if len(run) > 1 else "") for run in runs
        ]
    return _few([each.name for each in conventions if each.digest] + words)


def _few(words: Sequence[str]) -> str:
    """As many words as a cell has room for, and how many more there are."""
    kept = [word for n, word in enumerate(words) if len(", ".join(words[: n + 1])) <= MOST_NAMES]
    more = len(words) - len(kept)
    return ", ".join(kept) + (f" and {more} more" if more else "")


def _spatial(size: Size, subjects: Sequence[Subject]) -> list[int] | None:
    own = {subject.input[1:] for subject in subjects}
    return list(size) if size is not None else list(own.pop()) if len(own) == 1 else None


def _hit_data(hit: Hit, subjects: Sequence[Subject]) -> dict[str, Any]:
    return {
        "as": [each.name for each in hit.conventions],
        "inputs": [_spatial(size, _of(hit, subjects)) for size in _inputs(hit, subjects)],
        "strength": hit.strength,
        **({"published_by": hit.source} if hit.source else {}),
        "by_chance": hit.by_chance,
        "fits": [
            {
                "label": fit.label,
                "figure": fit.what,
                "printed": fit.printed.text,
                "exact": fit.exact,
                "how": fit.how,
            }
            for fit in hit.fits
        ],
    }


def _miss_data(miss: Miss, subjects: Sequence[Subject]) -> dict[str, Any]:
    return {
        "label": miss.label,
        "figure": miss.what,
        "printed": miss.printed.text,
        "nearest": miss.nearest,
        "as": miss.convention.name,
        "input": _spatial(miss.size, [each for each in subjects if each.label == miss.label]),
    }
