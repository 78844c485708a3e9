"""A captured graph as a file: JSON, one node a line, the same bytes for the same graph.

It holds no weights and nothing that could be imported: names, numbers and shapes. What is read is
held to its own shapes, so that a file that was edited by hand does not pass for code that was run.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from json import dumps
from typing import Any, NamedTuple

from convcost.graph.nodes import Graph, Node
from convcost.graph.records import record_of
from convcost.ops.layouts import Stacked
from convcost.ops.op import times

FORMAT = "convcost graph"
VERSION = 1


class Captured(NamedTuple):
    """A graph, and what is known of the code that it was captured from.

    Attributes:
        graph: what ran.
        name: of the network.
        batch: samples that it ran with.
        about: how it was captured: `code`, `args`, `inputs`, `mode`, `device`, `torch`, all text.
        frozen: parameters that are not trained.
    """

    graph: Graph
    name: str
    batch: int = 1
    about: Mapping[str, str] = {}
    frozen: int = 0

    def text(self) -> str:
        """The file, whole."""
        graph = self.graph
        outputs = dict(graph.named) or {"output": graph.last % len(graph.nodes)}
        head = {
            FORMAT: VERSION,
            "name": self.name,
            "about": dict(self.about),
            "batch": self.batch,
            "frozen": self.frozen,
            "outputs": outputs,
        }
        lines = [f"{dumps(key)}: {_json(value)}," for key, value in head.items()]
        nodes = [_json(_record(graph, index)) for index in range(len(graph.nodes))]
        return "\n".join(["{", *lines, '"nodes": [', ",\n".join(nodes), "]", "}"]) + "\n"


def _json(value: Any) -> str:
    return dumps(value, ensure_ascii=False, separators=(", ", ": "))


def _record(graph: Graph, index: int) -> dict[str, Any]:
    """A node as data; what is as usual is left out."""
    node = graph.nodes[index]
    shape, record = node.shape, {"path": node.path, **record_of(node.op)}
    record |= {"reads": list(node.sources)} if node.sources else {}
    record["shape"] = list(shape)
    if isinstance(shape, Stacked):
        record["stacked"] = "once" if shape.once else "each"
    record |= {} if node.form == node.op.form else {"form": node.form}
    record |= {} if node.owner is None else {"owner": node.owner}
    record |= {} if node.run else {"run": False}
    if graph.scattered is not None:
        apart = [
            words for words, found in zip(ORDERS, graph.scattered, strict=True) if index in found
        ]
        record |= {"scattered": " and ".join(apart)} if apart else {}
    for key, value in zip(ORIGIN, node.origin or (), strict=False):
        record |= {key: value} if value else {}
    return record


ORDERS = ("samples first", "tokens first")
ORIGIN = ("class", "call", "line")


def differences(old: Captured, new: Captured) -> list[str]:
    """The nodes that are others now, a sentence each; lines of code may have moved."""
    found = []
    if (old.batch, _outputs_of(old)) != (new.batch, _outputs_of(new)):
        found.append("the batch, or what the outputs are, is another")
    for one, other in zip_longest(old.graph.nodes, new.graph.nodes):
        if one is None or other is None or _content(one) != _content(other):
            found.append(_differ(one, other))
    return found


def _outputs_of(captured: Captured) -> tuple[int, Mapping[str, int]]:
    return captured.graph.last, captured.graph.named


def _content(node: Node) -> tuple[object, ...]:
    """What a node is, apart from where the code says so."""
    stacked = node.shape.once if isinstance(node.shape, Stacked) else None
    return (*node._replace(origin=None), type(node.op), stacked)


def _differ(one: Node | None, other: Node | None) -> str:
    """How a node differs from the one that stood in its place."""
    node = other or one
    assert node is not None
    line = f" ({node.origin.line})" if node.origin and node.origin.line else ""
    before = f"{one.path} {one.op} {times(one.shape)}" if one else "nothing"
    after = f"{other.path} {other.op} {times(other.shape)}" if other else "nothing"
    return f"{node.path}{line}: {before} is now {after}"
