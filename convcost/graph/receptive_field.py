"""What positions of a graph see of its input: how far they reach."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from convcost.graph.nodes import Graph
from convcost.ops.layouts import Stacked, Tokens
from convcost.ops.op import Axes, Input


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
    Distill 2019). Of several outputs it is that of the last layer. Empty where no single number
    says it: after a resize or a transposed convolution, where a second map came in, or without a
    map at the first input.
    """
    return receptive_fields(graph)[graph.last]


def receptive_fields(graph: Graph) -> list[Axes]:
    """The receptive field of every node, empty where no single number says it."""
    return [_reach(views) if views else () for views in views_of(graph)]


def _reach(views: Sequence[View]) -> Axes:
    return tuple(
        [
            max(last - first, everywhere[1] - everywhere[0] if everywhere else 0) + 1
            for first, last, _, everywhere in views
        ]
    )


Views = Sequence[View] | None
"""What a node sees along each axis: nothing at all if empty; None if no single number says it."""


def views_of(graph: Graph) -> list[Views]:
    """What each node sees of the first input."""
    of_tokens = isinstance(graph.input, Tokens)
    views: list[Views] = [None if of_tokens else [View()] * (len(graph.input) - 1)]
    for op, sources, shape, *_ in graph.nodes[1:]:
        if not sources:  # a further input, of which features are no part of the first map
            views.append([] if len(shape) == 1 or not isinstance(op, Input) else None)
            continue
        if isinstance(shape, Stacked):
            views.append(None)
            continue
        seen = views[sources[0]]
        if len(sources) > 1:
            seen = _union_of([views[index] for index in sources], shape[1:])
        if not seen or op.reads == "other":
            views.append(seen and None)
            continue
        if op.reads == "window":
            seen = list(map(_widen, seen, *op.window))
        elif op.reads == "map":
            spatial = graph.nodes[sources[0]].shape[1:]
            seen = list(map(_all_of, seen, spatial)) if spatial else seen
        else:
            assert op.reads == "position", op.reads
        views.append(seen)
    return views


def _union_of(read: Sequence[Views], spatial: Axes) -> Views:
    """What the positions of a map see that joins others; those that see nothing add nothing."""
    known = [seen for seen in read if seen]
    if None in read:
        return None
    if len(known) < 2:
        return [*known, []][0]
    for size, *along in zip(spatial, *known, strict=False):
        if size > 1 and len({view.jump for view in along} - {0}) > 1:
            return None  # they drift apart from position to position
    return list(map(_join, *known))


def _widen(view: View, kernel: int, stride: int, padding: int, dilation: int) -> View:
    first, last, jump, everywhere = view
    start = first - padding * jump
    end = last + (dilation * (kernel - 1) - padding) * jump
    return View(start, end, jump * stride, everywhere)


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
