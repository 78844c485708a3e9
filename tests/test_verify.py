"""The cross-check with torch and thop: exact where we are right, a difference where we are not."""

import importlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import assume, given, settings

import convcost
from convcost import verify
from convcost.cost import Cost, cost
from convcost.kinds import ACTS, NORMS
from convcost.modules import make_module
from convcost.ops import Activation, Conv, Norm, Op, Pad
from convcost.profilers import THOP, count, op_name
from tests.conftest import Ran
from tests.strategies import Drawn, drawn_kinds

SHAPE = (24, 112, 112)


@pytest.mark.parametrize(
    ("kind", "params", "macs", "thop_params"),
    [
        ("standard", {}, 65_028_096, 5184),
        ("group", {"groups": 4}, 16_257_024, 1296),
        ("depthwise-separable", {}, 9_934_848, 792),
        ("depthwise-separable", {"norm": "batch", "act": "relu"}, 12_343_296, 888),
        ("xsepconv", {"direction": "left-top"}, 10_235_904, 816),
        ("standard", {"bias": True}, 65_028_096, 5208),
        ("standard", {"norm": "batch", "act": "relu"}, 66_232_320, 5232),
    ],
)
def test_thop_table(kind: str, params: dict[str, object], macs: int, thop_params: int) -> None:
    """The table of thop@0.1.1 gives what thop printed for these blocks, 24 to 24 at 112 x 112."""
    found = count(convcost.build(kind, SHAPE, k=3, **params), THOP)
    assert (found.total, found.params) == (macs, thop_params)


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_thop_table_knows_what_thop_knows(dims: int) -> None:
    """An op has a rule in the table if, and only if, thop has one for its torch class."""
    registered = importlib.import_module("thop.profile").register_hooks
    ops: list[Op] = [Activation(name) for name in ACTS.names if name != "none"]
    ops += [Norm(name, 4, 2) for name in NORMS.names if name != "none"]
    ops += [Pad(((0, 1),) * dims), Conv(4, 4, *[(1,) * dims] * 4)]
    for op in ops:
        module = make_module(op, dims)
        assert (op_name(op) in THOP.rules) is (type(module) in registered), op


@settings(max_examples=200)
@given(drawn_kinds(largest=8, channels=12))
def test_random_kinds(drawn: Drawn) -> None:
    """Torch and thop agree to the last digit with the engine, whatever the kind and its norms."""
    try:
        graph = drawn.kind.build(drawn.shape, drawn.given)
    except ValueError:
        assume(False)
    own, thop = cost(graph, batch=2), count(graph, THOP, batch=2)
    measured = verify.measure(graph, 2)
    assert tuple(measured[what] for what in verify.CHECKS) == (
        own.params,
        graph.output,
        own.flops,
        thop.total,
        thop.params,
    )


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
    with verify.Worker() as worker:
        calls = [worker.measure(row.graph, 1)["thop MACs"] for row in rows]
    assert calls == [1, 1]
    assert (tmp_path / "imports").read_text() == "once"


def test_difference_is_shown(convcost: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    """A figure that differs is shown with its difference, exit 1."""
    monkeypatch.setattr("convcost.cases.cost", lambda graph, batch: Cost(params=77, macs=5))
    ran = convcost("verify", "--in", 3, "--hw", 5, "--kinds", "standard")
    assert ran.code == 1
    [line] = [line.split() for line in ran.out.splitlines() if "torch params" in line]
    assert line == ["standard", "torch", "params", "77", "81", "4"]
    assert "3 of 5 figures exact" in ran.err


def test_verify_commands(convcost: Callable[..., Ran], tmp_path: Path) -> None:
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
    assert "convcost beside torch and thop" in ran.out


def test_verified_column(convcost: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every format of compare --verify says of each row whether it is exact, and what is not."""
    flags = ("compare", "--verify", "--in", 3, "--hw", 5, "--kinds", "standard", "--format", "csv")
    assert convcost(*flags).out.splitlines()[1].endswith(",exact,")
    monkeypatch.setattr("convcost.cases.cost", lambda graph, batch: Cost(params=77, macs=2025))
    ran = convcost(*flags)
    assert ran.code == 1
    assert ran.out.splitlines()[1].endswith(",torch params 81 not 77,")


def test_unknown_to_thop_is_said(convcost: Callable[..., Ran]) -> None:
    """An op that thop silently counts as zero is named."""
    ran = convcost("verify", "--in", 3, "--hw", 9, "--kinds", "standard", "--act", "gelu")
    assert "thop has no rule for gelu (conv.act), and counts nothing" in ran.out


def test_module_that_cannot_run(convcost: Callable[..., Ran]) -> None:
    """A module too large to run is said to be so, exit 2, and does not end the others."""
    # More bytes than there are addresses: no machine promises them and is killed for it later.
    flags = ("--in", 1, "--hw", "1e9", "--k", 1, "--kinds", "standard")
    ran = convcost("verify", *flags)
    assert ran.code == 2
    assert "could not be run: 1" in ran.err
    assert "0 of 0 figures exact" in ran.err


def test_missing_extra(convcost: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without torch, verify says exactly what to install."""
    monkeypatch.setattr("convcost.verify.util.find_spec", lambda name: None)
    ran = convcost("verify", "--in", 3, "--hw", 9)
    assert ran.code == 2
    assert ran.err == 'convcost: not installed: torch, thop, numpy; pip install "convcost[torch]"\n'


@pytest.mark.parametrize(
    ("installed", "accepted"),
    [
        ("0.1.1", True),
        ("0.1.1-2209072238", True),
        ("0.1.1.post2209072238", True),
        ("0.1.0.post2206102148", False),
        ("0.1.10", False),
        ("0.0.31-2005241907", False),
    ],
)
def test_other_thop(monkeypatch: pytest.MonkeyPatch, installed: str, accepted: bool) -> None:
    """Only the thop of our table is compared with our table."""
    monkeypatch.setattr("convcost.verify.metadata.version", lambda name: installed)
    if accepted:
        verify.require_thop()
    else:
        with pytest.raises(convcost.ConvcostError, match=r"the table is for 0\.1\.1"):
            verify.require_thop()


def test_worker_that_dies_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """If torch cannot be imported, the error says what Python said."""
    (tmp_path / "thop.py").write_text("raise ImportError('thop is broken')")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    [row] = convcost.compare((3, 4, 4), kinds=["standard"]).rows
    with verify.Worker() as worker, pytest.raises(convcost.ConvcostError, match="thop is broken"):
        worker.measure(row.graph, 1)


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
    root = Path(__file__).parent.parent
    ran = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=True, cwd=root,
        env={"PYTHONPATH": str(root)},
    )  # fmt: skip
    assert ran.stdout == "True\n"
