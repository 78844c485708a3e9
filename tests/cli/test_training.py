"""--train: on compare, show, explain, lock and what reads a lock."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from tests.support.program import Program, Ran

NETWORK = """
networks:
  - name: net
    input: 3x32x32
    layers:
      - {name: stem, conv-bn-act: {out: 8}}
      - {name: body, frozen: true, layers: [conv-bn-act: {out: 8}, conv-bn-act: {out: 8}]}
      - adaptive-avg-pool
      - flatten
      - linear: {out: 10}
"""


def run(convcost: Program, line: str) -> Ran:
    """A run of a line without quotes."""
    return convcost(*shlex.split(line))


def rows(convcost: Program, *arguments: object) -> list[dict[str, object]]:
    """The rows of a run with JSON."""
    ran = convcost(*arguments, "--format", "json")
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    [first] = found.get("cases") or [found]
    listed: list[dict[str, object]] = first["rows"]
    return listed


def test_kinds(convcost: Program) -> None:
    """Of kinds all three parts of a step are counted, and their sum."""
    [dense, depthwise] = rows(
        convcost,
        *shlex.split("compare --in 64 --hw 32 --kinds standard,depthwise --train"),
    )
    figures = {"forward": 75497472, "input_grad": 75497472, "weight_grad": 75497472}
    assert figures.items() <= dense["train"].items()  # type: ignore[attr-defined]
    assert dense["train"]["total"] == 226492416  # type: ignore[index]
    assert depthwise["train"]["total"] == 3538944  # type: ignore[index]


def test_formulas(convcost: Program) -> None:
    """`show KIND --train` says where 3 x comes from, and why torch has more of a depthwise."""
    ran = run(convcost, "show depthwise --in 64 --hw 32 --train")
    assert "training / forward                  = 3\n" in ran.out
    assert "torch-train / forward               = 2 + C_in\n" in ran.out
    dense = run(convcost, "show standard --in 64 --hw 32 --train")
    assert "training FLOPs     = 6·C_out·C_in·K²·H·W\n" in dense.out
    assert "torch" not in dense.out


def test_frozen_in_a_file_and_by_a_flag(convcost: Program, tmp_path: Path) -> None:
    """What a file freezes is what `--freeze` would, and layers above it pass gradients through."""
    file = tmp_path / "net.yaml"
    file.write_text(NETWORK, encoding="utf-8")
    free = tmp_path / "free.yaml"
    free.write_text(NETWORK.replace("frozen: true, ", ""), encoding="utf-8")
    [said] = rows(convcost, "compare", file, "--train")
    [flagged] = rows(convcost, "compare", free, "--train", "--freeze", "body")
    assert said["train"] == flagged["train"]
    assert said["train"]["weight_grad"] == 2 * (3 * 8 * 9 * 1024) + 160  # type: ignore[index]
    ran = convcost("show", file, "--train", "--depth", 2)
    assert "a training step is" in ran.out


def test_explained(convcost: Program) -> None:
    """`explain --train` has what torch prints beside what a step is, with the defect named."""
    ran = run(convcost, "explain --kinds depthwise --in 64 --hw 32 --train")
    assert "train 3,538,944 FLOPs" in ran.out
    assert "torch-train@2.13.0 77,856,768 FLOPs" in ran.out
    assert "counted as if there were no groups" in ran.out


def test_locked(convcost: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock may be of steps; what reads it has to say so, as of any other way of counting."""
    monkeypatch.chdir(tmp_path)
    Path("convcost.yaml").write_text(NETWORK, encoding="utf-8")
    assert convcost("lock", "--train").code == 0
    assert '"convention": "train"' in Path("convcost.lock").read_text(encoding="utf-8")
    assert convcost("check", "--train").code == 0
    assert "check with --as train" in convcost("check").err
    Path("convcost.yaml").write_text(NETWORK.replace("frozen: true, ", ""), encoding="utf-8")
    assert convcost("check", "--train").code == 1
    assert convcost("check", "--train", "--as", "thop").code == 2


def test_fits(convcost: Program) -> None:
    """Whether a step fits is the exit code, too; the largest batch that does is named."""
    fits = run(convcost, "show resnet18 --train --optimizer adamw --batch 8 --fits 1GiB")
    assert fits.code == 0
    assert "it fits in 1.00 GiB; the largest batch that does is 41" in fits.out
    not_at_all = run(convcost, "compare vgg16 --train --batch 8 --fits 1GiB --format json")
    assert not_at_all.code == 1
    memory = json.loads(not_at_all.out)["cases"][0]["rows"][0]["train"]["memory"]
    assert (memory["fits"], memory["largest_batch"] < 8) == (False, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("compare resnet18 --optimizer adam", "--optimizer: goes with --train"),
        ("compare resnet18 --train --optimizer adm", "did you mean 'adam'?"),
        ("compare resnet18 --train --fits 24G", "--fits: "),
        ("compare resnet18 --train --fits 0GiB", "no memory at all"),
        ("compare resnet18 --train --amp int8", "--amp: no amp 'int8'"),
        ("show resnet18 --train --freeze layer9", "--freeze: no layer is called 'layer9'"),
        ("show standard --in 4 --hw 8 --train --checkpoint x", "--checkpoint: no layer"),
        ("compare resnet18 --train --dtype int8", "--train"),
        ("compare resnet18 --train --as thop", "--train: goes without --as"),
    ],
)
def test_what_is_wrong_is_said(convcost: Program, arguments: str, said: str) -> None:
    """Each slip gets a line with its place, and exit code 2."""
    ran = convcost(*arguments.split())
    assert ran.code == 2
    assert said in ran.err


def test_all_options_are_in_the_help_of_train(convcost: Program) -> None:
    """`--train --help` has the options of training, `--help` alone their first."""
    assert "--optimizer" in convcost("compare", "--train", "--help").out
    assert "--optimizer" not in convcost("compare", "--help").out
