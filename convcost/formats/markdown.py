"""Markdown: pipe tables of which no word is markup, and equations as code."""

from __future__ import annotations

import re

from convcost.formats.document import Document, Equations
from convcost.formats.text import equation_lines

_MARKDOWN = str.maketrans(
    {letter: f"\\{letter}" for letter in r"\`*[]|~$"} | {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
)
_SIGN = re.compile(r":(?=//)|(?<=www)\.|(?<![^\W_])_|_(?![^\W_])")
"""What is markup in some places only: not the `_` within a name."""
_MENTION = re.compile(r"(?<!\w)@(?=\w)|@(?=[^\W\d])|#(?=\w)")
"""What GitHub takes for a person, an address or an issue, also where it is escaped: a comment parts
it. `tool@1.0` is none."""
_BLOCK = re.compile(r"^(\d*)([#+.)-])")


def markdown(document: Document) -> str:
    """Pipe tables, and equations as code."""
    parts = []
    for block in document.blocks:
        if isinstance(block, Equations):
            parts.append("\n".join(["```text", *equation_lines(block), "```"]))
            continue
        rule = ["---:" if column.numeric else "---" for column in block.columns]
        rows = [list(map(_markdown_words, row)) for row in block.words]
        lines = ["| " + " | ".join(row) + " |" for row in (block.titles, rule, *rows)]
        title = [f"**{_markdown_words(block.heading)}**", ""] if block.title else []
        notes = ["", *map(_markdown_item, block.notes)] if block.notes else []
        parts.append("\n".join([*title, *lines, *notes]))
    return "\n\n".join(parts) + "\n"


def _markdown_words(words: str) -> str:
    """Words that are no markup: they end no cell, name nobody, and are neither link nor HTML."""
    plain = _SIGN.sub(r"\\\g<0>", words.translate(_MARKDOWN))
    return _MENTION.sub(r"\g<0><!-- -->", plain)


def _markdown_item(note: str) -> str:
    """A note as an item of a list, which does not begin another list, a title or a quote."""
    return f"- {_BLOCK.sub(lambda begin: begin[1] + chr(92) + begin[2], _markdown_words(note))}"
