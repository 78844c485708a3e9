"""Networks as ONNX files, and what is read of them."""

import warnings
from pathlib import Path
from typing import Any

import torch
from torch import nn

from convcost.graph.cost import cost
from convcost.graph.memory import sizes_of
from convcost.graph.nodes import Graph
from convcost.ops.op import Input
from convcost.ops.tokens import Embedding
from convcost.sources.onnx.reading import ReadModel, read_model


def randomized(module: nn.Module) -> nn.Module:
    """A module whose parameters and statistics are all different, as after training."""
    with torch.no_grad():
        for each in [*module.parameters(), *module.buffers()]:
            if each.is_floating_point():
                each.uniform_(0.5, 1.5)
    return module.eval()


def inputs_of(graph: Graph, batch: int = 1) -> tuple[torch.Tensor, ...]:
    """Numbers for what comes in; those of words are whole."""
    words = {node.sources[0] for node in graph.nodes if isinstance(node.op, Embedding)}
    sizes = [
        (index, sizes_of(node.shape, batch))
        for index, node in enumerate(graph.nodes)
        if isinstance(node.op, Input)
    ]
    return tuple(
        [torch.zeros(size, dtype=torch.int64) if i in words else torch.rand(size) for i, size in sizes]
    )


def export(
    module: nn.Module, graph: Graph, path: Path, exporter: str, **more: Any
) -> None:
    """Write a module as an ONNX file with one of torch's exporters, `script` or `dynamo`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dynamo = exporter == "dynamo"
        torch.onnx.export(module, inputs_of(graph), path, dynamo=dynamo, verbose=False, **more)


def held(path: Path, graph: Graph) -> dict[str, Any]:
    """What is read of a file beside what the graph is that it was exported from."""
    found = read_model(str(path))
    return {**compared(found, graph), "remarks": list(found.remarks)}


def compared(found: ReadModel, graph: Graph) -> dict[str, Any]:
    """Multiply-adds and params of both; of the file also those that are folded."""
    own, exported = cost(found.captured.graph, found.captured.batch), cost(graph, 1)
    return {
        "macs": [own.macs, exported.macs],
        "params": [own.params, exported.params],
        "unknown": own.unknown,
    }
