"""What parameters may hold: one meaning for flags, YAML and Python."""

import contextlib
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcost.kinds.numbers import Decimal, Factors, PaddingType, PerSide
from convcost.kinds.values import (
    LARGEST,
    Choice,
    Flag,
    PerAxis,
    Several,
    Type,
    Whole,
    WholeNumbers,
)


@pytest.mark.parametrize(
    ("type", "raw", "value"),
    [
        (Whole(), "24", 24),
        (Whole(), 24, 24),
        (Whole(), "1e3", 1000),
        (Whole(), "1.5e+3", 1500),
        (Whole(), "4.2k", 4200),
        (Whole(), "4.2M", 4_200_000),
        (Whole(), "1G", LARGEST),
        (Whole(0), "0", 0),
        (PerAxis(), "3", 3),
        (PerAxis(), "3x5", (3, 5)),
        (PerAxis(), "3×5X7", (3, 5, 7)),
        (PerAxis(), [3, "5"], (3, 5)),
        (PerAxis(), (128,), (128,)),
        (PaddingType(), "same", "same"),
        (PaddingType(), "TF_SAME", "tf-same"),
        (PaddingType(), "0x1", (0, 1)),
        (PaddingType(), 2, 2),
        (PaddingType(), "0,1x2", ((0, 1), (2, 2))),
        (PerSide(), "0,1X1,0", ((0, 1), (1, 0))),
        (PerSide(), [["0", "1"], ["1", "0"]], ((0, 1), (1, 0))),
        (PerSide(), [1, [0, 2]], ((1, 1), (0, 2))),
        (PerSide(), ((0, 1),), ((0, 1),)),
        (PerSide(), [[1, 1], [2, 2]], (1, 2)),
        (PerSide(), "1x2", (1, 2)),
        (PerSide(), "3", 3),
        (Decimal(), "0.1", Fraction(1, 10)),
        (Decimal(), -2, -2),
        (Decimal(), "1/3", Fraction(1, 3)),
        (Decimal(), 0.1, Fraction(1, 10)),
        (Decimal(), "2.0", 2),
        (Factors(), 1.5, Fraction(3, 2)),
        (Factors(), "2", 2),
        (Factors(), "2x0.5", (2, Fraction(1, 2))),
        (Factors(), [Fraction(3, 2), "1"], (Fraction(3, 2), 1)),
        (Choice(("a-b", "c"), "thing", (("x", "c"),)), "A_B", "a-b"),
        (Choice(("a-b", "c"), "thing", (("x", "c"),)), "x", "c"),
        (Several(Choice(("a", "b"), "thing")), "b, a,b", ("b", "a")),
        (Several(Choice(("a", "b"), "thing")), ["a"], ("a",)),
        (WholeNumbers(), "3, 5,7", (3, 5, 7)),
        (WholeNumbers(), [3, "5"], (3, 5)),
        (WholeNumbers(), 3, (3,)),
        (Flag(), "true", True),
        (Flag(), False, False),
    ],
)
def test_parse(type: Type, raw: object, value: object) -> None:
    """Every spelling of a value is that value."""
    assert type.parse(raw) == value


@pytest.mark.parametrize(
    ("type", "raw", "message"),
    [
        (Whole(), "0", "at least 1, got 0"),
        (Whole(), "-7", "at least 1, got -7"),
        (Whole(), "1000000001", "at most 1,000,000,000"),
        (Whole(), "9" * 5000, "at most 1,000,000,000, got 999"),
        (Whole(), "1e9999", "at most 1,000,000,000"),
        (Whole(), 10**400, "at most 1,000,000,000"),
        (Whole(), "1e99999", "whole number"),
        (Whole(), "2.5", "whole number"),
        (Whole(), 2.0, "whole number"),
        (Whole(), True, "whole number"),
        (Whole(), None, "whole number"),
        (Whole(), "", "whole number"),
        (Whole(), "0x10", "whole number"),
        (Whole(), "1_000", "whole number"),
        (Whole(), "1,000", "whole number"),
        (Whole(), "nan", "whole number"),
        (Whole(), "007", "starts with a zero"),
        (PerAxis(), "3x", "such as 3 or 3x5, got '3x'"),
        (PerAxis(), [], "1 to 3"),
        (PerAxis(), [1, 2, 3, 4], "1 to 3"),
        (PerAxis(), "3x0", "at least 1"),
        (PaddingType(), "smae", "cannot be 'smae'; did you mean 'same'"),
        (PaddingType(), "-1", "at least 0"),
        (PaddingType(), "0,-1x1", "at least 0, got -1"),
        (PaddingType(), [[0, 1, 2], [0]], "a number, or two, for each axis"),
        (PerSide(), "0,x1", "a number, or two, for each axis, such as 0,1x0,1"),
        (PerSide(), [[], [1, 0]], "a number, or two, for each axis"),
        (PerSide(), "0,1x0,1x0,1x0,1", "1 to 3 axes, got 4"),
        (PerSide(), [[[1], 2]], "whole number"),
        (Decimal(), "a", "a number, such as 0.5, got 'a'"),
        (Decimal(), "0.1.2", "a number, such as 0.5"),
        (Decimal(), True, "a number, such as 0.5"),
        (Decimal(), float("nan"), "a number, such as 0.5"),
        (Decimal(), "9999999999", "at most 1,000,000,000"),
        (Factors(), 0, "more than 0"),
        (Factors(), "-0.5", "more than 0"),
        (Factors(), "2x", "such as 1.5 or 2x1, got '2x'"),
        (Factors(), [1, 1, 1, 1], "1 to 3"),
        (Flag(), "no", "true or false"),
        (Flag(), 1, "true or false"),
        (Several(Choice(("norm",), "part")), "nrm", "did you mean 'norm'"),
        (Several(Choice(("norm",), "part")), 3, "a list of names"),
        (WholeNumbers(), "3,,5", "such as 3,5,7"),
        (WholeNumbers(), [], "such as 3,5,7"),
        (WholeNumbers(), "3,0", "at least 1, got 0"),
    ],
)
def test_refuse(type: Type, raw: object, message: str) -> None:
    """What is no such value is refused in one short line."""
    with pytest.raises(ValueError, match=message) as raised:
        type.parse(raw)
    assert len(str(raised.value)) < 150
    assert "\n" not in str(raised.value)


@given(st.integers(1, LARGEST))
def test_whole_numbers_keep_every_digit(number: int) -> None:
    """Text, grouped by an exponent or not, is the number to the last digit."""
    assert Whole().parse(str(number)) == number
    assert Whole().parse(f"{number / 1000:.3f}k") == number
    assert Whole().parse(f"{number}e0") == number


@given(
    st.text() | st.integers() | st.none() | st.lists(st.text() | st.lists(st.text())) | st.floats()
)
def test_anything_is_read_or_refused(raw: Any) -> None:
    """No input makes a parser fail in another way than ValueError."""
    types = Whole(), PerAxis(), PaddingType(), Decimal(), Factors(), Flag(), Choice(("a",), "x")
    for each in types:
        with contextlib.suppress(ValueError):
            each.parse(raw)


def test_numpy_integers() -> None:
    """A notebook's numpy integers are whole numbers."""
    import numpy as np

    assert Whole().parse(np.int64(7)) == 7
