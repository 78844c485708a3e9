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
from convcost.ops.maps import Activation
from convcost.ops.moves import Flatten
from convcost.ops.op import Contraction, Input, Op
from convcost.ops.tokens import MergeHeads, ToTokens
from convcost.training.autocast import FULL, cast_to, dtypes_of, weights_cast
from convcost.training.gradients import needed, trains, trains_weights, words_of
from convcost.training.keeping import (  # noqa: F401  # they register rules
    convolutions,
    functions,
    maps,
    modules,
    pools,
    products,
)
from convcost.training.keeping.site import NOTHING, UNKNOWN, Kept, Site, kept
from convcost.values.dtypes import BITS

DEVICES = ("cpu", "cuda")
"""Whose kernels are known."""

WORD = "int64"
"""The dtype of numbers of words."""


class Saved(NamedTuple):
    """What a graph keeps.

    Attributes:
        storage_of: the storage that each node writes to, by the index of the node that made it.
        sizes: bytes of each storage of a map, by that index.
        kept: the storages that each node keeps.
        made: bytes that each node makes beside, and keeps.
        unknown: nodes of which it is not known what they keep beside.
        bits: of an element of what each node writes.
        overwritten: nodes that overwrite what one before them keeps, on which torch raises.
    """

    storage_of: tuple[int, ...]
    sizes: dict[int, int]
    kept: tuple[tuple[int, ...], ...]
    made: tuple[int, ...]
    unknown: tuple[int, ...]
    bits: tuple[int, ...]
    overwritten: tuple[int, ...]

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
    """By which kernels a graph is trained.

    Attributes:
        device: `cpu` or `cuda`.
        fused: whether attention is one kernel where the device has it, or single products.
        amp: the dtype of mixed precision; nothing if there is none.
        dtype: of maps without it.
    """

    device: str = "cpu"
    fused: bool = True
    amp: str = ""
    dtype: str = "float32"

    def cast_to(self, op: Op) -> str:
        """The dtype to which what an op reads is cast; nothing if it is read as it is."""
        return cast_to(op, self.amp, self.device) if self.amp else ""


ON_CPU = Kernels()


def saved(graph: Graph, batch: int = 1, how: Kernels = ON_CPU) -> Saved:
    """What a graph keeps, by these kernels."""
    ledger = _Ledger(graph, batch, how)
    for index, node in enumerate(graph.nodes):
        ledger.append(index, node)
    return Saved(
        tuple(ledger.storage_of),
        ledger.sizes,
        tuple(ledger.kept),
        tuple(ledger.made),
        tuple(ledger.unknown),
        tuple(map(ledger.bits_of, range(len(graph.nodes)))),
        tuple(ledger.overwritten),
    )


class _Ledger:
    """Finds storages and what is kept of them, node by node."""

    def __init__(self, graph: Graph, batch: int, how: Kernels) -> None:
        self.graph, self.batch, self.how = graph, batch, how
        self.laid = laid_out(graph, batch, how.fused)
        self.needs, self.keeps = needed(graph)
        self.dtypes = (
            dtypes_of(graph, how.amp, how.device) if how.amp else [how.dtype] * len(graph.nodes)
        )
        for index in words_of(graph):
            self.dtypes[index] = WORD
        self.storage_of: list[int] = []
        self.sizes: dict[int, int] = {}
        self.kept: list[tuple[int, ...]] = []
        self.held: set[int] = set()
        self.made: list[int] = []
        self.unknown: list[int] = []
        self.overwritten: list[int] = []
        self.cast: set[int] = set()
        """The nodes whose weights are there in another dtype, and inputs."""

    def append(self, index: int, node: Node) -> None:
        """Add what a node writes, and what it keeps."""
        shares = _shares(node, self.laid)
        self.storage_of.append(self.storage_of[node.sources[0]] if shares else index)
        if not shares:
            self.sizes[index] = self._bytes(index) if node.run else 0
        elif overwrites(node) and self._is_needed(self.storage_of[index]):
            self.overwritten.append(index)
        own = NOTHING
        if self.keeps[index] and not isinstance(node.op, Input):
            own = self._own(index, node)
        cast, storages, bits = self.how.cast_to(node.op), [], own.bits
        for place in own.reads:
            source = node.sources[place]
            if cast and self.dtypes[source] not in (cast, WORD):
                bits += self._cast(source) * BITS[cast]
            else:
                storages.append(self.storage_of[source])
        storages += [self.storage_of[index]] * own.written
        held = [each for each in storages if not self.graph.nodes[each].op.held]
        self.held.update(held)
        self.kept.append(tuple(dict.fromkeys(held)))
        bits += own.made * self.bits_of(index)
        if own is not NOTHING and self.how.amp:
            bits += self._weights_cast(index, node) * BITS[cast or FULL]
        self.made.append(-(-bits // 8))
        self.unknown += [index] * own.unknown

    def _is_needed(self, storage: int) -> bool:
        """Whether the backward pass needs it, or it is an input that wants a gradient."""
        given = isinstance(self.graph.nodes[storage].op, Input)
        return storage in self.held or (given and self.needs[storage])

    def _own(self, index: int, node: Node) -> Kept:
        """What an op keeps; unknown where code calls it in a way that its rule is not for."""
        try:
            return kept(node.op, self._site(index, node))
        except (ValueError, LookupError):
            if not self.graph.of_code:
                raise
            return UNKNOWN

    def _site(self, index: int, node: Node) -> Site:
        needs = tuple([self.needs[source] for source in node.sources])
        reads = tuple([self.laid[source] for source in node.sources])
        trained = trains_weights(self.graph, node)
        on_cuda = self.how.device == "cuda"
        return Site(
            reads,
            self.laid[index],
            needs,
            weights=trained,
            trains=trains(self.graph, node),
            fused=self.how.fused,
            cuda=on_cuda,
            bits=self.bits_of(index),
            amp=bool(self.how.amp),
        )

    def _weights_cast(self, index: int, node: Node) -> int:
        """Weights that an op keeps in another dtype, and no op before it does."""
        holder = index if node.owner is None else node.owner
        if holder in self.cast or not isinstance(node.op, Contraction | Activation):
            return 0
        self.cast.add(holder)
        weighs = any(self.needs[source] for source in node.sources[:1])
        return weights_cast(self.graph.nodes[holder], weighs)

    def _cast(self, source: int) -> int:
        """Elements that are cast; those of an input that wants a gradient once for all."""
        if isinstance(self.graph.nodes[source].op, Input) and self.needs[source]:
            if source in self.cast:
                return 0
            self.cast.add(source)
        return self._elements(source)

    def _elements(self, index: int) -> int:
        return elements(self.graph.nodes[index].shape, self.batch)

    def bits_of(self, index: int) -> int:
        """Bits of an element of what a node writes."""
        return BITS.get(self.dtypes[index], 64)

    def _bytes(self, index: int) -> int:
        return -(-self._elements(index) * self.bits_of(index) // 8)


def overwrites(node: Node) -> bool:
    """Whether a node writes where it reads."""
    return node.form == "inplace" or (isinstance(node.op, Activation) and node.op.inplace)


def _shares(node: Node, laid: list[Strided]) -> bool:
    """Whether a node writes to the storage that it reads first."""
    op, sources = node.op, node.sources
    if not sources or not node.run:
        return False
    read = laid[sources[0]]
    if overwrites(node):
        return True
    if isinstance(op, Activation):
        return op.function == "identity" or op.idle
    if isinstance(op, ToTokens):
        return read.can_be((*read.sizes[:2], prod(read.sizes[2:])))
    if isinstance(op, Flatten):
        return read.can_be((read.sizes[0], prod(read.sizes[1:])))
    if isinstance(op, MergeHeads):
        *outer, heads, tokens, each = range(len(read.sizes))
        turned = read.moved((*outer, tokens, heads, each))
        return turned.can_be((*turned.sizes[:-2], prod(turned.sizes[-2:])))
    return op.view
