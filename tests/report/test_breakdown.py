"""Networks taken apart: layer by layer, by op, and what stands in memory."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.paths import CONFIGS
from tests.support.program import Program


def shown(convcost: Program, *arguments: object) -> dict[str, Any]:
    """The one network of what show prints as JSON."""
    ran = convcost("show", *arguments, "--format", "json")
    assert ran.code == 0
    [network] = json.loads(ran.out)["networks"]
    return network  # type: ignore[no-any-return]


@pytest.mark.parametrize(("depth", "rows"), [(1, 21), (2, 73), (3, 175)])
def test_layers_add_up(convcost: Program, depth: int, rows: int) -> None:
    """The rows of ResNet-50 at every depth add up to its totals, and to what tools print."""
    tools = "thop@0.1.1,torch@2.13.0"
    network = shown(convcost, CONFIGS / "resnet50.yaml", "--depth", depth, "--as", tools)
    *parts, total = network["rows"]
    assert len(parts) == rows
    assert total["macs"] == network["macs"] == 4_089_184_256
    assert total["params"] == network["params"] == 25_557_032
    assert total["as"] == {"thop@0.1.1": 4_133_742_592, "torch@2.13.0": 8_178_368_512}
    for figure in ("params", "macs", "activations"):
        assert sum(part[figure] for part in parts) == total[figure]
    for tool, printed in total["as"].items():
        assert sum(part["as"][tool] or 0 for part in parts) == printed
    if depth == 3:
        [add] = [part for part in parts if part["path"] == "3.bottleneck.add"]
        assert add["as"] == {"thop@0.1.1": None, "torch@2.13.0": None}


def test_by_op(convcost: Program) -> None:
    """Sums by what the ops are, the dearest first."""
    network = shown(convcost, CONFIGS / "mobilenet-v2.yaml", "--by", "op")
    assert [(row["op"], row["ops"]) for row in network["rows"]][:4] == [
        ("conv", 52),
        ("linear", 1),
        ("batch norm", 52),
        ("relu6", 35),
    ]
    assert network["rows"][-1]["macs"] == 300_774_272


def test_receptive_fields_of_resnet50(convcost: Program) -> None:
    """The receptive fields of ResNet-50 with the stride on the 3 x 3, worked out by hand."""
    network = shown(convcost, CONFIGS / "resnet50.yaml")
    fields = [row["receptive_field"] for row in network["rows"]]
    jump, reach, expected = 4, 11, []
    for blocks in (3, 4, 6, 3):
        for block in range(blocks):
            reach += 2 * jump
            if block == 0 and expected:
                jump *= 2
            expected.append([reach, reach])
    assert fields[:2] == [[7, 7], [11, 11]]
    assert fields[2:18] == expected
    assert expected[-1] == [427, 427]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["standard", "--in", 3, "--hw", 8, "--depth", 2], "--depth: is for networks"),
        ([CONFIGS / "resnet50.yaml", "--by", "layer"], "--by: no way to sum 'layer'"),
        ([CONFIGS / "resnet50.yaml", "--k", 9], "goes without --k"),
        ([CONFIGS / "mobile-stage.yaml"], "has no networks; show takes a kind, or networks"),
        ([CONFIGS / "nothing.yaml"], "nothing.yaml"),
    ],
)
def test_mistakes(convcost: Program, arguments: list[object], message: str) -> None:
    """One clear line, exit 2."""
    ran = convcost("show", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert len(ran.err.splitlines()) == 1


def test_receptive_field_through_squeeze_excite(convcost: Program, tmp_path: Path) -> None:
    """Squeeze-excite shows every position the whole map, once; what follows adds to the rest."""
    path = tmp_path / "n.yaml"
    path.write_text(
        "name: n\ninput: 4x8x8\nlayers:\n"
        "  - layers: [{standard: {out: 8}}, squeeze-excite]\n    repeat: 2\n"
        "  - standard: {k: 7}\n    repeat: 3\n"
    )
    fields = [row["receptive_field"] for row in shown(convcost, path)["rows"]]
    assert fields == [[n, n] for n in (3, 10, 10, 12, 12, 17, 23, 23)]


def test_latex_of_a_network(convcost: Program) -> None:
    """A network as a table for a paper: numbers in columns, shares as text."""
    ran = convcost("show", CONFIGS / "resnet50.yaml", "--format", "latex")
    assert ran.code == 0
    assert r"\begin{tabular}{l l r S[table-format=8] S[table-format=10] r" in ran.out
    assert r"total & 175 ops & 1000 & 25557032 & 4089184256 & 100.0\% & 11114984" in ran.out


def test_many_layers(convcost: Program, tmp_path: Path) -> None:
    """A network of thousands of layers is shown layer by layer."""
    path = tmp_path / "n.yaml"
    path.write_text("name: n\ninput: 4x8x8\nlayers:\n- {act: , repeat: 5000}\n")
    assert len(shown(convcost, path)["rows"]) == 5001
