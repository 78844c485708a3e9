"""Whether every link leads somewhere: those of the built site, and to it from README and others.

    python scripts/links.py SITE

SITE is a folder that Sphinx wrote. A link within it has to lead to a page, and to a heading or
another mark of that page if it names one; so has a link to the published site in a Markdown file of
the repository, and a path there to a file. Exit 1 if one does not.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).parent.parent
PUBLISHED = "https://convcost.github.io/convcost/"
IN_MARKDOWN = re.compile(r"\]\(([^)\s]+)\)")


class Page(HTMLParser):
    """What a page links to, and what in it can be linked to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.marks: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the links and the marks of an element."""
        for name, value in attrs:
            if value and name == "id":
                self.marks.add(value)
            elif value and name in ("href", "src"):
                self.links.append(value)


page = cache(Page)


def main() -> None:
    """Print every link that leads nowhere."""
    site = Path(sys.argv[1]).resolve()
    pages = sorted(site.rglob("*.html"))
    dead = [
        f"{path.relative_to(site)}: {link}"
        for path in pages
        for link in page(path).links
        if not found(path, link)
    ]
    dead += [f"{path.relative_to(ROOT)}: {link}" for path, link in written(site)]
    print("\n".join(dead) or f"every link of {len(pages)} pages leads somewhere")
    sys.exit(bool(dead))


def found(start: Path, link: str) -> bool:
    """Whether a link leads somewhere; one to another site is believed to."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return True
    target = (start.parent / unquote(parts.path)).resolve() if parts.path else start
    if not target.is_file():
        return False
    return not parts.fragment or target.suffix != ".html" or parts.fragment in page(target).marks


def written(site: Path) -> Iterator[tuple[Path, str]]:
    """The links of Markdown files of the repository that lead nowhere."""
    for path in [*ROOT.glob("*.md"), *ROOT.glob(".github/**/*.md")]:
        for link in IN_MARKDOWN.findall(path.read_text(encoding="utf-8")):
            own = link.removeprefix(PUBLISHED)
            start = path if own == link else site / "index.html"
            if not found(start, own or "index.html"):
                yield path, link


if __name__ == "__main__":
    main()
