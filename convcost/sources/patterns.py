"""Patterns of names and paths, in time that grows with their length; what a path is, and where."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]
_FOLDERS = (_PACKAGE / "configs", _PACKAGE.parent / "configs")
"""Where they lie once they are installed, and in a checkout."""

SHOWN = "convcost/configs/"
"""In front of the file's name in places; where the package lies is nobody's concern."""


def fits(text: str, pattern: str) -> bool:
    """Whether a text is what a pattern says, in which `*` stands for any text."""
    first, *others = pattern.split("*")
    if not others:
        return text == pattern
    *middle, last = others
    if not text.startswith(first):
        return False
    start, end = len(first), len(text) - len(last)
    for part in middle:  # each as early as can be, which leaves the most to the others
        found = text.find(part, start, max(end, 0))
        if found < 0:
            return False
        start = found + len(part)
    return start <= end and text.endswith(last)


def path_fits(path: str, pattern: str) -> bool:
    """Whether a path with `/` is what a pattern says: `**` are any folders, `*` text within one."""
    wanted = pattern.split("/")
    reached = _with_none({0}, wanted)
    for part in path.split("/"):
        left = [index for index in reached if index < len(wanted)]
        more = {i if wanted[i] == "**" else i + 1 for i in left if _part_fits(part, wanted[i])}
        reached = _with_none(more, wanted)
    return len(wanted) in reached


def _part_fits(part: str, wanted: str) -> bool:
    return wanted == "**" or fits(part, wanted)


def _with_none(reached: Iterable[int], wanted: Sequence[str]) -> set[int]:
    """The places in a pattern that are reached where `**` may be no folder at all."""
    found = set()
    for index in reached:
        found.add(index)
        while index < len(wanted) and wanted[index] == "**":
            index += 1
            found.add(index)
    return found


_CODE = re.compile(r"(?:[A-Za-z_][\w.]*|.*\.py):[A-Za-z_]\w*(?:\.\w+)*")

GRAPH = ".graph.json"
"""How the names of graph files end."""

ONNX = ".onnx"
"""How those of ONNX files do."""


def is_code(word: str) -> bool:
    """Whether a subject names code: `package.module:attribute`, or a file's path and an attribute.

    Of several colons the last separates; a file that is there is no code.
    """
    is_data = word.lower().endswith((".yaml", ".yml", ".json", ONNX))
    return not is_data and _CODE.fullmatch(word) is not None and not os.path.exists(word)


def is_graph_path(path: str) -> bool:
    """Whether a path is that of a graph file."""
    return path.lower().endswith(GRAPH)


def is_onnx_path(path: str) -> bool:
    """Whether a path is that of an ONNX file."""
    return path.lower().endswith(ONNX)


def is_file(word: str) -> bool:
    """Whether what was named is a file that is there; a pipe is one, a folder none."""
    return os.path.exists(word) and not os.path.isdir(word)


def shipped_folder() -> Path:
    """Where the configs lie that come with convcost."""
    return next((folder for folder in _FOLDERS if folder.is_dir()), _FOLDERS[0])
