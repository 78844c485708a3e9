"""Attention as ONNX: two products with a softmax between them."""

from __future__ import annotations

from convcost.exports.layers import product
from convcost.exports.steps import Emitter, NoOnnxError, Sizes, emit
from convcost.exports.tokens import by_distances, swapped
from convcost.ops.attention import MultiheadAttention
from convcost.ops.partitions import BiasedAttention
from convcost.ops.products import Attention, Einsum, Matmul


@emit.register
def matmul(op: Matmul, e: Emitter) -> str:
    """A product, with a sum where one is read."""
    written = e.add("MatMul", *e.inputs[:2])
    return e.add("Add", written, e.inputs[2]) if len(e.inputs) > 2 else written


@emit.register
def einsum(op: Einsum, e: Emitter) -> str:
    """An einsum."""
    return e.add("Einsum", *e.inputs, equation=op.equation)


@emit.register
def attention(op: Attention, e: Emitter) -> str:
    """Queries, keys and values that are there already, with what is added to their products."""
    if len(e.inputs) < 3 or e.shapes[1][-2] != op.keys:  # keys of a cache stand elsewhere
        raise NoOnnxError(str(op))
    biases = []
    if isinstance(op, BiasedAttention) and op.area:
        biases.append(by_distances(e, op.heads, op.area))
    if op.causal or getattr(op, "masked", False):
        given = e.inputs[3:4]
        biases.append(given[0] if given else e.filled(0.0, e.shape[-2], op.keys))
    query, key, value = e.inputs[:3]
    return products(e, (query, key, value), e.shapes[1], op.features, biases)


def products(
    e: Emitter, read: tuple[str, str, str], keys: Sizes, features: int, biases: list[str]
) -> str:
    """Queries by keys, their softmax, and that by values."""
    query, key, value = read
    query = e.add("Mul", query, e.number(features**-0.5))
    weights = e.add("MatMul", query, swapped(e, key, len(keys), -1, -2))
    for bias in biases:
        weights = e.add("Add", weights, bias)
    return e.add("MatMul", e.add("Softmax", weights, axis=-1), value)


@emit.register
def multihead(op: MultiheadAttention, e: Emitter) -> str:
    """The projections, attention in heads, and the last projection."""
    key, keys = e.inputs[-1], e.shapes[-1]
    rank, each = len(e.shape), op.channels // op.heads
    heads = []
    for name, read, sizes in (("q", e.x, e.shape), ("k", key, keys), ("v", key, keys)):
        found = product(
            e, read, rank, sizes[-1], op.channels, bias=op.bias, name=f"in_proj_{name}_"
        )
        cut = e.reshape(found, *sizes[:-1], op.heads, each)
        heads.append(swapped(e, cut, rank + 1, -2, -3))
    split = (*keys[:-2], op.heads, keys[-2], each)
    biases = [e.filled(0.0, e.shape[-2], op.keys)] if op.mask else []
    written = products(e, (heads[0], heads[1], heads[2]), split, each, biases)
    merged = e.reshape(swapped(e, written, rank + 1, -2, -3), *e.shape[:-1], op.channels)
    return product(e, merged, rank, op.channels, op.channels, bias=op.bias, name="out_proj_")
