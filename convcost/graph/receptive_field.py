"""What positions of a graph see of its input: how far they reach, and how far they shift."""

from __future__ import annotations

from typing import NamedTuple

from convcost.graph.contractions import Conv, TransposedConv
from convcost.graph.maps import Activation, Norm
from convcost.graph.moves import Flatten, Pad, PixelShuffle, Subsample
from convcost.graph.nodes import Graph, Node
from convcost.graph.ops import Axes, Input
from convcost.graph.pools import AdaptivePool, Mean, Pool, Resize
from convcost.graph.windows import Sides


class View(NamedTuple):
    """What a node sees of the input along one axis.

    Position q sees from `first` + `jump` q to `last` + `jump` q, and besides that, as every other
    position does, all of `everywhere`: what was pooled over the whole map on a branch.
    """

    first: int = 0
    last: int = 0
    jump: int = 1
    everywhere: tuple[int, int] | None = None


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
