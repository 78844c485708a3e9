"""What a match found, as a document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcost.counting.conventions import Convention
from convcost.counting.match import Hit, Matched, Miss, Size, Subject
from convcost.counting.profilers import CONVENTIONS
from convcost.formats.document import VERSION, Cell, Column, Document, Table
from convcost.graph.ops import times

HIT_COLUMNS = (
    Column("explains", numeric=False),
    Column("as", numeric=False, narrow=20),
    Column("input", numeric=False, narrow=9),
    Column("figures", numeric=False, narrow=24),
    Column("strength", numeric=False),
    Column("by chance", 1, decimals=2),
)
MISS_COLUMNS = (
    Column("figure", numeric=False, narrow=12),
    Column("printed", numeric=False),
    Column("nearest"),
    Column("off by"),
    Column("as", numeric=False, narrow=12),
    Column("input", 1, numeric=False),
)
MOST_HITS = 20
"""Hits that people are shown; JSON has all."""
MOST_SIZES = 4
MOST_FITS = 6
"""Figures of a hit that people are shown."""


def match_report(matched: Matched, subjects: Sequence[Subject]) -> Document:
    """The hits, the likeliest first, and what the first one leaves unexplained."""
    tried = "one input" if matched.sizes == 1 else f"{matched.sizes:,} inputs"
    blocks = []
    if matched.hits:
        title = f"Ways of counting that explain the printed figures; {tried} tried"
        rows = tuple(_hit_row(hit, matched.figures, subjects) for hit in matched.hits[:MOST_HITS])
        blocks.append(Table("hits", title, HIT_COLUMNS, rows))
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
    return Document(data, tuple(blocks), group="table")


def verdict(matched: Matched) -> list[str]:
    """What there is to say of the hits, in sentences."""
    said = []
    if matched.unbuilt:
        why = next(iter(matched.unbuilt.values()))
        said.append(f"not built at {len(matched.unbuilt):,} of {matched.sizes:,} inputs: {why}")
    if not matched.hits:
        said.append("nothing fits: no convention gives the printed figure")
    elif matched.hits[0].contradicted:
        said.append("the printed params are not those of this network")
    elif all(hit.strength != "strong" for hit in matched.hits):
        said.append("no hit is strong: with so few digits, or so much tried, some fit by chance")
    if len(matched.hits) > MOST_HITS:
        said.append(f"{len(matched.hits) - MOST_HITS:,} more hits; --format json has them all")
    return said


def _hit_row(hit: Hit, figures: int, subjects: Sequence[Subject]) -> tuple[Cell, ...]:
    sizes = [_size(size, subjects) for size in hit.sizes[:MOST_SIZES]]
    if len(hit.sizes) > MOST_SIZES:
        sizes.append(f"{len(hit.sizes) - MOST_SIZES} more")
    words = []
    for label, what, printed, exact, how in hit.fits:
        who = f"{label}: " if len(subjects) > 1 else ""
        words.append(f"{who}{what} {printed.text} = {exact:,} {how}")
    if len(words) > MOST_FITS:
        words[MOST_FITS:] = [f"{len(words) - MOST_FITS} more"]
    names = _names(hit.conventions)
    explains = f"{len(hit.fits)} of {figures}"
    return explains, names, ", ".join(sizes), "; ".join(words), hit.strength, hit.by_chance


def _miss_row(miss: Miss, subjects: Sequence[Subject]) -> tuple[Cell, ...]:
    who = f"{miss.label}: " if len(subjects) > 1 else ""
    off = 2 * miss.nearest / miss.printed.value - 1
    size = _size(miss.size, subjects)
    name = "every tool" if miss.what == "params" else miss.convention.name
    return f"{who}{miss.what}", miss.printed.text, miss.nearest, f"{off:+.2%}", name, size


def _size(size: Size, subjects: Sequence[Subject]) -> str:
    """A size as people read it; the subjects' own, if they share one."""
    if size is not None:
        return times(size)
    own = {subject.input[1:] for subject in subjects}
    return times(own.pop()) if len(own) == 1 else "their own"


def _names(conventions: Sequence[Convention]) -> str:
    """Conventions as one text; versions of a tool that follow each other as a range."""
    if len(conventions) == len(CONVENTIONS):
        return "every convention"
    words = []
    for tool in dict.fromkeys(each.tool for each in conventions):
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
    return ", ".join(words)


def _spatial(size: Size, subjects: Sequence[Subject]) -> list[int] | None:
    own = {subject.input[1:] for subject in subjects}
    return list(size) if size is not None else list(own.pop()) if len(own) == 1 else None


def _hit_data(hit: Hit, subjects: Sequence[Subject]) -> dict[str, Any]:
    return {
        "as": [each.name for each in hit.conventions],
        "inputs": [_spatial(size, subjects) for size in hit.sizes],
        "strength": hit.strength,
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
        "input": _spatial(miss.size, subjects),
    }
