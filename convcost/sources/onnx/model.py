"""An ONNX file, opened: its graph, functions and opsets, with none of its weights."""

from __future__ import annotations

import mmap
from collections.abc import Mapping
from importlib import util
from typing import TYPE_CHECKING, Any, NamedTuple

from convcost.errors import ConvcostError, Problem, shorten
from convcost.sources.onnx.slimming import slimmed

if TYPE_CHECKING:
    from onnx import FunctionProto, GraphProto, ModelProto

EXTRA = 'pip install "convcost[onnx]"'

OLDEST = 7
"""The opset from which on nodes broadcast as they do today."""


class Model(NamedTuple):
    """What a file has.

    Attributes:
        graph: the nodes, their initialisers without numbers.
        functions: those of the file, by their domains and names.
        opsets: versions by domain; of ONNX itself the domain is nothing.
        producer: what wrote the file, and its version.
        exported: the graph as convcost wrote it, where that wrote the file.
    """

    graph: GraphProto
    functions: Mapping[tuple[str, str], FunctionProto]
    opsets: Mapping[str, int]
    producer: str = ""
    exported: str = ""


def open_model(path: str) -> Model:
    """The model in a file; external data is not looked for.

    Raises:
        ConvcostError: onnx is not installed; the file cannot be read, or is no model that can be.
    """
    _require(path)
    try:
        with open(path, "rb") as file:
            data = file.read(1)
            if not data:
                raise ValueError("is empty")
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            return parse_model(memoryview(mapped), path)
    except OSError as error:
        raise ConvcostError(Problem(path, (error.strerror or str(error)).lower())) from None
    except ValueError as error:
        raise ConvcostError(Problem(path, str(error))) from None


def _require(path: str) -> None:
    if util.find_spec("onnx") is None:
        raise ConvcostError(Problem(path, f"needs onnx, which is not installed: {EXTRA}"))


def parse_model(data: memoryview, path: str) -> Model:
    """The model that some bytes are; `path` is where they come from.

    Raises:
        ConvcostError: onnx is not installed, they are none, or of an opset that is not known.
    """
    _require(path)
    try:
        return _parse(data)
    except ValueError as error:
        raise ConvcostError(Problem(path, str(error))) from None


def _parse(data: memoryview) -> Model:
    from onnx import ModelProto

    try:
        proto = ModelProto.FromString(slimmed(data))
    except ValueError:
        raise
    except Exception:  # protobuf's own DecodeError, of which each implementation has its own
        raise ValueError("is no ONNX model") from None
    if not proto.HasField("graph"):
        raise ValueError("is no ONNX model: it has no graph")
    _check_names(proto)
    functions = {(each.domain, each.name): each for each in proto.functions}
    words = f"{proto.producer_name} {proto.producer_version}".strip()
    own = [each.value for each in proto.metadata_props if each.key == "convcost.graph"]
    return Model(proto.graph, functions, _opsets(proto), shorten(words, 80), *own[:1])


def _check_names(proto: ModelProto) -> None:
    """Raise `ValueError` where a name is no text: protobuf gives bytes for what is not UTF-8."""
    graphs: list[Any] = [proto.graph, *proto.functions]
    if not all(isinstance(each.value, str) for each in proto.metadata_props):
        raise ValueError("has metadata that is not UTF-8 text")
    while graphs:
        graph = graphs.pop()
        names = [graph.name, *[each.value for each in graph.metadata_props]]
        if graph is proto.graph or not hasattr(graph, "attribute_proto"):
            stored = [*graph.initializer, *[each.values for each in graph.sparse_initializer]]
            named = [*graph.input, *graph.output, *graph.value_info, *stored]
            names += [each.name for each in named]
        else:
            names += [graph.domain, *graph.input, *graph.output]
        for node in graph.node:
            names += [node.name, node.op_type, node.domain, *node.input, *node.output]
            names += [each.name for each in node.attribute]
            graphs += [each.g for each in node.attribute if each.HasField("g")]
        if not all(isinstance(name, str) for name in names):
            raise ValueError("has a name that is not UTF-8 text")


def _opsets(proto: ModelProto) -> dict[str, int]:
    """The versions of a model's domains."""
    from onnx import __version__
    from onnx.defs import onnx_opset_version

    found = opsets_of(proto.opset_import)
    own, newest = found.get("", 0), onnx_opset_version()
    if not found:
        raise ValueError("is no ONNX model: it names no opset")
    if "" in found and not OLDEST <= own <= newest:
        known = f"{OLDEST} to {newest} are read, the newest that onnx {__version__} knows"
        raise ValueError(f"has opset {own}; {known}")
    return {"": newest, **found}


def opsets_of(imports: Any) -> dict[str, int]:
    """Versions by domain, of which ONNX's own has two names."""
    return {"" if each.domain == "ai.onnx" else each.domain: int(each.version) for each in imports}
