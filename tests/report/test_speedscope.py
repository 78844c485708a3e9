"""Flame graphs of networks, as speedscope's own format has them."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.support.graph_file import TEXT
from tests.support.paths import CONFIGS, ROOT
from tests.support.program import Program

SCHEMA = json.loads((ROOT / "tests" / "data" / "speedscope.schema.json").read_text())
"""Of speedscope 1.25.0 (MIT license), which is made of its own types."""


def graphs(convcost: Program, *arguments: object) -> dict[str, Any]:
    """What show writes, which is as the schema says."""
    ran = convcost("show", *arguments, "--format", "speedscope")
    assert ran.code == 0
    found: dict[str, Any] = json.loads(ran.out)
    jsonschema.validate(found, SCHEMA)
    return found


@pytest.mark.parametrize("name", ["resnet50", "swin-t"])
def test_weights_are_figures(convcost: Program, name: str) -> None:
    """A profile for each figure, whose weights add up to it, at the layers that have it."""
    found = graphs(convcost, name)
    ran = convcost("show", name, "--format", "json")
    [network] = json.loads(ran.out)["networks"]
    *_, total = network["rows"]
    label = network["name"]
    sums = {profile["name"]: sum(profile["weights"]) for profile in found["profiles"]}
    assert sums == {
        f"{label}: MACs": network["macs"],
        f"{label}: params": network["params"],
        f"{label}: activations": network["activations"],
        f"{label}: bytes": total["bytes"],
    }
    for profile in found["profiles"]:
        assert profile["endValue"] == sum(profile["weights"])
        assert len(profile["samples"]) == len(profile["weights"])
        assert {stack[0] for stack in profile["samples"]} == {0}


def test_places(convcost: Program, tmp_path: Path) -> None:
    """A frame is at the line of the file that has its layer; of code, at the line of the code."""
    path = tmp_path / "net.yaml"
    path.write_text(
        "networks:\n  - name: net\n    input: 3x8x8\n    layers:\n"
        "      - standard: {out: 8, norm: batch}\n"
        "      - inverted-residual: {out: 8, expand: 2}\n"
    )
    frames = graphs(convcost, path)["shared"]["frames"]
    assert frames[1] == {"name": "1.standard.conv", "file": str(path), "line": 5, "col": 9}
    assert frames[2]["name"] == "conv: conv 3x3, padding 1"
    assert {frame["line"] for frame in frames[1:4]} == {5}
    assert {frame["line"] for frame in frames[4:]} == {6}
    captured = tmp_path / "net.graph.json"
    captured.write_text(TEXT)
    found = graphs(convcost, captured)
    assert found["profiles"][0]["name"] == "net: at least the MACs"
    said = convcost("show", captured, "--format", "speedscope").err
    assert "the MACs of 1 op are unknown and in no sum: twist (mine::twist)" in said
    own = {each["name"]: each for each in found["shared"]["frames"]}
    assert own["conv: conv 3x3, padding 1, bias"] == {
        "name": "conv: conv 3x3, padding 1, bias",
        "file": "net.py",
        "line": 3,
    }


def test_kinds_and_files(convcost: Program, tmp_path: Path) -> None:
    """A kind is a flame graph too; the name of a file asks for one; other questions do not go."""
    path = tmp_path / "layer.speedscope.json"
    ran = convcost("show", "depthwise-separable", "--in", 24, "--hw", 112, "--output", path)
    assert (ran.code, ran.out) == (0, "")
    [macs, *_] = json.loads(path.read_text())["profiles"]
    assert (macs["samples"], macs["weights"]) == ([[0, 1], [0, 2]], [2_709_504, 7_225_344])
    for more in (
        ["--as", "thop"],
        ["--on", "t4"],
        ["--train"],
        ["--bars"],
        ["--by", "op"],
        ["--depth", "2"],
    ):
        ran = convcost("show", CONFIGS / "vgg.yaml", "--format", "speedscope", *more)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err == f"{more[0]}: goes without --format speedscope\n"
