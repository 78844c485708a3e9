"""Batch norms folded into the convolutions before them."""

from typing import Any

import yaml
from hypothesis import given

import convcost
from convcost.graph.cost import cost
from convcost.graph.folding import fold
from convcost.graph.nodes import Graph
from convcost.graph.params import count_params
from convcost.graph.receptive_field import receptive_field
from convcost.networks.cases import run_all
from convcost.ops.maps import Norm
from convcost.sources.reading.configs import parse_config
from tests.support.program import Program
from tests.support.strategies import DrawnNetwork, drawn_networks

CONV = {"conv-bn-act": {"out": 4}}


def build(layers: Any) -> Graph:
    """The graph of a network of these layers on 4x8x8."""
    text = yaml.safe_dump({"name": "n", "input": "4x8x8", "layers": layers}, sort_keys=False)
    return run_all(parse_config(text, "n.yaml"))[0].rows[0].graph


def norms(graph: Graph) -> int:
    """How many norms there are."""
    return sum(isinstance(node.op, Norm) for node in graph.nodes)


def test_resnet18() -> None:
    """All of ResNet-18's norms are folded: 4,800 of their 9,600 params are left, as biases."""
    network = convcost.network("resnet18", fuse=True)
    assert network.cost.params == 11_689_512 - 9_600 + 4_800
    assert norms(network.graph) == 0
    assert count_params(convcost.network("resnet18").graph, "folded") == network.cost.params


def test_yolov5s() -> None:
    """YOLOv5s prints 16.4 GFLOPs of its folded model, and 15.8 where it has one class."""
    for classes, params, printed in ((80, 7_225_885, 16.4), (1, 7_012_822, 15.8)):
        cost = convcost.network("yolov5s", set={"classes": classes}, fuse=True).cost
        assert (cost.params, round(cost.flops / 1e9, 1)) == (params, printed)


@given(drawn_networks())
def test_nothing_else_changes(drawn: DrawnNetwork) -> None:
    """Output, receptive field, MACs and activations stay; a graph that is folded is folded."""
    graph = drawn.graph
    folded = fold(graph)
    assert folded.output == graph.output
    assert receptive_field(folded) == receptive_field(graph)
    one, other = cost(folded), cost(graph)
    assert (one.macs, one.activations) == (other.macs, other.activations)
    assert fold(folded) == folded


def test_what_stays() -> None:
    """A norm stays that is not behind a convolution alone, or not of running statistics."""
    kept = [
        [{"norm": {}}],
        [{"conv-bn-act": {"out": 4, "norm": "group", "norm_groups": 2}}],
        [{"standard": {"out": 4}, "name": "a"}, {"norm": {}}, {"add": [[], "a"]}],
        [{"standard": {"out": 4}}, {"norm": {"running_stats": False}}],
        [{"standard": {"out": 4}, "name": "a"}, {"norm": {}}, {"standard": {}, "share": "a"}],
    ]
    assert [norms(fold(build(layers))) for layers in kept] == [1] * 5
    assert norms(fold(build([{"transposed": {"out": 3}}, {"norm": {}}]))) == 0


def test_shared() -> None:
    """Shared convolutions with shared norms are folded once, those with norms of their own not."""
    alike = build([CONV | {"name": "a"}, CONV | {"share": "a"}])
    assert (norms(fold(alike)), count_params(alike, "folded")) == (0, 4 * 4 * 9 + 4)
    conv, norm = {"standard": {"out": 4}}, {"norm": {}}
    own = build([conv | {"name": "a"}, norm, conv | {"share": "a"}, norm])
    assert norms(fold(own)) == 2


def test_asked_for(convcost: Program) -> None:
    """--fuse is for networks and for cases, and what is shown says so."""
    ran = convcost("show", "resnet18", "--fuse")
    assert "ResNet-18 (input 3x224x224, batch norms folded): 11,684,712 params" in ran.out
    ran = convcost("compare", "--in", "8", "--out", "8", "--hw", "8", "--norm", "batch", "--fuse")
    assert " 584 " in ran.out
    assert convcost("show", "standard", "--in", "8", "--hw", "8", "--fuse").code == 2
