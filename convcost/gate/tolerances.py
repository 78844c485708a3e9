"""How much a figure may grow: `macs:1%`, `params:5k`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from convcost.errors import ConvcostError, Problem, no_such, shorten
from convcost.networks.figures import EXACT, FIGURES

PARTS = 10**8
"""Parts of a whole: a percent has a million of them, so that its six decimals are exact."""

_PERCENT = re.compile(r"(\d{1,4})(?:\.(\d{1,6}))?\s*%", re.ASCII)


class Tolerance(NamedTuple):
    """How much a figure may grow: by `more`, and by so many parts of a hundred million."""

    more: int = 0
    share: int = 0

    def limit(self, old: int) -> int:
        """The largest figure that is let through."""
        return old + self.more + old * self.share // PARTS


Tolerances = Mapping[str, Tolerance]
"""By figure; one that is not there may not grow."""


def read_tolerances(words: Iterable[str]) -> dict[str, Tolerance]:
    """Tolerances by figure from `macs:1%`, `params:5k`, or `1%` for every other figure.

    Raises:
        ConvcostError: one of them is none.
    """
    found: dict[str, Tolerance] = {}
    problems = []
    for text in sorted(map(str.strip, words), key=lambda text: ":" in text):
        figure, colon, amount = text.rpartition(":")
        if colon and figure not in FIGURES:
            problems.append(no_such("figure", figure, FIGURES))
            continue
        try:
            tolerance = _tolerance(amount.strip())
        except ValueError as error:
            problems.append(f"'{shorten(text)}' {error}, such as macs:1% or params:5k")
            continue
        found |= dict.fromkeys([figure] if figure else FIGURES, tolerance)
    if problems:
        raise ConvcostError(*[Problem("--tolerance", problem) for problem in problems])
    return found


def _tolerance(text: str) -> Tolerance:
    percent = _PERCENT.fullmatch(text)
    if percent is None:
        return Tolerance(more=EXACT.parse(text))
    return Tolerance(share=int(percent[1] + (percent[2] or "").ljust(6, "0")))
