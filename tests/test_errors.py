"""Lines of errors: clean, short, and no more of them than people read."""

import pytest

from convcost.errors import (
    LINE,
    MOST_LINES,
    ConvcostError,
    Problem,
    as_line,
    clean,
    few_hints,
    nearest,
    no_such,
    one_of,
    shorten,
)

REPLACED = "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ünï 漢字 → ×", "plain ünï 漢字 → ×"),
        ("a\n::error::b", f"a{REPLACED}::error::b"),
        ("\x1b[31mred\x9b0m", f"{REPLACED}[31mred{REPLACED}0m"),
        ("right \u202e left", f"right {REPLACED} left"),
        ("::error::b", f"{REPLACED}:error::b"),
        ("  ::stop-commands::x", f"  {REPLACED}:stop-commands::x"),
        ("a ##[add-mask]b", f"a ##{REPLACED}[add-mask]b"),
        ("a::b #[c] x.yaml:3:5: d", "a::b #[c] x.yaml:3:5: d"),
    ],
)
def test_clean(text: str, shown: str) -> None:
    """Text of files is one line that no terminal and no runner of workflows takes for a command."""
    assert clean(text) == shown


def test_lines_are_short() -> None:
    """A line keeps the end of its place and the beginning of its message, long words shortened."""
    place = f"{'folder/' * 100}a.yaml:3:5"
    line = as_line(f"no kind '{'x' * 1_000_000}' here {'word ' * 1000}", place)
    assert len(line) == LINE
    assert line.startswith("…")
    assert "/a.yaml:3:5: no kind 'xxx" in line
    assert line.endswith("…")
    assert as_line("short", "a.yaml:1:1") == "a.yaml:1:1: short"
    assert str(Problem("", "x" * 1000)) == f"{'x' * 60}…{'x' * 59}"


def test_the_first_errors() -> None:
    """Of thousands of errors the first are listed, and how many more there are."""
    lines = str(ConvcostError(*[f"error {n}" for n in range(1234)])).splitlines()
    assert lines[0] == "error 0"
    assert lines[-1] == f"and {1234 - MOST_LINES:,} more errors"
    assert len(lines) == MOST_LINES + 1


def test_hints() -> None:
    """What a word may mean is looked for among many names, but for few words of one file."""
    names = [f"some-block-{n}" for n in range(10_000)]
    assert nearest("some-blok-7", names) == "some-block-7"
    assert nearest("x" * 60_000, names) == ""
    assert one_of("q", names).startswith("it is one of some-block-0, some-block-1, ")
    assert one_of("q", names).endswith(" more")
    assert len(one_of("q", names)) < LINE
    with few_hints():
        said = [no_such("block", f"sume-block-{n}", names) for n in range(MOST_LINES + 2)]
    assert said[0] == "no block 'sume-block-0'; did you mean 'some-block-0'?"
    assert said[-1] == f"no block 'sume-block-{MOST_LINES + 1}'"
    assert no_such("block", "sume-block-3", names).endswith("did you mean 'some-block-3'?")


def test_shorten() -> None:
    """A word is cut where it is longer than a name."""
    assert shorten("a" * 50) == f"{'a' * 39}…"
    assert shorten("a\tb") == f"a{REPLACED}b"
