"""What is measured: that it is of what it says, not how long anything takes."""

import json
from pathlib import Path

import pytest

from convcost.formats.document import Table
from convcost.gate.lock import Lock
from convcost.networks.cases import Comparison, run
from convcost.pytorch.clock import Clock, Timed, alone, distinct, dtype_of, key_of, time_rows
from convcost.report.time import TimedCase, time_report
from convcost.sources.reading.devices import find_device
from convcost.sources.shipped import find_network
from convcost.sources.timings import read_timings, timings_text
from convcost.values.dtypes import Precision
from tests.support.program import Program

pytestmark = pytest.mark.slow

SHORT = ("--seconds", "0.1", "--threads", "1")
FACTS = {"machine": "A machine", "threads": 2, "torch": "2.13.0"}


def network(name: str) -> Comparison:
    """The comparison of a shipped network."""
    case = find_network(name)
    assert case is not None
    return run(case)


def test_distinct_convolutions() -> None:
    """ResNet-50 has 23 distinct convolutions among its 53, and no view is among its ops."""
    [row] = network("resnet50").rows
    ops = distinct(row.graph, 1)
    convs = [(node, calls) for node, calls in ops if str(node.op).startswith("conv")]
    assert (len(convs), sum(calls for _, calls in convs)) == (23, 53)
    assert not any(node.op.view for node, _ in ops)
    keys = {key_of(row.graph, node, network("resnet50").case) for node, _ in ops}
    assert len(keys) == len(ops)
    [conv, *_] = convs
    assert [str(node.op) for node in alone(row.graph, conv[0]).nodes][:-1] == ["input"]


def test_every_op_of_some_networks_runs_alone() -> None:
    """Each distinct op of a network can be timed by itself, and the whole with them."""
    comparisons = [network(name) for name in ("mobilenet_v3_small", "swin_t", "shufflenet_v2")]
    with Clock({"threads": 1}) as clock:
        known: dict[str, Timed] = {}
        timed = time_rows(clock, comparisons, 0.1, True, known, lambda share: None)
        again = time_rows(clock, comparisons[:1], 0.1, True, dict(known), lambda share: None)
    for [row], comparison in zip(timed, comparisons, strict=True):
        [own] = comparison.rows
        assert row.whole is not None
        assert len(row.whole.seconds) >= 7
        assert all(op.timed is not None for op in row.ops)
        assert sum(op.calls for op in row.ops) == sum(
            node.run and not node.op.view for node in own.graph.nodes
        )
        assert row.together == pytest.approx(sum(op.seconds for op in row.ops))
    assert [op.timed for op in again[0][0].ops] == [op.timed for op in timed[0][0].ops]


def test_kinds_in_turn(convcost: Program) -> None:
    """Kinds have MACs and time ratios side by side; one that cannot be built has its reason."""
    layer = ("--in", 6, "--out", 6, "--hw", 8, "--groups", 4, "--kinds", "standard,group,depthwise")
    ran = convcost("time", *layer, *SHORT, "--format", "json")
    assert ran.code == 0
    document = json.loads(ran.out)
    assert document["measured_on"]["threads"] == 1
    standard, group, depthwise = document["cases"][0]["rows"]
    assert "groups" in group["error"]
    assert standard["runs"] == depthwise["runs"] >= 7
    assert standard["median_seconds"] > 0
    shown = convcost("time", *layer, *SHORT, "--on", "t4").out
    assert "of peak" in shown
    assert "1 thread, torch" in shown


def test_code(convcost: Program) -> None:
    """A torch module is timed itself, and those of its ops that have a record."""
    subject = ("tests.support.code.networks:Net", "--input", "3x6x6")
    ran = convcost("time", *subject, *SHORT, "--format", "json")
    assert ran.code == 0, ran.err
    [row] = json.loads(ran.out)["cases"][0]["rows"]
    assert row["median_seconds"] > 0
    assert {op["op"].partition(",")[0] for op in row["ops"] if "error" not in op} >= {"conv 3x3"}


def test_tables(convcost: Program, tmp_path: Path) -> None:
    """Times of ops are kept with what they were measured on, and used again there only."""
    path = tmp_path / "times.json"
    subject = ("mobilenet_v3_small", "--hw", 32, *SHORT)
    assert convcost("time", *subject, "--table", path).code == 0
    text = path.read_text(encoding="utf-8")
    assert '"threads": 1' in text
    assert len(text.splitlines()) > 50
    assert convcost("time", *subject, "--table", path).code == 0
    assert path.read_text(encoding="utf-8") == text
    other = convcost("time", *subject[:-1], "2", "--table", path)
    assert other.code == 2
    assert f"{path}: has times of threads '1', not '2'; name another file" in other.err
    assert Lock({}).text().count("seconds") == 0


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{",
        '{"format": 2, "measured_on": {}, "ops": {}}',
        '{"format": 1, "measured_on": {}, "ops": {"a": [1, 2]}}',
        '{"format": 1, "measured_on": {}, "ops": {"a": [3, 2, 1]}}',
        '{"format": 1, "measured_on": {}, "ops": {"a": [NaN, NaN, NaN]}}',
        "[" * 100_000,
    ],
)
def test_files_that_are_no_tables(text: str, tmp_path: Path) -> None:
    """What is no table of times is said to be none."""
    path = tmp_path / "times.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Exception, match="is no table of times"):
        read_timings(str(path), {})


def test_a_table_is_read_as_it_was_written(tmp_path: Path) -> None:
    """The quartiles of an op come back, and are those of the time that they make."""
    path = tmp_path / "times.json"
    timed = Timed((1.0, 2.0, 3.0, 4.0, 5.0))
    path.write_text(timings_text(FACTS, {'an "op"': timed.quartiles}), encoding="utf-8")
    found = read_timings(str(path), FACTS)
    assert found == {'an "op"': timed.quartiles}
    back = Timed(found['an "op"'])
    assert (back.median, back.spread, back.quartiles) == (3.0, timed.spread, timed.quartiles)


def test_what_is_noisy_is_said() -> None:
    """Runs that lie apart are marked, with their median as it is."""
    comparison = network("resnet18")
    [row] = comparison.rows
    with Clock({"threads": 1}) as clock:
        [[timed]] = time_rows(clock, [comparison], 0.1, False, {}, lambda share: None)
    quiet, loud = Timed((1.0, 1.01, 1.02)), Timed((1.0, 2.0, 3.0))
    assert (quiet.noisy, loud.noisy) == (False, True)
    for whole, words in ((quiet, ()), (loud, ("ResNet-18",))):
        report = time_report([TimedCase(comparison, [timed._replace(whole=whole)])], FACTS)
        [table] = [block for block in report.blocks if isinstance(block, Table)]
        assert [line.endswith(words) for line in table.below] == [True] * len(words)
    assert row.label == "ResNet-18"


def test_ctrl_c_leaves_what_was_measured() -> None:
    """Runs that were done before somebody ends it early are there."""
    comparison = network("resnet18")

    def end(share: float) -> None:
        raise KeyboardInterrupt

    with Clock({"threads": 1}) as clock:
        [[timed]] = time_rows(clock, [comparison], 60, False, {}, end)
        assert clock.interrupted
    assert timed.whole is not None
    assert len(timed.whole.seconds) == 1


def test_dtypes_that_torch_computes_with(convcost: Program) -> None:
    """Numbers of other dtypes are bytes and bounds, and no time; nor are networks of several."""
    layer = ("time", "--in", 6, "--hw", 8, *SHORT)
    assert (
        "times are of float64, float32, float16, bfloat16"
        in convcost(*layer, "--dtype", "int8").err
    )
    assert "no such option: --weights" in convcost(*layer, "--weights", "int8").err
    one = network("resnet18").case
    other = one._replace(precision=Precision("float16"), place="n.yaml:1:1")
    with pytest.raises(Exception, match="is of float16, and the first case of float32"):
        dtype_of([one, other])
    assert "torch finds no" in convcost(*layer, "--device", "mps").err
    assert "is cpu, cuda or mps, not 'tpu'" in convcost(*layer, "--device", "tpu").err


def test_what_is_refused_before_any_time_is_spent(convcost: Program, tmp_path: Path) -> None:
    """What can be known to be wrong is said before anything is timed."""
    for arguments, message in (
        (("--on", "jetson-nano"), "has no peak for float32"),
        (("--table", tmp_path / "no" / "t.json"), "cannot be written"),
        (("--seconds", "nan"), "--seconds: is from 0.1 to 3,600"),
        (("--seconds", "inf"), "--seconds: is from 0.1 to 3,600"),
        (("--on", ""), "no device ''"),
        (("--on", tmp_path / "no.yaml"), "no such file"),
    ):
        ran = convcost("time", "resnet18", *arguments)
        assert (ran.code, ran.out) == (2, "")
        assert message in ran.err


def test_few_runs() -> None:
    """Of two runs the spread is from one to the other, and never below nothing."""
    assert Timed((1.0, 6.0)).quartiles == (1.0, 3.5, 6.0)
    assert Timed((2.0,)).spread == 0


def test_too_many_rows(convcost: Program, tmp_path: Path) -> None:
    """So many kinds as nobody would wait for are refused at once."""
    path = tmp_path / "many.yaml"
    sizes = [*range(2, 32, 2)]
    path.write_text(
        f"cases: [{{name: '{{in}}', hw: 8, matrix: {{in: {sizes}}}}}]", encoding="utf-8"
    )
    ran = convcost("time", path, *SHORT)
    assert ran.code == 2
    assert "are more than 100 that take turns" in ran.err


def test_layouts_and_ceilings(convcost: Program, tmp_path: Path) -> None:
    """Maps may have their channels last; a measured machine is a device that bounds are on."""
    assert convcost("time", "resnet18", "--hw", 32, *SHORT, "--channels-last").code == 0
    path = tmp_path / "here.yaml"
    assert convcost("devices", "--measure", "--threads", 1, "--output", path).code == 0
    device = find_device(str(path))
    assert device.key == "here"
    assert device.peaks["float32"].value > 10**8
    assert device.bandwidth.value > 10**8
    assert "measured, torch" in device.bandwidth.source
    assert "goes without --measure" in convcost("devices", "t4", "--measure").err
    assert "--threads: is for --measure" in convcost("devices", "t4", "--threads", 1).err
