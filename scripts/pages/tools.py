"""A page for each tool: a sheet of every version, read off its table."""

from __future__ import annotations

from convcost.counting.conventions import Convention
from convcost.counting.profilers import CONVENTIONS
from convcost.report.profilers import convention_report

from .markdown import page, rows, tables, text, toctree

FOLDER = "docs/reference/tools"
PAPERS = "papers"


def tool_pages() -> dict[str, str]:
    """The texts of the pages by their paths."""
    tools: dict[str, list[Convention]] = {}
    for each in CONVENTIONS:
        tools.setdefault(each.tool if each.versions else PAPERS, []).append(each)
    found = {f"{FOLDER}/{tool}.md": tool_page(tool, own) for tool, own in tools.items()}
    return {f"{FOLDER}/index.md": overview(tools), **found}


def overview(tools: dict[str, list[Convention]]) -> str:
    """The list of the tools, with what the newest version of each counts."""
    papers = [(f"`{each.name}`", each.unit, text(each.summary)) for each in tools[PAPERS]]
    newest = [
        (f"[`{tool}`]({tool}.md)", versions(own), own[-1].unit, text(own[-1].summary))
        for tool, own in tools.items()
        if tool != PAPERS
    ]
    return page(
        "Tools and versions",
        "How each tool counts, as a table from what it listens for to what it adds. "
        "`--as TOOL` is the newest version, `--as TOOL@VERSION` any that is known; "
        "`convcost profilers TOOL@VERSION` prints the sheet of one.",
        rows(("tool", "versions", "unit", "the newest counts"), newest),
        "## Ways of papers",
        "They have no versions: [their sheets](papers.md).",
        rows(("as", "unit", "counts"), papers),
        toctree(tools),
    )


def versions(tables_of_tool: list[Convention]) -> str:
    """The versions that are known, or how many there are from the first to the last."""
    known = [version for each in tables_of_tool for version in each.versions]
    return ", ".join(known) if len(known) < 4 else f"{len(known)}, from {known[0]} to {known[-1]}"


def tool_page(tool: str, tables_of_tool: list[Convention]) -> str:
    """The sheets of one tool, the newest version first."""
    parts = []
    for each in reversed(tables_of_tool):
        about, *others = convention_report(each).blocks
        parts += [f"## {each.name}", tables([about._replace(title=""), *others])]
    return page("Ways of papers" if tool == PAPERS else tool, *parts)
