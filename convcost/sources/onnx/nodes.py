"""What nodes of an ONNX file say beside what they read: attributes, numbers, graphs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from convcost.sources.onnx.readers.reading import Call
from convcost.sources.onnx.scope import stored
from convcost.sources.onnx.values import Value

if TYPE_CHECKING:
    from onnx import NodeProto


def constant_of(node: NodeProto) -> Value:
    """The value of a constant.

    Raises:
        ValueError: it has no numbers, but texts, or none at all.
    """
    from onnx import TensorProto, helper

    name = node.name or node.output[0]
    for each in node.attribute:
        if each.name == "value":
            return _literal(stored(each.t, trained=False, name=name))
        if each.name in ("value_int", "value_ints", "value_float", "value_floats"):
            raw = helper.get_attribute_value(each)
            numbers = list(raw) if each.name.endswith("s") else [raw]
            kind = TensorProto.INT64 if "int" in each.name else TensorProto.FLOAT
            dims = [len(numbers)] if each.name.endswith("s") else []
            tensor = helper.make_tensor(name, kind, dims, numbers)
            return _literal(stored(tensor, trained=False, name=name))
    raise ValueError("is a constant of texts or of sparse numbers, which are not read")


def _literal(value: Value) -> Value:
    """The value of a Constant."""
    return value._replace(held=value.held and value.held._replace(is_literal=True))


def call_of(node: NodeProto, version: int, read: Sequence[Value | None]) -> Call:
    """A node with what it reads, for the readers; its graphs are none of its attributes."""
    from onnx import AttributeProto, helper

    graphs = (AttributeProto.GRAPH, AttributeProto.GRAPHS)
    found = {}
    for each in node.attribute:
        if each.type not in graphs:
            raw = helper.get_attribute_value(each)
            found[each.name] = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    domain = "" if node.domain == "ai.onnx" else node.domain
    return Call(node.op_type, domain, version, read, found)


def bound(node: NodeProto, given: Mapping[str, Any], caller: NodeProto) -> NodeProto:
    """A node of a function's body, with the attributes that its caller gives."""
    from onnx import NodeProto

    found = NodeProto()
    found.CopyFrom(node)
    found.name = "/".join([part for part in (caller.name, node.name or node.op_type) if part])
    del found.attribute[:]
    for each in node.attribute:
        if not each.ref_attr_name:
            found.attribute.append(each)
        elif each.ref_attr_name in given:
            own = found.attribute.add()
            own.CopyFrom(given[each.ref_attr_name])
            own.name = each.name
    return found
