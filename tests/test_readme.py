"""The README's examples are what the program does."""

import doctest
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import convcost as convcost_package
from convcost.api import KINDS
from convcost.counting.counts import count
from convcost.counting.tables import thop
from convcost.networks.cases import run
from convcost.sources.configs import read_config
from convcost.sources.files import read_configs
from tests.support.paths import ROOT
from tests.support.program import Program

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
EXAMPLES = [
    tuple(text.removeprefix("$ ").split("\n", 1)) for kind, text in BLOCKS if kind == "console"
]


@pytest.mark.parametrize(("command", "expected"), EXAMPLES)
def test_console(
    command: str, expected: str, convcost: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the README shows below a command is what the command prints."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "80")
    program, *pipe = command.split(" | ")
    ran = convcost(*shlex.split(program)[1:])
    assert through(pipe, ran.out) + ran.err == expected


TABLES = re.findall(
    r"^<!-- (convcost [^\n]*) -->\n(.*?)^<!-- end -->$", README, re.MULTILINE | re.DOTALL
)


@pytest.mark.parametrize(("command", "expected"), TABLES)
def test_generated_tables(
    command: str, expected: str, convcost: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every table between marks is what the command in the mark prints."""
    monkeypatch.chdir(ROOT)
    assert convcost(*shlex.split(command)[1:]).out == expected


def test_there_are_generated_tables() -> None:
    """The table of one network under all tools is one of them."""
    assert any("--as all" in command for command, _ in TABLES)


def through(pipe: list[str], text: str) -> str:
    """The few filters that the README uses, as the shell would apply them."""
    for command in pipe:
        lines = text.splitlines()
        if found := re.fullmatch(r"cut -d, -f1-(\d)", command):
            lines = [",".join(line.split(",")[: int(found[1])]) for line in lines]
        elif found := re.fullmatch(r"head -(\d)", command):
            lines = lines[: int(found[1])]
        else:
            raise AssertionError(command)
        text = "\n".join(lines) + "\n"
    return text


def test_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python examples give what the README says."""
    monkeypatch.chdir(ROOT)
    text = "\n".join(text for kind, text in BLOCKS if kind == "python")
    assert text.count(">>>") > 5
    examples = doctest.DocTestParser().get_doctest(text, {}, "README", "README.md", 0)
    assert doctest.DocTestRunner().run(examples).failed == 0
    space: dict[str, Callable[[], None]] = {}
    exec("import convcost\n" + _source(text, "def test_cost_of_the_stage"), space)
    space["test_cost_of_the_stage"]()
    exec("import convcost\n" + _source(text, "def test_costs():"), space)
    space["test_costs"]()


def test_lock() -> None:
    """The lines of a lock that the README shows are lines of ours."""
    [shown] = [text for kind, text in BLOCKS if kind == "json"]
    lines = (ROOT / "convcost.lock").read_text(encoding="utf-8").splitlines()
    assert [line for line in shown.splitlines() if line not in lines] == []
    assert len(shown.splitlines()) > 4


def _source(text: str, start: str) -> str:
    """The lines of an example, up to the first that is empty."""
    lines = text[text.index(f">>> {start}") :].partition("\n\n")[0].splitlines()
    return "\n".join(line[4:] for line in lines)


def test_yaml(tmp_path: Path) -> None:
    """The YAML examples are a config of as many cases as it says, networks, and a list."""
    text, family, own, listed = [text for kind, text in BLOCKS if kind == "yaml"]
    path = tmp_path / "readme.yaml"
    path.write_text(family)
    networks = [run(case).rows[0] for case in read_config(str(path))]
    assert [row.cost.params for row in networks] == [3_504_872, 6_108_776]
    path.write_text(own)
    [case] = read_config(str(path))
    assert run(case).rows[0].output == (10,)
    path.write_text(text)
    names = [case.name for case in read_config(str(path))]
    assert names == [
        *("k=3 stride=1", "k=5 stride=1", "k=5 stride=2", "k=7 stride=1", "k=7 stride=2"),
        "group sizes",
    ]
    (tmp_path / "vision").mkdir()
    (tmp_path / "models" / "deep").mkdir(parents=True)
    (tmp_path / "vision" / "backbones.yaml").write_text(own)
    (tmp_path / "models" / "deep" / "a.yaml").write_text(family)
    (tmp_path / "convcost.yaml").write_text(listed)
    cases = read_configs([str(tmp_path / "convcost.yaml")])
    assert len([case for case in cases if case.network]) == 3


def test_every_kind_is_listed() -> None:
    """The README's table of kinds has every kind, in the program's order."""
    section = README.partition("## Show")[0]
    assert re.findall(r"^\| `([\w-]+)` \|", section, re.MULTILINE) == list(KINDS)


def test_two_commands() -> None:
    """One command installs and runs the main job, one installs and passes the tests."""
    commands = [text.strip() for kind, text in BLOCKS if kind == "sh"]
    assert len(commands) == 2
    assert commands[0].endswith(".venv/bin/convcost compare --in 24 --out 24 --k 3 --hw 112")
    assert commands[1].endswith(".venv/bin/python -m pytest")


def test_contributing_kind(convcost: Program) -> None:
    """The kind that CONTRIBUTING adds works as written, on the command line and in formulas."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    code, _ = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
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


def test_contributing_version() -> None:
    """The version that CONTRIBUTING adds is a table that counts as it says."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    _, code = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    table, added = code.split("# and in THOP, after the others:\n")
    space: dict[str, Any] = dict(vars(thop))
    exec(table, space)
    convention = eval(added, space)
    graph = convcost_package.build("transposed", (8, 14, 10), out=16, act="silu")
    assert count(graph, convention).total == 71_680 + 4 * 16 * 28 * 20
