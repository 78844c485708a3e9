"""The integer programme, held to all factors there are."""

import random
from itertools import product

import pytest

from convcost.counting.words import quantities
from convcost.learning.columns import Column
from convcost.learning.figures import Window
from convcost.learning.programme import (
    DEVIATION,
    HALF,
    MOST,
    ODD_TERM,
    TERM,
    Budget,
    Factors,
    simplest,
    twice,
)
from convcost.learning.settling import settle

X = quantities()["|X|"]


def drawn(seed: int) -> tuple[list[Column], dict[int, Window], dict[int, int]]:
    """Three columns of five networks, two of them of one family, and windows, one of them wrong."""
    draw = random.Random(seed)
    columns = [
        Column(
            f"call{n}",
            "family" if n else "other",
            X,
            (),
            tuple(draw.choice((0, draw.randint(1, 500))) for _ in range(5)),
            draw.random() < 0.7,
        )
        for n in range(3)
    ]
    truth = {n: draw.choice((0, 2, 4, 5)) for n in range(3)}
    asked = {}
    for n in range(5):
        middle = twice(columns, truth, n) + (draw.randint(50, 900) if n == draw.randrange(9) else 0)
        half = draw.randint(0, 60)
        asked[n] = Window(middle - half, middle + half)
    return columns, asked, {n: draw.randint(8, 40) for n in range(5)}


def every() -> list[dict[int, int]]:
    """All factors of three columns."""
    return [dict(enumerate(each)) for each in product(range(2 * MOST + 1), repeat=3)]


def points(columns: list[Column], factors: Factors, shared: int) -> int:
    """The points of factors where the family has this one, added up by hand."""
    total = 0
    usual = any(column.usual for column in columns[1:])
    for factor, is_usual in ((factors.get(0, 0), columns[0].usual), (shared, usual)):
        if factor:
            total += (TERM if is_usual else ODD_TERM) + factor // 2 + HALF * (factor % 2)
    return total + DEVIATION * sum(factors.get(n, 0) != shared for n in (1, 2))


@pytest.mark.parametrize("seed", range(12))
def test_nothing_is_simpler(seed: int) -> None:
    """Of all factors, one by one, none have fewer points than those that are found."""
    columns, asked, worth = drawn(seed)
    found = simplest(columns, asked, worth, Budget(10))
    assert found is not None
    assert found.proven
    best = min(
        points(columns, factors, shared)
        + sum(worth[n] for n in asked if twice(columns, factors, n) not in asked[n])
        for factors in every()
        for shared in {0, factors[1], factors[2]}
    )
    assert found.points == best
    assert set(found.missed) >= {
        n for n in asked if twice(columns, found.factors, n) not in asked[n]
    }


@pytest.mark.parametrize("seed", range(12))
def test_what_is_open_is_what_some_rule_has(seed: int) -> None:
    """The spans of a call are the least and the largest factors of all that explain the figures."""
    columns, asked, worth = drawn(seed)
    found = simplest(columns, asked, worth, Budget(10))
    assert found is not None
    kept = {n: window for n, window in asked.items() if n not in found.missed}
    fitting = [f for f in every() if all(twice(columns, f, n) in kept[n] for n in kept)]
    spans = {each.call: each.spans[0] for each in settle(columns, kept, found.factors)}
    for n, column in enumerate(columns):
        values = {factors[n] for factors in fitting}
        if not any(column.sums[k] for k in kept):
            continue
        if column.call in spans:
            span = spans[column.call]
            assert (span.low, span.high) == (min(values), max(values))
        else:
            assert values == {found.factors.get(n, 0)}
