"""Pages: their sums are the program's, every word is escaped, and nothing is loaded."""

import json
import re
import sys
from pathlib import Path

import pytest

from convcost.errors import ConvcostError
from convcost.report.charts.images import require_vega
from tests.support.graph_file import TEXT
from tests.support.pages import MARKUP, Page, hostile_graph, reported
from tests.support.paths import CONFIGS
from tests.support.program import Program
from tests.support.repositories import git


def number(words: str) -> int:
    """A number with its digits grouped."""
    return int(words.replace(",", ""))


def test_sums_are_those_of_json(convcost: Program, tmp_path: Path) -> None:
    """Totals, the table of layers, and the data of charts have what show prints as JSON."""
    subject = CONFIGS / "resnet50.yaml"
    page = reported(convcost, tmp_path, subject, "--on", "t4")
    ran = convcost("show", subject, "--on", "t4", "--depth", 9, "--format", "json")
    [network] = json.loads(ran.out)["networks"]
    *rows, whole = network["rows"]
    totals = {row["figure"]: row["value"] for row in page.table("what is counted")}
    for figure, words in {"params": "params", "macs": "MACs", "activations": "activations"}.items():
        assert number(totals[words]) == network[figure]
    *layers, total = page.table("share of MACs")
    assert number(total["bytes"]) == whole["bytes"]
    leaves = [row for row in layers if not row["op"].endswith(" ops")]
    assert [number(row["MACs"]) for row in leaves] == [row["macs"] for row in rows]
    assert [number(row["params"]) for row in leaves] == [row["params"] for row in rows]
    [drawn] = {
        page.data["specs"][f"figures-{n}"]["data"][0]["values"] for n in ("treemap", "depth")
    }
    root, *others = page.data["datasets"][drawn]
    for figure in ("params", "macs", "activations", "bytes"):
        assert root[figure] == whole[figure] == sum(each[figure] for each in others if each["leaf"])
    assert root["bound"] == whole["bound_picoseconds"]


def test_tools(convcost: Program, tmp_path: Path) -> None:
    """Every tool's figure is there, with what makes it differ; or only those that are named."""
    page = reported(convcost, tmp_path, "resnet50")
    printed = {row["as"]: row for row in page.table("besides MACs")}
    assert len(printed) > 25
    assert printed["thop@0.1.1"]["figure"] == "4,133,742,592"
    assert "53 nn.BatchNorm2d" in printed["thop@0.1.1"]["besides MACs"]
    page = reported(convcost, tmp_path, "resnet50", "--as", "fvcore")
    assert [row["as"] for row in page.table("besides MACs")] == ["fvcore@0.1.5"]


def test_side_by_side(convcost: Program, tmp_path: Path) -> None:
    """Several networks stand in a table, and as points before those that are shipped."""
    page = reported(convcost, tmp_path, "resnet50", "mobilenet-v2")
    assert [row["network"] for row in page.table("network")] == ["ResNet-50", "MobileNetV2"]
    behind, points = [
        page.data["datasets"][each["values"]] for each in page.data["specs"]["scatter"]["data"]
    ]
    assert [(each["name"], each["macs"]) for each in points] == [
        ("ResNet-50", 4_089_184_256),
        ("MobileNetV2", 300_774_272),
    ]
    assert len(behind) > 200
    assert {"layers-0-treemap", "layers-1-depth"} <= page.data["specs"].keys()
    layers = [table for table in page.tables if table[0][0] == "layer"]
    assert [table[-1][0] for table in layers] == ["ResNet-50", "MobileNetV2"]
    page = reported(convcost, tmp_path, "resnet50", "mobilenet-v2", "--batch", 8)
    assert [each["name"] for each in page.data["specs"]["scatter"]["data"]] == ["behind", "points"]
    assert page.data["datasets"][page.data["specs"]["scatter"]["data"][0]["values"]] == []


def test_kinds_of_layer(convcost: Program, tmp_path: Path) -> None:
    """Kinds stand side by side as networks do; one that cannot be built says why."""
    flags = ("--in", 24, "--out", 36, "--hw", 8, "--groups", 5)
    page = reported(convcost, tmp_path, "standard", "group", "pointwise", *flags)
    assert {row["kind"]: row["params"] for row in page.table("kind")} == {
        "standard": "7,776",
        "group": "–",
        "pointwise": "864",
    }
    assert page.data["specs"].keys() >= {"scatter", "layers-1-treemap"}
    page = reported(convcost, tmp_path, "group", "standard", *flags)
    assert [row["kind"] for row in page.table("kind")] == ["group", "standard"]
    page = reported(convcost, tmp_path, "standard", "--in", 24, "--hw", 8)
    assert page.table("what is counted")[0]["value"] == "5,184"
    path = tmp_path / "cases.yaml"
    path.write_text(
        "cases:\n  - {name: early, in: 8, hw: 8, kinds: [standard, depthwise]}\n"
        "  - {name: late, in: 64, hw: 4, kinds: [standard, depthwise]}\n"
    )
    page = reported(convcost, tmp_path, path)
    [points] = page.data["specs"]["scatter"]["data"][1:]
    names = [each["name"] for each in page.data["datasets"][points["values"]]]
    assert names == ["early: standard", "early: depthwise", "late: standard", "late: depthwise"]


def test_nothing_to_draw(convcost: Program, tmp_path: Path) -> None:
    """What costs nothing of a figure is not drawn by it, and not among the points."""
    page = reported(convcost, tmp_path, "max-pool", "--in", 3, "--hw", 8)
    assert page.data["specs"] == {}
    page = reported(convcost, tmp_path, "max-pool", "avg-pool", "--in", 3, "--hw", 8)
    assert page.data["specs"] == {}
    path = tmp_path / "net.yaml"
    path.write_text("{name: norms, input: 3x8x8, layers: [norm]}")
    page = reported(convcost, tmp_path, path)
    switches = [dict(each)["value"] for tag, each in page.tags if tag == "input"]
    assert switches == ["params", "bytes", "treemap", "icicle"]
    assert page.data["specs"]["figures-treemap"]["signals"][1]["value"] == "params"


def test_unknown_is_said(convcost: Program, tmp_path: Path) -> None:
    """Of a network with ops that are not known, sums are at least so much, in charts as well."""
    path = tmp_path / "net.graph.json"
    path.write_text(TEXT)
    page = reported(convcost, tmp_path, path, "--on", "t4")
    totals = {row["figure"]: row["value"] for row in page.table("what is counted")}
    assert totals["MACs"].startswith("≥ ")
    assert totals["FLOPs"].startswith("≥ ")
    assert totals["bound"].startswith("≥ ")
    drawn = page.data["specs"]["figures-treemap"]["data"][0]["values"]
    root, *others = page.data["datasets"][drawn]
    assert root["words"]["macs"] == totals["MACs"]
    assert [each["words"]["macs"] for each in others if each["path"] == "twist"] == ["unknown"]


def test_large_numbers(convcost: Program, tmp_path: Path) -> None:
    """A number that a browser would round is the text that the table has."""
    path = tmp_path / "net.yaml"
    path.write_text("{name: huge, input: 3x100000x100000, layers: [standard: {out: 99991, k: 7}]}")
    page = reported(convcost, tmp_path, path)
    drawn = page.data["specs"]["figures-treemap"]["data"][0]["values"]
    macs = page.table("share of MACs")[-1]["MACs"]
    assert number(macs) == 3 * 49 * 99_991 * 10**10
    assert page.data["datasets"][drawn][0]["words"]["macs"] == macs


def test_what_changed(convcost: Program, repository: Path) -> None:
    """Against another state the page has what grew, and in which layers."""
    path = repository / "configs" / "a.yaml"
    path.write_text(path.read_text().replace("[16, 2]", "[20, 2]"))
    page = reported(convcost, repository, "--against", "main")
    [grew, *_] = page.table("verdict")
    assert (grew["entry"], grew["figure"], grew["verdict"]) == ("wide", "MACs", "grew")
    [first, *_] = page.data["datasets"][page.data["specs"]["change-0-macs"]["data"][0]["values"]]
    [cause, *_] = page.table("params delta")
    assert (first["name"], first["delta"]) == (cause["layer"], number(cause["delta"]))
    page = reported(convcost, repository, "resnet50", "--against", "resnet18")
    assert {row["verdict"] for row in page.table("verdict")} == {"new", "gone"}


def test_what_changed_in_some_configs(convcost: Program, repository: Path) -> None:
    """Configs that are named are held to themselves at a commit, wherever they lie."""
    own = "name: {}\ninput: 3x8x8\nlayers: [standard: {{out: {}}}]\n"
    (repository / "models").mkdir()
    for name in ("one", "two"):
        (repository / "models" / f"{name}.yaml").write_text(own.format(name, 4))
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "two more")
    (repository / "models" / "two.yaml").write_text(own.format("two", 5))
    (repository / "models" / "three.yaml").write_text(own.format("three", 4))
    paths = ["models/one.yaml", "models/two.yaml"]
    page = reported(convcost, repository, *paths, "--against", "HEAD")
    assert {(row["entry"], row["verdict"]) for row in page.table("verdict")} == {("two", "grew")}
    ran = convcost("report", *paths, "models/three.yaml", "--against", "HEAD", "--output", "x.html")
    assert ran.code == 0
    assert "models/three.yaml" in ran.err
    rows = Page((repository / "x.html").read_text(encoding="utf-8")).table("verdict")
    assert {(row["entry"], row["verdict"]) for row in rows} == {("two", "grew"), ("three", "new")}


def test_to_stdout(convcost: Program) -> None:
    """A page can be written to a pipe."""
    ran = convcost("report", "squeezenet", "--output", "-")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("<!doctype html>\n")


def test_measured_times(convcost: Program, tmp_path: Path) -> None:
    """With a table of times, a layer has the sum of its ops; what was not measured is said."""
    path = tmp_path / "net.yaml"
    layers = "[{standard: {out: 8, act: relu}}, {standard: {out: 8, act: relu}}]"
    path.write_text(f"networks: [{{name: small, input: 8x8x8, layers: {layers}}}]")
    times = tmp_path / "times.json"
    times.write_text(json.dumps({"format": 1, "measured_on": FACTS, "ops": known(path)}))
    page = reported(convcost, tmp_path, path, "--times", times, "--on", "t4")
    totals = {row["figure"]: row for row in page.table("what is counted")}
    assert totals["time"]["value"] == "≥ 4.00 ms"
    assert totals["time"]["what is counted"] == "of its ops, on this, 1 thread, torch 2"
    assert page.table("share of MACs")[-1]["time"] == "≥ 4.00 ms"
    [roof] = [spec for key, spec in page.data["specs"].items() if key == "roofline-chart"]
    points = page.data["datasets"][roof["data"][0]["values"]]
    assert [each["measured"] for each in points] == [True, True]
    assert {each["speed"] for each in points} == {2 * 8 * 8 * 9 * 64 / 0.002}
    for facts, said in ((FACTS, "has no time of an op of these"), ({}, "is no table of times")):
        times.write_text(json.dumps({"format": 1, "measured_on": facts, "ops": {}}))
        ran = convcost("report", path, "--times", times, "--output", tmp_path / "no.html")
        assert ran.code == 2
        assert said in ran.err
    assert not (tmp_path / "no.html").exists()


FACTS = {"machine": "this", "device": "cpu", "threads": 1, "torch": "2"}


def known(path: Path) -> dict[str, list[float]]:
    """Times of the convolutions of a network, as a table has them."""
    from convcost.networks.cases import run
    from convcost.ops.convolutions import Conv
    from convcost.pytorch.clock import key_of
    from convcost.sources.reading.configs import read_config

    [case] = read_config(str(path))
    [row] = run(case).rows
    nodes = [node for node in row.graph.nodes if isinstance(node.op, Conv)]
    return {key_of(row.graph, node, case): [0.001, 0.002, 0.003] for node in nodes}


def test_a_name_is_no_markup(convcost: Program, tmp_path: Path) -> None:
    """Whatever a file calls its layers, these are texts, in the page as in its data."""
    path = tmp_path / "net.graph.json"
    path.write_text(hostile_graph())
    page = reported(convcost, tmp_path, path)
    tags = [tag for tag, _ in page.tags]
    assert "img" not in tags
    assert tags.count("script") == 4
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert page.table("share of MACs")[-1]["layer"] == MARKUP
    drawn = page.data["specs"]["figures-treemap"]["data"][0]["values"]
    assert page.data["datasets"][drawn][0]["name"] == MARKUP


def test_policy(convcost: Program, tmp_path: Path) -> None:
    """A browser may run what the page carries, by hashes, and load nothing at all."""
    page = reported(convcost, tmp_path, "squeezenet")
    [policy] = [
        attributes["content"] for tag, attributes in page.tags if "http-equiv" in attributes
    ]
    assert policy is not None
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    for _, attributes in page.tags:
        assert attributes.keys().isdisjoint({"style", "srcset", "background"})
        assert not re.match(r"(?!#)", attributes.get("href") or "#")
        assert "src" not in attributes


def test_mistakes(convcost: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be is one line with its place, and leaves no file."""
    path = tmp_path / "page.html"
    for words, said in (
        (("resnet50",), "--output: names the file, such as report.html"),
        (("resnet50", "--against", "x", "--on", "t4", "--output", path), "--on: goes without"),
        (("--in", 3, "--against", "x", "--output", path), "--against: goes with configs"),
        (("resnet50", "--times", tmp_path / "none", "--output", path), "no such file"),
        (("resnet50", "--output", tmp_path / "none" / "page.html"), "cannot be written"),
        (("resnet50", "--output", tmp_path / "page.pdf"), "a page is HTML; name it .html"),
        (("a", "b", "--against", "resnet50", "--output", path), "names no commit"),
        (("nothing", "--output", path), "nothing: no kind, file or network is called so"),
    ):
        ran = convcost("report", *words)
        assert (ran.code, ran.out) == (2, "")
        assert said in ran.err
        assert ran.err.count("\n") == 1
    assert not path.exists()
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    ran = convcost("report", "resnet50", "--output", path)
    assert (ran.code, ran.out) == (2, "")
    assert 'pip install "convcost[report]"' in ran.err
    with pytest.raises(ConvcostError, match="charts need vl-convert"):
        require_vega()


def test_who_makes_pages(convcost: Program, tmp_path: Path) -> None:
    """Where a page is asked of another command, it is said which one makes them."""
    for more in (("--format", "html"), ("--output", tmp_path / "page.html")):
        ran = convcost("show", "resnet50", *more)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.endswith("; convcost report makes pages, with --against of what changed\n")
