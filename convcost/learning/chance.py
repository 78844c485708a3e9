"""How many rules as simple would explain as many figures by chance."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb, log10

from convcost.counting.match import NEAR
from convcost.learning.figures import Line
from convcost.learning.programme import MOST


def log_chance(lines: Sequence[Line], missed: Sequence[int], rules: float) -> float:
    """How many of a number of rules would do it; both as decimal logarithms.

    A rule's figure is taken to lie anywhere within a tenth around the printed one, of which the
    printed digits are a share; and any of the figures may be those that it misses. A line that is
    there twice says nothing more; figures of networks that are much alike are not as independent
    as that: it is an estimate.
    """
    found = rules + log10(comb(len(lines), len(missed)))
    said = set()
    for n, line in enumerate(lines):
        if n not in missed and (line.survey, line.printed.value) not in said:
            said.add((line.survey, line.printed.value))
            width = line.printed.width
            found += log10(width / (2 * max(NEAR, width)))
    return found


def number_of(logarithm: float) -> float:
    """The number, which is never quite zero."""
    return float(10 ** max(min(logarithm, 300), -300))


def rules_as_simple(columns: int, terms: int) -> float:
    """The decimal logarithm of how many rules have at most so many terms of so many columns."""
    return log10(sum(comb(columns, n) * (2 * MOST) ** n for n in range(min(terms, columns) + 1)))
