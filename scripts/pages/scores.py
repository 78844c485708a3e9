"""The scores of the last runs, of which `how-checked.md` has the tables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from .examples import GENERATED, ROOT
from .markdown import rows, text

PATH = "docs/_scores.md"
FILES = ("scores", "fuzz")


def scores_part() -> dict[str, str]:
    """The text by its path; it stands within a page."""
    scores, fuzz = [
        json.loads((ROOT / "scripts" / f"{name}.json").read_text(encoding="utf-8"))
        for name in FILES
    ]
    parts = [
        GENERATED,
        "### Measured figures",
        sentence(pairs_of(scores["measured"]), "figures that were measured are reproduced exactly"),
        table(scores["measured"]),
        "Out of scope:",
        "\n".join(f"* {text(name)}: {text(why)}" for name, why in scores["out of scope"].items()),
        "### Real tools",
        sentence(pairs_of(scores["verified"]), "figures of tools that were run are exact"),
        table(scores["verified"]),
        "### Hostile input",
        rows(
            ("what", "tried", "faults", "the slowest, in seconds"),
            [
                (name, f"{each['tried']:,}", f"{len(each['faults'])}", f"{each['slowest']}")
                for name, each in fuzz.items()
            ],
        ),
    ]
    return {PATH: "\n\n".join(parts) + "\n"}


def pairs_of(scores: dict[str, dict[str, list[int]]]) -> list[list[int]]:
    """Exact figures and all, of every tool."""
    return [pair for own in scores.values() for pair in own.values()]


def sentence(pairs: Iterable[Sequence[int]], words: str) -> str:
    """How many of all are exact."""
    exact, total = (sum(each) for each in zip(*pairs, strict=True))
    return f"{exact:,} of {total:,} {words}."


def table(scores: dict[str, dict[str, list[int]]]) -> str:
    """A row for each tool."""
    return rows(
        ("tool", "exact", "of", "what"),
        [
            (
                f"`{tool}`",
                *(f"{sum(each):,}" for each in zip(*own.values(), strict=True)),
                ", ".join(f"{what} {total:,}" for what, (_, total) in own.items()),
            )
            for tool, own in scores.items()
        ],
    )
