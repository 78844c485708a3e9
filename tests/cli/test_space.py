"""convcost space and convcost fit on the command line."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.support.program import Program

SMALL = """
name: small
input: 3x32x32
hw: {choose: [[32, 48], 48]}
params: {w: {choose: [0.5, 1]}}
layers:
  - conv-bn-act: {out: 16 * w, k: {choose: [3, 5]}}
    name: stem
  - repeat: 2
    name: body
    conv-bn-act: {out: 8, k: {choose: [1, 3]}}
variants:
  - {name: tiny, hw: 16, set: {w: 0.25}, batch: 2, fuse: true}
"""

TWO = "networks: [{name: a, input: 3x8x8, layers: [act]}, {name: b, input: 3x8x8, layers: [act]}]"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the network in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.yaml").write_text(SMALL, "utf-8")
    (tmp_path / "two.yaml").write_text(TWO, "utf-8")
    return tmp_path


def rows(convcost: Program, *arguments: str) -> list[dict[str, str]]:
    """The rows of a command's table."""
    return [*csv.DictReader(io.StringIO(convcost(*arguments, "--format", "csv").out))]


def test_space_of_a_file(convcost: Program) -> None:
    """All of a space: how many designs, spreads, histograms and choices, as text and as JSON."""
    ran = convcost("space", "small.yaml")
    assert ran.code == 0
    assert ran.out.startswith("small: 32 designs of 5 choices\n")
    assert "Designs by MACs" in ran.out
    assert "body.2.k   100.0%  1 50.0%, 3 50.0%" in ran.out
    data = json.loads(convcost("space", "small.yaml", "--format", "json").out)
    assert data["designs"] == data["count"] == 32
    assert data["choices"]["hw"] == {"[32, 48]": 16, "48": 16}
    assert sum(each["designs"] for each in data["figures"]["macs"]["histogram"]) == 32


def test_within(convcost: Program) -> None:
    """Designs within windows, ends included; exit 1 where there are none."""
    listed = rows(convcost, "space", "small.yaml", "--list")
    macs = sorted(int(row["MACs"]) for row in listed)
    window = f"macs:{macs[3]}..{macs[9]}"
    ran = convcost("space", "small.yaml", "--within", window, "--format", "json")
    assert json.loads(ran.out)["count"] == sum(macs[3] <= each <= macs[9] for each in macs)
    ran = convcost("space", "small.yaml", "--within", "macs:1..2")
    assert ran.code == 1
    assert "32 designs of 5 choices; 0 within 1..2 MACs" in ran.out


@pytest.mark.parametrize("picked", [["7"], ["31"], ["w=1", "body.2.k=3"], ["hw=[32, 48]"]])
def test_yaml_of_a_design(convcost: Program, picked: list[str]) -> None:
    """A design's YAML is a network that costs what the design does."""
    flags = [word for each in picked for word in ("--design", each)]
    ran = convcost("space", "small.yaml", *flags, "--output", "design.yaml")
    assert (ran.code, ran.out) == (0, "")
    number = Path("design.yaml").read_text("utf-8").split("(design ")[1].split(")")[0]
    listed = rows(convcost, "space", "small.yaml", "--list")
    [own] = [row for row in listed if row["design"] == number]
    compared = rows(convcost, "compare", "design.yaml")[0]
    assert (compared["params"], compared["MACs"]) == (own["params"], own["MACs"])


def test_yaml_of_a_variant(convcost: Program) -> None:
    """A variant's design has the variant's size, batch, settings and folded norms."""
    first = rows(convcost, "space", "small.yaml", "--only", "tiny", "--list")[0]
    ran = convcost("space", "small.yaml", "--only", "tiny", "--design", "0", "--output", "t.yaml")
    assert ran.code == 0
    compared = rows(convcost, "compare", "t.yaml")[0]
    assert (compared["params"], compared["MACs"]) == (first["params"], first["MACs"])


def test_single_designs(convcost: Program) -> None:
    """The best design, fronts and samples are rows; a sample is the same for the same seed."""
    best = convcost("space", "small.yaml", "--best", "-macs", "--format", "json")
    asked = ("--front", "params,-macs", "--points", 2)
    front = convcost("space", "small.yaml", *asked, "--format", "json")
    assert len(json.loads(best.out)["found"]) == 1
    assert len(json.loads(front.out)["found"]) == 2
    one, two, three = (
        convcost("space", "small.yaml", "--sample", 5, "--seed", seed).out for seed in (1, 1, 2)
    )
    assert one == two != three
    ran = convcost("space", "small.yaml", "--front=-params,-macs")
    assert "less of each is what the smallest design has" in ran.err


def test_scores(convcost: Program) -> None:
    """Figures of one's own are joined by design, or by options, and are aims and windows."""
    Path("a.csv").write_text("design,accuracy\n0,61.5\n5,70.25\n31,70.3\n", "utf-8")
    asked = ("space", "small.yaml", "--scores", "a.csv", "--format", "json")
    data = json.loads(convcost(*asked, "--front", "accuracy,-macs").out)
    assert [(row["design"], row["accuracy"]) for row in data["found"]] == [
        ("31", 70.3),
        ("5", 70.25),
        ("0", 61.5),
    ]
    data = json.loads(convcost(*asked, "--best", "accuracy", "--within", "accuracy:..70.25").out)
    assert [row["design"] for row in data["found"]] == ["5"]
    Path("a.csv").write_text("w,stem.k,score\n1,5,3\n0.5,3,2\n", "utf-8")
    assert [row["score"] for row in json.loads(convcost(*asked).out)["found"]] == [2, 3]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["space", "small.yaml", "--within", "macs"], "--within: is a figure and its values"),
        (
            ["space", "small.yaml", "--within", "macs:3..2"],
            "--within: macs from 3 to 2 has nothing",
        ),
        (["space", "small.yaml", "--within", "mcs:3..4"], "mcs: no figure or tool 'mcs'"),
        (["space", "small.yaml", "--best", "params,macs"], "--best: is of one figure"),
        (["space", "small.yaml", "--front", "params,params"], "--front: is figures"),
        (["space", "small.yaml", "--best", "macs", "--list"], "--list: goes without --best"),
        (["space", "small.yaml", "--figures", "bound"], "bound: is on a device: --on names one"),
        (["space", "small.yaml", "--figures", "time"], "time: is of a table of measured ops"),
        (["space", "small.yaml", "--design", "32"], "--design: small has designs 0 to 31, not 32"),
        (["space", "small.yaml", "--design", "w=2"], "--design: no option of w '2'"),
        (["space", "small.yaml", "--design", "v=2"], "--design: no choice 'v'"),
        (["space", "small.yaml", "--design", "1", "--format", "json"], "--design: is YAML"),
        (["space", "small.yaml", "--vary", "v=1,2"], "--vary: no parameter 'v'"),
        (["space", "small.yaml", "--vary", "w"], "--vary: is NAME=VALUES, not 'w'"),
        (["space", "small.yaml", "--vary", "hw=32x32x32"], "--vary: hw has 3 numbers"),
        (["space", "small.yaml", "--vary", "hw=32,64", "--hw", "16"], "hw varies, and is set"),
        (["space", "small.yaml", "--vary", "w=1,2", "--set", "w=1"], "w varies, and is set to 1"),
        (["space", "standard"], "standard: is a kind of layer"),
        (["space", "two.yaml"], "has 2 networks; --only takes one of a, b"),
        (["space", "small.yaml", "--scores", "none.csv"], "none.csv: no such file"),
        (["fit", "small.yaml", "--to", "macs"], "--to: is a figure and its value"),
        (["fit", "resnet50", "--to", "macs:1G"], "ResNet-50: has no choices"),
    ],
)
def test_mistakes(convcost: Program, arguments: list[str], error: str) -> None:
    """What is wrong is one line with what it is of, and exit 2."""
    ran = convcost(*arguments)
    assert ran.code == 2
    assert error in ran.err
    assert len(ran.err.splitlines()) == 1


def test_names_of_scores_are_not_printed_raw(convcost: Program) -> None:
    """A column with an escape sequence in its name is refused."""
    Path("a.csv").write_text("design,a\x1b[31m\n0,1\n", "utf-8")
    ran = convcost("space", "small.yaml", "--scores", "a.csv")
    assert ran.code == 2
    assert "\x1b" not in ran.err + ran.out


def test_fit(convcost: Program) -> None:
    """The width that meets a figure to its digits, its neighbours, and how the figure moves."""
    asked = ("fit", "mobilenet-v2", "--vary", "width=0.9..1.1:0.01", "--to", "macs:300M")
    data = json.loads(convcost(*asked, "--format", "json").out)
    assert [each["choices"]["width"] for each in data["met"]] == ["0.98"]
    assert (data["below"]["choices"], data["above"]["choices"]) == (
        {"width": "0.97"},
        {"width": "0.99"},
    )
    assert "MACs rise with width, but stay at" in convcost(*asked).out
    ran = convcost("fit", "mobilenet-v2", "--vary", "width=0.9..1.1:0.01", "--to", "macs:1T")
    assert ran.code == 1


def test_fit_of_two(convcost: Program) -> None:
    """Of two parameters all designs that meet a window are listed."""
    asked = ("--vary", "width=0.5..1:0.1", "--vary", "hw=160..224:32", "--format", "json")
    data = json.loads(convcost("fit", "mobilenet-v2", *asked, "--to", "macs:150M..250M").out)
    assert data["tried"] == 18
    assert all(150_000_000 <= each["macs"] <= 250_000_000 for each in data["met"])
    assert data["below"]["macs"] < 150_000_000 < 250_000_000 < data["above"]["macs"]


def test_what_has_nothing_to_do_is_said(convcost: Program) -> None:
    """Flags that a space has no use for are said."""
    ran = convcost("space", "small.yaml", "--best", "macs", "--keep", "kept")
    assert "have nothing to do" in ran.err
    ran = convcost("space", "resnet50", "--list")
    assert "ResNet-50 has no choices; --vary NAME=VALUES makes some" in ran.err
