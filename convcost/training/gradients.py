"""Which gradients a training step computes, and what their products come to.

A gradient goes back from the outputs to what is trained, and no further: none is computed for the
input of a network, nor for what is frozen, but for what has to pass through it. Of a layer by
itself, which stands in some network, that of its input is wanted, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import add
from typing import NamedTuple

from convcost.graph.nodes import Graph, Node
from convcost.ops.called import CalledProducts, Opaque
from convcost.ops.layouts import Stacked, in_batch
from convcost.ops.op import Contraction, Input, Wanted

NONE = Wanted((), False)
"""Of what leads to no output, or depends on nothing that is trained."""


class Step(NamedTuple):
    """FLOPs of a training step, of the whole batch; they add up.

    Attributes:
        forward: of the forward pass.
        input_grad: of the gradients of what ops read.
        weight_grad: of the gradients of weights.
        recomputed: of what is computed again as it was not kept.
        unknown: ops whose FLOPs are not known, and are in no sum.
    """

    forward: int = 0
    input_grad: int = 0
    weight_grad: int = 0
    recomputed: int = 0
    unknown: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.forward + self.input_grad + self.weight_grad + self.recomputed

    def __add__(self, other: object) -> Step:
        assert isinstance(other, Step)
        return Step(*map(add, self, other))


def step_of(node: Node, wanted: Wanted, batch: int = 1) -> Step:
    """What one node adds to a training step, of which these gradients are wanted.

    An example: a 3x3 convolution of 64 to 64 channels on 64x32x32 adds 75,497,472 FLOPs to each.
    """
    op, shape = node.op, node.shape
    if not node.run or not isinstance(op, Contraction | Opaque):
        return Step()
    if isinstance(op, Opaque):
        return Step(unknown=1)
    own = shape[1:] if isinstance(shape, Stacked) else shape
    samples = 2 * in_batch(shape, batch)
    unknown = wanted.any and isinstance(op, CalledProducts) and op.factors(len(node.sources)) > 2
    return Step(
        op.macs(own) * samples,
        op.input_macs(own, wanted) * samples,
        op.weight_macs(own, wanted) * samples,
        unknown=int(unknown),
    )


def wanted(graph: Graph) -> tuple[Wanted, ...]:
    """Which gradients of each node are wanted, in their order."""
    needs, varies = _needing(graph)
    reached = _reached(graph, needs)
    found = []
    for index, node in enumerate(graph.nodes):
        if not reached[index] or isinstance(node.op, Input):
            found.append(NONE)
            continue
        maps = [varies[each] for each in node.sources]
        maps[:1] = [True] if node.op.params and maps else maps[:1]  # what its own weights go over
        read = [*zip(maps, [needs[each] for each in node.sources], strict=True)]
        inputs = [each and is_map and not node.op.looks_up for is_map, each in read]
        made = [each and not is_map for is_map, each in read]
        weights = trains_weights(graph, node) or (node.owner is not None and any(made))
        found.append(Wanted(tuple(inputs), weights, tuple(made), trains(graph, node)))
    return tuple(found)


def words_of(graph: Graph) -> set[int]:
    """The inputs that are numbers of words, which have no gradient."""
    return {node.sources[0] for node in graph.nodes if node.op.looks_up and node.sources}


def needed(graph: Graph) -> tuple[list[bool], list[bool]]:
    """Whether what is trained needs a gradient of each node; and whether one comes back to it."""
    needs, _ = _needing(graph)
    return needs, _reached(graph, needs)


def _needing(graph: Graph) -> tuple[list[bool], list[bool]]:
    """Whether what is trained needs a gradient of each node; and whether inputs change it."""
    needs: list[bool] = []
    varies: list[bool] = []
    words = words_of(graph)
    for index, node in enumerate(graph.nodes):
        if isinstance(node.op, Input):
            needs.append(graph.of_layer and index not in words)
            varies.append(True)
            continue
        below = any(needs[source] for source in node.sources)
        ends = not node.run or node.stopped or node.op.stops
        needs.append(not ends and (below or trains(graph, node)))
        varies.append(any(varies[source] for source in node.sources))
    return needs, varies


def _reached(graph: Graph, needs: Sequence[bool]) -> list[bool]:
    """Whether a gradient comes from an output back to each node that needs one."""
    reached = [False] * len(graph.nodes)
    for index in graph.outputs:
        reached[index] = needs[index]
    for index in range(len(graph.nodes) - 1, -1, -1):
        for source in graph.nodes[index].sources if reached[index] else ():
            reached[source] = needs[source]
    return reached


def _holder(graph: Graph, node: Node) -> Node:
    """The node that has the parameters which a node uses."""
    return node if node.owner is None else graph.nodes[node.owner]


def trains(graph: Graph, node: Node) -> bool:
    """Whether it uses parameters that are trained."""
    holder = _holder(graph, node)
    return node.op.params > 0 and holder.params > holder.frozen_params


def trains_weights(graph: Graph, node: Node) -> bool:
    """Whether its weights are trained, which of a contraction are not its biases."""
    if not isinstance(node.op, Contraction):
        return trains(graph, node)
    return node.op.params > 0 and _holder(graph, node).frozen in ("", "biases")
