"""The one error that users meet, the error of a layer that becomes one, and words of errors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import islice
from typing import NamedTuple

LINE = 300
"""Characters of a line of an error; what is longer helps nobody."""

SENTENCE = 2 * LINE
"""Characters of a sentence that is an answer, such as what grew and where."""

MOST_LINES = 50
"""Errors that are shown one by one."""

MOST_NAMES = 1_000
"""Names among which the one is looked for that a word may mean, and for as many words as lines."""

LONGEST_NAME = 60
"""Characters of a word that may be a slip for a name."""

_REPLACED = "\N{REPLACEMENT CHARACTER}"

_PLACE = LINE * 2 // 3

_LONG_WORD = r"\S{121,}"


class Problem(NamedTuple):
    """One thing that is wrong: where (a flag, or file:line:col) and what, with its mend."""

    place: str
    message: str

    def __str__(self) -> str:
        return as_line(self.message, self.place)


class ConvcostError(Exception):
    """The request could not be answered; every problem that was found is listed."""

    def __init__(self, *problems: Problem | str) -> None:
        self.problems = tuple(Problem("", p) if isinstance(p, str) else p for p in problems)
        super().__init__("\n".join(map(str, first_of(self.problems))))


class LayerError(ValueError):
    """A layer cannot be built; `place` is where its file says it."""

    def __init__(self, message: str, place: str) -> None:
        self.place = place
        super().__init__(message)


def first_of(problems: Sequence[Problem]) -> list[Problem]:
    """The problems that are shown, and how many more there are."""
    more = len(problems) - MOST_LINES
    shown = list(problems[:MOST_LINES])
    return [*shown, Problem("", f"and {more:,} more errors")] if more > 0 else shown


def clean(text: str) -> str:
    """A text of one line that is only read: no control character, no command to what reads a log.

    Runners of workflows take `::` at the beginning of a line for one, and `##[` anywhere.
    """
    if not text.isprintable():
        text = "".join(c if c.isprintable() else _REPLACED for c in text)
    if "##[" in text:
        text = text.replace("##[", f"##{_REPLACED}[")
    if text.lstrip().startswith("::"):
        text = text.replace("::", f"{_REPLACED}:", 1)
    return text


def as_line(message: str, place: str = "", length: int = LINE) -> str:
    """A place and what is said of it as one clean line, neither longer than people read."""
    if len(place) > _PLACE:  # its end has the line and column
        place = f"…{place[1 - _PLACE :]}"
    message = message[: 100 * length]
    message = re.sub(_LONG_WORD, lambda word: f"{word[0][:60]}…{word[0][-59:]}", message)
    words = clean(f"{place}: {message}" if place else message)
    return words if len(words) <= length else f"{words[: length - 1]}…"


def no_such(what: str, word: str, known: Iterable[str]) -> str:
    """Say that `word` is not known, and what is."""
    unknown = f"no {what} '{shorten(word)}'"
    left = _hints_left.get()
    return unknown if left is not None and left[0] <= 0 else f"{unknown}; {one_of(word, known)}"


def one_of(word: str, known: Iterable[str]) -> str:
    """The known name nearest to `word` as a question, or else all of them."""
    names = list(known)
    if not names:
        return "there is none"
    near = nearest(word, names)
    return f"did you mean '{near}'?" if near else f"it is one of {listed(names)}"


def listed(names: Sequence[str]) -> str:
    """Names with commas between them, as many as a line has room for."""
    shown: list[str] = []
    for name in names:
        if shown and sum(map(len, shown)) + 2 * len(shown) > LINE // 2:
            return f"{', '.join(shown)} and {len(names) - len(shown):,} more"
        shown.append(shorten(name))
    return ", ".join(shown)


_hints_left: ContextVar[list[int] | None] = ContextVar("hints_left", default=None)


@contextmanager
def few_hints() -> Iterator[None]:
    """Look for what words may mean for the first of them only, as only the first are shown."""
    token = _hints_left.set([MOST_LINES])
    try:
        yield
    finally:
        _hints_left.reset(token)


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """The known name that is most like a word; nothing where none is."""
    left = _hints_left.get()
    if left is not None:
        left[0] -= 1
    if len(word) > LONGEST_NAME or (left is not None and left[0] < 0):
        return ""
    least, most = (len(word) * share for share in (cutoff / (2 - cutoff), (2 - cutoff) / cutoff))
    names = list(islice((name for name in known if least <= len(name) <= most), MOST_NAMES))
    import difflib  # only where there is an error

    near = difflib.get_close_matches(word, names, n=1, cutoff=cutoff)
    return near[0] if near else ""


def shorten(text: str, length: int = 40) -> str:
    """Keep what the user wrote recognisable without letting it flood the line."""
    words = clean(text[: length + 1])
    return words if len(words) <= length else words[: length - 1] + "…"
