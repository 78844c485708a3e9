"""A network as an ONNX file, with what it costs as metadata of its nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import util
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from convcost._version import __version__
from convcost.errors import ConvcostError, Problem, listed
from convcost.exports.lowering import STRANGE, Lowered, lowered
from convcost.exports.steps import Emitter, Sizes, Step
from convcost.graph.captured import Captured
from convcost.graph.cost import cost
from convcost.graph.nodes import Graph, Node
from convcost.ops.op import Input, times

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto, SparseTensorProto, TensorProto

EXTRA = 'pip install "convcost[onnx]"'

OPSET, IR = 20, 10
"""What torch's exporters write, and what runtimes of the last years read."""

MOST_BYTES = 2_000_000_000
"""A file of protobuf is no larger."""

GRAPH, PATH = "convcost.graph", "convcost.path"
"""Metadata of a file: the graph as a graph file has it; and of a node: its name there."""


class Exported(NamedTuple):
    """A model, and the paths of what is in it that ONNX has no op for."""

    model: ModelProto
    strange: list[str]


def onnx_model(network: Captured, with_weights: bool = False) -> Exported:
    """A network as a model of ONNX, whose weights are zeros.

    Without weights they are sparse tensors without elements, which take no room.

    Raises:
        ConvcostError: onnx is not installed; weights are wanted and are too large, or there are ops
            that ONNX does not have.
    """
    if util.find_spec("onnx") is None:
        raise ConvcostError(f"not installed: onnx; {EXTRA}")
    from onnx import helper

    graph = network.graph
    found = lowered(graph, network.batch, is_sound)
    _check_weights(found, with_weights)
    steps = [
        _node(step, index, network, found.names, place in found.main)
        for place, (index, step) in enumerate(found.steps)
    ]
    inputs = [n for n, node in enumerate(graph.nodes) if isinstance(node.op, Input)]
    model_graph = helper.make_graph(
        steps,
        network.name or "net",
        [_info(found, index) for index in inputs],
        [_info(found, index, name) for name, index in found.outputs],
        value_info=[_info(found, index) for index in _between(found, graph.outputs)],
    )
    for name, sizes in found.weights.items():
        if with_weights or not sizes:  # a sparse tensor has an axis at least
            model_graph.initializer.append(_zeros(name, sizes))
        else:
            model_graph.sparse_initializer.append(_empty(name, sizes))
    opsets = [helper.make_opsetid("", OPSET)]
    opsets += [helper.make_opsetid(STRANGE, 1)] * bool(found.strange)
    about = {"producer_name": "convcost", "producer_version": __version__}
    model = helper.make_model(model_graph, opset_imports=opsets, ir_version=IR, **about)
    _tell(model, {GRAPH: network.text()})
    return Exported(model, found.strange)


def is_sound(emitter: Emitter) -> bool:
    """Whether ONNX's own rules say that the steps of a node write what it writes."""
    from onnx import TensorProto, checker, helper, shape_inference

    read = dict(zip(emitter.inputs, emitter.shapes, strict=True)) | emitter.weights
    kind = TensorProto.FLOAT
    infos = [helper.make_tensor_value_info(name, kind, sizes) for name, sizes in read.items()]
    steps = [
        helper.make_node(step.type, step.inputs, step.outputs, **_attributes(step))
        for step in emitter.steps
    ]
    last = emitter.steps[-1].outputs[0] if emitter.steps else emitter.x
    written = helper.make_tensor_value_info(last, kind, emitter.sizes)
    graph = helper.make_graph(steps, "node", infos, [written])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR)
    try:
        shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    except (shape_inference.InferenceError, checker.ValidationError):
        return False
    return True


def _check_weights(found: Lowered, with_weights: bool) -> None:
    """Raise `ConvcostError` where weights are wanted for a file that could not be run with them."""
    if not with_weights:
        return
    if found.strange:
        words = f"ONNX has no op for {listed(found.strange)}: it could not run"
        raise ConvcostError(Problem("--with-weights", words))
    size = 4 * sum([prod(sizes) for sizes in found.weights.values()])
    if size > MOST_BYTES:
        words = f"{size:,} bytes are more than an ONNX file can hold"
        raise ConvcostError(Problem("--with-weights", words))


def _node(step: Step, index: int, network: Captured, names: list[str], is_main: bool) -> NodeProto:
    """A node of the file, with the figures of its node of the graph if it stands for that."""
    from onnx import helper

    graph = network.graph
    node, attributes = graph.nodes[index], _attributes(step)
    own = names[index]
    name = own if is_main else f"{own}/{step.outputs[0].removeprefix(own).lstrip(':') or step.type}"
    made = helper.make_node(
        step.type, step.inputs, step.outputs, name, domain=step.domain, **attributes
    )
    figures = figures_of(node, graph, network.batch) if is_main else {}
    _tell(made, {PATH: own, **figures})
    return made


def _attributes(step: Step) -> dict[str, Any]:
    """The attributes of a step, numbers as tensors."""
    if step.type not in ("Constant", "ConstantOfShape"):
        return step.attributes
    value = _tensor(step.attributes["value"])
    if step.type == "ConstantOfShape":
        value.dims.append(1)
    return {"value": value}


def _tell(proto: ModelProto | NodeProto, about: Mapping[str, str]) -> None:
    """Give a model or a node metadata."""
    for key, value in about.items():
        entry = proto.metadata_props.add()
        entry.key, entry.value = key, value


def figures_of(node: Node, graph: Graph, batch: int) -> dict[str, str]:
    """What a node costs, as texts."""
    own = cost(graph, batch, [node])
    found = {"convcost.op": str(node.op), "convcost.output": times(node.shape)}
    found |= {"convcost.params": f"{own.params:,}"} if own.params else {}
    if own.unknown:
        return found | {"convcost.MACs": "unknown"}
    more = {"convcost.MACs": f"{own.macs:,}", "convcost.FLOPs": f"{own.flops:,}"}
    return found | (more if own.macs else {})


def _tensor(numbers: float | Sequence[int]) -> TensorProto:
    """A number, or several, as a tensor; whole ones are int64."""
    from onnx import TensorProto, helper

    if isinstance(numbers, int | float):
        kind = TensorProto.INT64 if isinstance(numbers, int) else TensorProto.FLOAT
        return helper.make_tensor("value", kind, [], [numbers])
    return helper.make_tensor("value", TensorProto.INT64, [len(numbers)], numbers)


def _info(found: Lowered, index: int, name: str = "") -> Any:
    """The type of what a node writes, which may go out by another name."""
    from onnx import TensorProto, helper

    own = found.names[index]
    kind = TensorProto.INT64 if own in found.words else TensorProto.FLOAT
    return helper.make_tensor_value_info(name or own, kind, found.sizes[index])


def _between(found: Lowered, outputs: tuple[int, ...]) -> list[int]:
    """The nodes that are neither inputs nor outputs."""
    made = dict.fromkeys([index for index, _ in found.steps])
    return [index for index in made if index not in outputs]


def _zeros(name: str, sizes: Sizes) -> TensorProto:
    from onnx import TensorProto

    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=sizes)
    tensor.raw_data = bytes(4 * prod(sizes))
    return tensor


def _empty(name: str, sizes: Sizes) -> SparseTensorProto:
    """Zeros, of which none is stored."""
    from onnx import SparseTensorProto, TensorProto

    sparse = SparseTensorProto(dims=sizes)
    sparse.values.name = name
    sparse.values.data_type, sparse.indices.data_type = TensorProto.FLOAT, TensorProto.INT64
    sparse.values.dims.append(0)
    sparse.indices.dims.append(0)
    return sparse
