"""Networks with one kind of layer in another's place."""

import json
from pathlib import Path
from typing import Any

import pytest

from convcost.networks.cases import run
from convcost.sources.reading.configs import read_config
from tests.support.program import Program

PLAIN = """
name: plain
input: 3x16x16
layers:
  - conv-bn-act: {out: 8, stride: 2}
  - standard: {out: 16, k: 5, padding: same}
  - pointwise: {out: 24}
  - residual: [conv-bn-act]
"""


def swapped(convcost: Program, path: Path, *arguments: object) -> dict[str, Any]:
    """The one network of what compare --swap says."""
    ran = convcost("compare", path, *arguments, "--format", "json")
    assert ran.code == 0, ran.err
    [case] = json.loads(ran.out)["cases"]
    return case  # type: ignore[no-any-return]


def write(tmp_path: Path, text: str) -> Path:
    """A config of this text."""
    path = tmp_path / "n.yaml"
    path.write_text(text)
    return path


def test_is_the_network_as_it_would_be_written(convcost: Program, tmp_path: Path) -> None:
    """The total is that of a network that is written with the new kind."""
    other = PLAIN.replace("standard:", "depthwise-separable:")
    other = other.replace(
        "conv-bn-act: {out: 8, stride: 2}",
        "depthwise-separable: {out: 8, stride: 2, norm: batch, act: relu}",
    ).replace("[conv-bn-act]", "[{depthwise-separable: {norm: batch, act: relu}}]")
    [case] = read_config(str(write(tmp_path, other)))
    expected = run(case).rows[0].cost
    found = swapped(convcost, write(tmp_path, PLAIN), "--swap", "standard=depthwise-separable")
    assert found["swapped"] == [
        *("1.conv-bn-act.conv", "2.standard.conv", "4.residual.1.conv-bn-act.conv"),
    ]
    assert found["kept"] == {}
    total = found["rows"][-1]
    assert total["layer"] == "total"
    assert (total["to"]["macs"], total["to"]["params"]) == (expected.macs, expected.params)


def test_rows_add_up(convcost: Program, tmp_path: Path) -> None:
    """The layers that change and the others add up to both totals."""
    found = swapped(convcost, write(tmp_path, PLAIN), "--swap", "pointwise=group")
    *layers, total = found["rows"]
    assert [row["layer"] for row in layers] == ["3.pointwise", "3 others"]
    for side in ("from", "to"):
        for figure in ("params", "macs", "activations"):
            assert sum(row[side][figure] for row in layers) == total[side][figure]
    assert layers[0]["to"]["macs"] * 2 == layers[0]["from"]["macs"]


def test_what_does_not_fit_is_kept(convcost: Program, tmp_path: Path) -> None:
    """A layer that the new kind cannot be stays, and why."""
    path = write(tmp_path, PLAIN)
    found = swapped(convcost, path, "--swap", "standard=group", "--groups", 8)
    assert found["swapped"] == ["2.standard.conv", "4.residual.1.conv-bn-act.conv"]
    assert found["kept"] == {
        "1.conv-bn-act.conv": "3 input channels cannot be divided into 8 groups",
    }
    shapes = swapped(convcost, path, "--swap", "standard=depthwise", "--multiplier", 2)
    assert "are not 8 output channels" in shapes["kept"]["1.conv-bn-act.conv"]


def test_layers_of_a_kind(convcost: Program, tmp_path: Path) -> None:
    """Blocks are swapped whole, with the parameters that both kinds take."""
    path = write(
        tmp_path,
        "name: n\ninput: 8x16x16\nlayers:\n- {bottleneck: {out: 16, stride: 2}, repeat: 2}\n",
    )
    found = swapped(convcost, path, "--swap", "bottleneck=basic-block")
    assert found["swapped"] == ["1.bottleneck", "2.bottleneck"]
    basic = path.read_text().replace("bottleneck", "basic-block")
    [case] = read_config(str(write(tmp_path, basic)))
    assert found["rows"][-1]["to"]["macs"] == run(case).rows[0].cost.macs


def test_within_a_layer_that_is_kept(convcost: Program, tmp_path: Path) -> None:
    """Convolutions of a block that another kind does not fit are swapped all the same."""
    text = "name: n\ninput: 16x16x16\nlayers:\n- bottleneck: {out: 18, width: 8}\n"
    swaps = ("--swap", "STANDARD=group", "--swap", "bottleneck=shuffle-unit-v1", "--groups", 4)
    found = swapped(convcost, write(tmp_path, text), *swaps)
    assert found["swapped"] == ["1.bottleneck.conv2"]
    assert list(found["kept"]) == ["1.bottleneck"]


def test_directions_are_planned_for_the_swapped(convcost: Program, tmp_path: Path) -> None:
    """A place is swapped or kept, not both, though directions take a second pass."""
    text = "name: n\ninput: 6x32x32\nlayers:\n- {depthwise: {k: 5}, repeat: 3}\n"
    path = write(tmp_path, text)
    found = swapped(convcost, path, "--swap", "depthwise=xsepconv", "--no-pointwise")
    assert len(found["swapped"]) == 3
    assert found["kept"] == {}


def test_without_configs(convcost: Program) -> None:
    """Swapping is for networks."""
    ran = convcost("compare", "--in", 8, "--hw", 8, "--swap", "standard=group")
    assert (ran.code, ran.err) == (2, "--swap: is for networks in configs\n")


def test_depthwise_as_xsepconv(convcost: Program, tmp_path: Path) -> None:
    """XSepConv in the place of depthwise convolutions costs 4 + 2k for k² weights a channel."""
    path = write(
        tmp_path,
        "name: n\ninput: 8x16x16\nlayers:\n- {depthwise: {k: 7}, repeat: 2}\n",
    )
    total = swapped(convcost, path, "--swap", "depthwise=xsepconv", "--no-pointwise")["rows"][-1]
    assert total["from"]["params"] == 2 * 8 * 49
    assert total["to"]["params"] == 2 * 8 * (4 + 14)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--swap", "standard"], "--swap: is KIND=KIND, not 'standard'"),
        (["--swap", "standard=goup"], "--swap: no kind 'goup'; did you mean 'group'?"),
        (["--swap", "fire=group"], "--swap: there is no fire in any of these networks"),
        (["--swap", "standard=group", "--k", "5"], "goes without --k"),
        (["--swap", "standard=max-pool"], "--swap: max-pool is no kind of convolution"),
        (["--swap", "standard=group,standard=pointwise"], "--swap: standard is swapped twice"),
        (["--swap", "standard=group", "--groups", "x"], "--groups: must be a whole number"),
        (["--swap", "conv-bn-act=standard", "--act", "x"], "--act: cannot be 'x'"),
        (["--swap", "standard=group", "--multiplier", "2"], "goes without --multiplier"),
        (["--swap", "standard=group", "--as", "thop"], "--swap: goes without --as"),
    ],
)
def test_mistakes(convcost: Program, tmp_path: Path, arguments: list[str], message: str) -> None:
    """One clear line, exit 2."""
    ran = convcost("compare", write(tmp_path, PLAIN), *arguments)
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 1)
    assert message in ran.err
