"""How far the 2 x 2 convolutions of a graph move its map."""

from __future__ import annotations

from convcost.graph.nodes import Graph, Node
from convcost.graph.receptive_field import views_of
from convcost.ops.convolutions import Conv, DeformConv, SameConv
from convcost.ops.maps import Activation, Norm
from convcost.ops.op import Axes
from convcost.ops.padding import Pad
from convcost.ops.windows import Sides, same_sides


def shift(graph: Graph) -> Axes | None:
    """How far 2 x 2 convolutions padded on one side move the map, in half input pixels per axis.

    Each moves it by half a pixel of the map that it stands on, away from its zeros: those at right
    and bottom move it to the left and up, which is negative (arXiv 2002.12046). None if there are
    no such convolutions, or no single number says it (see `receptive_field`).
    """
    views, moved = views_of(graph), []
    for node in graph.nodes[1:]:
        pad = _pad_of_two_by_two(graph, node)
        if pad is not None and node.run:
            seen = views[pad.sources[0]]
            if not seen:
                return None
            sides = zip(_sides(pad), seen, strict=True)
            moved.append([(before - after) * jump for (before, after), (_, _, jump, _) in sides])
    return tuple(map(sum, zip(*moved, strict=True))) if moved else None


def _sides(pad: Node) -> Sides:
    if isinstance(pad.op, SameConv):  # torch, too, has the odd zero behind
        return same_sides(pad.op.kernel, pad.op.dilation)
    return pad.op.sides if isinstance(pad.op, Pad) else ()


def _pad_of_two_by_two(graph: Graph, node: Node) -> Node | None:
    """What pads a 2 x 2 convolution on one side: itself, or a node before it or a pointwise one."""
    op = node.op
    if not isinstance(op, Conv) or isinstance(op, DeformConv) or set(op.kernel) != {2}:
        return None
    if isinstance(op, SameConv):
        return node if max(op.dilation) == 1 else None
    while True:
        node = graph.nodes[node.sources[0]] if node.sources else node
        op = node.op
        if isinstance(op, Conv) and max(op.kernel) == 1:
            continue
        if not isinstance(op, Norm | Activation):
            one_sided = {(0, 1), (1, 0)}.issuperset(_sides(node))
            return node if isinstance(op, Pad) and one_sided else None
