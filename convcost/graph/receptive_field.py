"""What positions of a graph see of its input: how far they reach."""

from __future__ import annotations

from typing import NamedTuple

from convcost.graph.nodes import Graph
from convcost.graph.ops import Axes


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
    views = views_of(graph)
    return _reach(views[-1]) if len(views) == len(graph.nodes) else ()


def receptive_fields(graph: Graph) -> list[Axes]:
    """The receptive field of every node, empty where no single number says it."""
    found = list(map(_reach, views_of(graph)))
    return found + [()] * (len(graph.nodes) - len(found))


def _reach(views: list[View]) -> Axes:
    return tuple(
        [
            max(last - first, everywhere[1] - everywhere[0] if everywhere else 0) + 1
            for first, last, _, everywhere in views
        ]
    )


def views_of(graph: Graph) -> list[list[View]]:
    """What each node sees along each axis, up to the first of which no single number says it."""
    views: list[list[View]] = [[View()] * (len(graph.input) - 1)]
    for op, sources, _, _, _ in graph.nodes[1:]:
        seen = views[sources[0]] if sources else []
        if len(sources) > 1:
            seen = list(map(_join, *[views[index] for index in sources]))
        if op.reads == "window":
            seen = list(map(_widen, seen, *op.window))
        elif op.reads == "map":
            spatial = graph.nodes[sources[0]].shape[1:]
            seen = list(map(_all_of, seen, spatial)) if spatial else seen
        elif op.reads == "other":
            break
        else:
            assert op.reads == "position", op.reads
        views.append(seen)
    return views


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
