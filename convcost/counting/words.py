"""Rules as they are printed, read again: `2 MACs + bias`, `0.5 |X|`, `0`."""

from __future__ import annotations

import re
from functools import lru_cache

from convcost.counting.resizing import read_by_mode
from convcost.counting.rules import QUANTITIES, Quantity, Rule
from convcost.errors import nearest, shorten

LARGEST_FACTOR = 1_000_000
MOST_TERMS = 20

_USUAL = 10
"""How many quantities a message names, the usual ones first."""

_TIMES = re.compile(r"(\d{1,7}(?:\.\d{1,6})?|\d{1,7}/\d{1,7}) +(\S.*)", re.ASCII)


def parse_rule(words: str) -> Rule:
    """The rule that prints as these words: `4 |X|` is a quantity four times, `0` nothing.

    Raises:
        ValueError: a word is no quantity, or no factor.
    """
    words = words.strip()
    terms = words.split(" + ")
    if len(terms) > MOST_TERMS:
        raise ValueError(f"a rule has at most {MOST_TERMS} terms, this has {len(terms):,}")
    rule = Rule()
    for term in terms if words != "0" else ():
        rule += _term(term.strip())
    return rule


def _term(words: str) -> Rule:
    once = _once(words)
    if once is not None:
        return once
    match = _TIMES.fullmatch(words)
    if match is None:
        raise ValueError(_no_quantity(words))
    from fractions import Fraction

    factor, name = match.groups()
    once = _once(name)
    if once is None:
        raise ValueError(_no_quantity(name))
    if re.fullmatch(r"\d+/0+", factor):
        raise ValueError(f"'{shorten(words)}' divides by zero")
    times = Fraction(factor)
    if not 0 < times <= LARGEST_FACTOR:
        raise ValueError(f"'{shorten(words)}': a factor is above 0, at most {LARGEST_FACTOR:,}")
    return (int(times) if times.denominator == 1 else times) * once


def _once(name: str) -> Rule | None:
    """Once the quantity of this name."""
    known = quantities()
    return Rule(((1, known[name]),)) if name in known else read_by_mode(name)


def _no_quantity(name: str) -> str:
    if not name:
        return "a term is missing; a rule is a sum, such as 2 MACs + bias, or 0"
    known = quantities()
    near = next((each for each in known if each.lower() == name.lower()), nearest(name, known))
    if near:
        return f"no quantity '{shorten(name)}'; did you mean '{near}'?"
    some = ", ".join(list(known)[:_USUAL])
    return f"no quantity '{shorten(name)}'; there are {some} and others (convcost profilers TOOL)"


@lru_cache(maxsize=1)
def quantities() -> dict[str, Quantity]:
    """Every quantity by its name."""
    from convcost.counting.profilers import CONVENTIONS  # whose tables have some of their own

    return {each.name: each for each in QUANTITIES} if CONVENTIONS else {}
