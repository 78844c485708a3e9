"""Arithmetic in networks: exact, small, and clear about what it refuses."""

import re
import warnings
from contextlib import suppress
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcost.networks.arithmetic import make_divisible, read_term, read_word, show

SCOPE = {
    "width": Fraction(7, 20),
    "stride": 2,
    "channels": 17,
    "se": False,
    "act": "relu",
    "ns": (3, 4),
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("make_divisible(32 * width)", 16),
        ("24 * 1.4", Fraction(168, 5)),
        ("channels / 4", Fraction(17, 4)),
        ("8 / 2", 4),
        ("-channels // 4 % 3", 1),
        ("stride > 1 and channels != 16", True),
        ("not se or stride == 1", True),
        ("8 if se else none", None),
        ("none == 'none'", True),
        ("act != 'none'", True),
        ("'relu' if act == 'relu' else 'silu'", "relu"),
        ("max(1, ceil(channels / 4), round(2.5), floor(0.9))", 5),
        ("make_divisible(10, 4)", 12),
        ("act", "relu"),
    ],
)
def test_values(text: str, value: Any) -> None:
    """Expressions have exact values; whole quotients are whole numbers."""
    found = read_term(text).value(SCOPE)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2 ** 10", "cannot have '2 ** 10' in it"),
        ("act.upper()", "cannot have"),
        ("open('x')", "no function 'open'"),
        ("[1, 2][0]", "cannot have"),
        ("1 < stride < 3", "cannot have"),
        ("lambda: 1", "cannot have"),
        ("0x", "is no expression"),
        ("(" * 400, "is no expression"),
        ("1" * 501, "is longer than 500 characters"),
        ("1 / (stride - 2)", "division by zero"),
        ("channels % 0", "division by zero"),
        ("act * 2", "'relu' is no number"),
        ("se + 1", "false is no number"),
        ("1 if stride else 2", "2 is neither true nor false"),
        ("act > 1", "'relu' is no number"),
        ("make_divisible(1, 2, 3)", "make_divisible does not take 3 numbers"),
        ("make_divisible(1, 0)", "make_divisible is of sizes above zero, not of 1 and 0"),
        ("1e400 * 1", "cannot have inf in it"),
        ("1e20 * 1e20", "comes to a number of more than 30 digits"),
        ("make_divisible(0 - channels)", "make_divisible is of sizes above zero, not of -17 and 8"),
        ("make_divisable(3)", "no function 'make_divisable'; did you mean 'make_divisible'?"),
    ],
)
def test_refusals(text: str, reason: str) -> None:
    """What is not arithmetic is refused when it is read, and what has no value when it is asked."""
    with pytest.raises(ValueError, match=re.escape(reason)):
        read_term(text).value(SCOPE)


@given(st.text(alphabet="0123456789+-*/%()., <>=!'\"abif_else:", max_size=40))
def test_any_text(text: str) -> None:
    """Any text is an expression over its names, or refused with a reason."""
    with suppress(ValueError):
        term = read_term(text)
        found = term.value(dict.fromkeys(term.names, 3))
        assert show(found)


@given(st.integers(1, 5000), st.integers(1, 200), st.sampled_from([2, 4, 8, 16]))
def test_make_divisible(size: int, percent: int, by: int) -> None:
    """The field's rounding, as its authors' code has it in floats."""
    exact = Fraction(size * percent, 100)
    rounded = max(by, int(exact + Fraction(by, 2)) // by * by)
    assert make_divisible(exact, by) == (rounded + by if rounded < 0.9 * exact else rounded)


@pytest.mark.parametrize(
    ("text", "value", "shown"),
    [
        ("0.75", Fraction(3, 4), "0.75"),
        ("1e3", 1000, "1000"),
        ("true", True, "true"),
        ("True", True, "true"),
        ("FALSE", False, "false"),
        ("None", None, "none"),
        ("none", None, "none"),
        ("relu", "relu", "'relu'"),
        ("3x5", "3x5", "'3x5'"),
        ("tf-same", "tf-same", "'tf-same'"),
    ],
)
def test_words(text: str, value: Any, shown: str) -> None:
    """A text by itself is a number, a constant or a word, and is shown as it was written."""
    found = read_word(text)
    assert (found, type(found), show(found)) == (value, type(value), shown)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("round(1/3, 2)", Fraction(33, 100)),
        ("round(12345, -2)", 12300),
        ("round(7/2)", 4),
        ("round(5/2)", 2),
        ("round(1/3, 1000000000)", "round is to -30 to 30 decimals, not to 1000000000"),
        ("round(1, -1000000000)", "round is to -30 to 30 decimals, not to -1000000000"),
        ("round(1, 1/2)", "round is to -30 to 30 decimals, not to 0.5"),
        ("round(1, 2, 3)", "round does not take 3 numbers"),
        ("make_divisible(1e29 * 10, 1e29 * 10 + 1)", "comes to a number of more than 30 digits"),
    ],
)
def test_functions_are_bounded(text: str, value: object) -> None:
    """A function's result has as many digits as numbers may have, or it is not computed."""
    term = read_term(text)
    if isinstance(value, str):
        with pytest.raises(ValueError, match=re.escape(value)):
            term.value({})
    else:
        assert term.value({}) == value


def test_python_warns_of_nothing() -> None:
    """What Python warns of where it parses reaches nobody, and means what it meant."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_term("1if 1 < 2else 3").value({}) == 1
        assert read_word(r"'\d'") == r"\d"
        with pytest.raises(ValueError, match="2 is neither true nor false"):
            read_term("1if 2else 3").value({})
