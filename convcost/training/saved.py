"""What a graph keeps for its backward pass: storages, each once.

A storage is what one op made room for. Views of it, and what overwrites it, share it; it is kept
whole where any of them is.
"""

from __future__ import annotations

from math import prod
from typing import NamedTuple

from convcost.graph.memory import Strided, laid_out
from convcost.graph.nodes import Graph, Node
from convcost.ops.layouts import elements
from convcost.ops.maps import Activation, Elementwise
from convcost.ops.moves import Flatten
from convcost.ops.op import Input
from convcost.ops.tokens import Embedding, MergeHeads, ToTokens
from convcost.training.gradients import needed, trains_weights
from convcost.training.keeping import NOTHING, Site
from convcost.training.modules import kept
from convcost.values.dtypes import BITS


class Saved(NamedTuple):
    """What a graph keeps.

    Attributes:
        storage_of: the storage that each node writes to, by the index of the node that made it.
        sizes: bytes of each storage of a map, by that index.
        kept: the storages that each node keeps.
        made: bytes that each node makes beside, and keeps.
        unknown: nodes of which it is not known what they keep beside.
    """

    storage_of: tuple[int, ...]
    sizes: dict[int, int]
    kept: tuple[tuple[int, ...], ...]
    made: tuple[int, ...]
    unknown: tuple[int, ...]

    def first(self) -> tuple[int, ...]:
        """Bytes that each node keeps and none before it does."""
        seen: set[int] = set()
        found = []
        for storages, made in zip(self.kept, self.made, strict=True):
            new = set(storages) - seen
            seen |= new
            found.append(made + sum([self.sizes[each] for each in new]))
        return tuple(found)

    @property
    def bytes(self) -> int:
        """All that is kept."""
        return sum(self.first())


class Kernels(NamedTuple):
    """By which kernels: of which device, and whether attention is one."""

    device: str = "cpu"
    fused: bool = True


ON_CPU = Kernels()


def saved(graph: Graph, batch: int = 1, dtype: str = "float32", how: Kernels = ON_CPU) -> Saved:
    """What a graph keeps, by these kernels."""
    laid = laid_out(graph, batch, how.fused)
    needs, wanted_ = needed(graph)
    storage_of: list[int] = []
    sizes: dict[int, int] = {}
    found: list[tuple[int, ...]] = []
    made: list[int] = []
    unknown: list[int] = []
    words = {node.sources[0] for node in graph.nodes if isinstance(node.op, Embedding)}
    for index, node in enumerate(graph.nodes):
        shares = _shares(node, laid)
        storage_of.append(storage_of[node.sources[0]] if shares else index)
        if not shares:
            bits = 64 if index in words else BITS[dtype]
            sizes[index] = -(-elements(node.shape, batch) * bits // 8) if node.run else 0
        own = NOTHING
        if wanted_[index] and not isinstance(node.op, Input):
            reads = tuple([laid[source] for source in node.sources])
            site = Site(
                reads,
                laid[index],
                tuple([needs[source] for source in node.sources]),
                trains_weights(graph, node),
                how.fused,
                cuda=how.device == "cuda",
            )
            own = kept(node.op, site)
        storages = [storage_of[node.sources[place]] for place in own.reads]
        storages += [storage_of[index]] * own.written
        held = [each for each in storages if not graph.nodes[each].op.held]
        found.append(tuple(dict.fromkeys(held)))
        made.append(-(-(own.made * BITS[dtype] + own.bits) // 8))
        unknown += [index] * own.unknown
    return Saved(tuple(storage_of), sizes, tuple(found), tuple(made), tuple(unknown))


def _shares(node: Node, laid: list[Strided]) -> bool:
    """Whether a node writes to the storage that it reads first."""
    op, sources = node.op, node.sources
    if not sources or not node.run:
        return False
    read = laid[sources[0]]
    if isinstance(op, Activation):
        return op.inplace or op.function == "identity"
    if isinstance(op, Elementwise):
        return node.form == "inplace"
    if isinstance(op, ToTokens):
        return read.can_be((*read.sizes[:2], prod(read.sizes[2:])))
    if isinstance(op, Flatten):
        return read.can_be((read.sizes[0], prod(read.sizes[1:])))
    if isinstance(op, MergeHeads):
        *outer, heads, tokens, each = range(len(read.sizes))
        turned = read.moved((*outer, tokens, heads, each))
        return turned.can_be((*turned.sizes[:-2], prod(turned.sizes[-2:])))
    return op.view
