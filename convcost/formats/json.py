"""JSON: the document's data, which loses nothing."""

from __future__ import annotations

import json as library
import re

from convcost.formats.document import Document

MOST_ON_A_LINE = 900
"""Characters of a list in JSON."""

_BREAK = r"\n *"
_FLAT_LIST = r"\[\n *([^\[\]{}]*?)\n *\]"


def json(document: Document) -> str:
    """The document's data, indented, with short lists of plain values on one line."""
    indented = library.dumps(document.data, indent=2, ensure_ascii=False)
    shown = re.sub(_FLAT_LIST, _flat, indented).replace("##[", r"##\u005b")  # see `clean`
    if shown.replace("\n", "").isprintable():
        return shown + "\n"
    letters = (c if c.isprintable() or c == "\n" else library.dumps(c)[1:-1] for c in shown)
    return "".join(letters) + "\n"


def _flat(found: re.Match[str]) -> str:
    """A list on one line, where it is not too long for one."""
    flat = "[" + re.sub(_BREAK, " ", found[1]) + "]"
    return flat if len(flat) <= MOST_ON_A_LINE else found[0]
