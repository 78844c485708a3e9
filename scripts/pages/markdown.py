"""Markdown of the pages that are made of the program."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from convcost.formats.document import Document, Table
from convcost.formats.markdown import markdown

from .examples import GENERATED

NUMBER = r"\b(\d{4}\.\d{4,5})\b"
ARXIV = re.compile(f"(?:arXiv )?{NUMBER}")
CODE = re.compile(r"(`[^`]+`)")
LINK = r"[arXiv \1](https://arxiv.org/abs/\1)"
FLAG = re.compile(r"(?<![\w`-])--[a-z][\w-]*")
MARKUP = re.compile(r"([*<>_\[\]])")


def page(title: str, *parts: str) -> str:
    """A page that is written by the program, of parts with blank lines between them."""
    return "\n\n".join([f"# {title}", GENERATED, *(part.strip("\n") for part in parts)]) + "\n"


def tables(found: Iterable[Table]) -> str:
    """Tables as a report has them."""
    words = markdown(Document({}, tuple(found), group="table")).rstrip("\n")
    return re.sub(f"arXiv {NUMBER}", LINK, words)


def rows(titles: Sequence[str], cells: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already."""
    lines = [titles, ["---"] * len(titles), *cells]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def text(words: str) -> str:
    """Words of the program as Markdown, in a table as well: flags are code, papers are links."""
    parts = CODE.split(FLAG.sub(r"`\g<0>`", words))
    parts[::2] = [ARXIV.sub(LINK, MARKUP.sub(r"\\\1", part)) for part in parts[::2]]
    return "".join(parts).replace("|", "\\|")


def code(words: str) -> str:
    """Words as code, in a table as well."""
    return "`" + words.replace("|", "\\|") + "`"


def toctree(names: Iterable[str]) -> str:
    """The pages below this one, for the menu at the side."""
    return "\n".join(["```{toctree}", ":hidden:", "", *names, "```"])
