"""The nodes that are made of a file's, and which of them have its initialisers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod

from convcost.graph.builder import LARGEST, MOST_OPS
from convcost.graph.nodes import Node
from convcost.ops.called import Called, Constant, Parameter
from convcost.ops.convolutions import Conv
from convcost.ops.layouts import Stacked, laid
from convcost.ops.op import Op, times
from convcost.ops.products import Linear
from convcost.sources.onnx.paths import LONGEST, Place
from convcost.sources.onnx.values import Held, Sizes, Value


class Flow:
    """Nodes in order; of an initialiser one is made where it is read as a map."""

    def __init__(self, batch: int) -> None:
        """Start with none."""
        self.nodes: list[Node] = []
        self.varies: list[bool] = []
        """Whether a node depends on an input, and so is another for each sample."""
        self.batch = batch
        self.holders: dict[str, int] = {}
        """The nodes that have initialisers as their parameters, by the names of these."""
        self.again: dict[str, Held] = {}
        """Vectors that are stored once with equal ones."""
        self.constants: dict[int, Held] = {}
        """The nodes of initialisers that are no parameters, so far as is known."""
        self._stored_as: dict[tuple[str, Sizes], int] = {}
        """The nodes of initialisers that are read as maps, by their names and sizes."""
        self._modules: set[str] = set()
        self._modules_of: dict[str, str] = {}
        """The modules of the layers that have initialisers."""

    def append(
        self, op: Op, sources: Iterable[int], sizes: Sizes, place: Place, owner: int | None = None
    ) -> int:
        """Append a node; returns its index.

        Raises:
            ValueError: it writes too much, or there are too many.
        """
        reads = tuple(sources)
        if max(sizes, default=0) > LARGEST:
            raise ValueError(f"writes {times(sizes)}, more than {LARGEST:,} along one axis")
        if len(self.nodes) > MOST_OPS:
            raise ValueError(f"these are more than {MOST_OPS:,} ops")
        varies = any(self.varies[source] for source in reads)
        shape = laid(sizes, self.batch, varies)
        path = self._path(op, place)
        self.nodes.append(Node(op, reads, shape, path, op.form, owner, origin=place.origin))
        self.varies.append(varies)
        return len(self.nodes) - 1

    def _path(self, op: Op, place: Place) -> str:
        """A layer is called as its module is, where no other is called so."""
        module = place.module[:LONGEST]
        if op.form != "module" or not module or module in self._modules:
            return place.path
        self._modules.add(module)
        return module

    def input(self, name: str, value: Value, op: Op) -> Value:
        """Append an input."""
        shape = laid(value.sizes, self.batch, varies=True)
        self.nodes.append(Node(op, (), shape, name))
        self.varies.append(True)
        return value._replace(node=len(self.nodes) - 1)

    def source(self, value: Value, place: Place) -> int:
        """The node that wrote a value; of what has none yet, one that is made for it."""
        if value.node is not None:
            return value.node
        held = value.held
        shape = Stacked(value.sizes or (1,), once=True)
        known = self._stored_as.get((held.name, value.sizes)) if held else None
        if known is not None:
            return known
        if held is None:
            return self._stored(Constant(), shape, f"{place.path}.constant".strip("."))
        name = held.name[:LONGEST] or "constant"
        if not held.trained:
            found = self._stored(Constant(), shape, name)
            self.constants[found] = held
            self._stored_as[held.name, value.sizes] = found
            return found
        size = value.sizes if prod(value.sizes) == held.elements else (held.elements,)
        holder = self.holders.get(held.name)
        found = self._stored(Parameter(size), shape, name, holder)
        self.holders.setdefault(held.name, found)
        self._stored_as[held.name, value.sizes] = found
        return found

    def _stored(self, op: Op, shape: Stacked, path: str, owner: int | None = None) -> int:
        self.nodes.append(Node(op, (), shape, path, op.form, owner))
        self.varies.append(False)
        return len(self.nodes) - 1

    def owner_of(
        self, weights: Sequence[Value], op: Op, place: Place
    ) -> tuple[int | None, list[int]]:
        """Whose weights a node uses, None for its own, and the nodes of those that are read."""
        held = [value.held for value in weights if value.held is not None]
        if not (isinstance(op, (Conv, Linear)) and held and held[0].name in self.holders):
            held = [self._own(each, place) for each in held]  # equal kernels are one kernel
        names = {each.name for each in held}
        new = len(names) == len(weights) and not any(name in self.holders for name in names)
        if new and op.params == sum([each.elements for each in held]):
            self.holders |= dict.fromkeys(names, len(self.nodes))
            self._modules_of |= dict.fromkeys(names, place.module)
            return None, []
        holders = {self.holders.get(each.name) for each in held}
        if len(holders) == 1 and None not in holders and len(held) == len(weights):
            return holders.pop(), []
        made = [self.source(_trained(value), place) for value in weights]
        for each in made:
            self._train(each)
        return (made[0] if made else None), made

    def _train(self, node: int) -> None:
        """Let what a weight is computed of be parameters."""
        left = [node]
        while left:
            index = left.pop()
            held = self.constants.pop(index, None)
            if held is not None and held.is_table and not held.is_literal:
                size = tuple(self.nodes[index].shape)
                size = size if prod(size) == held.elements else (held.elements,)
                owner = self.holders.get(held.name)
                op = Parameter(size)
                self.nodes[index] = self.nodes[index]._replace(op=op, owner=owner)
                self.holders.setdefault(held.name, index)
            if not self.varies[index]:
                left += self.nodes[index].sources

    def _own(self, held: Held, place: Place) -> Held:
        """An initialiser; of a vector that a layer of another module has, one with equal numbers.

        torch's exporters store equal vectors once, as those of norms are before training.
        """
        module = self._modules_of.get(held.name, "")
        if not (held.is_vector and module and place.module) or module == place.module:
            return held
        own = held._replace(name=f"{held.name} of {place.module}")
        self.again[own.name] = own
        return own

    def merge(self, node: int, op: Op, bias: Held, place: Place) -> bool:
        """Let a node be another op, which holds a bias, too; not if another has it."""
        own = self._own(bias, place)
        if own.name in self.holders or self.nodes[node].owner is not None:
            return False
        self.nodes[node] = self.nodes[node]._replace(op=op)
        self.holders[own.name] = node
        self._modules_of[own.name] = place.module
        return True

    def append_unread(self, held: Held) -> None:
        """Append an initialiser that nothing reads."""
        op = Parameter((held.elements,))
        node = Node(op, (), (1,), held.name[:LONGEST], op.form, run=False)
        self.nodes.append(node)
        self.varies.append(False)
        self.holders[held.name] = len(self.nodes) - 1

    def part(self, value: Value, main: int, place: Place) -> Value:
        """What a node wrote beside its first output."""
        node = self.append(Called("getitem", True), (main,), value.sizes, place)
        return value._replace(node=node)


def _trained(value: Value) -> Value:
    """The same as a parameter, which the weight of a layer is whatever its name is."""
    held = value.held
    return value if held is None else value._replace(held=held._replace(trained=True))
