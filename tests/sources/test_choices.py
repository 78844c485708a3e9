"""Choices in files of networks: where they may stand, their paths, and designs that pick."""

from pathlib import Path

import pytest

import convcost
from convcost.errors import ConvcostError
from convcost.networks.cases import run_all
from convcost.sources.designs import with_design
from convcost.sources.ranges import steps, values_of
from convcost.sources.reading.configs import parse_config
from tests.support.program import Program
from tests.support.spaces import read

NETWORK = """
input: 3x32x32
hw: {choose: [32, 48]}
params: {w: {choose: 0.5..1:0.25}, n: 2 * w}
blocks:
  pair:
    params: {out, k: {choose: [1, 3]}}
    layers:
      - standard: {out: out, k: k}
      - standard: {out: out, k: k}
layers:
  - conv-bn-act: {out: 16 * w, k: {choose: [3, 5]}, stride: 2}
    name: stem
  - repeat: {choose: [1, 2]}
    name: body
    inverted-residual: {out: 16, k: {choose: [3, 5]}, expand: {choose: [2, 3], same: true}}
  - choose:
      skip: []
      one: {standard: {out: 8, k: {choose: [1, 3]}}}
      two:
        - act
        - standard: {out: {choose: [8, "16 * w"]}}
    repeat: 2
    name: op
  - for: [c]
    in: [[4], [{choose: [4, 8]}]]
    pair: {out: c}
  - add:
      left: {standard: {out: 4, k: {choose: [1, 3]}}}
      right: {pointwise: {out: 4}}
    when: {choose: [true, false]}
"""

PATHS = {
    *("hw", "w", "stem.k", "body.repeat", "body.1.k", "body.2.k", "body.expand"),
    *("op.1", "op.2", "op.1.one.k", "op.2.one.k", "op.1.two.2.standard.out"),
    *("op.2.two.2.standard.out", "4.pair.2.c", "4.pair.1.k", "4.pair.2.k"),
    *("5.add.when", "5.add.left.1.standard.k"),
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files lie in a folder of their own."""
    monkeypatch.chdir(tmp_path)


def cost_of(text: str, **design: str) -> tuple[int, int]:
    """Params and MACs of a design, whose paths have `_` for dots."""
    paths = {path.replace("_", "."): word for path, word in design.items()}
    [comparison] = run_all([with_design(read(text), paths)])
    return comparison.rows[0].cost.params, comparison.rows[0].cost.macs


def test_paths() -> None:
    """A choice is called by its layer, the copy of it and its parameter, whatever was chosen."""
    with open("net.yaml", "w", encoding="utf-8") as file:
        file.write(NETWORK)
    assert set(convcost.space("net.yaml").choices) == PATHS


@pytest.mark.parametrize(
    ("design", "plain"),
    [
        ({}, "conv-bn-act: {out: 8, k: 3}"),
        ({"stem_k": "5"}, "conv-bn-act: {out: 8, k: 5}"),
        ({"w": "1"}, "conv-bn-act: {out: 16, k: 3}"),
        ({"w": "1.0", "stem_k": "5"}, "conv-bn-act: {out: 16, k: 5}"),
    ],
)
def test_designs_are_networks(design: dict[str, str], plain: str) -> None:
    """A design costs what the network costs that has its options written out."""
    text = """
input: 3x32x32
params: {w: {choose: [0.5, 1]}}
layers:
  - conv-bn-act: {out: 16 * w, k: {choose: [3, 5]}}
    name: stem
  - linear: {out: 10, over: channels}
"""
    written = f"input: 3x32x32\nlayers:\n  - {plain}\n  - linear: {{out: 10, over: channels}}\n"
    assert cost_of(text, **design) == cost_of(written)


def test_first_option_is_taken_and_said(convcost: Program) -> None:
    """Commands take the first option of each choice, and say that they did; lock goes on."""
    with open("net.yaml", "w", encoding="utf-8") as file:
        file.write(NETWORK)
    ran = convcost("compare", "net.yaml", "--format", "csv")
    assert ran.code == 0
    assert "net has choices, of which the first are taken" in ran.err
    ran = convcost("lock", "net.yaml")
    assert ran.code == 0
    assert "net has choices" in ran.err
    ran = convcost("show", "net.yaml", "--design", "hw=48", "--design", "op.2=one")
    assert ran.code == 0
    assert "net (hw=48, op.2=one) (input 3x48x48)" in ran.out


def test_design_of_a_file() -> None:
    """A file's own design picks, and what the command line picks comes before it."""
    text = NETWORK + "design: {hw: 48, op.1: one, op.1.one.k: 3}\n"
    assert cost_of(text) == cost_of(NETWORK, hw="48", op_1="one", op_1_one_k="3")
    assert cost_of(text, op_1="skip") == cost_of(NETWORK, hw="48")


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("[3, 5]}, stride", "[]}, stride", "12:44: k has nothing to choose from"),
        ("[3, 5]}, stride", "[3, 3]}, stride", "12:44: k has '3' twice to choose from"),
        ("[3, 5]}, stride", "[3, x]}, stride", "12:48: k must be whole numbers"),
        ("[3, 5]}, stride", "{a: 3}}, stride", "12:44: k is chosen from a list or a range"),
        ("[3, 5]}, stride", "[3, 5], sme: true}, stride", "12:52: no key in the choice of k 'sme'"),
        ("0.5..1:0.25", "1..0.5", "4:22: w has no value in '1..0.5'"),
        ("0.5..1:0.25", "0..1:0.00001", "4:22: w has 100,001 values, of which 10,000 may be"),
        ("[32, 48]", "[32, 8x8x8]", "3:5: hw has 3 numbers for 2 spatial axes"),
        ("skip: []", "s.p: []", "18:7: 's.p' is no name for what is chosen"),
        ("name: stem", "same: true", "13:5: same is for choose"),
        (
            "layers:\n  - conv",
            "design: [a]\nlayers:\n  - conv",
            "a design has options by the paths",
        ),
    ],
)
def test_mistakes(old: str, new: str, error: str) -> None:
    """What is wrong with a choice is said in one line with its place."""
    assert NETWORK.count(old) == 1
    with pytest.raises(ConvcostError) as raised:
        parse_config(NETWORK.replace(old, new), "net.yaml")
    assert error in str(raised.value)


@pytest.mark.parametrize(
    ("flags", "error"),
    [
        (["op.3=one"], "no choice 'op.3'"),
        (["op.1=three"], "op.1 is one of skip, one, two, not 'three'"),
        (["op.1"], "--design: is PATH=VALUE, not 'op.1'"),
        (["op.1=one", "op.1=two"], "--design: op.1 is there twice"),
        (["hw=33"], "hw is one of 32, 48, not '33'"),
    ],
)
def test_wrong_designs(convcost: Program, flags: list[str], error: str) -> None:
    """A design that does not fit is one line, and exit 2."""
    with open("net.yaml", "w", encoding="utf-8") as file:
        file.write(NETWORK)
    ran = convcost("show", "net.yaml", *[word for flag in flags for word in ("--design", flag)])
    assert ran.code == 2
    assert error in ran.err
    assert len(ran.err.splitlines()) == 1


def test_blocks_may_be_called_choose() -> None:
    """A block of an old file may be called as choices are now."""
    text = """
input: 3x8x8
blocks:
  choose: {params: {out}, layers: [{pointwise: {out: out}}]}
layers:
  - choose: {out: 8}
"""
    assert cost_of(text) == (24, 24 * 64)


def test_ranges() -> None:
    """Ranges have both ends and all their digits; lists have what stands between commas."""
    assert steps("0.25..0.4:0.05") == ["0.25", "0.3", "0.35", "0.4"]
    assert steps("3..5") == ["3", "4", "5"]
    assert steps("3") is None
    assert values_of("plain, xsep") == ["plain", "xsep"]


def test_nearest_power() -> None:
    """RegNet's widths are w_0 times a power, found without logarithms; halves go to even."""
    [comparison] = run_all(
        [
            read("""
input: 3x8x8
layers:
  - {repeat: 4, standard: {out: "8 * nearest_power(1 + 3 * index, 2)", k: 1}}
""")
        ]
    )
    shapes = [node.shape[0] for node in comparison.rows[0].graph.nodes]
    assert shapes == [3, 8, 32, 64, 64]  # of 1, 4, 7 and 10


def test_space_in_python_is_a_network() -> None:
    """Each design of a space is a network, and its YAML is one that costs the same."""
    with open("net.yaml", "w", encoding="utf-8") as file:
        file.write(NETWORK)
    space = convcost.space("net.yaml")
    for design in space.sample(25, seed=3):
        own = design.network().cost
        assert (own.params, own.macs) == (design.figures["params"], design.figures["macs"])
        assert cost_of(design.yaml()) == (own.params, own.macs)
