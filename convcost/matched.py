"""What a match found, as a document."""

from __future__ import annotations

from typing import Any

from convcost.matching import Hit, Matched
from convcost.ops import times
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
                ", ".join(each.name for each in hit.conventions),
                ", ".join(map(times, hit.inputs)),
                ", ".join(dict.fromkeys(fit.how for fit in hit.fits)),
                "; ".join(f"{fit.printed.text} = {fit.exact:,}" for fit in hit.fits),
                hit.strength,
                hit.by_chance,
            )
        )
    title = f"Ways of counting that explain the printed figures; {matched.inputs:,} inputs tried"
    data = {
        "version": VERSION,
        "figures": matched.figures,
        "inputs": matched.inputs,
        "hits": [_hit_data(hit) for hit in matched.hits],
    }
    return Document(data, (Table("hits", title, MATCH_COLUMNS, tuple(rows)),), group="table")


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
