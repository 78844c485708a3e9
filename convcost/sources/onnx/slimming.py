"""An ONNX file without the numbers of its weights, which nothing here reads.

A file is some nodes and gigabytes of numbers. Its protobuf fields are walked where they lie, the
numbers of large tensors are left out, and what remains is small enough to be parsed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

MOST_NODES = 100_000
"""Nodes of a file; large networks have some ten thousands."""

SMALL = 4096
"""Bytes of a message that is kept whole, whatever is in it."""

DEEPEST = 50
"""Graphs within graphs, by the attributes of nodes."""

_MESSAGES: Mapping[str, Mapping[int, str]] = {
    "model": {7: "graph", 25: "function"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
"""The fields that are messages, by their numbers in onnx.proto."""

_NUMBERS = frozenset((4, 5, 6, 7, 9, 10, 11))
"""The fields of a tensor that hold its numbers."""

_VARINT, _FIXED64, _TEXT, _FIXED32 = 0, 1, 2, 5


class CutError(ValueError):
    """The bytes are no protobuf message, or not all of one."""


class _Field(NamedTuple):
    """A field of a message: its number, and where it and its content begin and end."""

    number: int
    wire: int
    start: int
    content: int
    end: int


def slimmed(data: memoryview) -> bytes:
    """A model's bytes without the numbers of large tensors.

    Raises:
        CutError: it is no message of protobuf, or ends before its end.
        ValueError: it has too many nodes, or graphs within graphs.
    """
    return _slimmed(data, "model", 0, _Nodes())


class _Nodes:
    """How many nodes were seen."""

    count = 0

    def add(self) -> None:
        self.count += 1
        if self.count > MOST_NODES:
            raise ValueError(f"has more than {MOST_NODES:,} nodes")


def _slimmed(data: memoryview, message: str, depth: int, nodes: _Nodes) -> bytes:
    if depth > DEEPEST * 3:  # a graph in an attribute of a node of a graph
        raise ValueError(f"has graphs within graphs, more than {DEEPEST} deep")
    known = _MESSAGES[message]
    kept: list[bytes] = []
    for field in _fields(data):
        inner = known.get(field.number, "") if field.wire == _TEXT else ""
        if inner == "node":
            nodes.add()
        if message == "tensor" and field.number in _NUMBERS and len(data) > SMALL:
            continue
        if not inner or field.end - field.content <= SMALL:
            kept.append(bytes(data[field.start : field.end]))
            continue
        own = _slimmed(data[field.content : field.end], inner, depth + 1, nodes)
        kept += [_varint(field.number << 3 | _TEXT), _varint(len(own)), own]
    return b"".join(kept)


def _fields(data: memoryview) -> Iterator[_Field]:
    """The fields of a message, one after the other."""
    place, size = 0, len(data)
    while place < size:
        start = place
        key, place = _read_varint(data, place)
        number, wire = key >> 3, key & 7
        content = place
        if wire == _VARINT:
            _, place = _read_varint(data, place)
        elif wire == _TEXT:
            length, content = _read_varint(data, place)
            place = content + length
        elif wire in (_FIXED64, _FIXED32):
            place += 8 if wire == _FIXED64 else 4
        else:
            raise CutError("is no ONNX model")
        if place > size:
            raise CutError("is cut: it ends within a field")
        yield _Field(number, wire, start, content, place)


def _read_varint(data: memoryview, place: int) -> tuple[int, int]:
    """A number of protobuf, and where it ends."""
    value = shift = 0
    while place < len(data) and shift < 70:
        byte = data[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place
    raise CutError("is cut: it ends within a number" if shift < 70 else "is no ONNX model")


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)
