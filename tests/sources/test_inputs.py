"""Several inputs and outputs of a network, and features as an input."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

import convcost
from convcost.errors import ConvcostError
from convcost.graph.cost import peak_memory
from convcost.networks.cases import Row, run
from convcost.sources.reading.configs import parse_config
from tests.support.program import Program
from tests.support.schema import validate

TWO = """
name: n
inputs: {image: 3x8x8, meta: 17}
layers:
  - {standard: {out: 4, stride: 2}, name: stem}
  - adaptive-avg-pool
  - {flatten: , name: pooled}
  - concat: [pooled, meta]
  - {linear: {out: 5}, name: head}
outputs: [stem, head]
"""


def build(text: str) -> Row:
    """The one row of a network of this text."""
    [case] = parse_config(text, "n.yaml")
    [row] = run(case).rows
    if row.error:
        raise ConvcostError(row.error)
    return row


def test_two_inputs() -> None:
    """Each is read by its name, and the first layer reads the first."""
    row = build(TWO)
    assert row.cost.params == 3 * 4 * 9 + (4 + 17) * 5 + 5
    assert row.cost.macs == 3 * 4 * 9 * 16 + (4 + 17) * 5
    assert row.outputs == {"stem": (4, 4, 4), "head": (5,)}
    assert row.output == (5,)
    assert row.receptive_field == (9, 9)  # of the image: the features are no part of it


def test_second_map() -> None:
    """Where a second map has come in, no single number says how far the first is seen."""
    text = "name: n\ninputs: {a: 1x8x8, b: 1x8x8}\nlayers: [{standard: {out: 1}}, {add: [[], b]}]"
    assert build(text).receptive_field == ()


def test_outputs_stay_in_memory() -> None:
    """A map that is an output is there until the end, one that nobody reads is gone at once."""
    layers = "[{pointwise: {out: 8}, name: a}, {from: input, pointwise: {out: 1}}, act]"
    text = f"name: n\ninput: 1x8x8\nlayers: {layers}\n"
    assert peak_memory(build(text).graph) == 64 * (1 + 8)
    assert peak_memory(build(text + "outputs: [a, last]").graph) == 64 * (8 + 1 + 1)


def test_last_is_a_map_by_name() -> None:
    """The output is the map that the last layer is, also where others were made behind it."""
    row = build("name: n\ninput: 1x8x8\nlayers: [{act: , name: a}, max-pool, {from: a}]")
    assert row.output == (1, 8, 8)


def test_name_of_a_kind() -> None:
    """An input that is called as a kind is that input where a branch is a name."""
    text = "name: n\ninputs: {x: 2x4x4, scale: 2x4x4}\nlayers: [{multiply: [[], scale]}]"
    assert build(text).graph.nodes[-1].sources == (0, 1)


def test_schema() -> None:
    """Editors take inputs and outputs by name, and what is shared or not run."""
    text = yaml.safe_load(TWO)
    validate(text)
    shared = [{"act": None, "share": "stem", "run": False}, {"act": None, "shared": True}]
    validate(text | {"layers": shared, "outputs": "stem"})
    for wrong in ({"inputs": {}}, {"outputs": []}, {"input": "3x8x8"}):
        with pytest.raises(jsonschema.ValidationError):
            validate(text | wrong)


def test_features() -> None:
    """An input of one number is features."""
    row = build("name: n\ninput: 128\nlayers: [{linear: {out: 10}}, act]")
    assert (row.cost.params, row.output) == (1290, (10,))
    assert convcost.cost("linear", (10,), out=10).params == 110


def test_size_of_the_first_map(convcost: Program, tmp_path: Path) -> None:
    """--hw resizes the first map; in JSON the input is the first, the output that of the last."""
    file = tmp_path / "n.yaml"
    file.write_text(
        TWO.replace("{image: 3x8x8, meta: 17}", "{meta: 17, image: 3x8x8}").replace(
            "- {standard", "- {from: image, standard"
        )
    )
    ran = convcost("compare", str(file), "--hw", "16", "--format", "json")
    [case] = json.loads(ran.out)["cases"]
    assert case["input"] == [17]
    assert case["inputs"] == {"meta": [17], "image": [3, 16, 16]}
    [row] = case["rows"]
    assert row["output"] == [5]
    assert row["outputs"] == {"stem": [4, 8, 8], "head": [5]}


def test_shown(convcost: Program, tmp_path: Path) -> None:
    """Every input and every output is in what is shown."""
    file = tmp_path / "n.yaml"
    file.write_text(TWO)
    assert "(inputs image 3x8x8, meta 17)" in convcost("show", str(file)).out
    assert "4x4x4 + 5" in convcost("compare", str(file)).out


def test_linear_without_a_map(convcost: Program) -> None:
    """Kinds that are of features need no size; with others it is asked for."""
    assert " 110 " in convcost("compare", "--kinds", "linear", "--in", "10", "--out", "10").out
    ran = convcost("compare", "--kinds", "linear,standard", "--in", "10", "--out", "10")
    assert (ran.code, "--hw: is missing" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("input: 3x8x8\ninputs: {a: 3}\nlayers: [act]", "input, or inputs by name, not both"),
        ("inputs: {}\nlayers: [act]", "n.yaml:2:9: inputs are shapes by name, such as {image:"),
        ("inputs: {a: 3xx}\nlayers: [act]", "n.yaml:2:13: inputs a is channels and up to 3"),
        ("inputs: {a b: 3}\nlayers: [act]", "n.yaml:2:10: 'a b' is no name for an input"),
        ("layers: [act]", "the network has no input"),
        ("input: 3\nlayers: [act]\noutputs: [act]", "n.yaml:4:11: n: no layer is called"),
        ("input: 3\nlayers: [act]\noutputs: []", "n.yaml:4:10: outputs is empty"),
        ("input: 3\nlayers: [{act: , name: a}]\noutputs: [a, a]", "4:14: outputs has 'a' twice"),
        (
            "input: 3\nlayers: [{layers: [{act: , name: a}], repeat: 2}]\noutputs: [a]",
            "no layer is called 'a'",
        ),
        ("input: 3\nlayers: [{act: , name: A}]\noutputs: [a]", "did you mean 'A'?"),
        (
            "input: 3\nlayers: [{act: , name: input}, {add: [[], input]}]",
            "a layer is called 'input', which is what comes in; rename it",
        ),
        ("input: 3\nlayers: [{act: , name: a}, a]", "lists them; a map is {from: a}"),
        ("input: 12\nlayers: [{standard: {out: 3}}]", "there is no map here, only 12 features"),
    ],
)
def test_mistakes(text: str, message: str) -> None:
    """What is wrong with inputs and outputs is one line with its place."""
    from convcost.networks.cases import run_all

    with pytest.raises(ConvcostError) as raised:
        run_all(parse_config(f"name: n\n{text}", "n.yaml"))
    assert message in str(raised.value)
