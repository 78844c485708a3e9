"""Which node wrote a tensor: dataflow by identity, through views and in-place operations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import prod
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn
from torch.utils.weak import WeakIdKeyDictionary

from convcost.graph.memory import Strided
from convcost.graph.nodes import Node, Origin, Seen
from convcost.ops.called import Called, Constant, Parameter
from convcost.ops.layouts import Stacked, laid
from convcost.ops.op import Op, Shape
from convcost.pytorch.capture.unused import place_of

if TYPE_CHECKING:
    from collections.abc import MutableMapping


def tensors_in(value: Any) -> Iterator[Tensor]:
    """The tensors of nested tuples, lists and mappings, in order."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from tensors_in(each)
    elif isinstance(value, dict):
        yield from tensors_in([*value.values()])


class Dataflow:
    """The nodes so far, and which of them wrote each tensor.

    A parameter, a constant, and what a call returns beside its first tensor become nodes when they
    are read.
    """

    def __init__(self, module: nn.Module, batch: int) -> None:
        """Know the parameters and buffers of a module."""
        self.nodes: list[Node] = []
        self.batch = batch
        self.varies: list[bool] = []
        """Whether a node depends on an input, and so is another for each sample."""
        self.trained: list[bool] = []
        """Whether a node depends on a parameter that is trained."""
        self.holders: dict[int, int] = {}
        """The nodes that have parameters, by the identity of these."""
        self.apart: set[int] = set()
        """The nodes that write what does not lie in order."""
        self.turned_apart: set[int] = set()
        """Those whose elements do not, the tokens before the samples."""
        self.inside = ""
        """What the nodes to come are inside of; see `Seen.inside`."""
        self._writers: MutableMapping[Tensor, int] = WeakIdKeyDictionary()
        self._besides: MutableMapping[Tensor, int] = WeakIdKeyDictionary()
        # Code may replace a buffer, whose identity would be that of another tensor then.
        self._kept = [*module.parameters(), *module.buffers()]
        self.frozen = {id(each) for each in module.parameters() if not each.requires_grad}
        """Parameters that are not trained, by identity."""
        self.stopped = False
        """Whether code computes no gradients now, as it says itself."""
        self._parameters: dict[int, tuple[str, str]] = {}
        self._buffers = {id(buffer): name for name, buffer in module.named_buffers()}
        for prefix, each in module.named_modules():
            leaf = not any(True for _ in each.children())
            for name, parameter in each.named_parameters(prefix, recurse=False):
                place = place_of(name.rpartition(".")[2], leaf)
                self._parameters.setdefault(id(parameter), (name, place))

    def append(self, op: Op, sources: Iterable[int], shape: Shape, path: str, **more: Any) -> int:
        """Append a node; returns its index."""
        reads = tuple(sources)
        stopped = self.stopped and not op.held
        usual: dict[str, Any] = {"form": op.form, "seen": Seen(self.inside), "stopped": stopped}
        more = usual | more
        self.nodes.append(Node(op, reads, shape, path, **more))
        self.varies.append(any(self.varies[source] for source in reads))
        self.trained.append(op.params > 0 or any(self.trained[source] for source in reads))
        return len(self.nodes) - 1

    def knows(self, tensor: Tensor) -> bool:
        """Whether a node wrote a tensor, or it is a parameter or a buffer."""
        return (
            tensor in self._writers
            or tensor in self._besides
            or id(tensor) in self._parameters
            or id(tensor) in self._buffers
        )

    def source(self, tensor: Tensor, path: str) -> int:
        """The node that wrote a tensor; of what has none yet, one that is made for it.

        `path` is where it is read, which is all that is known of a constant.
        """
        found = self._writers.get(tensor)
        if found is None:
            beside = self._besides.get(tensor)
            found = self._stored(tensor, path) if beside is None else self._part(tensor, beside)
            self._writers[tensor] = found
            self._note_order(tensor, found)
        return found

    def _part(self, tensor: Tensor, main: int) -> int:
        """A node for what a call returned beside its first tensor."""
        node = self.nodes[main]
        shape = self.laid(tensor.shape, self.varies[main])
        return self.append(Called("getitem", True), (main,), shape, node.path, origin=node.origin)

    def _stored(self, tensor: Tensor, path: str) -> int:
        """A node for a parameter or a constant."""
        shape = Stacked(tuple(tensor.shape) or (1,), once=True)
        if id(tensor) not in self._parameters:
            name = self._buffers.get(id(tensor)) or f"{path}.constant".lstrip(".")
            return self.append(Constant(), (), shape, name)
        name, place = self._parameters[id(tensor)]
        holder = self.holders.get(id(tensor))
        op = Parameter(tuple(tensor.shape), place)
        found = self.append(op, (), shape, name, owner=holder)
        self.holders.setdefault(id(tensor), found)
        return found

    def laid(self, sizes: Iterable[int], varies: bool, unbatched: bool = False) -> Shape:
        """A tensor's sizes as a shape: without the batch, where that is the first of them."""
        numbers = [int(size) for size in sizes]
        if unbatched:
            return Stacked((1, *numbers), once=True)
        return laid(numbers, self.batch, varies)

    def write(self, tensor: Tensor, node: int, in_place: bool = False) -> None:
        """Let a node be what wrote a tensor; of a view that is written to, also what it is of."""
        self._writers[tensor] = node
        self._note_order(tensor, node)
        base = tensor._base if in_place else None
        if base is not None and base in self._writers:
            before, path = self._writers[base], self.nodes[node].path
            sources, shape = (before, node), self.nodes[before].shape
            self._writers[base] = self.append(Called("copy_", True), sources, shape, path)

    def _note_order(self, tensor: Tensor, node: int) -> None:
        """Keep whether a node writes elements that do not lie in order."""
        laid = Strided(tuple(tensor.shape), tensor.stride())
        if not laid.in_order:
            self.apart.add(node)
        if tensor.dim() > 1 and not laid.turned.in_order:
            self.turned_apart.add(node)

    def write_beside(self, tensor: Tensor, node: int) -> None:
        """Let a tensor be what a node wrote beside its first one."""
        self._writers.pop(tensor, None)
        self._besides[tensor] = node

    def owner_of(
        self, weights: tuple[Tensor, ...], op: Op, path: str
    ) -> tuple[int | None, list[int]]:
        """Whose weights a call uses, None for its own, and the nodes of computed ones."""
        ids = [id(weight) for weight in weights]
        new = all(each in self._parameters and each not in self.holders for each in ids)
        if new and op.params == sum([prod(weight.shape) for weight in weights]):
            self.holders |= dict.fromkeys(ids, len(self.nodes))
            return None, []
        holders = {self.holders.get(each) for each in ids}
        if len(holders) == 1 and None not in holders:
            return holders.pop(), []
        made = [self.source(weight, path) for weight in weights]
        return made[0], made

    def is_unused(self, parameter: nn.Parameter) -> bool:
        """Whether no node has a parameter."""
        return id(parameter) not in self.holders

    def append_unused(self, op: Op, parameters: Iterable[nn.Parameter], **more: Any) -> None:
        """Append what is not run, for the parameters that it has."""
        node = self.append(op, (), (1,), run=False, **more)
        self.holders |= {id(parameter): node for parameter in parameters}

    def note_frozen(self) -> None:
        """Keep on each node which of its parameters are not trained."""
        held: dict[int, list[Tensor]] = {}
        for parameter in self._kept:
            if id(parameter) in self.holders:
                held.setdefault(self.holders[id(parameter)], []).append(parameter)
        for index, parameters in held.items():
            frozen = _frozen([(each.dim() > 1, id(each) in self.frozen) for each in parameters])
            if frozen:
                self.nodes[index] = self.nodes[index]._replace(frozen=frozen)


def _frozen(parameters: list[tuple[bool, bool]]) -> str:
    """Which of some parameters are not trained, which are weights or not; one of `FROZEN`.

    Where it is some of either, none is said to be.
    """
    weights = [frozen for weight, frozen in parameters if weight]
    others = [frozen for weight, frozen in parameters if not weight]
    if all((*weights, *others)):
        return "all"
    if weights and all(weights):
        return "weights"
    return "biases" if weights and others and all(others) else ""


def origin_of(cls: type, call: str, line: str) -> Origin:
    """Where a call comes from."""
    return Origin(f"{cls.__module__}.{cls.__qualname__}", call, line)
