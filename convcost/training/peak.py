"""The most memory that a training step has at once, walked through op by op.

The rule: parameters, buffers and the optimiser's state are there all the time, gradients of
parameters from when they are computed on. A map is there from its op on, until the last op has read
it, or that op's backward pass has which keeps it; what comes in and what goes out stays. A gradient
of a map is there from the first op that sends one, until the op that wrote the map has used it;
sums, views and concatenations hand theirs on. It is a step as of the second one on, up to the
optimiser. Left out are what kernels need while they run, what an allocator rounds up or keeps, the
loss, and the optimiser's own step.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from convcost.graph.nodes import Graph, Node
from convcost.ops.layouts import elements
from convcost.ops.maps import Elementwise
from convcost.ops.moves import Concat
from convcost.ops.op import Input
from convcost.ops.partitions import PositionBias
from convcost.ops.tokens import ClassToken, Mask, Positions
from convcost.training.checkpoints import Segment
from convcost.training.gradients import needed
from convcost.training.optimizers import gradient_of
from convcost.training.saved import Saved

_HANDING_ON = (Concat, Positions, Mask, PositionBias, ClassToken)
"""Ops whose gradient is that of what they read, or a view of it."""


class Peak(NamedTuple):
    """The most bytes at once beside what is there all the time, and where.

    Attributes:
        bytes: of maps and gradients.
        node: which one runs then.
        backward: whether it runs backwards.
    """

    bytes: int = 0
    node: int = 0
    backward: bool = False


class _Memory:
    """What is there, and the most that was."""

    def __init__(self) -> None:
        self.now = 0
        self.peak = Peak()
        self.where = (0, False)

    def add(self, size: int) -> None:
        """Make room."""
        self.now += size
        if self.now > self.peak.bytes:
            self.peak = Peak(self.now, *self.where)


class _Gradient:
    """A gradient of a map, which several may share."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.users = 0


def peak_of(
    graph: Graph, batch: int, kept: Saved, segments: Sequence[Segment], bits: int = 32
) -> Peak:
    """The most that a step has at once, with some segments computed again.

    Parameters and their gradients have so many `bits` each.
    """
    return _Step(graph, batch, kept, segments, bits).run()


class _Step:
    """One step: forward, and back."""

    def __init__(
        self, graph: Graph, batch: int, kept: Saved, segments: Sequence[Segment], bits: int
    ) -> None:
        self.graph, self.batch, self.saved, self.bits = graph, batch, kept, bits
        self.needs, self.keeps = needed(graph)
        self.memory = _Memory()
        self.there: set[int] = set()
        """Storages that are there."""
        self.keepers: dict[int, set[int]] = {}
        """The nodes that keep each storage; of a segment its first."""
        self.segment_at = {segment.last: segment for segment in segments}
        self.inside = {index: each for each in segments for index in each.nodes}
        self.gradients: dict[int, _Gradient] = {}
        self.added: set[int] = set()
        """The nodes whose parameters have their gradients."""
        inputs = {i for i, node in enumerate(graph.nodes) if isinstance(node.op, Input)}
        self.stays = inputs | {kept.storage_of[index] for index in graph.outputs}
        self.last_read = self._last_reads(range(len(graph.nodes)))
        self.last_again = {each.last: self._last_reads(sorted(each.again)) for each in segments}

    def run(self) -> Peak:
        """Walk through it."""
        nodes = range(len(self.graph.nodes))
        for index in nodes:
            self._forward(index)
        for index in self.graph.outputs:
            self._send(index, self._gradient(index))
        for index in reversed(nodes):
            segment = self.segment_at.get(index)
            for each in segment.nodes if segment else ():
                if segment and each in segment.again:
                    self._forward(each, segment)
                self._keep(each)
            self._backward(index)
            inside = self.inside.get(index)
            if inside and index == inside.nodes[0]:
                for storage in inside.reads:
                    self._let_go(storage, index)
        return self.memory.peak

    def _last_reads(self, nodes: Iterable[int]) -> dict[int, int]:
        """The node among these that reads each storage last, going forward."""
        found: dict[int, int] = {}
        for index in nodes:
            for each in (index, *self.graph.nodes[index].sources):
                found[self.saved.storage_of[each]] = index
        return found

    def _forward(self, index: int, again: Segment | None = None) -> None:
        """Run an op; or run it again, of a segment, for what it keeps."""
        inside, storage = self.inside.get(index), self.saved.storage_of[index]
        self.memory.where = (index, again is not None)
        if storage not in self.there and self.graph.nodes[index].run:
            self.there.add(storage)
            self.memory.add(self.saved.sizes[storage])
        if inside is None:
            self._keep(index)
        elif again is not None:
            for each in self.saved.kept[index]:
                self.keepers.setdefault(each, set()).add(index)
        elif index == inside.nodes[0]:
            for each in inside.reads:
                self.keepers.setdefault(each, set()).add(index)
        last = self.last_read if again is None else self.last_again[again.last]
        for each in {self.saved.storage_of[i] for i in (index, *self.graph.nodes[index].sources)}:
            if last[each] == index:
                self._free(each)

    def _keep(self, index: int) -> None:
        """Let an op keep what it keeps, and what it makes beside."""
        self.memory.add(self.saved.made[index])
        for each in self.saved.kept[index]:
            self.keepers.setdefault(each, set()).add(index)

    def _free(self, storage: int) -> None:
        """Let a storage go that nobody keeps."""
        if storage in self.there and storage not in self.stays and not self.keepers.get(storage):
            self.there.discard(storage)
            self.memory.now -= self.saved.sizes[storage]

    def _let_go(self, storage: int, index: int) -> None:
        """Let a node keep a storage no longer."""
        self.keepers.get(storage, set()).discard(index)
        self._free(storage)

    def _backward(self, index: int) -> None:
        """Run an op backwards: its gradient is used, and one is sent to each that it reads."""
        self.memory.where = (index, True)
        node, own = self.graph.nodes[index], self.gradients.pop(index, None)
        if own is None or not self.keeps[index]:
            self._drop(own)
            return
        sent = []
        for place, source in enumerate(node.sources):
            if self.needs[source]:
                hands_on = self._hands_on(node, place)
                sent.append((source, own if hands_on else self._gradient(source)))
        for source, gradient in sent:
            self._send(source, gradient)
        holder = index if node.owner is None else node.owner
        if holder not in self.added:  # weights that several use have one gradient
            self.added.add(holder)
            self.memory.add(gradient_of(self.graph.nodes[holder], self.bits))
        self._drop(own)
        self.memory.now -= self.saved.made[index]
        for storage in self.saved.kept[index]:
            self._let_go(storage, index)

    def _hands_on(self, node: Node, place: int) -> bool:
        """Whether the gradient of what a node reads is its own, or a view of it."""
        op = node.op
        if isinstance(op, _HANDING_ON):
            return True
        source = self.graph.nodes[node.sources[place]].shape
        same = elements(source, self.batch) == elements(node.shape, self.batch)
        adds = isinstance(op, Elementwise) and (
            op.function == "add" or (op.function == "sub" and place == 0)
        )
        return same and (op.view or adds)

    def _gradient(self, index: int) -> _Gradient:
        """Room for the gradient of what a node writes."""
        node = self.graph.nodes[index]
        size = elements(node.shape, self.batch) * self.saved.bits[index] // 8
        self.memory.add(size)
        return _Gradient(size)

    def _send(self, index: int, gradient: _Gradient) -> None:
        """Have a gradient at a node, added to what is there."""
        there = self.gradients.get(index)
        gradient.users += 1
        if there is None:
            self.gradients[index] = gradient
            return
        if there.users > 1:  # it is somebody else's, too, so that the sum is a new one
            total = self._gradient(index)
            total.users = 1
            self.gradients[index] = total
            self._drop(there)
        self._drop(gradient)

    def _drop(self, gradient: _Gradient | None) -> None:
        """One fewer has a gradient."""
        if gradient is not None:
            gradient.users -= 1
            if gradient.users < 1:
                self.memory.now -= gradient.size
