"""What the site and the repository's own files are made with."""

import os
import subprocess
from pathlib import Path

import pytest
import yaml

import convcost
from scripts import links
from scripts.pages.drawing import arranged, drawing
from scripts.pages.markdown import text
from tests.support.paths import ROOT

SITE = {
    "index.html": '<a href="a/page.html#here">…</a><a href="https://example.org/no">…</a>',
    "a/page.html": '<h2 id="here">…</h2><img src="../picture.svg"><a href="#here">…</a>',
    "picture.svg": "<svg/>",
}


def leads_nowhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """What scripts/links.py finds in a site in this folder, and in a README beside it."""
    monkeypatch.setattr(links, "ROOT", tmp_path)
    monkeypatch.setattr("sys.argv", ["links.py", str(tmp_path)])
    links.page.cache_clear()
    with pytest.raises(SystemExit) as ended:
        links.main()
    lines = capsys.readouterr().out.splitlines()
    assert ended.value.code == lines[0].startswith(("index", "README", "a/")), lines
    return lines if ended.value.code else []


@pytest.mark.parametrize(
    ("name", "more", "dead"),
    [
        ("index.html", "", []),
        ("index.html", '<a href="b.html">…</a>', ["index.html: b.html"]),
        ("a/page.html", '<a href="#gone">…</a>', ["a/page.html: #gone"]),
        ("a/page.html", '<img src="picture.svg">', ["a/page.html: picture.svg"]),
        ("README.md", f"[…]({links.PUBLISHED}a/page.html#here) [x](picture.svg)", []),
        ("README.md", f"[…]({links.PUBLISHED})", []),
        ("README.md", f"[…]({links.PUBLISHED}b.html)", [f"README.md: {links.PUBLISHED}b.html"]),
        ("README.md", "[…](docs/no.md)", ["README.md: docs/no.md"]),
    ],
)
def test_links(
    name: str,
    more: str,
    dead: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A link to a page, a heading or a file that is not there is found, others are let be."""
    for path, words in SITE.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(words)
    with (tmp_path / name).open("a") as file:
        file.write(more)
    assert leads_nowhere(tmp_path, capsys, monkeypatch) == dead


@pytest.mark.parametrize("kind", convcost.KINDS)
def test_drawing(kind: str) -> None:
    """In a drawing no two boxes share a place, lines go down, and none runs through a box."""
    shape = (512, 1, 1) if kind == "linear" else (24, 56, 56)
    graph = convcost.build(kind, shape)
    places, lines = arranged(graph)
    assert len(set(places)) == len(graph.nodes)
    assert len(lines) == sum(len(node.sources) for node in graph.nodes)
    for line in lines:
        above, below = places[line.source], places[line.target]
        assert above.row < below.row
        passed = {(line.column, row) for row in range(above.row + 1, below.row)}
        assert passed.isdisjoint(places)
    assert drawing(graph, "a < b").count("<title>a &lt; b</title>") == 1


def test_text() -> None:
    """Words of the program are no markup, their code stays code, and papers are links."""
    paper = "[arXiv 1602.07360](https://arxiv.org/abs/1602.07360)"
    assert text("1 x 1 (SqueezeNet, 1602.07360)") == f"1 x 1 (SqueezeNet, {paper})"
    assert text("a*b_c <d> | `k|*`") == r"a\*b\_c \<d\> \| `k\|*`"


def test_citation() -> None:
    """The citation is of this version, and has what the format asks for."""
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert cited["version"] == convcost.__version__
    assert cited.keys() >= {"cff-version", "message", "title", "authors"}


@pytest.mark.parametrize("name", ["figure", "bug", "idea"])
def test_issue_forms(name: str) -> None:
    """A form asks for what is needed, each under a key of its own, and requires it."""
    path = ROOT / ".github" / "ISSUE_TEMPLATE" / f"{name}.yml"
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert form.keys() >= {"name", "description", "body"}
    asked = [field["id"] for field in form["body"]]
    assert len(set(asked)) == len(asked)
    assert all(field["validations"]["required"] for field in form["body"])
    assert {"command", "versions"} <= set(asked) or name == "idea"


def test_release() -> None:
    """A release is checked first, is of the tag's version, and needs no secret."""
    workflow = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    jobs = yaml.safe_load(workflow)["jobs"]
    assert (jobs["build"]["needs"], jobs["publish"]["needs"]) == ("check", "build")
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert "secrets." not in workflow
    [step] = [step for step in jobs["build"]["steps"] if "TAG" in step.get("env", {})]
    for tag, right in ((f"v{convcost.__version__}", True), ("v99.0.0", False)):
        ran = subprocess.run(["bash", "-c", step["run"]], cwd=ROOT, env={**os.environ, "TAG": tag})
        assert (ran.returncode == 0) is right
