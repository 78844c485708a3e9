"""What convcost exports, held to onnx, to onnxruntime and to what is read of it."""

import onnx
import onnxruntime
from numpy import float32, int64, zeros

from convcost.exports.onnx_file import onnx_model
from convcost.graph.captured import Captured
from convcost.graph.cost import cost
from convcost.graph.memory import sizes_of
from convcost.graph.nodes import Graph
from convcost.sources.onnx.model import parse_model
from convcost.sources.onnx.reading import model_of
from tests.support.onnx_files import figures

onnxruntime.set_default_logger_severity(4)


def differences(graph: Graph, batch: int) -> list[str]:
    """Where an exported graph is not what convcost says of it; nothing where all agrees."""
    model = onnx_model(Captured(graph, "net", batch)).model
    onnx.checker.check_model(model)
    data = model.SerializeToString()
    parsed = parse_model(memoryview(data), "net.onnx")
    anew, own = model_of(parsed._replace(exported=""), "net.onnx"), cost(graph, batch)
    found = [*anew.remarks, *model_of(parsed, "net.onnx").remarks]
    if figures(anew)[:2] != (own.params, own.macs):
        found.append(f"read {figures(anew)}, not {own}")
    shapes = [tuple(sizes_of(graph.nodes[index].shape, batch)) for index in graph.outputs]
    if run(data) != shapes:
        found.append(f"onnxruntime writes {run(data)}, not {shapes}")
    return found


def run(data: bytes) -> list[tuple[int, ...]]:
    """The sizes of what onnxruntime writes."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    given = {
        each.name: zeros(each.shape, int64 if "int64" in each.type else float32)
        for each in session.get_inputs()
    }
    return [each.shape for each in session.run(None, given)]
