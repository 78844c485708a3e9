"""The cross-check with torch and thop: exact where we are right, a difference where we are not."""

import json
import subprocess
import sys
from importlib import util
from pathlib import Path

import pytest
import torch

import convcost
from convcost.graph.cost import Cost
from convcost.pytorch import verify
from convcost.pytorch.worker import Worker
from tests.support.paths import ROOT
from tests.support.program import Program
from tests.support.tools import APART, TOOLS

pytestmark = pytest.mark.slow

SHAPE = (24, 112, 112)


def test_worker_measures_each_row() -> None:
    """Every row of a comparison is measured in the worker, the batch included."""
    comparison = convcost.compare((8, 9, 9), k=3, batch=2, norm="bn", act="prelu")
    results = convcost.cross_check(comparison)
    assert [result.row.label for result in results] == [row.label for row in comparison.rows]
    assert all(result.holds for result in results)
    assert all(len(result.checks) == 5 for result in results)


def test_nothing_leaks_between_cases(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each module is measured in a process of its own, all from one import of torch and thop."""
    (tmp_path / "thop.py").write_text(
        "from pathlib import Path\n"
        "with (Path(__file__).parent / 'imports').open('a') as file: file.write('once')\n"
        "calls = 0\n"
        "def profile(*arguments, **options):\n"
        "    global calls\n"
        "    calls += 1\n"
        "    return calls, 0\n"
    )
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    rows = convcost.compare((8, 9, 9), kinds=["standard", "depthwise"]).rows
    with Worker(["thop"]) as worker:
        calls = [worker.measure("thop", row.graph, 1) for row in rows]
    assert calls == [(1, 0), (1, 0)]
    assert (tmp_path / "imports").read_text() == "once"


def test_difference_is_shown(convcost: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """A figure that differs is shown with its difference, exit 1."""
    monkeypatch.setattr(
        "convcost.networks.cases.cost", lambda graph, batch: Cost(params=77, macs=5)
    )
    ran = convcost("verify", "--in", 3, "--hw", 5, "--kinds", "standard")
    assert ran.code == 1
    [line] = [line.split() for line in ran.out.splitlines() if "torch params" in line]
    assert line == ["standard", "torch", "params", "77", "81", "4"]
    assert "4 of 5 figures exact" in ran.err


def test_verify_commands(convcost: Program, tmp_path: Path) -> None:
    """Flags, configs and compare --verify all check, and say so on stderr."""
    path = tmp_path / "c.yaml"
    path.write_text("cases: [{name: a, in: 3, hw: 9, kinds: [standard, group, xsepconv]}]")
    ran = convcost("verify", path, "--format", "json")
    rows = json.loads(ran.out)["cases"][0]["rows"]
    assert [row.get("holds") for row in rows] == [True, None, True]
    assert "3 input channels" in rows[1]["error"]
    assert "10 of 10 figures exact" in ran.err
    ran = convcost("compare", "--verify", "--in", 3, "--hw", 9, "--kinds", "standard")
    assert ran.code == 0
    assert "standard      81" in ran.out
    assert "convcost beside real tools" in ran.out


def test_verified_column(convcost: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every format of compare --verify says of each row whether it is exact, and what is not."""
    flags = ("compare", "--verify", "--in", 3, "--hw", 5, "--kinds", "standard", "--format", "csv")
    assert convcost(*flags).out.splitlines()[1].endswith(",exact,")
    monkeypatch.setattr(
        "convcost.networks.cases.cost", lambda graph, batch: Cost(params=77, macs=2025)
    )
    ran = convcost(*flags)
    assert ran.code == 1
    assert ran.out.splitlines()[1].endswith(",torch params 81 not 77,")


def test_unknown_to_thop_is_said(convcost: Program) -> None:
    """An op that thop silently counts as zero is named."""
    ran = convcost("verify", "--in", 3, "--hw", 9, "--kinds", "standard", "--act", "gelu")
    assert "torch counts nothing for nn.GELU; thop counts nothing for nn.GELU" in ran.out


def test_module_that_cannot_run(convcost: Program) -> None:
    """A module too large to run is said to be so, exit 2, and does not end the others."""
    # More bytes than there are addresses: no machine promises them and is killed for it later.
    flags = ("--in", 1, "--hw", "1e9", "--k", 1, "--kinds", "standard")
    ran = convcost("verify", *flags)
    assert ran.code == 2
    assert "could not be run: 1" in ran.err
    assert "0 of 0 figures exact" in ran.err


def test_missing_extra(convcost: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without torch, verify says exactly what to install."""
    monkeypatch.setattr("convcost.pytorch.extras.util.find_spec", lambda name: None)
    ran = convcost("verify", "--in", 3, "--hw", 9)
    assert ran.code == 2
    assert ran.err == 'convcost: not installed: torch, numpy; pip install "convcost[torch]"\n'
    ran = convcost("verify", "--in", 3, "--hw", 9, "--with", "fvcore")
    assert ran.code == 2
    assert ran.err == 'convcost: not installed: torch, numpy; pip install "convcost[profilers]"\n'


@pytest.mark.parametrize(
    ("installed", "accepted"),
    [
        ("0.1.1", True),
        ("0.1.1-2209072238", True),
        ("0.1.1.post2209072238", True),
        ("0.1.10", False),
    ],
)
def test_other_thop(monkeypatch: pytest.MonkeyPatch, installed: str, accepted: bool) -> None:
    """A tool is held to the table of its installed version, or to none."""
    monkeypatch.setattr("convcost.pytorch.verify.metadata.version", lambda name: installed)
    if accepted:
        [convention] = verify.choose(["thop"]).conventions
        assert convention.name == "thop@0.1.1"
    else:
        with pytest.raises(convcost.ConvcostError, match=r"no table for version 0\.1\.10 of thop"):
            verify.choose(["thop"])


def test_worker_that_dies_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """If torch cannot be imported, the error says what Python said."""
    (tmp_path / "torch.py").write_text("raise ImportError('torch is broken')")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    [row] = convcost.compare((3, 4, 4), kinds=["standard"]).rows
    with (
        Worker(["torch", "thop"]) as worker,
        pytest.raises(convcost.ConvcostError, match=r"torch and thop could not .* torch is broken"),
    ):
        worker.measure("thop", row.graph, 1)


def test_a_tool_that_cannot_be_imported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, convcost: Program
) -> None:
    """It is left out by name, with what Python said, and the others run."""
    (tmp_path / "thop.py").write_text("raise ImportError('thop is broken')")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    ran = convcost("verify", "standard", "--in", 3, "--hw", 4, "--with", "torch,thop")
    assert ran.code == 0
    assert "skipped: thop cannot be imported: ImportError: thop is broken" in ran.err
    assert "3 of 3 figures exact" in ran.err


def test_to_torch_is_plain_torch() -> None:
    """The module is made of torch.nn's own classes, with its parameters by path."""
    module = convcost.to_torch("depthwise-separable", SHAPE, norm="batch")
    assert [type(child) for child in module.children()] == [
        torch.nn.Conv2d,
        torch.nn.BatchNorm2d,
    ] * 2
    assert module.get_submodule("depthwise_norm").weight.shape == (24,)


def test_script_without_a_main_guard(tmp_path: Path) -> None:
    """The cross-check works from a plain script, at its top level."""
    script = tmp_path / "s.py"
    script.write_text(
        "import convcost\n"
        "results = convcost.cross_check(convcost.compare((3, 4, 4), kinds=['standard']))\n"
        "print(all(result.holds for result in results))\n"
    )
    root = ROOT
    ran = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=True, cwd=root,
        env={"PYTHONPATH": str(root)},
    )  # fmt: skip
    assert ran.stdout == "True\n"


def test_a_worker_starts_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A script that is imported inside the worker, by its name, does not start workers for ever."""
    monkeypatch.setenv("CONVCOST_WORKER", "1")
    with pytest.raises(convcost.ConvcostError, match=r"timeit\.py"), Worker(["torch"]):
        pass


def test_with_tools(convcost: Program) -> None:
    """--with runs the tools that are named; a table of another version is not held to any."""
    flags = ("--in", 3, "--hw", 9, "--kinds", "bottleneck", "--out", 8, "--batch", 2)
    ran = convcost("verify", *flags, "--with", "ptflops,fvcore,torchprofile")
    assert ran.code == 0
    figures = [line.split()[1:3] for line in ran.out.splitlines() if line.startswith("bottleneck ")]
    assert figures == [
        ["torch", "params"],
        ["torch", "output"],
        ["ptflops", "MACs"],
        ["ptflops", "params"],
        ["fvcore", "MACs"],
        ["fvcore", "params"],
        ["torchprofile", "MACs"],
    ]
    assert "7 of 7 figures exact" in ran.err


def test_tools_that_are_not_there(convcost: Program) -> None:
    """A tool that is not installed, or not in that version, is skipped, and said to be."""
    flags = ("--in", 3, "--hw", 9, "--kinds", "standard")
    ran = convcost("verify", *flags, "--with", "ultralytics-thop,thop", "--as", "thop@0.1.1")
    assert ran.code == 0
    assert "skipped: not installed: ultralytics-thop; pip install ultralytics-thop" in ran.err
    ran = convcost("verify", *flags, "--as", "thop@0.0.31")
    reason = "thop 0.1.1.post2209072238 is installed, which is not thop@0.0.31"
    assert (ran.code, ran.err) == (2, f"--as: {reason}\n")
    ran = convcost("verify", *flags, "--with", "ultralytics-thop")
    assert ran.code == 2
    ran = convcost("verify", *flags, "--with", "torchstat")
    assert (ran.code, ran.out) == (2, "")
    assert "--with: torchstat is known, but cannot be run" in ran.err


def test_tools_of_no_extra(convcost: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a tool that no extra has is said which packages to install, where it is not there."""
    there = util.find_spec
    monkeypatch.setattr(
        "convcost.pytorch.verify.util.find_spec",
        lambda name: None if name in ("calflops", "deepspeed", "transformers") else there(name),
    )
    flags = ("--in", 3, "--hw", 9, "--kinds", "standard")
    ran = convcost("verify", *flags, "--with", "thop,calflops")
    assert ran.code == 0
    assert "not installed: calflops, transformers; pip install calflops transformers" in ran.err
    ran = convcost("verify", *flags, "--with", "deepspeed")
    said = "convcost: not installed: deepspeed; pip install deepspeed\n"
    assert (ran.code, ran.out, ran.err) == (2, "", said)


@pytest.mark.skipif(not {*APART} <= {*TOOLS}, reason="needs calflops and DeepSpeed")
def test_tools_that_are_apart(convcost: Program) -> None:
    """calflops and DeepSpeed print what their tables say, and calflops raises without weights."""
    flags = ("--in", 3, "--hw", 9, "--kinds", "standard,max-pool", "--batch", 2)
    ran = convcost("verify", *flags, "--with", "calflops,deepspeed")
    assert ran.code == 0
    assert "11 of 11 figures exact" in ran.err
    assert "max-pool  calflops FLOPs    an error  an error" in ran.out


def test_missing_torchvision(convcost: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a kind needs torchvision and that is not there, it is said what to install, exit 2."""
    monkeypatch.setattr(
        "convcost.pytorch.extras.util.find_spec", lambda name: name != "torchvision" or None
    )
    ran = convcost("verify", "--in", 4, "--hw", 9, "--kinds", "standard,deform-conv")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == 'convcost: not installed: torchvision; pip install "convcost[vision]"\n'
    assert convcost("verify", "--in", 4, "--hw", 9, "--kinds", "standard").code == 0
