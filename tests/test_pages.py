"""The examples of README and documentation are what the program does."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import convcost as convcost_package
from convcost.api import KINDS
from convcost.counting.counts import count
from convcost.counting.tables import thop
from convcost.networks.cases import run
from convcost.ops.maps import Norm
from convcost.ops.partitions import Normalize
from convcost.sources.reading.configs import read_config
from scripts.pages.examples import Block, blocks, pages, rerun
from tests.support.paths import ROOT
from tests.support.program import Program

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in pages()}
KNOWN = {"console", "python", "file", "table", "sh", "text", "{include}", "{eval-rst}", "{toctree}"}
"""Blocks of pages; `text` is what nobody could run, such as a command that takes minutes."""

SLOW = (
    "README.md",
    "docs/articles.md",
    "docs/how-was-it-counted.md",
    "docs/start.md",
    "docs/torch-modules.md",
    "docs/why-tools-differ.md",
)
"""Pages whose examples run torch, or match over many inputs."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in PAGES]
)
def test_examples(name: str) -> None:
    """Commands print, and Python gives, what a page shows, in a folder with the page's files."""
    assert rerun(PAGES[name]) == PAGES[name]


@pytest.mark.parametrize("name", PAGES)
def test_blocks(name: str) -> None:
    """A page has only blocks that are run, or are said not to be, and no file that nobody reads."""
    own = blocks(PAGES[name])
    assert {block.kind.partition(" ")[0] for block in own} <= KNOWN
    assert [block.text for block in own if block.kind == "sh" and not installs(block)] == []
    text = PAGES[name]
    for block in own:
        if block.kind == "file":
            if block.name.endswith(".py"):
                compile(block.text, block.name, "exec")
            else:
                yaml.safe_load(block.text)
            assert text.count(Path(block.name).name) > 1 or block.name in SHOWN, block.name


SHOWN = (".github/workflows/costs.yml", ".pre-commit-config.yaml", "elsewhere/convcost.yaml")
"""Files of pages that other programs read."""


def installs(block: Block) -> bool:
    """Whether a block is for a shell of the reader's own: the README's two commands, and pip."""
    return block.text.startswith(("python3 -m venv .venv && ", "pip install "))


def test_action() -> None:
    """The workflow and the hooks that the documentation shows are those that there are."""
    own = {block.name: block.text for block in blocks(PAGES["docs/guard-costs.md"])}
    shown = yaml.safe_load(own[".github/workflows/costs.yml"])
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    assert shown["jobs"]["check"]["steps"][1]["with"].keys() <= action["inputs"].keys()
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    [repo] = yaml.safe_load(own[".pre-commit-config.yaml"])["repos"]
    assert {hook["id"] for hook in repo["hooks"]} < {hook["id"] for hook in hooks}


RUN = 9
"""Words in a row that are no chance."""


def test_no_sentence_twice() -> None:
    """No sentence of README, documentation, CONTRIBUTING and SECURITY stands in two places."""
    others = ("CONTRIBUTING.md", "SECURITY.md")
    texts = PAGES | {name: (ROOT / name).read_text(encoding="utf-8") for name in others}
    seen: dict[tuple[str, ...], str] = {}
    twice: list[str] = []
    for name, text in texts.items():
        prose = re.sub(r"^```.*?^```$|^<!--.*?^<!-- end -->$", "", text, flags=re.M | re.S)
        for part in re.split(r"(?<=[.:?;])\s|\n\n|\n\* |\n\|", prose):
            words = re.sub(r"\]\([^)]*\)|[^\w\s]", "", part.lower()).split()
            runs = {tuple(words[n : n + RUN]) for n in range(len(words) - RUN + 1)}
            twice += [f"{seen[some]}, {name}: {' '.join(some)}" for some in runs & seen.keys()]
            seen |= dict.fromkeys(runs, name)
    assert twice == []


def test_every_kind_has_a_page() -> None:
    """Every kind has a page with its ops drawn, and there is no page of another."""
    folder = ROOT / "docs" / "reference" / "kinds"
    assert {path.stem for path in folder.glob("*.md")} == {*KINDS, "index"}
    for name in KINDS:
        assert f"<title>The ops of {name}</title>" in (folder / f"{name}.md").read_text("utf-8")


def test_readme() -> None:
    """The README is one screen after the other, not a manual, with its two commands."""
    assert len(README.splitlines()) <= 200
    commands = [block.text.strip() for block in blocks(README) if block.kind == "sh"]
    assert len(commands) == 2
    assert commands[0].endswith(".venv/bin/convcost compare --in 24 --out 24 --k 3 --hw 112")
    assert commands[1].endswith(".venv/bin/python -m pytest")


def test_networks(tmp_path: Path) -> None:
    """MobileNetV2 as the page writes it has torchvision's params, and the paper's at 1.4."""
    own = {block.name: block.text for block in blocks(PAGES["docs/write-a-network.md"])}
    path = tmp_path / "mobilenet-v2.yaml"
    path.write_text(own["mobilenet-v2.yaml"], encoding="utf-8")
    params = [run(case).rows[0].cost.params for case in read_config(str(path))]
    assert params == [3_504_872, 6_108_776]


def test_contributing_kind(convcost: Program) -> None:
    """The kind that CONTRIBUTING adds works as written, on the command line and in formulas."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    code, *_ = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    space = {"__name__": "convcost.kinds"}
    try:
        exec(
            "from convcost.kinds.convolutions import *\n"
            "from convcost.kinds.parameters import Finishes, Groups, Out\n" + code,
            space,
        )
        ran = convcost("show", "shuffled-group", "--in", 8, "--hw", 4, "--groups", 4)
    finally:
        KINDS.pop("shuffled-group", None)
    assert ran.code == 0
    assert "C_out·(C_in/g)·K²" in ran.out


@pytest.mark.slow
def test_contributing_reader() -> None:
    """The reader that CONTRIBUTING shows says which op its function is."""
    import torch

    from convcost.pytorch.capture.readers import elements

    space: dict[str, Any] = {**vars(elements), "Tensor": torch.Tensor}
    space["reads"] = lambda *names: lambda reader: reader
    exec(code_of_contributing("def rms_norm"), space)
    x, weight = torch.zeros(1, 7, 8), torch.zeros(8)
    read = space["rms_norm"](x, (8,), weight)
    assert (read.op, read.op.params) == (Norm("rms", 8), 8)


def test_contributing_onnx_reader() -> None:
    """The reader of a node that CONTRIBUTING shows says which op the node is."""
    from convcost.sources.onnx.readers import elements
    from convcost.sources.onnx.readers.reading import Call
    from convcost.sources.onnx.values import Value

    space: dict[str, Any] = dict(vars(elements))
    space["reads"] = lambda *types: lambda reader: reader
    exec(code_of_contributing("def normalize"), space)
    x = Value((1, 7, 8), 1)
    read = space["normalize"](Call("LpNormalization", "", 22, [x], {}))
    assert (read.op, read.maps, read.sizes) == (Normalize(), (x,), (1, 7, 8))


def code_of_contributing(part: str) -> str:
    """The only block of Python in CONTRIBUTING that has a part."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    [code] = [block for block in blocks if part in block]
    return code


def test_contributing_version() -> None:
    """The version that CONTRIBUTING adds is a table that counts as it says."""
    between = "# and in THOP, after the others:\n"
    table, added = code_of_contributing(between).split(between)
    space: dict[str, Any] = dict(vars(thop))
    exec(table, space)
    convention = eval(added, space)
    graph = convcost_package.build("transposed", (8, 14, 10), out=16, act="silu")
    assert count(graph, convention).total == 71_680 + 4 * 16 * 28 * 20
