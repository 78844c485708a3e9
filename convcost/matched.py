"""What a match found, as a document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcost.conventions import Convention
from convcost.matching import Hit, Matched
from convcost.ops import times
from convcost.profilers import CONVENTIONS
from convcost.render import VERSION, Cell, Column, Document, Table

MATCH_COLUMNS = (
    Column("explains", numeric=False),
    Column("as", numeric=False, narrow=20),
    Column("input", numeric=False, narrow=9),
    Column("how", 2, numeric=False, narrow=9),
    Column("figures", numeric=False, narrow=24),
    Column("strength", numeric=False),
    Column("by chance", 1, decimals=2),
)
MOST_HITS = 20
"""Hits that people are shown; JSON has all."""


def match_report(matched: Matched) -> Document:
    """The hits, the likeliest first."""
    rows: list[tuple[Cell, ...]] = []
    for hit in matched.hits[:MOST_HITS]:
        rows.append(
            (
                f"{len(hit.fits)} of {matched.figures}",
                _names(hit.conventions),
                ", ".join(map(times, hit.inputs)),
                ", ".join(dict.fromkeys(fit.how for fit in hit.fits)),
                "; ".join(f"{fit.printed.text} = {fit.exact:,}" for fit in hit.fits),
                hit.strength,
                hit.by_chance,
            )
        )
    tried = "one input" if matched.inputs == 1 else f"{matched.inputs:,} inputs"
    title = f"Ways of counting that explain the printed figures; {tried} tried"
    data = {
        "version": VERSION,
        "figures": matched.figures,
        "inputs": matched.inputs,
        "hits": [_hit_data(hit) for hit in matched.hits],
    }
    return Document(data, (Table("hits", title, MATCH_COLUMNS, tuple(rows)),), group="table")


def _names(conventions: Sequence[Convention]) -> str:
    """Conventions as one text; versions of a tool that follow each other as a range."""
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


def _hit_data(hit: Hit) -> dict[str, Any]:
    return {
        "as": [each.name for each in hit.conventions],
        "inputs": [list(shape) for shape in hit.inputs],
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
