"""Figures that a person has of designs, such as their accuracy, beside what the designs cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import ConvcostError, Problem, no_such, shorten
from convcost.spaces.asked import Aim, Window
from convcost.spaces.designs import Design
from convcost.spaces.figures import Figure
from convcost.spaces.front import undominated

if TYPE_CHECKING:
    from fractions import Fraction


class Scored(NamedTuple):
    """A design, and the figures that a person has of it."""

    design: Design
    scores: Mapping[str, Fraction] = {}


class Scores(NamedTuple):
    """Designs with figures that a person has, and those that they have of themselves."""

    figures: Sequence[Figure]
    names: Sequence[str]
    rows: Sequence[Scored]

    def value(self, row: Scored, key: str) -> Fraction | int:
        """A score, or a figure of the design.

        Raises:
            ConvcostError: there is none of this name.
        """
        if key in row.scores:
            return row.scores[key]
        for figure, value in zip(self.figures, row.design.values, strict=True):
            if key.lower() in (figure.key, figure.key.partition("@")[0]):
                return value
        known = [*self.names, *[figure.key for figure in self.figures]]
        raise ConvcostError(no_such("score or figure", key, known))

    def within(self, windows: Sequence[Window]) -> Scores:
        """Those with scores within windows."""
        rows = list(self.rows)
        for key, least, most in windows:
            ends = [number_of(end, key, "--within") if end else None for end in (least, most)]
            rows = [row for row in rows if _has(row.scores[key], *ends)]
        return self._replace(rows=rows)

    def best(self, aims: Sequence[Aim]) -> list[Scored]:
        """Those than which none is better in all aims, by the first."""
        pairs = [
            (tuple([-aim.sign * self.value(row, aim.key) for aim in aims]), row)
            for row in self.rows
        ]
        return undominated(pairs) if pairs else []


def _has(value: Fraction, least: Fraction | None, most: Fraction | None) -> bool:
    return (least is None or value >= least) and (most is None or value <= most)


def number_of(text: str, key: str, place: str) -> Fraction:
    """A score, which is a decimal number.

    Raises:
        ConvcostError: it is none.
    """
    from fractions import Fraction

    try:
        if len(text) > 40 or "/" in text or "e" in text.lower():
            raise ValueError
        return Fraction(text.strip())
    except ValueError:
        words = f"{shorten(key)} must be a number such as 75.3, got '{shorten(text)}'"
        raise ConvcostError(Problem(place, words)) from None
