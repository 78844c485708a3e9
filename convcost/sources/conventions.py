"""Conventions by their names, from flags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.errors import ConvcostError, Problem

if TYPE_CHECKING:
    from convcost.counting.conventions import Convention


def read_conventions(names: list[str], place: str = "--as") -> tuple[Convention, ...]:
    """Conventions by `tool@version`, each once; `all` is the newest of every tool.

    Raises:
        ConvcostError: every name that is nobody's.
    """
    if not names:
        return ()
    from convcost.counting.profilers import TOOLS, find_convention

    found: list[Convention] = []
    problems: list[Problem] = []
    for name in [each for words in names for each in words.split(",")]:
        try:
            found += TOOLS.values() if name.strip() == "all" else [find_convention(name)]
        except ValueError as error:
            problems.append(Problem(place, str(error)))
    if problems:
        raise ConvcostError(*problems)
    return tuple(dict.fromkeys(found))


def read_convention(name: str) -> Convention | None:
    """The one convention to count by; None, which is convcost's own, if no name is given.

    Raises:
        ConvcostError: the name is nobody's, or that of several.
    """
    found = read_conventions([name] if name else [])
    if len(found) > 1:
        raise ConvcostError(Problem("--as", "takes one tool here"))
    return found[0] if found else None
