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


def nearest(word: str, known: Iterable[str]) -> str:
    """The known name for which a word is a slip, or an end of it that was left out; or nothing.

    Whatever is farther away is another word: a guess at what it means would mislead.
    """
    left = _hints_left.get()
    if left is not None:
        left[0] -= 1
    if len(word) > LONGEST_NAME or (left is not None and left[0] < 0):
        return ""
    if word.lower() in _NO_SLIPS:
        return ""
    names = list(islice((name for name in known if len(name) <= 3 * len(word)), MOST_NAMES))
    if _OTHER_WORDS.get(word.lower()) in names:
        return _OTHER_WORDS[word.lower()]
    import difflib  # only where there is an error

    alike = difflib.get_close_matches(word, names, n=3, cutoff=0.5)
    near = (name for name in alike if _is_slip(word, name))
    return next(near, "") or next((name for name in names if _is_begun(word, name)), "")


_NO_SLIPS = frozenset(
    ("bilinear", "unfold", "fold", "identity", "embeddingbag", "pan", "gcn", "retention")
)
"""Layers of the field that are near to names here, and mean something else."""

_OTHER_WORDS = {
    **dict.fromkeys(("fp16", "half", "f16"), "float16"),
    **dict.fromkeys(("fp32", "float", "f32", "single"), "float32"),
    **dict.fromkeys(("bf16",), "bfloat16"),
    **dict.fromkeys(("i8", "int", "uint8", "quantized"), "int8"),
}
"""Names by which others know what has one name here."""


def _is_slip(word: str, name: str) -> bool:
    """Whether two words differ in one letter of three to seven, in two of eight, and so on."""
    most = max(min(len(word) // 3, 1), len(word) // 4)
    return abs(len(word) - len(name)) <= most and _edits(word, name) <= most


def _is_begun(word: str, name: str) -> bool:
    return min(len(word), len(name)) >= 4 and (name.startswith(word) or word.startswith(name))


def _edits(word: str, name: str) -> int:
    """How many letters are to be put in, left out, changed, or swapped with the next."""
    before: list[int] = []
    last = list(range(len(name) + 1))
    for i, letter in enumerate(word):
        now = [i + 1]
        for j, other in enumerate(name):
            cost = min(last[j + 1] + 1, now[j] + 1, last[j] + (letter != other))
            if i and j and (letter, word[i - 1]) == (name[j - 1], other):
                cost = min(cost, before[j - 1] + 1)
            now.append(cost)
        before, last = last, now
    return last[-1]


def shorten(text: str, length: int = 40) -> str:
    """Keep what the user wrote recognisable without letting it flood the line."""
    words = clean(text[: length + 1])
    return words if len(words) <= length else words[: length - 1] + "…"
