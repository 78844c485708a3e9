"""Bytes that ops read and write, by one of two rules.

`fused`: a convolution or a product reads what comes in and its weights, and writes once; norms,
activations, sums and all else are part of it, and only their parameters are read (Williams,
Waterman and Patterson, "Roofline", 2009). `unfused`: every op reads all that it is given and writes
all that it makes, but for views, which only say otherwise where elements lie.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

from convcost.graph.nodes import Graph, Node
from convcost.ops.called import Opaque
from convcost.ops.layouts import Stacked, elements, in_batch
from convcost.ops.op import Composite, Contraction, Op
from convcost.values.dtypes import Precision, bytes_of


@dataclass(frozen=True, slots=True)
class Traffic:
    """Bytes that are moved; they add up.

    Attributes:
        weights: of weights and all other parameters, read.
        read: of maps.
        written: of maps.
    """

    weights: int = 0
    read: int = 0
    written: int = 0

    @property
    def bytes(self) -> int:
        """All of them."""
        return self.weights + self.read + self.written

    def __radd__(self, other: int) -> Traffic:
        """Let `sum` start with its 0."""
        return self

    def __add__(self, other: Traffic) -> Traffic:
        return Traffic(
            self.weights + other.weights, self.read + other.read, self.written + other.written
        )


def fused(
    graph: Graph, precision: Precision, batch: int = 1, nodes: Iterable[Node] | None = None
) -> Traffic:
    """What convolutions and products move, and the parameters of all else; of all or some nodes.

    Weights that several ops use are read once.
    """
    weights = read = written = 0
    for node in graph.nodes if nodes is None else nodes:
        if node.run and (node.owner is None or _reads_whole(graph, node)):
            weights += _parameters(node, precision, batch)
            if node.owner is not None:
                weights -= _parameters(graph.nodes[node.owner], precision, batch)
        if node.run and isinstance(node.op, Contraction | Opaque):
            came, went = _maps(graph, node, batch, Contraction, held=False)
            read += bytes_of(came, precision.of_maps)
            written += bytes_of(went, precision.of_maps)
    return Traffic(weights, read, written)


def unfused(
    graph: Graph, precision: Precision, batch: int = 1, nodes: Iterable[Node] | None = None
) -> Traffic:
    """What all nodes move, or some of them: each op by itself, and weights as often as used."""
    weights = read = written = 0
    for node in graph.nodes if nodes is None else nodes:
        if node.run and not node.op.view:
            made = _reads_made_weights(graph, node)
            weights += 0 if made else _parameters(node, precision, batch)
            came, went = _maps(graph, node, batch, Op)
            read += bytes_of(came, precision.of_maps)
            written += bytes_of(went, precision.of_maps)
    return Traffic(weights, read, written)


def stored(graph: Graph, precision: Precision) -> int:
    """Bytes of all parameters, with the scales of those that have some."""
    return sum([_held(node, precision) for node in graph.nodes if node.owner is None])


def _reads_whole(graph: Graph, node: Node) -> bool:
    """Whether it reads all of a table of which its owner only looks some rows up."""
    owner = None if node.owner is None else graph.nodes[node.owner].op
    return owner is not None and owner.looks_up and not node.op.looks_up


def _reads_made_weights(graph: Graph, node: Node) -> bool:
    """Whether the weights of an op are what captured code has made of others, which it reads."""
    if node.owner is None or not isinstance(node.op, Contraction):
        return False
    rows = [prod(each) for each in node.op.rows(node.shape)]
    return any(prod(graph.nodes[source].shape) in rows for source in node.sources[1:])


def _parameters(node: Node, precision: Precision, batch: int) -> int:
    """Bytes of the parameters that a node reads: of an embedding those of the words that come."""
    if node.op.looks_up:
        rows = min(elements(node.shape, batch), node.op.params)
        return bytes_of(rows, precision.dtype)
    return _held(node, precision)


def _held(node: Node, precision: Precision) -> int:
    """Bytes of all parameters of an op."""
    op = node.op
    if precision.is_one or not isinstance(op, Contraction):
        return bytes_of(op.params, precision.dtype)
    rows = op.rows(node.shape)
    others = op.params - sum(map(prod, rows))
    weights = sum([precision.of_weights.bytes_of(*each) for each in rows])
    return weights + bytes_of(others, precision.dtype)


def _maps(
    graph: Graph, node: Node, batch: int, parts_of: type[Op], held: bool = True
) -> tuple[int, int]:
    """Elements that a node reads and writes; of one that calls others, those of this class.

    Parameters that are nodes are read as weights unless they are to be among the maps (`held`).
    """
    op, shape = node.op, node.shape
    if not isinstance(op, Composite):
        sources = [graph.nodes[source] for source in node.sources]
        read = [elements(each.shape, batch) for each in sources if held or not each.op.held]
        return sum(read), elements(shape, batch)
    own = shape[1:] if isinstance(shape, Stacked) else shape
    parts = [part for part in op.inner(own) if isinstance(part.op, parts_of)]
    came = sum([prod(each) for part in parts for each in part.inputs])
    samples = in_batch(shape, batch)
    return came * samples, sum([prod(part.output) for part in parts]) * samples
