"""Networks as ONNX files, and what is read of them."""

import re
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnx
import onnx.parser
import torch
from torch import nn

from convcost.counting.counts import count
from convcost.counting.profilers import find_convention
from convcost.graph.cost import cost
from convcost.graph.memory import sizes_of
from convcost.graph.nodes import Graph
from convcost.ops.op import Input
from convcost.ops.tokens import Embedding
from convcost.pytorch.probes import onnx_file_figure
from convcost.sources.onnx.model import parse_model
from convcost.sources.onnx.reading import ReadModel, model_of, read_model
from convcost.values.code import Input as Given


def parsed(text: str, opset: int = 20, domains: str = "") -> onnx.ModelProto:
    """A model in the text form of ONNX, whose weights are initialisers without numbers.

    A line `weights float[8,3,3,3] w, float[8] b` declares them.
    """
    declared = re.findall(r"weights (.*)\n", text)
    body = re.sub(r"weights .*\n", "", text)
    model = onnx.parser.parse_model(
        f'<ir_version: 10, opset_import: ["": {opset}{domains}]>\n{body}'
    )
    for each in re.findall(r"(\w+)\[([\d,]*)\] ([\w.:/]+)", " ".join(declared)):
        kind, sizes, name = each
        tensor = model.graph.initializer.add()
        tensor.name = name
        tensor.data_type = getattr(onnx.TensorProto, kind.upper())
        tensor.dims.extend([int(size) for size in sizes.split(",") if size])
    return model


def read(text: str, opset: int = 20, inputs: Sequence[Given] = (), domains: str = "") -> ReadModel:
    """What is read of a model in the text form."""
    return read_proto(parsed(text, opset, domains), inputs)


def read_proto(model: onnx.ModelProto, inputs: Sequence[Given] = ()) -> ReadModel:
    """What is read of a model."""
    data = memoryview(model.SerializeToString())
    return model_of(parse_model(data, "net.onnx"), "net.onnx", inputs)


def figures(found: ReadModel) -> tuple[int, int, int]:
    """Params, multiply-adds, and how many ops of which these are not known."""
    own = cost(found.captured.graph, found.captured.batch)
    return own.params, own.macs, own.unknown


def written(found: ReadModel) -> tuple[int, ...]:
    """The shape of the output."""
    return tuple(found.captured.graph.output)


def ops(found: ReadModel) -> list[str]:
    """The ops in words, in order, without inputs."""
    return [str(node.op) for node in found.captured.graph.nodes if not isinstance(node.op, Input)]


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
    found = []
    for index, node in enumerate(graph.nodes):
        if isinstance(node.op, Input):
            size = sizes_of(node.shape, batch)
            is_words = index in words
            found.append(torch.zeros(size, dtype=torch.int64) if is_words else torch.rand(size))
    return tuple(found)


def export(
    module: nn.Module, inputs: tuple[torch.Tensor, ...], path: Path, exporter: str, **more: Any
) -> None:
    """Write a module as an ONNX file with one of torch's exporters, `script` or `dynamo`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dynamo = exporter == "dynamo"
        torch.onnx.export(module, inputs, path, dynamo=dynamo, verbose=False, **more)


def held(path: Path, graph: Graph) -> dict[str, Any]:
    """What is read of a file beside what the graph is that it was exported from.

    `folded` are params that batch norms had, `constants` the names of tensors that may have been
    parameters, `sizes` what onnx-tool counts for nodes that compute sizes.
    """
    found = read_model(str(path))
    params, macs, unknown = figures(found)
    own, words = cost(graph, 1), " ".join(found.remarks)
    more = re.search(r"it has ([\d,]+) more params", words)
    constants = re.search(r"perhaps of parameters: (.*?)(?: [a-z]+ differ|$)", words)
    counted = count(found.captured.graph, find_convention("onnx-tool"), found.captured.batch)
    try:
        printed: int | str = onnx_file_figure(str(path))
    except Exception as error:
        printed = f"{type(error).__name__}: {error}"[:100]
    return {
        "macs": [macs, own.macs],
        "params": [params, own.params],
        "folded": int(more[1].replace(",", "")) if more else 0,
        "constants": constants[1] if constants else "",
        "unknown": unknown,
        "tool": [counted.total, printed],
        "sizes": sum([_OF_SIZES.get(type_, 0) * n for type_, n in found.folded.items()]),
    }


_ONES = "Add Sub Mul Mod Equal Less Greater Not Floor Ceil Round Neg Max Min Relu ReduceProd"
_OF_SIZES = {**dict.fromkeys(_ONES.split(), 1), "Sqrt": 24, "Div": 4, "Clip": 2, "Pow": 32}
"""What onnx-tool counts for each number that nodes of these types write."""
