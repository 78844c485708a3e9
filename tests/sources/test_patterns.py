"""Patterns: as regular expressions have them, in linear time."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcost.sources.patterns import fits, path_fits

LETTERS = st.text("ab*", max_size=8)


@given(st.text("ab", max_size=12), LETTERS)
def test_stars(text: str, pattern: str) -> None:
    """A star is any text, as `.*` is."""
    wanted = ".*".join(map(re.escape, pattern.split("*")))
    assert fits(text, pattern) is (re.fullmatch(wanted, text) is not None)


def test_many_stars() -> None:
    """A pattern of many stars ends, whatever it is tried on."""
    assert not fits("a" * 300, "*a" * 30 + "b")
    assert fits("a" * 30_000 + "b", "*a" * 3_000 + "*b")
    assert not path_fits("/".join(["a"] * 300), "/".join(["**", "a"] * 100 + ["b"]))


PARTS = st.lists(st.sampled_from(["a", "b", "ab"]), min_size=1, max_size=5).map("/".join)


@given(PARTS, st.lists(st.sampled_from(["a", "b", "*", "a*", "**"]), min_size=1, max_size=5))
def test_paths(path: str, parts: list[str]) -> None:
    """Two stars are any folders, or none; one star is text within a name."""
    regex = "".join(
        "(?:[^/]+/)*" if part == "**" else part.replace("*", "[^/]*") + "/" for part in parts
    )
    assert path_fits(path, "/".join(parts)) is (re.fullmatch(regex, f"{path}/") is not None)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("models/**/*.yaml", {"models/a.yaml", "models/x/y/b.yaml"}),
        ("models/*.yaml", {"models/a.yaml"}),
        ("**", {"models/a.yaml", "models/x/y/b.yaml", "c.yml"}),
        ("*.yml", {"c.yml"}),
        ("models", set()),
    ],
)
def test_configs(pattern: str, expected: set[str]) -> None:
    """What patterns of configs mean."""
    paths = ["models/a.yaml", "models/x/y/b.yaml", "c.yml"]
    assert {path for path in paths if path_fits(path, pattern)} == expected
