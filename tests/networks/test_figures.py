"""Figures as papers print them, and sizes to try."""

import pytest

from convcost.networks.figures import Printed, PrintedType
from convcost.sources.sizes import SizesType


@pytest.mark.parametrize(
    ("text", "exact", "how"),
    [
        ("258.55M", 258_545_664, "rounded"),
        ("258.54M", 258_545_664, "truncated"),
        ("258.53M", 258_545_664, ""),
        ("5.93k", 5_928, "rounded"),
        ("1.56K", 1_560, "exact"),
        ("25,557,032", 25_557_032, "exact"),
        ("25.6 M", 25_557_032, "rounded"),
        ("4.1G", 4_089_184_256, "rounded"),
        ("4.1B", 4_150_000_000, "rounded"),
        ("4.1B", 4_150_000_001, "truncated"),
        ("4.1B", 4_200_000_000, ""),
        ("258.55 MMac", 258_545_664, "rounded"),
        ("4.1GFLOPs", 4_089_184_256, "rounded"),
    ],
)
def test_printed(text: str, exact: int, how: str) -> None:
    """What a printed figure can stand for, rounded or cut off at its own digits."""
    assert PrintedType().parse(text).how(exact) == how


@pytest.mark.parametrize("text", ["", "M", "-5M", "1e6", "0", "0.0M", "1.5", "1,5M", "5 MMax"])
def test_not_printed(text: str) -> None:
    """What is no figure is refused."""
    with pytest.raises(ValueError, match=r"must be|has digits"):
        PrintedType().parse(text)


def test_width() -> None:
    """The fewer its digits, the more a figure can stand for."""
    assert Printed("4G", 8_000_000_000, 2_000_000_000).width == 0.25


def test_sizes() -> None:
    """Sizes are numbers, ranges with a step, or lists of them."""
    assert SizesType().parse("416") == ((416,),)
    assert SizesType().parse("8x14x14") == ((8, 14, 14),)
    assert SizesType().parse("32..96/32,512x224") == ((32,), (64,), (96,), (512, 224))
    for text in ("", "a", "5..3", "1..2/0", "0..3", "1..9999999"):
        with pytest.raises(ValueError, match=r"must be|is more than|has a step|goes from"):
            SizesType().parse(text)
