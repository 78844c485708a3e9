"""Bars beside figures, on a terminal and in text."""

from pathlib import Path

import pytest

from convcost.network_api import network
from tests.support.program import Program


def bars(text: str) -> list[tuple[str, str]]:
    """The first word of each row, and its bar."""
    rows = [row.split() for row in text.split("\n")[4:] if row[:1].strip()]
    found = [(row[0], next((word for word in row if word[0] in "█▏▎▍▌▋▊▉"), "")) for row in rows]
    return found[: [name for name, _ in found].index("total") + 1]


def test_bars_are_shares_of_the_largest(convcost: Program) -> None:
    """The longest bar is the largest figure, in eighths of a letter; the sum has none."""
    ran = convcost("show", "depthwise-separable", "--in", 24, "--hw", 112, "--bars")
    assert bars(ran.out) == [
        ("depthwise", "█" * 6),  # 2,709,504 of 7,225,344 are 0.375 of 16
        ("pointwise", "█" * 16),
        ("total", ""),
    ]
    ran = convcost("show", "resnet50", "--bars", "--by", "op")
    found = dict(bars(ran.out))
    assert found["conv"] == "█" * 16
    assert found["linear"] == "▏"  # little, but seen
    assert found["relu"] == ""


def test_bars_of_what_is_sorted(convcost: Program) -> None:
    """They are of the figures that the table is sorted by, whichever columns are shown."""
    ran = convcost("show", "resnet50", "--bars", "--sort", "-Params", "--columns", "macs")
    head = ran.out.split("\n")[2]
    assert head.split("  ")[-1].strip() == "bar of params"
    assert bars(ran.out)[-2] == ("16.bottleneck", "█" * 16)


def test_a_layer_may_be_called_as_a_sum(convcost: Program, tmp_path: Path) -> None:
    """Whatever a layer is called, only the last row is a sum."""
    path = tmp_path / "net.yaml"
    layers = "[{standard: {out: 9}, name: difference}, {standard: {out: 3}, name: x}]"
    path.write_text(f"{{name: net, input: 3x8x8, layers: {layers}}}")
    ran = convcost("show", path, "--bars", "--sort", "-MACs")
    assert bars(ran.out) == [("difference", "█" * 16), ("x", "█" * 16), ("total", "")]
    ran = convcost("show", path, "--bars", "--as", "thop", "--sort", "thop")
    assert "bar of thop@0.1.1" in ran.out
    assert list(network(path).to_pandas()["path"]) == ["difference", "x"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--format", "csv"], "--bars: is for people, not for csv"),
        (["--format", "json"], "--bars: is for people, not for json"),
        (["--sort", "path"], "--bars: goes with a column of figures, not 'path'"),
        (["--sort", "nothing"], "not 'nothing'"),
    ],
)
def test_mistakes(convcost: Program, words: list[str], said: str) -> None:
    """Raw numbers have no bars, and texts neither."""
    ran = convcost("show", "resnet50", "--bars", *words)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
