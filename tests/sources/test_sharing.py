"""Layers that use the weights of others, and layers that are there and not run."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from convcost.counting.counts import count
from convcost.counting.profilers import find_convention
from convcost.errors import ConvcostError
from convcost.graph.cost import Cost, cost, peak_memory
from convcost.graph.params import PARAM_COUNTS, count_params
from convcost.networks.breakdown import layers_of
from convcost.networks.cases import Row, run_all
from convcost.sources.reading.configs import parse_config
from tests.support.program import Program


def build(layers: Any, shape: str = "4x8x8", blocks: Any = None) -> Row:
    """The row of a network of these layers."""
    text = {"name": "n", "input": shape, "layers": layers} | ({"blocks": blocks} if blocks else {})
    [comparison] = run_all(parse_config(yaml.safe_dump(text, sort_keys=False), "n.yaml"))
    return comparison.rows[0]


CONV = {"conv-bn-act": {"out": 4}}
OWN = 4 * 4 * 9 + 2 * 4


def test_weights_are_counted_once() -> None:
    """Params are those of the first, all else is counted each time."""
    row = build([CONV | {"name": "a"}, CONV | {"share": "a"}])
    assert row.cost == Cost(OWN, 2 * 9216, 2 * 256, 4 * 256)


def test_parts_of_features() -> None:
    """Three uses of one linear layer on parts of 300 features: 10,000 params, 60,000 FLOPs."""
    parts = [{"linear": {"out": 100, "bias": False}}] * 3
    row = build([{"split": parts, "shared": True}], "300")
    assert (row.cost.params, row.cost.flops) == (10_000, 60_000)


def test_copies() -> None:
    """Shared copies of a repeat, of a loop, and of a join that is repeated have one set."""
    once = build([CONV]).cost.params
    assert build([CONV | {"repeat": 3, "shared": True}]).cost.params == once == OWN
    assert build([CONV | {"for": "n", "in": [1, 2], "shared": True}]).cost.params == once
    joined = {"concat": [[], {"pointwise": {"out": 4}}], "repeat": 1}
    assert build([joined]).cost.params == 16
    summed = {"add": [[], {"pointwise": {"out": 4}}], "repeat": 3, "shared": True}
    assert build([summed]).cost.params == 16
    groups = {"layers": [CONV, {"pointwise": {"out": 4}}], "repeat": 2, "shared": True}
    assert build([groups]).cost.params == OWN + 16


def test_blocks_share() -> None:
    """A block shares all of its weights, also with layers that are written out."""
    blocks = {"head": {"layers": [CONV, {"pointwise": {"out": 2, "bias": True}}]}}
    written = {"layers": [CONV, {"pointwise": {"out": 2, "bias": True}}]}
    uses = [{"head": {}, "name": "p3", "from": "input"}, {"head": {}, "from": "input"}]
    uses += [written | {"from": "input"}]
    uses = [uses[0], uses[1] | {"share": "p3", "name": "p4"}, uses[2] | {"share": "p4"}]
    assert build(uses, blocks=blocks).cost.params == OWN + 10


def test_other_windows() -> None:
    """Stride and dilation may differ, and are then those of a function that is called."""
    layers = [{"standard": {"out": 4}, "name": "a"}]
    layers += [{"standard": {"out": 4, "dilation": n}, "share": "a"} for n in (1, 2, 3)]
    graph = build(layers).graph
    assert [node.form for node in graph.nodes[1:]] == ["module", "module", "function", "function"]
    assert {node.owner for node in graph.nodes[2:]} == {1}


def test_windows_of_what_is_not_run() -> None:
    """Another window is a function's, also where the weights are of a layer that is not run."""
    layers: list[Any] = [{"standard": {"out": 4}, "name": "a", "run": False}]
    layers += [{"standard": {"out": 4, "stride": 2}, "share": "a", "name": "b"}]
    graph = build(layers).graph
    assert [(node.form, node.owner) for node in graph.nodes[1:]] == [
        ("module", None),
        ("function", 1),
    ]
    layers += [{"standard": {"out": 4}, "share": "a"}]
    layers += [{"standard": {"out": 4, "stride": 2}, "share": "b"}]
    graph = build(layers).graph
    assert [(node.form, node.owner) for node in graph.nodes[1:]] == [
        ("module", 3),  # the first that is run as it is has the weights
        ("function", 3),
        ("module", None),
        ("function", 3),
    ]
    assert build(layers).cost.params == 144
    assert count(graph, find_convention("torchstat")).params == 144


def test_said() -> None:
    """The table of layers says whose weights a layer uses, and what is not run."""
    layers = [CONV | {"name": "a"}, CONV | {"share": "a", "name": "b"}]
    layers += [{"linear": {"out": 2}, "run": False, "name": "aux"}]
    row = build(layers[:1] + layers[1:2] + ["adaptive-avg-pool", layers[2]])
    words = {layer.path: layer.op for layer in layers_of(row.graph)}
    assert words["b"] == "3 ops, weights of a"
    assert words["aux"] == "2 ops, not run"


def test_total_of_what_is_run(convcost: Program, tmp_path: Path) -> None:
    """The total's map is that of the last layer that is run."""
    file = tmp_path / "n.yaml"
    file.write_text("name: n\ninput: 4x8x8\nlayers: [act, {layers: [mean], run: false}]")
    ran = convcost("show", str(file), "--columns", "path,output,receptive field")
    assert ran.out.split("\n")[-3].split() == ["total", "4x8x8", "1x1"]


def test_not_run() -> None:
    """What is not run has its parameters and nothing else; the next layer reads what was before."""
    aux = {"layers": [{"standard": {"out": 90}}, "mean", {"linear": {"out": 10}}], "run": False}
    with_aux, without = build([CONV, aux, "act"]), build([CONV, "act"])
    assert with_aux.cost == without.cost + Cost(params=4 * 90 * 9 + 910, unread=4150)
    assert with_aux.output == without.output
    assert peak_memory(with_aux.graph) == peak_memory(without.graph)
    for way in PARAM_COUNTS:
        assert count_params(with_aux.graph, way) == count_params(without.graph, way) + 4150
    assert build([CONV, aux | {"run": "channels == 4"}, "act"]).cost.macs > without.cost.macs


def test_weights_of_what_is_not_run() -> None:
    """Weights that a layer which is run uses too are those of that layer."""
    layers = [CONV | {"name": "a", "run": False}, CONV | {"share": "a"}]
    assert build(layers).cost == build([CONV]).cost


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ("[act, {act: , share: a}]", "n.yaml:3:30: n: no layer before it is called 'a'"),
        ("[{act: , name: a}, {act: , share: a}]", "there are no weights to share"),
        (
            "[{pointwise: {out: 4}, name: a}, {pointwise: {out: 5}, share: a}]",
            "n.yaml:3:71: n: share a: cannot share weights of other shapes: 2.pointwise.conv "
            "(conv 1x1, 4x8x8 to 5x8x8) and a.conv (conv 1x1, 4x8x8 to 4x8x8)",
        ),
        (
            "[{pointwise: {out: 4}, name: a}, {pointwise: {out: 4, norm: batch}, share: a}]",
            "it has 2 ops with weights, and what it shares with has 1",
        ),
        ("[{act: , shared: true}]", "shared is for what is repeated, or for a join"),
        ("[{act: , repeat: 2, shared: perhaps}]", "shared must be true or false, got perhaps"),
        (
            "[{concat: [{pointwise: {out: 3}}, act, {pointwise: {out: 4}}], shared: true}]",
            "1.concat: it has 0 ops with weights, and what it shares with has 1",
        ),
        (
            "[{act: , name: a, run: false}, {from: a, act: }]",
            "n.yaml:3:47: n: the layer called 'a' is not run, and leaves no map",
        ),
        (
            "[{layers: [{act: , name: a}], run: false}, {from: a, act: }]",
            "the layer called 'a' is not run, and leaves no map",
        ),
        ("[{act: , name: a, when: false}, {act: , share: a}]", "is left out here, by its 'when'"),
    ],
)
def test_mistakes(layers: str, message: str) -> None:
    """What cannot be shared, and what reads a map that is not made, is one line with its place."""
    with pytest.raises(ConvcostError) as raised:
        run_all(parse_config(f"name: n\ninput: 4x8x8\nlayers: {layers}", "n.yaml"))
    assert message in str(raised.value)


@pytest.mark.parametrize("word", ["share", "shared", "run"])
def test_hidden_by_a_block(word: str) -> None:
    """A block of the file hides a modifier that came after 0.1, so that old files mean the same."""
    blocks = {word: {"params": {"out": 2}, "layers": [{"pointwise": {"out": "out"}}]}}
    assert build([word, {word: {"out": 3}}], blocks=blocks).cost.params == 4 * 2 + 2 * 3


@given(st.integers(1, 4), st.integers(1, 3))
def test_shared_is_repeated_once(repeat: int, channels: int) -> None:
    """Copies that share cost what copies do, but for the params, which are those of one."""
    layer = {"conv-bn-act": {"out": channels}, "repeat": repeat}
    own, shared = (
        build([layer], f"{channels}x6"),
        build([layer | {"shared": True}], f"{channels}x6"),
    )
    one = build([layer | {"repeat": 1}], f"{channels}x6")
    assert shared.cost.params == one.cost.params
    assert cost(shared.graph).macs == own.cost.macs
