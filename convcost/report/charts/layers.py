"""A network's tree of layers with all figures of each: what charts, pages and flame graphs draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from convcost.errors import clean
from convcost.formats.document import UNITS, AtLeast, Column
from convcost.graph.nodes import Graph
from convcost.networks.breakdown import Branch, tree_of
from convcost.networks.cases import Case, Row
from convcost.ops.convolutions import Conv, DeformConv, kind_of_conv
from convcost.ops.op import times
from convcost.report.breakdown import WAYS
from convcost.report.cases import sums
from convcost.report.traffic import Machine

MEASURES = {"macs": "MACs"} | {name: UNITS[name] for name in ("params", "activations")}
MEASURES |= {"bytes": "bytes"}
"""Figures that layers are drawn by, and what people call them."""

BOUND, TIME = "bound", "time"
"""Those of them that are there only on a device, or where times were measured; picoseconds."""

MOST_KINDS = 9
"""Kinds of ops with a colour of their own."""

OTHERS = "others"

Times = Mapping[int, int | None]
"""What each node took, by its index in the graph, in picoseconds; None if that is not known."""


class LayerRow(NamedTuple):
    """A layer of the tree, with its figures.

    Attributes:
        branch: where it stands in the tree.
        kind: what its op is, such as `pointwise`; nothing of what has several.
        figures: by what `MEASURES` has, and `BOUND` and `TIME` where they are asked for.
        end: the index of the last row that is in it, or its own.
    """

    branch: Branch
    kind: str
    figures: Mapping[str, int]
    end: int

    @property
    def name(self) -> str:
        """What it is called in what it is in; of the whole network, how that is called."""
        return clean(self.branch.name)

    @property
    def path(self) -> str:
        """Its path."""
        return clean(self.branch.layer.path)

    @property
    def op(self) -> str:
        """What it is, or how many ops are in it."""
        return clean(self.branch.layer.op)

    @property
    def output(self) -> str:
        """C x spatial of what it writes last."""
        return times(self.branch.layer.output)


class Layers(NamedTuple):
    """The rows of a network's tree, of which the first is the whole."""

    rows: Sequence[LayerRow]
    measures: Mapping[str, str]

    @property
    def drawn(self) -> Mapping[str, str]:
        """Those of the measures of which there is something to draw."""
        whole = self.rows[0].figures
        return {key: words for key, words in self.measures.items() if whole[key] > 0}

    def column(self, key: str) -> Column:
        """The column of a table that has this figure."""
        return Column(self.measures[key], time=key in (BOUND, TIME))

    @property
    def leaves(self) -> list[LayerRow]:
        """The single ops, in order."""
        return [row for row in self.rows if row.branch.leaf]

    @property
    def kinds(self) -> list[str]:
        """What the ops are: the dearest first, those of little cost as one, `others`, last."""
        found: dict[str, list[int]] = {}
        for row in self.leaves:
            own = found.setdefault(row.kind, [0, 0])
            own[0] += row.figures["macs"]
            own[1] += row.figures["params"]
        ordered = sorted(found, key=lambda kind: found[kind], reverse=True)
        return ordered if len(ordered) <= MOST_KINDS + 1 else [*ordered[:MOST_KINDS], OTHERS]


def layers(row: Row, case: Case, machine: Machine, took: Times | None = None) -> Layers:
    """The tree of a row that was built, with what each layer costs; and what it took."""
    graph, batch = row.graph, case.batch
    tree = tree_of(graph, batch)
    tree[0] = tree[0]._replace(name=row.label)
    ends = list(range(len(tree)))
    for index in range(len(tree) - 1, 0, -1):
        parent = tree[index].parent
        ends[parent] = max(ends[parent], ends[index])
    rows = [
        LayerRow(branch, _kind(graph, branch), _figures(graph, batch, machine, branch, took), end)
        for branch, end in zip(tree, ends, strict=True)
    ]
    measures = dict(MEASURES)
    measures |= {BOUND: "bound"} if machine.device else {}
    measures |= {TIME: "time"} if took is not None else {}
    return Layers(rows, measures)


def _figures(
    graph: Graph, batch: int, machine: Machine, branch: Branch, took: Times | None
) -> dict[str, int]:
    layer = branch.layer
    own, nodes = layer.cost, layer.nodes(graph)
    moved = machine.moved(graph, batch, own, nodes)
    found = {"macs": sums(own)[0], "params": own.params, "activations": own.activations}
    found["bytes"] = moved.fused
    if moved.bounds:
        least = moved.bounds[0]
        found[BOUND] = AtLeast(least.picoseconds) if least.unknown else least.picoseconds
    if took is not None:
        known = [took.get(index) for index in layer.indices]
        total = sum([each or 0 for each in known])
        found[TIME] = AtLeast(total) if None in known else total
    return found


def _kind(graph: Graph, branch: Branch) -> str:
    """What a single op is."""
    if not branch.leaf:
        return ""
    [node] = branch.layer.nodes(graph)
    if isinstance(node.op, Conv) and not isinstance(node.op, DeformConv):
        return f"{kind_of_conv(node.op)} conv"
    return WAYS["op"](node, graph.read_by(node))
