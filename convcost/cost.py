"""Questions about a graph: its cost and its receptive field.

The default convention, `convcost`, counts what papers count: multiply-accumulates of convolutions,
and all trainable parameters. Norms, activations, biases and padding add no multiply-accumulate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import prod
from typing import NamedTuple

from convcost.contractions import Contraction, Conv, TransposedConv
from convcost.errors import ConvcostError, no_such
from convcost.graph import Graph, Node
from convcost.maps import Activation, Norm
from convcost.moves import Flatten, Pad, PixelShuffle, Subsample
from convcost.ops import Axes, Input, Op
from convcost.pools import AdaptivePool, Mean, Pool, Resize
from convcost.windows import Sides

CONVENTION = "convcost"

DTYPES = {"float32": 4, "float16": 2, "bfloat16": 2, "int8": 1}
"""Bytes per element."""


def bytes_of(dtype: str) -> int:
    """Bytes of one element; `ConvcostError` if there is no such dtype."""
    if dtype not in DTYPES:
        raise ConvcostError(no_such("dtype", dtype, DTYPES))
    return DTYPES[dtype]


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

    def __radd__(self, other: int) -> Cost:
        """Let `sum` start with its 0."""
        return self

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
        return self.params * bytes_of(dtype)

    def activation_bytes(self, dtype: str = "float32") -> int:
        """Bytes written by convolutions."""
        return self.activations * bytes_of(dtype)

    def intensity(self, dtype: str = "float32") -> float:
        """FLOPs per byte, if each convolution reads its input and weights and writes once.

        Norms and activations count as fused into their convolution: their parameters are read,
        their maps are not (Williams, Waterman and Patterson, "Roofline", 2009). 0 where nothing is
        moved.
        """
        moved = (self.params + self.moved) * bytes_of(dtype)
        return self.flops / moved if moved else 0.0


def _slim(op: Op) -> int:
    """TensorFlow's slim has beta, mean and variance of a batch norm among its variables."""
    return op.params // 2 * 3 if isinstance(op, Norm) else op.params


PARAM_COUNTS: dict[str, Callable[[Op], int]] = {
    "all": lambda op: op.params,
    "without-norms": lambda op: 0 if isinstance(op, Norm) else op.params,
    "beta-mean-variance": _slim,
}
"""Ways in which params are counted: all trainable ones unless a source says otherwise."""


def count_params(graph: Graph, way: str = "all") -> int:
    """The params of a graph, by one of `PARAM_COUNTS`."""
    return sum([PARAM_COUNTS[way](node.op) for node in graph.nodes])


def cost(graph: Graph, batch: int = 1, nodes: Iterable[Node] | None = None) -> Cost:
    """What the whole graph costs, or what some of its nodes do."""
    params = macs = written = read = 0
    for op, sources, shape, _, _ in graph.nodes[1:] if nodes is None else nodes:
        params += op.params
        macs += op.macs(shape)
        if isinstance(op, Contraction):
            written += prod(shape)
            read += prod(graph.nodes[sources[0]].shape)
    return Cost(params, macs * batch, written * batch, (read + written) * batch)


def receptive_field(graph: Graph) -> Axes:
    """How far the input positions that one output position sees reach, along each spatial axis.

    Each node sees, at its position q, the input from first + jump q to last + jump q; where
    branches meet, all that any of them sees (Araujo, Norris and Sim, "Computing Receptive Fields",
    Distill 2019). Empty where no single number says it: after a resize or a transposed convolution,
    or without a map at the input.
    """
    views = _views(graph)
    return _reach(views[-1]) if len(views) == len(graph.nodes) else ()


def receptive_fields(graph: Graph) -> list[Axes]:
    """The receptive field of every node, empty where no single number says it."""
    found = list(map(_reach, _views(graph)))
    return found + [()] * (len(graph.nodes) - len(found))


def _reach(views: list[View]) -> Axes:
    return tuple(
        [
            max(last - first, everywhere[1] - everywhere[0] if everywhere else 0) + 1
            for first, last, _, everywhere in views
        ]
    )


def _views(graph: Graph) -> list[list[View]]:
    """What each node sees along each axis, up to the first of which no single number says it."""
    views: list[list[View]] = [[View()] * (len(graph.input) - 1)]
    for op, sources, _, _, _ in graph.nodes[1:]:
        seen = views[sources[0]] if sources else []
        if len(sources) > 1:
            seen = list(map(_join, *[views[index] for index in sources]))
        if isinstance(op, Conv):
            seen = list(map(_widen, seen, op.kernel, op.stride, op.padding, op.dilation))
        elif isinstance(op, Pool):
            ones = (1,) * len(op.kernel)
            seen = list(map(_widen, seen, op.kernel, op.stride, op.padding, ones))
        elif isinstance(op, Subsample):
            none, ones = (0,) * len(op.stride), (1,) * len(op.stride)
            seen = list(map(_widen, seen, ones, op.stride, none, ones))
        elif isinstance(op, Pad):
            seen = list(map(_shift, seen, op.sides))
        elif isinstance(op, AdaptivePool | Mean | Flatten):
            spatial = graph.nodes[sources[0]].shape[1:]
            seen = list(map(_all_of, seen, spatial)) if spatial else seen
        elif isinstance(op, TransposedConv | Resize | PixelShuffle | Input):
            break
        views.append(seen)
    return views


def shift(graph: Graph) -> Axes | None:
    """How far 2 x 2 convolutions padded on one side move the map, in half input pixels per axis.

    Each moves it by half a pixel of the map that it stands on, away from its zeros: those at right
    and bottom move it to the left and up, which is negative (arXiv 2002.12046). None if there are
    no such convolutions, or no single number says it (see `receptive_field`).
    """
    views, moved = _views(graph), []
    for node in graph.nodes[1:]:
        pad = _pad_of_two_by_two(graph, node)
        if pad is not None:
            if pad.sources[0] >= len(views):
                return None
            seen = views[pad.sources[0]]
            sides = zip(_sides(pad), seen, strict=True)
            moved.append([(before - after) * jump for (before, after), (_, _, jump, _) in sides])
    return tuple(map(sum, zip(*moved, strict=True))) if moved else None


def _sides(pad: Node) -> Sides:
    return pad.op.sides if isinstance(pad.op, Pad) else ()


def _pad_of_two_by_two(graph: Graph, node: Node) -> Node | None:
    """The one-sided padding of a 2 x 2 convolution, before it or before a pointwise one."""
    op = node.op
    if not isinstance(op, Conv) or set(op.kernel) != {2}:
        return None
    while True:
        node = graph.nodes[node.sources[0]] if node.sources else node
        op = node.op
        if isinstance(op, Conv) and max(op.kernel) == 1:
            continue
        if not isinstance(op, Norm | Activation):
            one_sided = {(0, 1), (1, 0)}.issuperset(_sides(node))
            return node if isinstance(op, Pad) and one_sided else None


def peak_memory(graph: Graph, batch: int = 1) -> int:
    """The most elements that stand in memory at once while the nodes run in order.

    While a node runs, its output and everything that it or a later node reads are there; nothing
    is fused, computed in place or kept for a backward pass. Weights are not counted.
    """
    last_read = {}
    for index, node in enumerate(graph.nodes):
        for source in node.sources:
            last_read[source] = index
    alive, peak = 0, 0
    leaving: dict[int, int] = {}
    for index, node in enumerate(graph.nodes):
        elements = prod(node.shape)
        alive += elements
        peak = max(peak, alive)
        end = last_read.get(index, len(graph.nodes))
        leaving[end] = leaving.get(end, 0) + elements
        alive -= leaving.pop(index, 0)
    return peak * batch


class View(NamedTuple):
    """What a node sees of the input along one axis.

    Position q sees from `first` + `jump` q to `last` + `jump` q, and besides that, as every other
    position does, all of `everywhere`: what was pooled over the whole map on a branch.
    """

    first: int = 0
    last: int = 0
    jump: int = 1
    everywhere: tuple[int, int] | None = None


def _widen(view: View, kernel: int, stride: int, padding: int, dilation: int) -> View:
    first, last, jump, everywhere = view
    start = first - padding * jump
    end = last + (dilation * (kernel - 1) - padding) * jump
    return View(start, end, jump * stride, everywhere)


def _shift(view: View, side: tuple[int, int]) -> View:
    first, last, jump, everywhere = view
    return View(first - side[0] * jump, last - side[0] * jump, jump, everywhere)


def _all_of(view: View, size: int) -> View:
    """What all positions of a node see together."""
    first, last, jump, everywhere = view
    whole = _union((first, last + jump * (size - 1)), everywhere)
    return View(*whole, 0, whole)


def _join(*views: View) -> View:
    local = [view for view in views if view.jump] or views
    first = min(view.first for view in local)
    last = max(view.last for view in local)
    jump = max(view.jump for view in local)
    everywhere = [view.everywhere for view in views if view.everywhere]
    return View(first, last, jump, _union(*everywhere) if everywhere else None)


def _union(*parts: tuple[int, int] | None) -> tuple[int, int]:
    known = [part for part in parts if part]
    return min(part[0] for part in known), max(part[1] for part in known)
