"""Numbers that follow from sizes and constants alone, such as the target of a Reshape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy import ndarray
    from onnx import NodeProto, TensorProto

MOST_KNOWN = 4096
"""Numbers of a tensor that is kept with them."""

_FOLDED = """
    Abs Add And BitShift Cast CastLike Ceil Concat ConstantOfShape CumSum Div Equal Expand Flatten
    Floor Gather GatherElements GatherND Greater GreaterOrEqual Identity Less LessOrEqual Max Min
    Mod Mul Neg NonZero Not OneHot Or Pow Range Reciprocal ReduceMax ReduceMin ReduceProd ReduceSum
    Reshape Round ScatterElements ScatterND Shape Sign Size Slice Split Sqrt Squeeze Sub Tile
    Transpose Trilu Unsqueeze Where Xor
"""
FOLDED = frozenset(_FOLDED.split())
"""Ops of which the numbers of sizes are made."""


def numbers_of(tensor: TensorProto) -> ndarray | None:
    """The numbers of a small tensor; None of one that is large, or has them elsewhere."""
    from math import prod

    from onnx import TensorProto, numpy_helper

    external = tensor.data_location == TensorProto.EXTERNAL
    if external or prod(tensor.dims) > MOST_KNOWN or tensor.data_type == TensorProto.STRING:
        return None
    try:
        found: ndarray = numpy_helper.to_array(tensor)
    except (ValueError, TypeError, RuntimeError):  # as many bytes as it should have it has not
        return None
    return found


def folded(node: NodeProto, version: int, read: Sequence[ndarray | None]) -> list[ndarray] | None:
    """What a node writes that reads known numbers alone; None where that cannot be said.

    `read` has None where an input is left out.
    """
    from onnx import TensorProto, helper
    from onnx.reference import ReferenceEvaluator

    given = {name: array for name, array in zip(node.input, read, strict=True) if name}
    names = list(dict.fromkeys(given))
    reads = [helper.make_tensor_value_info(name, TensorProto.UNDEFINED, None) for name in names]
    writes = [
        helper.make_tensor_value_info(name, TensorProto.UNDEFINED, None) for name in node.output
    ]
    graph = helper.make_graph([node], "folded", reads, writes)
    try:
        found = ReferenceEvaluator(graph, opsets={"": version}).run(None, given)
    except Exception:  # numbers that do not fit together; what they would be is not known then
        return None
    return list(found)
