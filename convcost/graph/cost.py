"""What a graph costs: params, multiply-accumulates, activations, and memory for its maps.

The default convention, `convcost`, counts what papers count: multiply-accumulates of convolutions,
and all trainable parameters. Norms, activations, biases and padding add no multiply-accumulate.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

from convcost.errors import ConvcostError, no_such
from convcost.graph.nodes import Graph, Node
from convcost.ops.called import Opaque
from convcost.ops.layouts import Stacked, elements, in_batch
from convcost.ops.op import Composite, Contraction, Shape
from convcost.values.dtypes import BITS, bytes_of

CONVENTION = "convcost"


def _bytes_of(elements: int, dtype: str) -> int:
    """Bytes of so many elements; `ConvcostError` if there is no such dtype."""
    if dtype not in BITS:
        raise ConvcostError(no_such("dtype", dtype, BITS))
    return bytes_of(elements, dtype)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a graph or a part of it costs; exact integers that add up.

    Attributes:
        params: trainable parameters.
        macs: multiply-accumulates, of the whole batch.
        activations: elements written by convolutions, of the whole batch.
        moved: elements read and written by convolutions and products, of the whole batch, without
            weights.
        unknown: ops whose multiply-accumulates are not known, and are in no sum.
        unread: parameters that nothing reads: of ops that are not run, and of words that do not
            come.
    """

    params: int = 0
    macs: int = 0
    activations: int = 0
    moved: int = 0
    unknown: int = 0
    unread: int = 0

    def __radd__(self, other: int) -> Cost:
        """Let `sum` start with its 0."""
        return self

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.params + other.params,
            self.macs + other.macs,
            self.activations + other.activations,
            self.moved + other.moved,
            self.unknown + other.unknown,
            self.unread + other.unread,
        )

    @property
    def flops(self) -> int:
        """Floating-point operations, which are 2 x MACs."""
        return 2 * self.macs

    def weight_bytes(self, dtype: str = "float32") -> int:
        """Bytes of all trainable parameters."""
        return _bytes_of(self.params, dtype)

    def activation_bytes(self, dtype: str = "float32") -> int:
        """Bytes written by convolutions."""
        return _bytes_of(self.activations, dtype)

    def intensity(self, dtype: str = "float32") -> float:
        """FLOPs per byte, if each convolution reads its input and weights and writes once.

        Norms and activations count as fused into their convolution: their parameters are read,
        their maps are not (Williams, Waterman and Patterson, "Roofline", 2009). 0 where nothing is
        moved.
        """
        moved = _bytes_of(self.params - self.unread + self.moved, dtype)
        return self.flops / moved if moved else 0.0


def cost(graph: Graph, batch: int = 1, nodes: Iterable[Node] | None = None) -> Cost:
    """What the whole graph costs, or what some of its nodes do."""
    params = macs = written = read = unknown = unread = 0
    for op, sources, shape, _, _, owner, run, *_ in graph.nodes[1:] if nodes is None else nodes:
        if owner is None:
            params += op.params
        elif graph.nodes[owner].op.looks_up and not op.looks_up:  # it reads the table whole
            unread -= _not_looked_up(graph.nodes[owner], batch)
        if not run or not isinstance(op, Contraction):
            if type(op) is Opaque:
                unknown += 1
                moved_alone = [elements(graph.nodes[source].shape, batch) for source in sources]
                read += sum(moved_alone) + elements(shape, batch)
            if owner is None and (op.looks_up or not run):
                unread += max(op.params - (elements(shape, batch) if run else 0), 0)
            continue
        samples = batch if type(shape) is tuple else in_batch(shape, batch)
        if isinstance(shape, Stacked):
            shape = shape[1:]
        macs += op.macs(shape) * samples
        if isinstance(op, Composite):
            wrote, reads = _inside(op, shape)
            read += reads * samples
        else:
            wrote = prod(shape)
            for source in sources:
                came = graph.nodes[source].shape
                if graph.nodes[source].op.held:
                    continue
                read += (
                    elements(came, batch) if isinstance(came, Stacked) else prod(came) * (samples)
                )
        written += wrote * samples
    return Cost(params, macs, written, read + written, unknown, unread)


def _not_looked_up(node: Node, batch: int) -> int:
    """Parameters of a table that nothing reads which only looks some of them up."""
    return max(node.op.params - elements(node.shape, batch), 0)


def unknown_words(graph: Graph) -> str:
    """Which ops of a graph have multiply-accumulates that are not known, as a sentence or none."""
    found = [node for node in graph.nodes if type(node.op) is Opaque]
    if not found:
        return ""
    shown = [f"{node.path} ({node.op.function})" for node in found[:MOST_SHOWN]]  # type: ignore[attr-defined]
    more = [f"{len(found) - MOST_SHOWN} more"] if len(found) > MOST_SHOWN else []
    ops = "1 op" if len(found) == 1 else f"{len(found)} ops"
    return f"the MACs of {ops} are unknown and in no sum: {', '.join([*shown, *more])}"


MOST_SHOWN = 5
"""Ops that a sentence names."""


def _inside(op: Composite, output: Shape) -> tuple[int, int]:
    """Elements that the contractions inside of an op write and read."""
    parts = [part for part in op.inner(output) if isinstance(part.op, Contraction)]
    read = sum([prod(each) for part in parts for each in part.inputs])
    return sum([prod(part.output) for part in parts]), read


def peak_memory(graph: Graph, batch: int = 1) -> int:
    """The most elements that stand in memory at once while the nodes run in order.

    While a node runs, its output and everything that it or a later node reads are there, and the
    graph's outputs and inputs that nothing reads; nothing is fused, computed in place or kept for
    a backward pass. Weights are not counted.
    """
    last_read = {}
    for index, node in enumerate(graph.nodes):
        for source in node.sources if node.run else ():
            last_read[source] = index
    last_read |= dict.fromkeys(graph.outputs, len(graph.nodes))
    alive, peak = 0, 0
    leaving: dict[int, int] = {}
    for index, node in enumerate(graph.nodes):
        if not node.run:
            continue
        elements = prod(node.shape)
        alive += elements
        peak = max(peak, alive)
        end = last_read.get(index, index if node.sources else len(graph.nodes))
        leaving[end] = leaving.get(end, 0) + elements
        alive -= leaving.pop(index, 0)
    return peak * batch
