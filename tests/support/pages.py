"""Pages of reports, read as a browser without scripts reads them."""

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from convcost.graph.captured import Captured
from convcost.graph.nodes import Graph, Node
from convcost.ops.called import Opaque
from convcost.ops.op import Input
from tests.support.graph_file import CONV
from tests.support.program import Program

MARKUP = "<img src=x onerror=alert(1)></script><script>alert(2)</script>\"'&amp;"
"""A name that would be markup."""


class Page(HTMLParser):
    """What a page has: its elements, the texts of cells by table and row, its data."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.tables: list[list[list[str]]] = []
        self.data: dict[str, Any] = {}
        self.open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element, and where its text goes."""
        self.tags.append((tag, dict(attrs)))
        self.open = "data" if ("id", "charts") in attrs else tag
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")

    def handle_data(self, data: str) -> None:
        """Note a text."""
        if self.open == "data":
            self.data = json.loads(data)
        elif self.open in ("td", "th"):
            self.tables[-1][-1][-1] += data

    def handle_endtag(self, tag: str) -> None:
        """Texts behind an element are nobody's."""
        self.open = ""

    def table(self, title: str) -> list[dict[str, str]]:
        """The rows of the first table that has a column of this title, by their titles."""
        head, *rows = next(table for table in self.tables if title in table[0])
        return [dict(zip(head, row, strict=True)) for row in rows]


def reported(convcost: Program, folder: Path, *arguments: object) -> Page:
    """The page that report writes."""
    path = folder / "page.html"
    ran = convcost("report", *arguments, "--output", path)
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.endswith(f"convcost: wrote {path}\n")
    return Page(path.read_text(encoding="utf-8"))


def hostile_graph() -> str:
    """A graph file in which all that has a name is called by one that would be markup."""
    nodes = [
        Node(Input(), (), (3, 8, 8), MARKUP),
        Node(CONV, (0,), (4, 8, 8), f"{MARKUP}.conv"),
        Node(Opaque(MARKUP), (1,), (4, 8, 8), f"{MARKUP}.twist"),
    ]
    return Captured(Graph(tuple(nodes), 2), MARKUP).text()
