"""Questions about a graph: its cost and its receptive field.

The default convention, `convcost`, counts what papers count: multiply-accumulates of convolutions,
and all trainable parameters. Norms, activations, biases and padding add no multiply-accumulate.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

from convcost.graph import Graph, Node
from convcost.ops import Axes, Conv

CONVENTION = "convcost"

DTYPES = {"float32": 4, "float16": 2, "bfloat16": 2, "int8": 1}
"""Bytes per element."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a graph or a part of it costs; exact integers that add up.

    Attributes:
        params: trainable parameters.
        macs: multiply-accumulates, of the whole batch.
        activations: elements written by convolutions, of the whole batch.
        moved: elements read and written by convolutions, of the whole batch, without weights.
    """

    params: int = 0
    macs: int = 0
    activations: int = 0
    moved: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.params + other.params,
            self.macs + other.macs,
            self.activations + other.activations,
            self.moved + other.moved,
        )

    @property
    def flops(self) -> int:
        """Floating-point operations: 2 x MACs."""
        return 2 * self.macs

    def weight_bytes(self, dtype: str = "float32") -> int:
        """Bytes of all trainable parameters."""
        return self.params * DTYPES[dtype]

    def activation_bytes(self, dtype: str = "float32") -> int:
        """Bytes written by convolutions."""
        return self.activations * DTYPES[dtype]

    def intensity(self, dtype: str = "float32") -> float:
        """FLOPs per byte, if each convolution reads its input and weights and writes once.

        Norms and activations count as fused into their convolution (Williams, Waterman and
        Patterson, "Roofline", 2009). 0 for a graph without convolutions.
        """
        moved = (self.params + self.moved) * DTYPES[dtype]
        return self.flops / moved if moved else 0.0


def cost(graph: Graph, batch: int = 1, nodes: Iterable[Node] | None = None) -> Cost:
    """What the whole graph costs, or what some of its nodes do."""
    params = macs = written = read = 0
    for op, sources, shape, _ in graph.nodes[1:] if nodes is None else nodes:
        params += op.params
        macs += op.macs(shape)
        if isinstance(op, Conv):
            written += prod(shape)
            read += prod(graph.nodes[sources[0]].shape)
    return Cost(params, macs * batch, written * batch, (read + written) * batch)


def receptive_field(graph: Graph) -> Axes:
    """How many input positions one output position sees along each spatial axis.

    r grows by d(k-1) x jump at each convolution and the jump by its stride; where branches meet,
    the widest counts (Araujo, Norris and Sim, "Computing Receptive Fields", Distill 2019).
    """
    dims = len(graph.input) - 1
    fields: list[list[tuple[int, int]]] = [[(1, 1)] * dims]
    for op, sources, _, _ in graph.nodes[1:]:
        seen = fields[sources[0]]
        if len(sources) > 1:
            seen = [max(axis) for axis in zip(*[fields[i] for i in sources], strict=True)]
        if isinstance(op, Conv):
            seen = list(map(_widen, seen, op.kernel, op.stride, op.dilation))
        fields.append(seen)
    return tuple([field for field, _ in fields[-1]])


def _widen(seen: tuple[int, int], kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """Field and jump on one axis after a convolution."""
    field, jump = seen
    return field + dilation * (kernel - 1) * jump, jump * stride
