"""A page for each family of networks that is shipped: costs, published figures, and its file."""

from __future__ import annotations

from pathlib import Path

from convcost.counting.figures import KNOWN, Verdict, check_published
from convcost.networks.cases import Comparison, run
from convcost.report.networks import networks_report
from convcost.report.printed.published import published_tables
from convcost.sources.shipped import shipped_networks

from .markdown import page, rows, tables, text, toctree

FOLDER = "docs/reference/networks"


def network_pages() -> dict[str, str]:
    """The texts of the pages by their paths."""
    families: dict[str, list[Comparison]] = {}
    for case in shipped_networks():
        families.setdefault(Path(case.place).stem, []).append(run(case))
    verdicts = {family: check_published(own) for family, own in families.items()}
    found = {
        f"{FOLDER}/{family}.md": family_page(family, own, verdicts[family])
        for family, own in families.items()
    }
    return {f"{FOLDER}/index.md": overview(families, verdicts), **found}


def overview(families: dict[str, list[Comparison]], verdicts: dict[str, list[Verdict]]) -> str:
    """The list of the families, and how many of their published figures hold."""
    listed = [
        (
            f"[{family}]({family}.md)",
            text(", ".join(comparison.case.name for comparison in own)),
            f"{len(verdicts[family])}",
            f"{sum(each.status != KNOWN for each in verdicts[family])}",
        )
        for family, own in families.items()
    ]
    every = [each for own in verdicts.values() for each in own]
    known = sum(each.status == KNOWN for each in every)
    return page(
        "Networks",
        "These are shipped: every command takes one by its name, however it is spelt, and a family "
        "by the name of its file, which is its first network.",
        f"Of {len(every)} figures that papers, repositories and articles have for them, "
        f"{len(every) - known} hold to the last digit that is printed. The other {known} are known "
        "not to; each is named on the page of its family, with what was found instead.",
        rows(("family", "networks", "published figures", "hold"), listed),
        toctree(families),
    )


def family_page(family: str, comparisons: list[Comparison], verdicts: list[Verdict]) -> str:
    """One family: its networks, what was published for them, and its file."""
    [costs] = networks_report(comparisons).blocks
    costs = costs._replace(
        title="",
        columns=costs.columns[:4] + costs.columns[5:],
        rows=tuple(row[:4] + row[5:] for row in costs.rows),
    )
    parts = [tables([costs])]
    if verdicts:
        figures, sources = published_tables(verdicts, every=True)
        parts += [
            "## What was published, and whether it holds",
            tables([figures, sources._replace(title="By source")]),
        ]
    parts += [
        "## The file",
        f"`convcost networks {family} --output mine.yaml` writes it.",
        f"```{{literalinclude}} ../../../configs/{family}.yaml\n:language: yaml\n```",
    ]
    return page(family, *parts)
