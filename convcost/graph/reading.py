"""A graph file read: field by field, and then against the shapes that are around it.

A file that was edited by hand does not pass for code that was run, and none makes code run.
"""

from __future__ import annotations

from collections.abc import Mapping
from json import JSONDecodeError, loads
from typing import Any

from convcost.errors import ConvcostError, Problem, shorten
from convcost.graph import calls
from convcost.graph.captured import FORMAT, OPTIONAL, ORDERS, ORIGIN, VERSION, Captured
from convcost.graph.fields import NUMBER, FieldType, axes, listed, shown, text, truth, whole
from convcost.graph.nodes import FROZEN, Graph, Node, Origin, Scattered, Seen
from convcost.graph.records import op_of
from convcost.ops.convolutions import Conv, DeformConv
from convcost.ops.layouts import Stacked
from convcost.ops.maps import GLU, Softmax
from convcost.ops.moves import Concat, PixelShuffle, PixelUnshuffle
from convcost.ops.op import Composite, Input, Op, Shape, times
from convcost.ops.pools import AdaptivePool, Pool
from convcost.ops.products import Linear
from convcost.ops.recurrent import RecurrentCell
from convcost.ops.transposed import TransposedConv

MAX_BYTES = 30_000_000
"""Some 100,000 nodes; a network has a few hundred, or thousands."""

MOST_NODES = 50_000


def decoded(data: bytes, path: str) -> Captured:
    """The captured graph that a file's bytes are; see `parse`."""
    try:
        return parse(data.decode("utf-8"), path)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ConvcostError(Problem(f"{path}:{line}", "not UTF-8 text")) from None


def parse(text_: str, path: str) -> Captured:
    """The captured graph that a text is; `path` stands in front of every place.

    Raises:
        ConvcostError: it is not what convcost writes, or does not fit together.
    """
    try:
        found = loads(text_, object_pairs_hook=_once)
    except JSONDecodeError as error:
        place = f"{path}:{error.lineno}:{error.colno}"
        raise ConvcostError(Problem(place, f"not JSON: {error.msg.lower()}")) from None
    except (RecursionError, ValueError) as error:
        raise ConvcostError(Problem(path, f"not JSON: {shorten(str(error))}")) from None
    try:
        head = _head(found)
        records = listed(found["nodes"], MOST_NODES)
    except ValueError as error:
        raise ConvcostError(Problem(path, str(error))) from None
    first = text_[: text_.find('"nodes"')].count("\n") + 2
    nodes: list[Node] = []
    apart: tuple[list[int], list[int]] = ([], [])
    for number, record in enumerate(records):
        try:
            nodes.append(_node(record, nodes, len(records)))
            for order, where in zip(ORDERS, apart, strict=True):
                where.extend([number] * (order in str(record.get("scattered", ""))))
        except (ValueError, ArithmeticError, LookupError, TypeError) as error:
            message = str(error) if type(error) is ValueError else "does not fit together"
            raise ConvcostError(Problem(f"{path}:{first + number}", message)) from None
    try:
        return _whole(head, nodes, Scattered(*map(frozenset, apart)))
    except ValueError as error:
        raise ConvcostError(Problem(path, str(error))) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A mapping whose keys are there once each."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is there twice")
    return found


def _head(found: Any) -> Mapping[str, Any]:
    """What stands before the nodes, checked."""
    if not isinstance(found, dict) or FORMAT not in found:
        raise ValueError("is no graph file, which convcost capture writes")
    if found[FORMAT] != VERSION:
        raise ValueError(
            f"version {shown(found[FORMAT])} of graph files is not known to this convcost"
        )
    for key, parse_ in _HEAD.items():
        if key in found:
            _keyed(key, parse_, found[key])
        elif key not in OPTIONAL:
            raise ValueError(f"has no {key}: truncated?")
    return found


def _keyed(key: str, parse_: Any, raw: object) -> Any:
    """A value, what is wrong with which is said with its key."""
    try:
        return parse_(raw)
    except ValueError as error:
        raise ValueError(f"{key} {error}") from None


def _texts(raw: object) -> dict[str, str]:
    """A mapping of text to text."""
    if not isinstance(raw, dict) or len(raw) > 20:
        raise ValueError(f"must be a mapping of a few texts, not {shown(raw)}")
    return {text(key): text(value) for key, value in raw.items()}


def _some(raw: object) -> int:
    """A whole number from 1 on."""
    if not whole(raw):
        raise ValueError("must be 1 at least")
    return whole(raw)


def _outputs(raw: object) -> dict[str, int]:
    """Outputs by name."""
    if not isinstance(raw, dict) or not 1 <= len(raw) <= 1_000:
        raise ValueError(f"must be a mapping of names to nodes, not {shown(raw)}")
    return {text(key): whole(value) for key, value in raw.items()}


_HEAD = {
    "name": text,
    "about": _texts,
    "batch": whole,
    "frozen": whole,
    "repeated": whole,
    "outputs": _outputs,
    "nodes": lambda raw: listed(raw, MOST_NODES),
}


def _whole(head: Mapping[str, Any], nodes: list[Node], scattered: Scattered) -> Captured:
    """The graph of these nodes."""
    outputs = _outputs(head["outputs"])
    if not nodes or not isinstance(nodes[0].op, Input):
        raise ValueError("nodes must begin with an input")
    if not head["name"].strip() or head["batch"] < 1:
        raise ValueError("name must be some text, and batch 1 at least")
    if head["frozen"] > sum([node.params for node in nodes]):
        raise ValueError("more params are frozen than there are")
    for name, index in outputs.items():
        if index >= len(nodes):
            raise ValueError(f"output {shown(name)} is node {index}, and there are {len(nodes)}")
    last, *others = outputs.values()
    numbers = head["frozen"], head.get("repeated", 0)
    graph = Graph(tuple(nodes), last, outputs if others else {}, scattered, *numbers)
    return Captured(graph, head["name"], head["batch"], _texts(head["about"]))


_FORM = FieldType.one_of(calls.FORMS)
_FROZEN = FieldType.one_of(FROZEN)
_STACKED = FieldType.one_of(("each", "once"))
SEEN = {
    "inside": FieldType.one_of(calls.WHOLE),
    **dict.fromkeys(("weights", "beside"), FieldType(whole, NUMBER)),
    "places": FieldType(_some, {**NUMBER, "minimum": 1}),
    "size_products": FieldType(whole, NUMBER),
    "given": FieldType.one_of(calls.GIVEN),
}
"""What a node may say of what tools see of it, by its keys in a file."""


def _node(record: object, before: list[Node], count: int) -> Node:
    """The node that a record says, which may read those before it."""
    if not isinstance(record, dict):
        raise ValueError(f"must be a mapping, not {shown(record)}")
    op = op_of(record)
    sizes = _keyed("shape", axes, record.get("shape"))
    if not sizes or len(sizes) > 12:
        raise ValueError("shape must have from 1 to 12 sizes")
    stacked = record.get("stacked")
    shape: Shape = sizes
    if stacked is not None:
        shape = Stacked(sizes, _keyed("stacked", _STACKED.parse, stacked) == "once")
    reads = _keyed("reads", _indices, record.get("reads", []))
    if any(source >= len(before) for source in reads):
        raise ValueError("reads a node that does not come before it")
    form = _keyed("form", _FORM.parse, record.get("form", op.form))
    owner = record.get("owner")
    if owner is not None and _keyed("owner", whole, owner) >= count:
        raise ValueError(f"uses the weights of node {owner}, and there are {count}")
    run = _keyed("run", truth, record.get("run", True))
    said = [_keyed(key, text, record.get(key, "")) for key in ORIGIN]
    origin = Origin(*said) if any(said) else None
    frozen = _keyed("frozen", _FROZEN.parse, record.get("frozen", ""))
    stopped = _keyed("stopped", truth, record.get("stopped", False))
    seen = {key: _keyed(key, SEEN[key].parse, record[key]) for key in SEEN if key in record}
    path = _keyed("path", text, record.get("path"))
    node = Node(op, reads, shape, path, form, owner, run, origin, Seen(**seen), frozen, stopped)
    if run and not isinstance(op, Input):
        _check(node, [before[source].shape for source in reads])
    return node


def _indices(raw: object) -> tuple[int, ...]:
    """The nodes that one reads, of which a concatenation may have many."""
    return tuple([whole(each) for each in listed(raw, MOST_NODES)])


def _check(node: Node, read: list[Shape]) -> None:
    """Raise `ValueError` unless a node's shape is what its op makes of what it reads."""
    op, shape = node.op, _own(node.shape)
    calls.names(op, node.form, max(len(shape) - 1, 1))
    if isinstance(op, EXACT) and read:
        came = _own(read[0])
        channels = getattr(op, "in_channels", came[0])
        if channels != came[0]:
            raise ValueError(f"{op} is of {channels} channels, and reads {times(came)}")
        if not isinstance(op, DeformConv):  # which also reads offsets
            op.check(came)
        wrote = op.output(came)
        if tuple(wrote) != shape:
            raise ValueError(f"{op} of {times(came)} writes {times(wrote)}, not {times(shape)}")
    elif isinstance(op, Softmax | GLU | Concat):
        whole = node.shape  # of windows the first axis is theirs
        if not -len(shape) <= op.axis < len(whole):
            raise ValueError(f"{op}: there is no axis {op.axis} in {times(whole)}")
    if isinstance(op, Composite) and len(shape) < 2 and not isinstance(op, RecurrentCell):
        raise ValueError(f"{op} writes tokens x channels, not {times(shape)}")
    op.macs(shape)


EXACT: tuple[type[Op], ...] = (
    Conv,
    TransposedConv,
    Linear,
    Pool,
    AdaptivePool,
    PixelShuffle,
    PixelUnshuffle,
)
"""Ops of which what they write follows from what they read."""


def _own(shape: Shape) -> Shape:
    """A shape without what code has in the batch."""
    return shape[1:] if isinstance(shape, Stacked) else shape
