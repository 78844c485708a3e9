"""A captured graph as a file: JSON, one node a line, the same bytes for the same graph.

It holds no weights and nothing that could be imported: names, numbers and shapes. What is read is
held to its own shapes, so that a file that was edited by hand does not pass for code that was run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from json import dumps
from typing import Any, NamedTuple

from convcost.graph.nodes import Graph, Node, Seen
from convcost.graph.records import record_of
from convcost.ops.layouts import Stacked, as_stacked
from convcost.ops.op import times

FORMAT = "convcost graph"
VERSION = 1


class Captured(NamedTuple):
    """A graph, and what is known of the code that it was captured from.

    Attributes:
        graph: what ran.
        name: of the network.
        batch: samples that it ran with.
        about: how it was captured, all text: `code`, `options`, `mode`, `device`, `torch`.
    """

    graph: Graph
    name: str
    batch: int = 1
    about: Mapping[str, str] = {}

    @property
    def frozen(self) -> int:
        """Parameters that are not trained."""
        return self.graph.frozen

    def text(self) -> str:
        """The file, whole."""
        graph = self.graph
        outputs = dict(graph.named) or {"output": graph.last % len(graph.nodes)}
        head = {
            FORMAT: VERSION,
            "name": self.name,
            "about": dict(self.about),
            "batch": self.batch,
            "frozen": graph.frozen,
            **({"repeated": graph.repeated} if graph.repeated else {}),
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
    shape, record = as_stacked(node.shape), {"path": node.path, **record_of(node.op)}
    record |= {"reads": list(node.sources)} if node.sources else {}
    record["shape"] = list(shape)
    if isinstance(shape, Stacked):
        record["stacked"] = "once" if shape.once else "each"
    record |= {} if node.form == node.op.form else {"form": node.form}
    record |= {} if node.owner is None else {"owner": node.owner}
    record |= {} if node.run else {"run": False}
    record |= {"frozen": node.frozen} if node.frozen else {}
    record |= {"stopped": True} if node.stopped else {}
    seen, usual = node.seen._asdict(), Seen()._asdict()
    record |= {key: value for key, value in seen.items() if value != usual[key]}
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
OPTIONAL = ("repeated",)
"""What stands at the head of a file only where there is something to say."""


def names_of(graph: Graph) -> list[str]:
    """A name for each node: its path, with a number behind one that is there already."""
    seen: dict[str, int] = {}
    found = []
    for node in graph.nodes:
        path = node.path or "net"
        seen[path] = seen.get(path, 0) + 1
        found.append(path if seen[path] == 1 else f"{path}#{seen[path]}")
    return found


def differences(old: Captured, new: Captured) -> list[str]:
    """What is another now, a sentence each, by the paths of nodes; lines of code may have moved."""
    one, other = _by_path(old), _by_path(new)
    found = [
        _differ(one.get(key), other.get(key))
        for key in dict.fromkeys([*other, *one])
        if key not in one or key not in other or _content(one[key]) != _content(other[key])
    ]
    if not found and _whole(old) != _whole(new):
        found.append(
            "the order of the nodes, what they read, what tools see of them, the outputs or "
            "the batch is another"
        )
    return found


def _by_path(captured: Captured) -> dict[tuple[str, int], Node]:
    """The nodes by their paths, and by which of those with one path they are."""
    seen: Counter[str] = Counter()
    found = {}
    for node in captured.graph.nodes:
        found[node.path, seen[node.path]] = node
        seen[node.path] += 1
    return found


def _content(node: Node) -> tuple[object, ...]:
    """What a node is, apart from where the code says so, and from what stands around it."""
    stacked = node.shape.once if isinstance(node.shape, Stacked) else None
    how = node.form, node.run, node.frozen, node.stopped
    return type(node.op), node.op, tuple(node.shape), stacked, *how


def _whole(captured: Captured) -> tuple[object, ...]:
    """How the nodes hang together, and what tools see of them."""
    graph = captured.graph
    nodes = [(node.path, node.sources, node.owner, node.seen) for node in graph.nodes]
    return captured.batch, graph.last, dict(graph.named), graph.frozen, graph.repeated, nodes


def _differ(one: Node | None, other: Node | None) -> str:
    """How a node differs from the one that was called so."""
    node = other or one
    assert node is not None
    line = f" ({node.origin.line})" if node.origin and node.origin.line else ""
    if one is None or other is None:
        return f"{node.path}{line} is {'gone' if other is None else 'new'}: {_said(node)}"
    return f"{node.path}{line} was {_said(one)}, is {_said(other)}"


def _said(node: Node) -> str:
    return f"{node.op}, {times(node.shape)}"
