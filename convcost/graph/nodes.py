"""The graph: a flat list of nodes in execution order.

A node names its sources by index, so residual sums, squeeze-excite and concatenation need no
special case. Every question is one loop over `Graph.nodes`.
"""

from __future__ import annotations

from typing import NamedTuple

from convcost.graph.ops import Op, Shape


class Node(NamedTuple):
    """One op in place: what it reads (indices of earlier nodes), the shape it writes, its name.

    `form` is how the source would call it, one of `calls.FORMS`: profilers tell the forms apart.
    """

    op: Op
    sources: tuple[int, ...]
    shape: Shape
    path: str
    form: str = "module"


class Graph(NamedTuple):
    """Nodes in execution order; the first is the input and the last is the output."""

    nodes: tuple[Node, ...]

    @property
    def input(self) -> Shape:
        """C x spatial of the input."""
        return self.nodes[0].shape

    @property
    def output(self) -> Shape:
        """C x spatial of the output."""
        return self.nodes[-1].shape
