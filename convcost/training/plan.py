"""How a graph is trained, and what a step of it costs: FLOPs, and memory."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from convcost.graph.nodes import Graph, Node
from convcost.training.checkpoints import Segment, segments_of, without
from convcost.training.gradients import Step, step_of, wanted
from convcost.training.optimizers import buffer_bytes, gradient_bytes, state_bytes
from convcost.training.peak import Peak, peak_of
from convcost.training.saved import ON_CPU, Kernels, Saved, saved
from convcost.values.dtypes import BITS

MOST_BATCH = 10**9
"""Samples of a batch that is asked for are at most this."""


class Training(NamedTuple):
    """How a graph is trained.

    Attributes:
        optimizer: one of `optimizers.OPTIMIZERS`.
        kernels: what runs it.
        checkpoint: patterns of layers that are computed again in the backward pass.
    """

    optimizer: str = "sgd"
    kernels: Kernels = ON_CPU
    checkpoint: tuple[str, ...] = ()


PLAIN = Training()
"""By SGD, without a momentum, in float32."""


class Memory(NamedTuple):
    """Bytes of a training step.

    Attributes:
        params: of parameters.
        buffers: of running statistics.
        gradients: of parameters.
        optimizer: of what the optimiser keeps for them.
        saved: of what ops keep for the backward pass, parameters and buffers apart.
        peak: the most at once; see `peak`.
        at: the path of the op that runs then.
        backward: whether it runs backwards then.
        unknown: paths of ops of which it is not known what else they keep.
        overwritten: paths of ops that overwrite what the backward pass needs: torch raises.
    """

    params: int
    buffers: int
    gradients: int
    optimizer: int
    saved: int
    peak: int
    at: str
    backward: bool
    unknown: tuple[str, ...] = ()
    overwritten: tuple[str, ...] = ()


class Trained:
    """A graph that is trained in batches of a size."""

    def __init__(self, graph: Graph, batch: int = 1, training: Training = PLAIN) -> None:
        """Say what is trained, and how."""
        self.graph, self.batch, self.training = graph, batch, training

    @cached_property
    def _places(self) -> dict[int, int]:
        return {id(node): index for index, node in enumerate(self.graph.nodes)}

    @cached_property
    def _gradients(self) -> tuple[Step, ...]:
        again = {index for each in self.segments for index in each.again}
        found = []
        for index, (node, own) in enumerate(zip(self.graph.nodes, wanted(self.graph), strict=True)):
            step = step_of(node, own, self.batch)
            found.append(step._replace(recomputed=step.forward) if index in again else step)
        return tuple(found)

    @cached_property
    def _all_saved(self) -> Saved:
        """What is kept where nothing is computed again."""
        return saved(self.graph, self.batch, self.training.kernels)

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        """The layers that are computed again."""
        if not self.training.checkpoint:
            return ()
        return segments_of(self.graph, self.training.checkpoint, self._all_saved)

    @cached_property
    def _first(self) -> tuple[int, ...]:
        return without(self._all_saved, self.segments).first()

    def step(self, nodes: Iterable[Node] | None = None) -> Step:
        """FLOPs of a step, or what some nodes add to it."""
        return sum([self._gradients[index] for index in self._indices(nodes)], Step())

    def saved(self, nodes: Iterable[Node] | None = None) -> int:
        """Bytes that are kept for the backward pass, or that some nodes are the first to keep."""
        return sum([self._first[index] for index in self._indices(nodes)])

    def unknown(self, nodes: Iterable[Node] | None = None) -> bool:
        """Whether some of them keep what is not known."""
        return not set(self._all_saved.unknown).isdisjoint(self._indices(nodes))

    def _indices(self, nodes: Iterable[Node] | None) -> Iterable[int]:
        if nodes is None:
            return range(len(self.graph.nodes))
        return [self._places[id(node)] for node in nodes]

    def largest_batch(self, limit: int) -> int:
        """The largest batch whose step takes at most so many bytes; 0 if no batch does."""
        return largest_batch(self.graph, self.training, limit)

    @cached_property
    def peak(self) -> Peak:
        """The most of maps and gradients at once."""
        bits = BITS[self.training.kernels.dtype]
        return peak_of(self.graph, self.batch, self._all_saved, self.segments, bits)

    @cached_property
    def memory(self) -> Memory:
        """Bytes of a step."""
        graph, bits = self.graph, BITS[self.training.kernels.dtype]
        nodes = graph.nodes
        params = sum([node.params for node in nodes]) * bits // 8
        buffers = buffer_bytes(graph)
        state = state_bytes(graph, self.training.optimizer, bits)
        kept = self._all_saved
        return Memory(
            params,
            buffers,
            gradient_bytes(graph, bits),
            state,
            self.saved(),
            params + buffers + state + self.peak.bytes,
            nodes[self.peak.node].path,
            self.peak.backward,
            tuple([nodes[index].path for index in kept.unknown]),
            tuple([nodes[index].path for index in kept.overwritten]),
        )


def largest_batch(graph: Graph, training: Training, limit: int) -> int:
    """The largest batch whose step takes at most so many bytes; 0 if that of one sample is more."""

    def fits(batch: int) -> bool:
        return Trained(graph, batch, training).memory.peak <= limit

    if not fits(1):
        return 0
    one, two = (Trained(graph, batch, training).memory.peak for batch in (1, 2))
    guess = min(max((limit - one) // max(two - one, 1), 1), MOST_BATCH)
    low, step = 1, 1
    while fits(guess):  # nearly all that grows does so by as much for each sample
        low, guess, step = guess, guess + step, 2 * step
        if guess > MOST_BATCH:
            return low
    high, step = guess, 1
    while not fits(max(high - step, 1)):
        high, step = max(high - step, 1), 2 * step
    low = max(low, high - step)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low
