"""Conventions by their names, from flags: tools, ways of counting, and files of one's own rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.errors import ConvcostError, Problem, shorten

if TYPE_CHECKING:
    from convcost.counting.conventions import Convention


def read_conventions(names: list[str], place: str = "--as") -> tuple[Convention, ...]:
    """Conventions by `tool@version`, each once; `all` is the newest of every tool.

    A path such as `mine.yaml` is a convention of one's own.

    Raises:
        ConvcostError: every name that is nobody's, and everything that is wrong with a file.
    """
    if not names:
        return ()
    from convcost.counting.profilers import TOOLS

    found: dict[str, Convention] = {}
    problems: list[Problem] = []
    for name in [each.strip() for words in names for each in words.split(",")]:
        try:
            named = TOOLS.values() if name == "all" else [_named(name, place)]
            for each in named:
                if found.setdefault(each.name, each).digest != each.digest:
                    problems.append(Problem(place, f"two files of rules are called {each.name}"))
        except ConvcostError as error:
            problems += error.problems
    if problems:
        raise ConvcostError(*problems)
    return tuple(found.values())


def _named(name: str, place: str) -> Convention:
    """A tool's convention, for which no file is read, or another."""
    from convcost.counting.profilers import find_convention

    try:
        return find_convention(name)
    except ValueError:
        from convcost.sources.reading.conventions import named_convention

        return named_convention(name, place)


def read_convention(name: str) -> Convention | None:
    """The one convention to count by; None, which is convcost's own, if no name is given.

    Raises:
        ConvcostError: the name is nobody's, or that of several.
    """
    found = read_conventions([name] if name else [])
    if len(found) > 1:
        raise ConvcostError(Problem("--as", "takes one tool here"))
    return found[0] if found else None


def require_tools(conventions: tuple[Convention, ...]) -> None:
    """Refuse conventions of one's own, where a real tool is run.

    Raises:
        ConvcostError: there is one.
    """
    own = [each.name for each in conventions if each.digest]
    if own:
        words = f"{shorten(own[0])} is a convention of one's own, which no tool can be run for"
        raise ConvcostError(Problem("--as", words))
