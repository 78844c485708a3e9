"""A bias that a file adds behind a layer, which is the layer's own."""

from __future__ import annotations

from convcost.ops.convolutions import Conv
from convcost.ops.op import Op
from convcost.ops.products import Linear
from convcost.sources.onnx.values import Value


def with_bias(op: Op, bias: Value, rank: int) -> Op | None:
    """A layer with a bias of these sizes; None where it is no layer, has one, or gets more axes."""
    if bias.rank > rank:
        return None
    if not isinstance(op, Linear | Conv) or op.bias or not bias.is_trained:
        return None
    if isinstance(op, Conv):
        wanted = (op.out_channels, *(1,) * len(op.kernel))
        return op._replace(bias=True) if _fits(bias, wanted) else None
    return (
        Linear(op.in_features, op.out_features, True) if _fits(bias, (op.out_features,)) else None
    )


def _fits(bias: Value, wanted: tuple[int, ...]) -> bool:
    """Whether a vector is one number for each channel, and broadcasts so."""
    held = bias.held
    is_whole = held is not None and held.elements == wanted[0]
    return is_whole and bias.sizes[-len(wanted) :] == wanted
