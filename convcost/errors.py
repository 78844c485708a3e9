"""The one error that users meet, the error of a layer that becomes one, and words of errors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Problem(NamedTuple):
    """One thing that is wrong: where (a flag, or file:line:col) and what, with its mend."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


class ConvcostError(Exception):
    """The request could not be answered; every problem that was found is listed."""

    def __init__(self, *problems: Problem | str) -> None:
        self.problems = tuple(Problem("", p) if isinstance(p, str) else p for p in problems)
        super().__init__("\n".join(map(str, self.problems)))


class LayerError(ValueError):
    """A layer cannot be built; `place` is where its file says it."""

    def __init__(self, message: str, place: str) -> None:
        self.place = place
        super().__init__(message)


def no_such(what: str, word: str, known: Iterable[str]) -> str:
    """Say that `word` is not known, and what is."""
    return f"no {what} '{shorten(word)}'; {one_of(word, known)}"


def one_of(word: str, known: Iterable[str]) -> str:
    """The known name nearest to `word` as a question, or else all of them."""
    names = list(known)
    if not names:
        return "there is none"
    import difflib  # only where there is an error

    near = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'?" if near else f"it is one of {', '.join(names)}"


def shorten(text: str, length: int = 40) -> str:
    """Keep what the user wrote recognisable without letting it flood the line."""
    clean = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return clean if len(clean) <= length else clean[: length - 1] + "…"
