"""Networks for Google's Model Explorer: their graph, and figures as overlays."""

import json
from pathlib import Path

import convcost
from convcost.exports.viewer import viewer_graph, viewer_overlay
from convcost.graph.captured import Captured
from tests.support.program import Program


def test_graph() -> None:
    """Each node has its folders, what it reads, and its figures; names are there once."""
    network = Captured(convcost.network("resnet18").graph, "ResNet-18")
    document = json.loads(viewer_graph(network))
    [graph] = document["graphs"]
    nodes = {node["id"]: node for node in graph["nodes"]}
    assert len(nodes) == len(graph["nodes"]) == len(network.graph.nodes)
    read = [edge["sourceNodeId"] for node in graph["nodes"] for edge in node["incomingEdges"]]
    assert {*read} <= {*nodes}
    conv = nodes["3.basic-block.conv1"]
    assert conv["namespace"] == "3/basic-block"
    assert {each["key"]: each["value"] for each in conv["attrs"]}["MACs"] == "115,605,504"
    assert conv["incomingEdges"] == [
        {"sourceNodeId": "2.max-pool.pool", "sourceNodeOutputId": "0", "targetNodeInputId": "0"}
    ]


def test_overlay() -> None:
    """An overlay has each node's figure, which add up to the network's; none where it is 0."""
    network = Captured(convcost.network("resnet18").graph, "ResNet-18", 2)
    for what, whole in (("macs", 2 * 1_814_073_344), ("params", 11_689_512)):
        data = json.loads(viewer_overlay(network, what))["ResNet-18"]
        values = [each["value"] for each in data["results"].values()]
        assert (data["name"], sum(values), min(values) > 0) == (what, whole, True)


def test_command(tmp_path: Path, convcost: Program) -> None:
    """Three files are written, and how to open them is said."""
    path = tmp_path / "net.json"
    ran = convcost("export", "resnet18", "--format", "model-explorer", "--output", path)
    assert ran.code == 0
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        *("net.json", "net.macs.json", "net.params.json")
    ]
    assert "--node_data_paths=" in ran.err
