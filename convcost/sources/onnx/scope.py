"""The tensors that nodes of a graph, a branch or a function can name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from math import prod
from typing import TYPE_CHECKING

from convcost.errors import shorten
from convcost.sources.onnx.folding import numbers_of
from convcost.sources.onnx.names import is_any_lost, is_trained, kinds_of
from convcost.sources.onnx.subgraphs import captured_by
from convcost.sources.onnx.values import FLOATS, Held, Value

if TYPE_CHECKING:
    from onnx import GraphProto, NodeProto, TensorProto


class Scope:
    """Values by name, and those of the graph around it."""

    def __init__(self, outer: Scope | None = None) -> None:
        """Start with nothing of its own."""
        self.values: dict[str, Value] = {}
        self.outer = outer
        self.read: set[str] = set()
        """Names that a node has read."""
        self.left_out: set[str] = set()
        """Inputs of a function that its caller leaves out."""
        self.uses: Counter[str] = Counter()
        """How often nodes read each name, or it goes out."""

    def find(self, name: str) -> Value:
        """The value of a name.

        Raises:
            ValueError: nothing before it writes one.
        """
        scope: Scope | None = self
        while scope is not None:
            found = scope.values.get(name)
            if found is not None:
                scope.read.add(name)
                return found
            scope = scope.outer
        raise ValueError(f"reads '{shorten(name, 80)}', which nothing before it writes")

    def count(self, nodes: Iterable[NodeProto], outputs: Iterable[str]) -> None:
        """Count what nodes read, and what goes out."""
        for node in nodes:
            self.uses.update([*node.input, *captured_by(node)])
        self.uses.update(outputs)

    def knows(self, name: str) -> bool:
        """Whether a name has a value."""
        return name in self.values or (self.outer is not None and self.outer.knows(name))

    def given(self, name: str) -> Value | None:
        """The same; None of a name that is empty, or an input of a function that is left out."""
        return None if not name or name in self.left_out else self.find(name)

    def write(self, name: str, value: Value) -> None:
        """Let a name be a value."""
        self.values[name] = value

    def store(self, graph: GraphProto, prefix: str = "") -> None:
        """The initialisers of a graph; `prefix` tells those of two branches apart."""
        kinds, lost = kinds_of(graph), is_any_lost(graph)
        for tensor in graph.initializer:
            trained = is_trained(tensor, kinds, lost)
            value = stored(tensor, trained, prefix + tensor.name)
            if value.held and kinds and tensor.name not in kinds:
                value = value._replace(held=value.held._replace(is_guess=True))
            self.values[tensor.name] = value
        for sparse in graph.sparse_initializer:
            sizes = tuple(sparse.dims)
            held = Held(prefix + sparse.values.name, prod(sizes), True, sparse.values.data_type)
            self.values[sparse.values.name] = Value(sizes, held.dtype, held=held)


def stored(tensor: TensorProto, trained: bool, name: str) -> Value:
    """An initialiser, or the tensor of a constant, by its name.

    Raises:
        ValueError: it has sizes that no tensor has.
    """
    sizes = tuple(tensor.dims)
    if min(sizes, default=0) < 0 or prod(sizes) > 10**15:
        raise ValueError(f"tensor '{shorten(name, 80)}' cannot be of {shorten(str(sizes))}")
    is_float = tensor.data_type in FLOATS
    is_vector = len([size for size in sizes if size > 1]) < 2
    own = name, prod(sizes), trained and is_float, tensor.data_type
    held = Held(*own, is_vector)
    return Value(sizes, tensor.data_type, held=held, known=numbers_of(tensor))


def unread(scope: Scope, holders: Mapping[str, int]) -> Iterable[Held]:
    """The parameters of a scope that no node has read."""
    for name, value in scope.values.items():
        held = value.held
        if held is None or not held.trained or name in scope.read:
            continue
        if held.name == name and name not in holders:
            yield held
