"""Budgets of the least time on a device."""

from pathlib import Path

import pytest

from convcost.networks.cases import run
from convcost.sources.reading.configs import parse_config
from tests.support.program import Program

LAYER = """
cases:
  - name: stage
    in: 24
    hw: 112
    kinds: [standard]
    budget: {bound: 16.05us, on: t4}
"""

BOARD = """
board:
  bandwidth: {rate: 1 GB/s, source: this test}
  peaks: {float32: {rate: 1 TOP/s, source: this test}}
"""


@pytest.mark.parametrize(
    ("old", "new", "failure"),
    [
        ("", "", "stage: standard: bound 16.06 µs is over its budget of 16.05 µs"),
        ("16.05us", "16.06us", ""),
        ("on: t4", "on: t4, dtype: float16", ""),
        ("16.05us, on: t4", "3us, on: t4, dtype: float16", "bound 3.80 µs is over its budget of"),
        ("16.05us, on: t4", "2ms, on: board.yaml", "bound 2.43 ms is over its budget of 2.00 ms"),
        ("bound:", "activations: 302k, macs: 66M, bound:", "bound 16.06 µs is over its budget of"),
        (
            "on: t4",
            "on: t4, activations: 300k",
            "activations 301,056 is over its budget of",
        ),
        ("hw: 112", "hw: 112\n    batch: 2", "bound 32.1 µs is over its budget of 16.1 µs"),
    ],
)
def test_budgets(
    old: str,
    new: str,
    failure: str,
    convcost: Program,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A bound over its budget fails, of the device that it names and in the dtype that it says."""
    monkeypatch.chdir(tmp_path)
    Path("board.yaml").write_text(BOARD, encoding="utf-8")
    Path("convcost.yaml").write_text(LAYER.replace(old, new, 1), encoding="utf-8")
    assert convcost("lock").code == 0
    ran = convcost("check")
    assert ran.code == bool(failure)
    assert failure in ran.err
    figures = convcost("check", "--format", "json").out
    assert ('"figure": "bound"' in figures) == bool(failure)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (", on: t4", "", "n.yaml:7:13: a bound on a device has on, too"),
        ("bound: 16.05us, ", "", "n.yaml:7:13: a bound on a device has bound, too"),
        ("t4", "t5", "n.yaml:7:34: on: no device 't5'"),
        ("16.05us", "16", "n.yaml:7:21: bound is a time such as 12ms or 80us, not '16'"),
        ("on: t4", "on: t4, dtype: half", "dtype cannot be 'half'"),
        ("on: t4", "off: t4", "no key in a budget 'off'"),
    ],
)
def test_mistakes(old: str, new: str, message: str) -> None:
    """What is wrong with a budget is said at its place."""
    with pytest.raises(Exception, match=message.replace("'", ".").replace("(", ".")):
        parse_config(LAYER.replace(old, new, 1), "n.yaml")


def test_a_dtype_without_a_peak(convcost: Program, tmp_path: Path) -> None:
    """A device that has no peak for the dtype is said at the budget, and nothing is checked."""
    path = tmp_path / "n.yaml"
    path.write_text(LAYER.replace("t4", "a15, dtype: int8"), encoding="utf-8")
    assert [run(case) for case in parse_config(path.read_text(encoding="utf-8"), "n.yaml")]
    lock = tmp_path / "lock"
    assert convcost("lock", path, "--lockfile", lock).code == 0
    ran = convcost("check", path, "--lockfile", lock)
    assert ran.code == 2
    assert f"{path}:7:21: apple-a15 has no peak for int8, but for float32" in ran.err
