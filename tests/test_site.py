"""What the site and the repository's own files are made with."""

import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

import convcost
from scripts import links
from scripts.pages.drawing import HEIGHT, arranged, drawing
from scripts.pages.kinds import shape_of
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
    graph = convcost.build(kind, shape_of(convcost.KINDS[kind]))
    places, lines = arranged(graph)
    assert len(set(places)) == len(graph.nodes)
    assert len(lines) == sum(len(node.sources) for node in graph.nodes)
    for line in lines:
        above, below = places[line.source], places[line.target]
        assert above.row < below.row
        passed = {(line.column, row) for row in range(above.row + 1, below.row)}
        assert passed.isdisjoint(places)
    drawn = drawing(graph, "a < b")
    assert drawn.count("<title>a &lt; b</title>") == 1
    tops = {int(y) for y in re.findall(r'<rect x="\d+" y="(\d+)"', drawn)}
    for path in re.findall(r'<path d="([^"]*)"', drawn):
        heights = [int(y) for y in re.findall(r"(?:M\d+ |V)(\d+)", path)]
        assert heights == sorted(heights)
        assert {heights[0] - HEIGHT, heights[-1]} <= tops


def test_text() -> None:
    """Words of the program are no markup, their flags are code, and papers are links."""
    assert text("With --last-only, a `--k` and x--y") == "With `--last-only`, a `--k` and x--y"
    paper = "[arXiv 1602.07360](https://arxiv.org/abs/1602.07360)"
    assert text("1 x 1 (SqueezeNet, 1602.07360)") == f"1 x 1 (SqueezeNet, {paper})"
    assert text("a*b_c <d> | `k|*`") == r"a\*b\_c \<d\> \| `k\|*`"


def test_citation() -> None:
    """The citation is of this version, and has what the format asks for."""
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert cited["version"] == convcost.__version__
    assert cited.keys() >= {"cff-version", "message", "title", "authors"}


FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("?-*.yml"))


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_issue_forms(path: Path) -> None:
    """A form asks for what is needed, each under a name of its own, and requires it."""
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert form.keys() >= {"name", "description", "body"}
    asked = [field["id"] for field in form["body"]]
    assert len(set(asked)) == len(asked)
    for field in form["body"]:
        assert field["type"] in ("textarea", "input")
        assert field["attributes"].keys() <= {"label", "description", "placeholder", "render"}
        assert field["attributes"]["label"]
        assert field["validations"] == {"required": True}


def test_a_figure_that_is_wrong_comes_first() -> None:
    """The first form asks for the command, the figure, its source and the versions."""
    form = yaml.safe_load(FORMS[0].read_text(encoding="utf-8"))
    asked = [field["id"] for field in form["body"]]
    assert asked == ["command", "expected", "source", "versions"]


def workflow(name: str) -> Any:
    """A workflow; its trigger is under True, as YAML 1.1 reads `on`."""
    return yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8"))


def test_release() -> None:
    """A release is of a tag that is its version, is checked first, and needs no secret."""
    release = workflow("release.yml")
    jobs = release["jobs"]
    assert release[True] == {"push": {"tags": ["v*"]}}
    assert (jobs["build"]["needs"], jobs["publish"]["needs"]) == ("check", "build")
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert jobs["publish"]["environment"]["name"] == "pypi"
    assert "secrets." not in str(release)
    ran = [step.get("run", "") for step in jobs["check"]["steps"]]
    assert ran[-1] == "bash .ci/run"
    for tag, right in ((f"v{convcost.__version__}", True), ("v99.0.0", False)):
        told = subprocess.run(["bash", "-c", ran[1]], cwd=ROOT, env={**os.environ, "TAG": tag})
        assert (told.returncode == 0) is right


def test_site_is_published() -> None:
    """The site is built from main with the extra that has what it needs, and may be deployed."""
    site = workflow("docs.yml")
    assert site[True] == {"push": {"branches": ["main"]}}
    build, publish = site["jobs"]["build"], site["jobs"]["publish"]
    ran = " ".join(step.get("run", "") for step in build["steps"])
    assert "'.[docs]'" in ran
    assert "sphinx -W --keep-going docs site" in ran
    assert publish["permissions"] == {"pages": "write", "id-token": "write"}


def test_readme_on_pypi() -> None:
    """On PyPI, where there are no files beside it, every link of the README is whole."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    hook = project["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "](docs/compare.svg)" in text
    for each in hook["substitutions"]:
        text = re.sub(each["pattern"], each["replacement"], text)
    assert set(re.findall(r"\]\((?!https://)[^)]*\)", text)) == set()


def test_pinned_release() -> None:
    """What pages tell readers to pin is this version."""
    text = (ROOT / "docs" / "guard-costs.md").read_text(encoding="utf-8")
    pins = re.findall(r"(?:convcost/convcost@|rev: )(v\S*)$", text, re.MULTILINE)
    assert pins == [f"v{convcost.__version__}"] * 2
