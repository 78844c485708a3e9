"""What optimisers keep for each parameter from step to step, as those of torch.optim do.

Lion is that of its paper (arXiv 2302.06675): a momentum alone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import singledispatch
from math import prod

from convcost.graph.nodes import Graph, Node
from convcost.ops.attention import MultiheadAttention
from convcost.ops.called import Parameter
from convcost.ops.convolutions import Conv
from convcost.ops.maps import LayerScale, Norm
from convcost.ops.op import Op, Shape
from convcost.ops.partitions import BiasedAttention, HeadScale, PositionBias, table_of
from convcost.ops.products import Linear
from convcost.ops.recurrent import Recurrent
from convcost.ops.tokens import ClassToken, Embedding, Positions
from convcost.ops.transposed import TransposedConv
from convcost.training.gradients import needed

STEP = 32
"""Bits of the number of steps, which torch keeps with each parameter."""


@singledispatch
def parameters_of(op: Op) -> tuple[Shape, ...]:
    """The sizes of each parameter of an op, weights first: [out, in / g, k, k] and [out]."""
    return ((op.params,),) if op.params else ()


def _with_bias(weight: Shape, out: int, bias: bool) -> tuple[Shape, ...]:
    return (weight, (out,)) if bias else (weight,)


@parameters_of.register
def _conv(op: Conv) -> tuple[Shape, ...]:
    weight = (op.out_channels, op.in_channels // op.groups, *op.kernel)
    return _with_bias(weight, op.out_channels, op.bias)


@parameters_of.register
def _transposed(op: TransposedConv) -> tuple[Shape, ...]:
    weight = (op.in_channels, op.out_channels // op.groups, *op.kernel)
    return _with_bias(weight, op.out_channels, op.bias)


@parameters_of.register
def _linear(op: Linear) -> tuple[Shape, ...]:
    return _with_bias((op.out_features, op.in_features), op.out_features, op.bias)


@parameters_of.register
def _norm(op: Norm) -> tuple[Shape, ...]:
    return ((op.channels,),) * (op.params // op.channels)


@parameters_of.register
def _table(op: PositionBias | BiasedAttention) -> tuple[Shape, ...]:
    return ((table_of(op.area), op.heads),) if op.params else ()


@parameters_of.register
def _factors(op: HeadScale) -> tuple[Shape, ...]:
    return ((op.heads, 1, 1),)


@parameters_of.register
def _token(op: ClassToken) -> tuple[Shape, ...]:
    return ((1, op.count, op.channels),)


@parameters_of.register
def _positions(op: Positions) -> tuple[Shape, ...]:
    return ((1, op.positions, op.channels),)


@parameters_of.register
def _embedding(op: Embedding) -> tuple[Shape, ...]:
    return ((op.words, op.channels),)


@parameters_of.register
def _parameter(op: Parameter) -> tuple[Shape, ...]:
    return (op.size,)


@parameters_of.register
def _multihead(op: MultiheadAttention) -> tuple[Shape, ...]:
    """Of queries, keys and values one, or three; and of the last projection."""
    wide, narrow = op.channels, op.key_channels
    own: tuple[Shape, ...] = ((3 * wide, wide),)
    if not op.packed:
        own = ((wide, wide), (wide, narrow), (wide, narrow))
    return (*own, *((3 * wide,),) * op.bias, (wide, wide), *((wide,),) * op.bias)


@parameters_of.register
def _recurrent(op: Recurrent) -> tuple[Shape, ...]:
    made = op.gates * op.hidden
    found: list[Shape] = []
    for layer in range(op.layers):
        read = op.hidden * op.directions if layer else op.channels
        each = ((made, read), (made, op.hidden), *((made,), (made,)) * op.bias)
        found += each * op.directions
    return tuple(found)


def _factored(size: Shape, bits: int) -> int:
    """Of a matrix its rows and columns, the last two axes; of what is no matrix all."""
    if len(size) < 2:
        return prod(size) * bits + STEP
    *outer, rows, columns = size
    return prod(outer) * (rows + columns) * bits + STEP


OPTIMIZERS: dict[str, Callable[[Shape, int], int]] = {
    "sgd": lambda size, bits: 0,
    "momentum": lambda size, bits: prod(size) * bits,
    "adam": lambda size, bits: 2 * prod(size) * bits + STEP,
    "adamw": lambda size, bits: 2 * prod(size) * bits + STEP,
    "adafactor": _factored,
    "lion": lambda size, bits: prod(size) * bits,
}
"""Bits that each optimiser keeps of a parameter of some sizes, whose numbers have so many bits."""


def trained(node: Node) -> tuple[Shape, ...]:
    """The sizes of the parameters of a node that are its own, and are trained."""
    if node.owner is not None or node.frozen == "all":
        return ()
    found = parameters_of(node.op)
    if isinstance(node.op, LayerScale) and node.op.first:
        found = ((node.op.channels, *[1 for _ in node.shape[1:]]),)
    if node.frozen == "weights":
        return tuple([each for each in found if len(each) < 2])
    return tuple([each for each in found if len(each) > 1 or node.frozen != "biases"])


def state_bytes(graph: Graph, optimizer: str, bits: int = 32) -> int:
    """Bytes that an optimiser keeps for what is trained of a graph."""
    of = OPTIMIZERS[optimizer]
    return sum([of(size, bits) for node in _reached(graph) for size in trained(node)]) // 8


def gradient_bytes(graph: Graph, bits: int = 32) -> int:
    """Bytes of the gradients of all that is trained."""
    return sum([gradient_of(node, bits) for node in _reached(graph)])


def _reached(graph: Graph) -> list[Node]:
    """The nodes whose parameters a gradient comes back to: torch keeps nothing for others."""
    _, reached = needed(graph)
    users = [(index, node) for index, node in enumerate(graph.nodes) if reached[index]]
    holders = {index if node.owner is None else node.owner for index, node in users}
    return [graph.nodes[index] for index in sorted(holders)]


def buffer_bytes(graph: Graph) -> int:
    """Bytes of running statistics: a mean and a variance for each channel, and a number of steps.

    They are float32, and the number has 64 bits, whatever else is stored as.
    """
    norms = [node.op for node in graph.nodes if node.owner is None]
    kept = [op for op in norms if isinstance(op, Norm) and op.function in ("batch", "sync")]
    return sum([8 * op.channels + 8 for op in kept if op.stats])


def gradient_of(node: Node, bits: int) -> int:
    """Bytes of the gradients of a node's own parameters."""
    return sum([prod(size) for size in trained(node)]) * bits // 8
