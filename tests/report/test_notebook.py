"""Answers in notebooks: tables, pictures, data frames, and a notebook that is run."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

import convcost
from convcost.report.charts.drawing import Spec
from convcost.report.charts.images import picture
from tests.support.graph_file import TEXT
from tests.support.paths import ROOT

NETWORK = convcost.network("resnet50")


def test_tables_fold() -> None:
    """Tables stand below their titles, those of many rows folded, with every word escaped."""
    html = NETWORK._repr_html_()
    assert html.startswith("<details><summary>ResNet-50 (input 3x224x224): 25,557,032 params, ")
    assert html.count("<tr>") == 23
    compared = convcost.compare((24, 112, 112), kinds=["standard", "xsepconv"], name="<b>&")
    assert compared._repr_html_().startswith("<details open><summary>&lt;b&gt;&amp; (input 24x")
    assert "65,028,096" in compared._repr_html_()
    explained = NETWORK.explain("thop", "fvcore")
    assert "<td>nn.BatchNorm2d</td>" in explained._repr_html_()


def test_types_are_as_they_were() -> None:
    """What is returned is still the tuple that it was, to be taken apart and compared."""
    compared = convcost.compare((24, 112, 112), kinds="standard")
    assert isinstance(compared, convcost.Comparison)
    case, [row] = compared
    assert (case.input, row.cost.params) == ((24, 112, 112), 5184)
    assert convcost.table(compared).splitlines()[-1].split()[:2] == ["standard", "5,184"]
    pair, counts, items = NETWORK.explain("thop", "fvcore")
    assert [each.name for each in pair] == ["thop@0.1.1", "fvcore@0.1.5"]
    assert sum(item.difference for item in items) == counts[1].total - counts[0].total


def test_data_frames() -> None:
    """Frames have whole numbers, a row for each layer and none for their sum."""
    for frame in (NETWORK.to_pandas(), NETWORK.to_polars()):
        assert len(frame) == 21
        assert frame["MACs"].sum() == 4_089_184_256
        assert list(frame["path"])[:2] == ["1.conv-bn-act", "2.max-pool"]
    assert NETWORK.to_pandas(depth=3)["params"].sum() == 25_557_032
    compared = convcost.compare((24, 112, 112), kinds=["standard", "pointwise"])
    assert (
        list(compared.to_pandas()["params"]) == list(compared.to_polars()["params"]) == [5184, 576]
    )
    items = NETWORK.explain("thop", "fvcore").to_polars()
    assert items["adds"].sum() == -22_230_016


def test_what_is_unknown_is_no_number(tmp_path: Path) -> None:
    """In a frame it is missing, where a sum could pass for the whole."""
    path = tmp_path / "net.graph.json"
    path.write_text(TEXT)
    frame = convcost.network(path).to_polars()
    assert frame.filter(frame["MACs"].is_null())["path"].to_list() == ["twist"]


def test_large_numbers(tmp_path: Path) -> None:
    """pandas has numbers of any size; that polars has no more than 64 bits is said."""
    path = tmp_path / "net.yaml"
    path.write_text(
        "{name: huge, input: 3x100000x100000, layers: [standard: {out: 99991, k: 7}, "
        "standard: {out: 99991, k: 7}]}"
    )
    huge = convcost.network(path)
    assert huge.to_pandas()["MACs"].sum() == huge.cost.macs > 2**63
    with pytest.raises(convcost.ConvcostError, match="polars has no numbers over 64 bits"):
        huge.to_polars()


@pytest.mark.parametrize("layout", ["treemap", "icicle", "depth"])
@pytest.mark.parametrize("by", ["macs", "params", "activations", "bytes"])
def test_pictures(layout: str, by: str) -> None:
    """Each chart is drawn without a browser, with an area for each op that has the figure."""
    svg = NETWORK.plot(layout, by)._repr_svg_()
    root = ElementTree.fromstring(svg)
    assert root.tag.endswith("svg")
    marks = svg.count('aria-roledescription="rect mark"') or svg.count("<path")
    assert marks > 50
    assert "conv" in svg


def test_other_pictures(tmp_path: Path) -> None:
    """Comparisons and explanations have charts of their own, which are written as files."""
    compared = convcost.compare((24, 112, 112))
    assert "xsepconv" in compared.plot()._repr_svg_()
    path = tmp_path / "difference"
    chart = NETWORK.explain("thop", "fvcore").plot()
    assert repr(chart) == "<chart fvcore@0.1.5 less thop@0.1.1>"
    begins = {"svg": b"<svg", "png": b"\x89PNG", "pdf": b"%PDF", "json": b"{"}
    for ending, begin in begins.items():
        chart.save(path.with_suffix(f".{ending}"))
        assert path.with_suffix(f".{ending}").read_bytes().startswith(begin)
    spec: Spec = json.loads(path.with_suffix(".json").read_text())
    assert picture(spec, "svg") == path.with_suffix(".svg").read_bytes()


def test_mistakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What there is not is said, and what has to be installed."""
    for wrong, said in (
        (lambda: NETWORK.plot("pie"), "no chart 'pie'; it is one of treemap, icicle, depth"),
        (lambda: NETWORK.plot(by="time"), "no chart 'time'"),
        (lambda: NETWORK.plot().save(tmp_path / "x.gif"), "no format of pictures 'gif'"),
        (convcost.compare((3, 8, 8), kinds="max-pool").plot, "nothing here has params and MACs"),
    ):
        with pytest.raises(convcost.ConvcostError, match=said):
            wrong()
    for name in ("pandas", "polars", "vl_convert"):
        monkeypatch.setitem(sys.modules, name, None)
    for wrong, said in (
        (NETWORK.to_pandas, "pip install pandas"),
        (NETWORK.to_polars, "pip install polars"),
        (NETWORK.plot, 'pip install "convcost\\[report\\]"'),
    ):
        with pytest.raises(convcost.ConvcostError, match=said):
            wrong()


@pytest.mark.slow
def test_the_notebook_runs(tmp_path: Path) -> None:
    """The notebook of the documentation runs from a fresh kernel, with tables and pictures."""
    ran = subprocess.run(
        [sys.executable, "-m", "nbconvert", "--execute", "--to", "notebook", "--stdin"],
        input=(ROOT / "docs" / "notebook.ipynb").read_text(encoding="utf-8"),
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr
    [path] = tmp_path.glob("*.ipynb")
    cells = json.loads(path.read_text())["cells"]
    shown = [
        output.get("data", {}).keys()
        for cell in cells
        if cell["cell_type"] == "code"
        for output in cell["outputs"]
    ]
    assert sum("text/html" in each for each in shown) >= 4
    assert sum("image/svg+xml" in each for each in shown) >= 3
