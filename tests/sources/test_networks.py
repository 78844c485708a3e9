"""Networks in YAML: layers in order."""

from pathlib import Path

import pytest
import yaml

import convcost
from convcost.networks.cases import run
from convcost.sources.reading.configs import read_config
from tests.support.schema import validate

GOOD = """
networks:
  - {name: a, input: 3x8x8, layers: [standard, {max-pool: {k: 2}}, flatten, {linear: {out: 10}}]}
  - {name: b, input: [3, 8, 8], layers: [norm, {act: {act: relu6, form: function}}, mean]}
  - {name: c, input: 3x9x9, batch: 2, layers: [bottleneck], published: {macs: 1.5k, source: here}}
"""


def write(tmp_path: Path, text: str) -> str:
    """A config of this text."""
    path = tmp_path / "n.yaml"
    path.write_text(text)
    return str(path)


def test_networks(tmp_path: Path) -> None:
    """Every network is a case of its own; paths tell the layer."""
    first, second, third = read_config(write(tmp_path, GOOD))
    assert [(case.name, case.input, case.batch) for case in (first, second, third)] == [
        ("a", (3, 8, 8), 1),
        ("b", (3, 8, 8), 1),
        ("c", (3, 9, 9), 2),
    ]
    rows = [*run(first).rows, *run(second).rows]
    assert [row.label for row in rows] == ["a", "b"]
    assert [node.path for node in rows[0].graph.nodes] == [
        *("input", "1.standard.conv", "2.max-pool.pool", "3.flatten.flatten", "4.linear.linear"),
    ]
    assert [row.output for row in rows] == [(10,), (3,)]
    assert rows[0].cost.macs == 9 * 9 * 64 + 480
    [entry] = third.uses[0].published
    assert (entry.figures["macs"].how(1500), entry.source) == ("exact", "here")
    assert [node.form for node in rows[1].graph.nodes] == ["module", "module", "function", "torch"]


def test_one_network_is_a_file(tmp_path: Path) -> None:
    """A file may be one network itself."""
    [case] = read_config(write(tmp_path, "name: one\ninput: 8x16\nlayers: [standard, mean]\n"))
    assert run(case).rows[0].output == (8,)


def test_networks_beside_cases(tmp_path: Path) -> None:
    """Cases and networks may stand in one file."""
    text = "cases: [{name: x, in: 3, hw: 8}]\n" + GOOD
    assert [case.name for case in read_config(write(tmp_path, text))] == ["x", "a", "b", "c"]


@pytest.mark.parametrize("text", [GOOD, "name: one\ninput: 8x16\nlayers: [standard, mean]\n"])
def test_schema_accepts(text: str) -> None:
    """The schema accepts networks as they are meant to be written."""
    validate(yaml.safe_load(text))


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        (
            "{name: a, layers: []}",
            [
                "n.yaml:1:1: the network has no input",
                "n.yaml:1:19: layers is empty",
            ],
        ),
        (
            "name: a\ninput: 3y\nlayers: [standrad, {linear: {uot: 3}}]",
            [
                "n.yaml:2:8: input must be a whole number, got '3y'",
                "n.yaml:3:10: no kind 'standrad'; did you mean 'standard'?",
                "n.yaml:3:30: no key in linear 'uot'; did you mean 'out'?",
            ],
        ),
        (
            "networks:\n- {name: a, input: 3x8x8, layers: [mean]}\n"
            "- {name: a, input: 3x8x8, layers: [mean], published: {macs: lots, acts: 1G}}",
            [
                "n.yaml:3:3: a second network is called 'a', as on line 2",
                "n.yaml:3:61: macs must be a figure such as 258.55M or 5.93k, got 'lots'",
                "n.yaml:3:67: no key in published 'acts'; it is one of params, macs, flops, "
                "activations, as, params_as, rounding, source, found, note",
            ],
        ),
        ("networks: []", ["n.yaml:1:11: networks is empty"]),
        (
            "defaults: {batch: 2}\nnetworks: [{name: a, input: 3x8x8, layers: [mean]}]",
            ["n.yaml:1:11: defaults are of cases, and there are none; networks take none"],
        ),
    ],
)
def test_mistakes(tmp_path: Path, text: str, problems: list[str]) -> None:
    """Everything that is wrong is reported at once, at its place."""
    with pytest.raises(convcost.ConvcostError) as raised:
        read_config(write(tmp_path, text))
    found = [str(problem).replace(f"{tmp_path}/", "") for problem in raised.value.problems]
    assert found == problems


@pytest.mark.parametrize(
    ("layers", "reason"),
    [
        (
            "[flatten, standard]",
            "2.standard.conv: there is no map here, only 192 features",
        ),
        ("[linear]", "1.linear: linear reads features, not a map of 3x8x8; flatten it first"),
        (
            "[max-pool, max-pool, max-pool, {standard: {k: 3, padding: valid}}]",
            "4.standard.conv: kernel 3x3 is larger than its padded input, 1x1",
        ),
        ("[{group: {groups: 2}}]", "1.group: 3 input channels cannot be divided"),
        (
            "[{squeeze-excite: {reduce: 4}}]",
            "1.squeeze-excite: nothing is left of 3 channels",
        ),
    ],
)
def test_layers_that_do_not_fit(tmp_path: Path, layers: str, reason: str) -> None:
    """A network that cannot be built says which layer, and why."""
    [case] = read_config(write(tmp_path, f"name: a\ninput: 3x8x8\nlayers: {layers}"))
    assert reason in run(case).rows[0].error
