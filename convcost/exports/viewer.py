"""A network for Google's Model Explorer: its graph, and its figures as overlays.

Source: graph_builder.py and node_data_builder.py of ai-edge-model-explorer 0.1.34.
"""

from __future__ import annotations

from json import dumps
from typing import Any

from convcost.graph.captured import Captured, names_of
from convcost.graph.cost import Cost, cost
from convcost.graph.nodes import Node
from convcost.ops.op import Input, times

_GRADIENT = [{"stop": 0, "bgColor": "#ffffff"}, {"stop": 1, "bgColor": "#e8710a"}]
"""White for the least of a figure, and orange for the most."""


def viewer_graph(network: Captured) -> str:
    """The graph, whose paths are folders that can be opened, as a JSON file of the viewer."""
    names = names_of(network.graph)
    nodes = [_node(network, index, names) for index in range(len(names))]
    graph = {"id": network.name, "nodes": nodes}
    return dumps({"label": network.name, "graphs": [graph]}, indent=1, ensure_ascii=False) + "\n"


def viewer_overlay(network: Captured, what: str) -> str:
    """A figure of each node, `params` or `macs`, as a file of node data of the viewer.

    Nodes whose figure is unknown have none.
    """
    graph, names = network.graph, names_of(network.graph)
    results = {}
    for name, node in zip(names, graph.nodes, strict=True):
        own = cost(graph, network.batch, [node])
        if not own.unknown and getattr(own, what):
            results[name] = {"value": getattr(own, what)}
    data = {"name": what, "results": results, "gradient": _GRADIENT}
    return dumps({network.name: data}, indent=1, ensure_ascii=False) + "\n"


def _node(network: Captured, index: int, names: list[str]) -> dict[str, Any]:
    graph = network.graph
    node = graph.nodes[index]
    own = cost(graph, network.batch, [node])
    folders, _, last = node.path.rpartition(".")
    edges = [
        {"sourceNodeId": names[source], "sourceNodeOutputId": "0", "targetNodeInputId": str(place)}
        for place, source in enumerate(node.sources)
    ]
    return {
        "id": names[index],
        "label": last if isinstance(node.op, Input) else f"{last}: {node.op}",
        "namespace": folders.replace(".", "/"),
        "attrs": [{"key": key, "value": value} for key, value in _attributes(node, own).items()],
        "incomingEdges": edges,
        "outputsMetadata": [
            {"id": "0", "attrs": [{"key": "shape", "value": times(node.shape)}]},
        ],
    }


def _attributes(node: Node, own: Cost) -> dict[str, str]:
    """What is shown of a node that is selected."""
    macs = "unknown" if own.unknown else f"{own.macs:,}"
    return {"path": node.path, "op": str(node.op), "params": f"{own.params:,}", "MACs": macs}
