"""convcost learn: tables of figures, configs' published ones, and what is wrong with them."""

import json
from importlib import util
from pathlib import Path

import pytest

from convcost.sources.figures.table import TableWords, read_table
from tests.support.learning import NETWORKS, printed, seen
from tests.support.program import Program

FEW = NETWORKS[:9]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is worked in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def figures_of(tool: str, digits: int = 4) -> list[tuple[str, str]]:
    """A few networks with the figures that a tool prints."""
    from convcost.counting.counts import tally
    from convcost.sources.reading.conventions import named_convention

    convention = named_convention(tool)
    totals = [(name, tally(seen(name), convention, 1).total or 0) for name in FEW]
    return [(name, printed(total, digits)) for name, total in totals]


def write(path: Path, lines: list[str]) -> None:
    """A table of these lines."""
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_a_table_of_a_tool(convcost: Program, folder: Path) -> None:
    """The tool is named, and written as a file that counts like it."""
    write(folder / "t.csv", [",".join(row) for row in figures_of("thop")])
    ran = convcost("learn", "t.csv", "--output", "own.yaml")
    assert ran.code == 0
    assert "thop@0.1.0.post2206102148 to 0.1.1" in ran.out.splitlines()[0]
    assert "wrote own.yaml" in ran.err
    assert "extends: thop@0.1.1" in (folder / "own.yaml").read_text(encoding="utf-8")
    compared = convcost("compare", "resnet-18", "--as", "thop,own.yaml", "--format", "json").out
    first, second = json.loads(compared)["cases"][0]["rows"]
    assert first["figure"] == second["figure"]


def test_a_new_rule(convcost: Program, folder: Path) -> None:
    """It is written with what is open, and prints all figures of the table."""
    rules = "extends: macs\nrules: {nn.BatchNorm2d: 3 |X|, relu: 1 |X|, nn.Conv2d: MACs + bias}\n"
    (folder / "truth.yaml").write_text(rules, encoding="utf-8")
    rows = [",".join(row) for row in figures_of("truth.yaml", 6)]
    write(folder / "t.csv", ["Model,Figure", *rows])
    ran = convcost("learn", "t.csv", "--as", "none", "--output", "own.yaml", "--format", "json")
    assert ran.code == 0
    found = json.loads(ran.out)
    assert (found["kind"], found["explained"]) == ("new", len(FEW))
    assert found["rules"]["nn.BatchNorm2d"] == "3 |X|"
    text = (folder / "own.yaml").read_text(encoding="utf-8")
    assert "nn.BatchNorm2d: 3 |X|\n" in text
    assert "# open: " in text


@pytest.mark.parametrize(
    ("head", "options"),
    [
        ("name,params,infer_gmacs", []),
        ("name,params,cost", ["--column", "cost", "--scale", "G"]),
        ("\ufeffmodel,params,MACs\r", ["--scale", "G"]),
    ],
)
def test_columns(convcost: Program, folder: Path, head: str, options: list[str]) -> None:
    """Columns are found by what they are mostly called, or by name; figures may have no unit."""
    rows = [(name, text) for name, text in figures_of("macs") if text.endswith("G")]
    write(folder / "t.csv", [head, *[f'"{name}",1,{text[:-1]}' for name, text in rows]])
    ran = convcost("learn", "t.csv", *options)
    assert (ran.code, ran.out[:8]) == (0, "As macs:")


def test_no_header_and_units(convcost: Program, folder: Path) -> None:
    """Without a header units may be words, columns may be parted by tabs, and zeros say nothing."""
    rows = [(name, text) for name, text in figures_of("macs") if text.endswith("G")]
    write(folder / "t.csv", [f"{name}\t{text[:-1]} GMACs" for name, text in rows])
    assert convcost("learn", "t.csv").out.startswith("As macs:")
    exact = [f"{name};{text[:-1]}0000000" for name, text in rows]
    write(folder / "t.csv", ["model;GMACs", *exact])
    values = [line.printed.value for line in read_table("t.csv", TableWords())]
    assert values == [2 * round(10**9 * float(text[:-1])) for _, text in rows]


def test_files_and_sizes(convcost: Program, folder: Path) -> None:
    """A network may be a file beside the table, one of several in it, and at another size."""
    (folder / "zoo").mkdir()
    layers = "input: 3x32x32, layers: [conv-bn-act: {out: 8}, adaptive-avg-pool, flatten]"
    several = ", ".join(f"{{name: {name}, {layers}}}" for name in "ab")
    (folder / "zoo" / "n.yaml").write_text(f"networks: [{several}]\n", encoding="utf-8")
    write(folder / "zoo" / "t.csv", ["network,hw,figure", "n.yaml:a,,221184", "n.yaml:b,16,55296"])
    ran = convcost("learn", "zoo/t.csv", "--as", "macs", "--format", "json")
    labels = [each["network"] for each in json.loads(ran.out)["figures"]]
    counted = [each["counted"] for each in json.loads(ran.out)["figures"]]
    assert labels == ["n.yaml:a", "n.yaml:b @16"]
    assert counted == [221184, 55296]
    write(folder / "zoo" / "t.csv", ["n.yaml,1"])
    assert "has 2 networks; name one: " in convcost("learn", "zoo/t.csv").err


def test_what_is_wrong_with_a_table(convcost: Program, folder: Path) -> None:
    """Every line that is wrong is said, with its place."""
    write(folder / "t.csv", ["resnet-18,1.82", "resnet-3x,3G", ",1G", "vgg-16,x", "", "alexnet"])
    ran = convcost("learn", "t.csv")
    assert ran.code == 2
    places = [line.split(": ")[0] for line in ran.err.splitlines()]
    assert places == ["t.csv:1", "t.csv:2", "t.csv:3", "t.csv:4", "t.csv:6"]
    assert "--scale says what figures are in" in ran.err
    assert "t.csv:2: resnet-3x: no kind, file or network is called so" in ran.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.csv"], "no such file"),
        (["resnet-18"], "--source"),
        (["resnet-18", "--source", "nobody"], "none called so"),
        (["resnet-18", "--scale", "G"], "is for a CSV"),
        (["own.yaml"], "no published figures"),
        (["--source", "slim", "--column", "params"], "macs or flops"),
    ],
)
def test_what_is_wrong_with_flags(
    convcost: Program, folder: Path, arguments: list[str], said: str
) -> None:
    """Each has one clear line, and exit 2."""
    own = "input: 3x8x8\nlayers: [conv-bn-act: {out: 8}]\n"
    (folder / "own.yaml").write_text(own, encoding="utf-8")
    ran = convcost("learn", *arguments)
    assert (ran.code, said in ran.err) == (2, True), ran.err


def test_published_figures(convcost: Program) -> None:
    """The figures of a source in our configs; here a tool but for the layer its script left out."""
    asked = ("--source", "MMClassification", "--as", "ptflops@0.6.3,thop")
    ran = convcost("learn", *asked, "--format", "json")
    found = json.loads(ran.out)
    assert (found["kind"], found["extends"]) == ("but for one call", "ptflops@0.6.3")
    assert (found["but_for"], found["rules"]) == ("nn.Linear", {"nn.Linear": "0"})
    assert found["explained"] == len(found["figures"]) == 22


def test_nothing_fits(convcost: Program, folder: Path) -> None:
    """Figures without a rule exit 1, say so, and write nothing."""
    write(folder / "t.csv", ["resnet-18,3.21G", "vgg-16,7G", "alexnet,123M"])
    ran = convcost("learn", "t.csv", "--output", "own.yaml")
    assert (ran.code, "nothing simple fits" in ran.err) == (1, True)
    assert not (folder / "own.yaml").exists()


def test_without_the_solver(
    convcost: Program, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Known tools are found without it; for a new rule it is said what to install."""
    find = util.find_spec
    monkeypatch.setattr(util, "find_spec", lambda name: None if name == "ortools" else find(name))
    write(folder / "t.csv", [",".join(row) for row in figures_of("fvcore")])
    assert convcost("learn", "t.csv").code == 0
    ran = convcost("learn", "t.csv", "--as", "none")
    assert (ran.code, "pip install 'convcost[learn]'" in ran.err) == (2, True)
