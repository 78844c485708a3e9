"""What is known without running a node: numbers made of sizes, and weights seen otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any
from warnings import catch_warnings, simplefilter

from convcost.sources.onnx.sizes import inferred
from convcost.sources.onnx.values import Value

if TYPE_CHECKING:
    from numpy import ndarray
    from onnx import NodeProto, TensorProto

MOST_KNOWN = 4096
"""Numbers of a tensor that is kept with them."""

_FOLDED = """
    Abs Add And BitShift Cast CastLike Ceil Clip Concat ConstantOfShape CumSum Div Equal Expand
    Flatten Floor Gather GatherElements GatherND Greater GreaterOrEqual Less LessOrEqual Max Min Mod
    Mul Neg NonZero Not OneHot Or Pow Range Reciprocal ReduceMax ReduceMin ReduceProd ReduceSum Relu
    Reshape Round ScatterElements ScatterND Sign Slice Split Sqrt Squeeze Sub Tile Transpose Trilu
    Unsqueeze Where Xor
"""
FOLDED = frozenset(_FOLDED.split())
"""Ops of which the numbers of sizes are made."""

_HELD_THROUGH = """
    Cast CastLike DequantizeLinear Expand Flatten QuantizeLinear Reshape Squeeze Transpose Unsqueeze
"""
HELD_THROUGH = frozenset(_HELD_THROUGH.split())
"""Ops after which an initialiser is still one, seen otherwise."""


def numbers_of(tensor: TensorProto) -> ndarray | None:
    """The numbers of a small tensor; None of one that is large, or has them elsewhere."""
    from onnx import TensorProto, numpy_helper

    external = tensor.data_location == TensorProto.EXTERNAL
    if external or prod(tensor.dims) > MOST_KNOWN or tensor.data_type == TensorProto.STRING:
        return None
    try:
        found: ndarray = numpy_helper.to_array(tensor)
    except (
        ValueError,
        TypeError,
        RuntimeError,
        KeyError,
    ):
        return None
    return found


def folded(node: NodeProto, version: int, read: Sequence[Value | None]) -> list[Value] | None:
    """What a node of ONNX's own domain writes, where that is known; else None."""
    kind, first = node.op_type, read[0] if read else None
    if first is None:
        return None
    if kind in ("Shape", "Size"):
        return None if first.guessed else [_sizes_of(node, first)]
    if kind in FOLDED and all(map(_is_constant, read)):
        found = _run(node, version, read) if _is_small(node, version, read) else None
        if found is not None:
            return found
    if kind in HELD_THROUGH and first.held is not None:
        return _seen_otherwise(node, version, read, first)
    return None


def _sizes_of(node: NodeProto, value: Value) -> Value:
    """The sizes of a value as numbers, or how many numbers it has."""
    from onnx import TensorProto, helper, numpy_helper

    given = {each.name: each.i for each in node.attribute}
    numbers = value.sizes[given.get("start", 0) : given.get("end", value.rank)]
    dims, found = [len(numbers)], list(numbers)
    if node.op_type == "Size":
        dims, found = [], [prod(value.sizes)]
    tensor = helper.make_tensor("sizes", TensorProto.INT64, dims, found)
    array = numpy_helper.to_array(tensor)
    return Value(tuple(dims), TensorProto.INT64, known=array)


def _is_constant(value: Value | None) -> bool:
    """Whether it is left out, or its numbers are known and none of a parameter."""
    return value is None or (value.known is not None and not value.is_trained)


def _is_small(node: NodeProto, version: int, read: Sequence[Value | None]) -> bool:
    """Whether what a node writes has few numbers."""
    rule = inferred(node, version, _named(node, read))
    counts = [prod([size or 0 for size in each.sizes]) for each in rule or ()]
    return 0 < len(counts) <= MOST_KNOWN and max(counts) <= MOST_KNOWN


def _named(node: NodeProto, read: Sequence[Value | None]) -> dict[str, Value]:
    return {name: value for name, value in zip(node.input, read, strict=True) if value}


def _seen_otherwise(
    node: NodeProto, version: int, read: Sequence[Value | None], first: Value
) -> list[Value] | None:
    """An initialiser of other axes, or in another element type."""
    rules = inferred(node, version, _named(node, read)) or []
    if len(rules) != 1 or None in rules[0].sizes:
        return None
    [rule] = rules
    sizes = tuple([size for size in rule.sizes if size is not None])
    if prod(sizes) != prod(first.sizes):
        return None
    held = first.held
    if held is not None and node.op_type == "DequantizeLinear":  # its whole numbers are weights
        held = held._replace(trained=True)
    return [Value(sizes, rule.dtype, held=held)]


def _run(node: NodeProto, version: int, read: Sequence[Value | None]) -> list[Value] | None:
    """What onnx's reference writes, of numbers that are few; None where it cannot."""
    from onnx import TensorProto, helper
    from onnx.reference import ReferenceEvaluator

    given = {name: value.known for name, value in _named(node, read).items()}
    reads, writes = (
        [helper.make_tensor_value_info(name, TensorProto.UNDEFINED, None) for name in names]
        for names in (given, node.output)
    )
    graph = helper.make_graph([node], "folded", reads, writes)
    found: Any
    try:
        with catch_warnings():
            simplefilter("ignore")  # of numpy, which says what is divided by 0
            found = ReferenceEvaluator(graph, opsets={"": version}).run(None, given)
    except Exception:  # numbers that do not fit together; what they would be is not known then
        return None
    if any(array.size > MOST_KNOWN for array in found):
        return None
    return [Value(tuple(array.shape), _type_of(array), known=array) for array in found]


def _type_of(array: Any) -> int:
    """The element type of an array."""
    from onnx import helper

    return int(helper.np_dtype_to_tensor_dtype(array.dtype))
