"""Maps by name: who may read them, and what a network with them is."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from convcost.errors import ConvcostError
from convcost.graph.nodes import Graph
from convcost.networks.cases import run
from convcost.sources.reading.configs import parse_config
from tests.support.program import Program
from tests.support.schema import validate

PROOF = """
name: n
input: 4x8x8
layers:
  - concat: {here: [], up: [{standard: {out: 8, stride: 2}, name: a}, upsample]}
  - standard: {out: 4}
  - max-pool
  - concat: [[], a]
  - pointwise: {out: 2}
"""


def build(layers: Any, blocks: Any = None) -> Graph:
    """The graph of a network of these layers on 4x8x8."""
    text: dict[str, Any] = {"name": "n", "input": "4x8x8", "layers": layers}
    if blocks:
        text["blocks"] = blocks
    [case] = parse_config(yaml.safe_dump(text, sort_keys=False), "n.yaml")
    [row] = run(case).rows
    return row.graph


def reads(graph: Graph, path: str) -> list[str]:
    """The paths of what a node reads."""
    [node] = [node for node in graph.nodes if node.path == path]
    return [graph.nodes[source].path for source in node.sources]


def test_read_far_below() -> None:
    """A map is read behind the branch that wrote it: 744 params and 32,640 MACs by hand."""
    [case] = parse_config(PROOF, "n.yaml")
    [row] = run(case).rows
    assert (row.cost.params, row.cost.macs) == (744, 32_640)
    assert reads(row.graph, "4.concat.concat") == ["3.max-pool.pool", "1.concat.up.a.conv"]


def test_schema() -> None:
    """Editors take what is read: `from` beside a layer and alone, and names as branches."""
    layers = ["act", {"from": "a"}, {"from": "a", "act": None}, {"concat": ["a", [], {"act": {}}]}]
    joins = [{"add": {"x": "a", "y": []}}, {"residual": "a"}]
    text = {"input": "4x8x8", "layers": [*layers, *joins]}
    validate(text)
    with pytest.raises(jsonschema.ValidationError):
        validate(text | {"layers": [{"from": ["a"]}]})


def test_from() -> None:
    """A layer reads the map that it names, and what follows reads that layer."""
    graph = build(
        [
            {"pointwise": {"out": 6}, "name": "a"},
            "max-pool",
            {"pointwise": {"out": 2}, "from": "a", "name": "b"},
            {"from": "a", "name": "again"},
            "mean",
            {"add": ["b", [{"pointwise": {"out": 2}, "from": "again"}]]},
            {"concat": {"x": "input", "y": []}},
        ]
    )
    assert reads(graph, "b.conv") == ["a.conv"]
    assert reads(graph, "5.mean.mean") == ["a.conv"]
    assert reads(graph, "6.add.add") == ["b.conv", "6.add.branch2.1.pointwise.conv"]
    assert reads(graph, "6.add.branch2.1.pointwise.conv") == ["a.conv"]
    assert reads(graph, "7.concat.concat") == ["input", "6.add.add"]


def test_groups_and_copies() -> None:
    """A group's names are in sight behind it; a copy's are its own, and the whole's is the last."""
    graph = build(
        [
            {"layers": [{"act": {}, "name": "in-group"}, "act"], "name": "pair"},
            {
                "layers": [{"act": {}, "name": "own"}, {"add": ["own", "in-group"]}],
                "repeat": 2,
                "name": "copies",
            },
            {"concat": ["pair", "copies", "in-group"]},
        ]
    )
    assert reads(graph, "copies.2.add.add") == ["copies.own.act", "pair.in-group.act"]
    assert reads(graph, "copies.4.add.add") == ["copies.own-2.act", "pair.in-group.act"]
    assert reads(graph, graph.nodes[-1].path) == [
        "pair.2.act.act",
        "copies.4.add.add",
        "pair.in-group.act",
    ]


def test_from_is_for_the_first_copy() -> None:
    """What is repeated from a map goes on from its own copies."""
    graph = build(
        [{"act": {}, "name": "a"}, "max-pool", {"from": "a", "act": {}, "repeat": 3, "name": "b"}]
    )
    chain = [reads(graph, node.path)[0] for node in graph.nodes[-3:]]
    assert chain == ["a.act", *(node.path for node in graph.nodes[-3:-1])]


def test_blocks_have_names_of_their_own() -> None:
    """`input` is what comes into the block, whose names nobody else sees."""
    blocks = {
        "twice": {
            "layers": [
                {"pointwise": {}, "name": "a"},
                "act",
                {"add": ["a", "input"]},
            ]
        }
    }
    graph = build([{"act": {}, "name": "a"}, {"twice": {}, "repeat": 2}], blocks)
    assert reads(graph, "3.twice.3.add.add") == ["3.twice.a.conv", "2.twice.3.add.add"]
    with pytest.raises(ConvcostError, match="no layer before it is called 'inner'"):
        build(["own", {"from": "inner"}], {"own": {"layers": [{"act": {}, "name": "inner"}]}})


def test_either_of_two() -> None:
    """Of layers with one name the one that is there is read."""
    layers = [
        {"pointwise": {"out": 2}, "name": "a", "when": "channels > 4"},
        {"pointwise": {"out": 3}, "name": "a", "when": "channels == 4"},
        {"from": "a"},
        "act",
    ]
    assert build(layers).output == (3, 8, 8)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ("[act, {from: p3, act: {}}]", "n.yaml:3:22: n: no layer before it is called 'p3'"),
        ("[{act: {}, name: stem}, {concat: [[], stm]}]", "'stm'; did you mean 'stem'?"),
        ("[{concat: [[], flaten]}]", "'flaten'; did you mean 'flatten'?"),
        ("[{from: late, act: {}}, {act: {}, name: late}]", "no layer before it is called 'late'"),
        (
            "[{act: {}, name: a}, {act: {}, name: a}, {from: a}]",
            "n.yaml:3:57: n: 2 layers here are called 'a'; rename all but one",
        ),
        (
            "[{act: {}, name: a, when: channels > 9}, act, {from: a}]",
            "the layer called 'a' is left out here, by its 'when' or 'repeat'",
        ),
        (
            "[{layers: [{act: {}, name: a}], repeat: 2}, {from: a}]",
            "no layer before it is called 'a'",
        ),
        ("[act, {from: [a, b]}]", "n.yaml:3:22: from is the name of a layer, or input"),
        ("[act, {from: 3}]", "from is the name of a layer, or input"),
        ("[act, {from: input, flatten: , act: }]", "a layer is of one kind"),
        ("[{add: [input, [{pointwise: {out: 2}}]]}]", "cannot add branch1 4x8x8 and"),
    ],
)
def test_mistakes(layers: str, message: str, convcost: Program, tmp_path: Path) -> None:
    """A map that cannot be read is one line with its place, exit 2."""
    path = tmp_path / "n.yaml"
    path.write_text(f"name: n\ninput: 4x8x8\nlayers: {layers}\n")
    ran = convcost("compare", path)
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 1)
    assert message in ran.err


@given(st.lists(st.sampled_from(["act", "pointwise", "norm"]), min_size=1, max_size=4), st.data())
def test_a_name_is_what_a_branch_is(kinds: list[str], data: st.DataObject) -> None:
    """A sum that reads a map by name is the sum of branches: the same ops, read alike."""
    above = data.draw(st.lists(st.sampled_from(["act", "norm"]), max_size=3))
    join = data.draw(st.sampled_from(["add", "multiply", "concat"]))
    before = [*above, {"standard": {}, "name": "here"}]
    named = build([*before, *kinds, {join: ["here", []]}])
    branched = build([*before, {join: [[], kinds]}])
    assert [(n.op, n.sources, n.shape) for n in named.nodes] == [
        (n.op, n.sources, n.shape) for n in branched.nodes
    ]


def test_swap(convcost: Program, tmp_path: Path) -> None:
    """A layer that is swapped is read by its name as before."""
    path = tmp_path / "n.yaml"
    path.write_text(PROOF)
    swap = ("--swap", "standard=depthwise-separable", "--format", "json")
    [network] = json.loads(convcost("compare", path, *swap).out)["cases"]
    assert network["rows"][-1]["to"]["params"] == (4 * 9 + 4 * 8) + (12 * 9 + 12 * 4) + 12 * 2


@pytest.mark.slow
def test_under_real_tools(convcost: Program, tmp_path: Path) -> None:
    """torch and thop print what is said of a network whose maps are read far below."""
    path = tmp_path / "n.yaml"
    path.write_text(PROOF)
    assert convcost("verify", path).code == 0


@pytest.mark.slow
def test_beside_a_module_by_hand() -> None:
    """A pyramid of three maps has the params and FLOPs of the module that is written by hand."""
    import torch
    from torch import nn
    from torch.nn import functional
    from torch.utils.flop_counter import FlopCounterMode

    class Pyramid(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            sizes = [(3, 8), (8, 16), (16, 32)]
            self.down = nn.ModuleList([nn.Conv2d(a, b, 3, 2, 1, bias=False) for a, b in sizes])
            self.side = nn.ModuleList([nn.Conv2d(b, 12, 1, bias=False) for _, b in sizes])
            self.out = nn.Conv2d(12, 12, 3, padding=1, bias=False)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            maps = []
            for layer in self.down:
                x = layer(x)
                maps.append(x)
            top = self.side[2](maps[2])
            for n in (1, 0):
                top = self.side[n](maps[n]) + functional.interpolate(top, scale_factor=2)
            return torch.cat([self.out(top), maps[0]], 1)

    pyramid = """
name: n
input: 3x32x32
layers:
  - {standard: {out: 8, stride: 2}, name: c1}
  - {standard: {out: 16, stride: 2}, name: c2}
  - {standard: {out: 32, stride: 2}, name: c3}
  - {pointwise: {out: 12}, name: p3}
  - upsample
  - {add: {side: [{pointwise: {out: 12}, from: c2}], top: []}, name: p2}
  - upsample
  - add: {side: [{pointwise: {out: 12}, from: c1}], top: []}
  - standard: {out: 12}
  - concat: [[], c1]
"""
    [case] = parse_config(pyramid, "n.yaml")
    [row] = run(case).rows
    by_hand = Pyramid()
    with FlopCounterMode(display=False) as counter:
        output = by_hand(torch.zeros(1, 3, 32, 32))
    assert row.output == tuple(output.shape[1:])
    assert row.cost.params == sum(p.numel() for p in by_hand.parameters())
    assert row.cost.flops == counter.get_total_flops()
