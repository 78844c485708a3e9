"""From what is called to nodes of a graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from torch import Tensor, nn

from convcost.graph.nodes import Graph, Scattered
from convcost.graph.spelling import spell
from convcost.ops.called import Called, CalledProducts, Opaque
from convcost.ops.layouts import Stacked
from convcost.ops.maps import Activation, Elementwise, Norm
from convcost.ops.op import Composite, Input, Op, Shape
from convcost.ops.products import Matmul
from convcost.pytorch.capture import contractions, elements, spatial  # noqa: F401  # they register readers
from convcost.pytorch.capture.dataflow import Dataflow, origin_of, tensors_in
from convcost.pytorch.capture.kernels import Kernel, op_of
from convcost.pytorch.capture.naming import FUNCTIONAL, form_of, is_in_place, short_name
from convcost.pytorch.capture.reading import READERS, Read
from convcost.pytorch.capture.unused import op_of_module, parameters_of


class Frame(NamedTuple):
    """A call of a module that is running.

    Attributes:
        first: the index of the first node that it may append.
        bases: the names of the classes of torch.nn that it is, its own or a base of it.
        exact: whether its class is the first of these.
        parent: whether it has children.
    """

    module: nn.Module
    path: str
    first: int
    bases: tuple[str, ...]
    exact: bool
    parent: bool


class Tracer:
    """Makes nodes of the calls of one forward pass."""

    def __init__(self, module: nn.Module, batch: int) -> None:
        """Start before the call of a module."""
        self.flow = Dataflow(module, batch)
        self.paths = {id(each): name for name, each in module.named_modules()}
        self.frames: list[Frame] = []
        self.apart: list[int] = []
        self.turned_apart: list[int] = []
        self.called: dict[int, int] = {}
        """Modules without weights that were called, and the nodes that they were last."""

    def input(self, name: str, tensor: Tensor) -> None:
        """Append an input."""
        shape = self.flow.laid(tensor.shape, varies=True)
        node = self.flow.append(Input(), (), shape, name)
        self.flow.varies[node] = True
        self.flow.write(tensor, node)

    def enter(self, module: nn.Module) -> None:
        """A module is called."""
        above = self.frames[-1].path if self.frames else ""
        path = self.paths.get(id(module))
        if path is None:
            path = f"{above}.{type(module).__name__}".lstrip(".")
        bases = tuple([cls.__name__ for cls in type(module).__mro__ if _is_torch(cls)])
        exact = _is_torch(type(module))
        parent = any(True for _ in module.children())
        self.frames.append(Frame(module, path, len(self.flow.nodes), bases, exact, parent))

    def leave(self, given: Any, written: Any, kernels: Sequence[Kernel]) -> None:
        """A module returns; an identity, or what no function was seen of, is a node of its own."""
        frame, tensors = self.frames[-1], list(tensors_in(written))
        ours = [tensor for tensor in tensors if not self.flow.knows(tensor)]
        if ours:
            read = [given, list(frame.module.parameters())]
            self._append_unread(type(frame.module).__name__, read, ours, kernels, "torch", "")
        elif tensors and "Identity" in frame.bases and len(self.flow.nodes) == frame.first:
            self._append(Read(Activation("identity"), (tensors[0],)), tensors[:1], "", "", "")
        self.frames.pop()

    def call(
        self,
        name: str,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        written: Any,
        kernels: Sequence[Kernel],
        line: str,
    ) -> None:
        """A function of torch was called, by its name there, and returned."""
        read = _read(name, args, kwargs)
        tensors = list(tensors_in(written))
        if read is not None and tensors:
            self._append(read, tensors, name, form_of(name), line)
            return
        given = [args, dict(kwargs)]
        if name.endswith("__setitem__"):
            tensors = list(tensors_in(args))[:1]
        elif all(map(self.flow.knows, tensors)) and not is_in_place(name):
            return  # what was there already, such as a tensor that lay in order
        form = "function" if name.startswith(FUNCTIONAL) else "torch"
        if tensors:
            self._append_unread(name, given, tensors, kernels, form, line)

    def _append(self, read: Read, tensors: list[Tensor], name: str, form: str, line: str) -> None:
        """Append a call whose op is known."""
        flow, frame = self.flow, self.frames[-1]
        op, form = self._as_called(read.op, form, frame)
        path = frame.path if form in _AS_MODULE else _inside(frame.path, short_name(name))
        sources = [flow.source(tensor, path) for tensor in read.maps]
        owner, made = flow.owner_of(read.weights, op, path) if read.weights else (None, [])
        sources = self._straight(op, read, sources) + [each for each in made if each not in sources]
        sizes = tensors[0].shape if read.written is None else read.written
        varies = any(flow.varies[source] for source in sources)
        shape = flow.laid(sizes, varies, read.unbatched)
        origin = origin_of(type(frame.module), name, line)
        node = flow.append(op, sources, shape, path, form=form, owner=owner, origin=origin)
        self._note_again(frame, node, form)
        in_place = getattr(op, "inplace", False) or form == "inplace"
        if tuple(sizes) != tuple(tensors[0].shape):  # code has the tokens before the samples
            shape = flow.laid(tensors[0].shape, varies)
            node = flow.append(Called("transpose", True), (node,), shape, path, origin=origin)
        self._note_order(tensors[0], node)
        flow.write(tensors[0], node, in_place)
        for tensor in tensors[1:]:
            flow.write_beside(tensor, node)

    def _append_unread(
        self,
        name: str,
        given: Any,
        tensors: list[Tensor],
        kernels: Sequence[Kernel],
        form: str,
        line: str,
    ) -> None:
        """Append a call that is known by its kernels."""
        flow, frame = self.flow, self.frames[-1]
        short = short_name(name)
        if short in ("getitem", "setitem"):  # slices, selections and the like, by their kernels
            short = kernels[0].name if kernels else "slice"
        op = op_of(short, kernels)
        path = _inside(frame.path, short)
        sources = dict.fromkeys([flow.source(tensor, path) for tensor in tensors_in(given)])
        varies = any(flow.varies[source] for source in sources)
        origin = origin_of(type(frame.module), name, line)
        each_its_own = isinstance(op, Called) and op.still
        for tensor in tensors if each_its_own else tensors[:1]:
            shape = flow.laid(tensor.shape, varies)
            if isinstance(op, CalledProducts):  # its products are of all that is in the batch
                op, shape = _of_each_sample(op, tuple(tensor.shape), flow.batch)
            node = flow.append(op, sources, shape, path, form=form, origin=origin)
            self._note_order(tensor, node)
            flow.write(tensor, node, is_in_place(name))
        for tensor in () if each_its_own else tensors[1:]:
            flow.write_beside(tensor, node)

    def _as_called(self, op: Op, form: str, frame: Frame) -> tuple[Op, str]:
        """The op, and in which form it is called: as the module, where it is what that is for."""
        if isinstance(op, Activation) and op.function == "hardtanh" and "ReLU6" in frame.bases:
            op = Activation("relu6", inplace=op.inplace)
        if isinstance(op, Norm) and op.function == "batch" and "SyncBatchNorm" in frame.bases:
            op = Norm("sync", op.channels, op.groups, op.affine, op.stats, op.shift)
        if isinstance(op, Called | CalledProducts | Opaque):
            return op, form
        taken = any(node.form in _AS_MODULE for node in self.flow.nodes[frame.first :])
        module = spell(op, _dims(op, frame)).module
        if module and module in frame.bases and not taken:
            if frame.exact and frame.bases[0] == module:
                return op, "module"
            return op, "subclass of a parent" if frame.parent else "subclass"
        if isinstance(op, Matmul) and op.function != "matmul":
            return op, "torch"
        if form in ("operator", "inplace") and not isinstance(op, Elementwise | Matmul):
            return op, "torch"
        return op, form

    def _note_order(self, tensor: Tensor, node: int) -> None:
        """Keep whether a node writes elements that do not lie in order."""
        if not tensor.is_contiguous():
            self.apart.append(node)
        if tensor.dim() > 1 and not tensor.transpose(0, 1).is_contiguous():
            self.turned_apart.append(node)

    def _note_again(self, frame: Frame, node: int, form: str) -> None:
        """Let the earlier call of a module without weights be one that is called again."""
        nodes = self.flow.nodes
        if form != "module" or nodes[node].op.params:
            return
        before = self.called.get(id(frame.module))
        if before is not None:
            nodes[before] = nodes[before]._replace(form="reused")
        self.called[id(frame.module)] = node

    def _straight(self, op: Op, read: Read, sources: list[int]) -> list[int]:
        """The sources, through a transposition that only puts the tokens before the samples."""
        if not isinstance(op, Composite) or read.written is None:
            return sources
        nodes = self.flow.nodes
        found = []
        for source in sources:
            node = nodes[source]
            turned = isinstance(node.op, Called) and node.op.function == "transpose"
            found.append(node.sources[0] if turned else source)
        return found

    def append_unused(self, module: nn.Module) -> None:
        """Append what the module holds and no call used."""
        for path, each in module.named_modules():
            own = list(each.parameters(recurse=False))
            if not any(map(self.flow.is_unused, own)):
                continue
            whole = op_of_module(each) if all(map(self.flow.is_unused, own)) else None
            origin = origin_of(type(each), "", "")
            if whole is not None and whole.params == sum(map(Tensor.numel, own)):
                form = "module" if _is_torch(type(each)) else "subclass"
                self.flow.append_unused(whole, own, path=path, form=form, origin=origin)
                continue
            for (name, op), parameter in zip(parameters_of(each), own, strict=True):
                if self.flow.is_unused(parameter):
                    path_of = _inside(path, name)
                    self.flow.append_unused(op, [parameter], path=path_of, origin=origin)

    def graph(self, outputs: Mapping[str, Tensor]) -> Graph:
        """The graph, with its outputs by name."""
        if not outputs:
            raise ValueError("it returns no tensor")
        named = {name: self.flow.source(tensor, "") for name, tensor in outputs.items()}
        last = next(iter(named.values()))
        scattered = Scattered(frozenset(self.apart), frozenset(self.turned_apart))
        return Graph(tuple(self.flow.nodes), last, named if len(named) > 1 else {}, scattered)


_AS_MODULE = ("module", "subclass", "subclass of a parent")


def _is_torch(cls: type) -> bool:
    """Whether a class is one of torch.nn or torchvision that is a layer."""
    return cls.__module__.startswith("torch.nn.modules.") or cls.__name__ == "DeformConv2d"


def _read(name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Read | None:
    """What a reader makes of a call; None where there is none, or it takes something else."""
    reader = READERS.get(name)
    if reader is None:
        return None
    try:
        return reader(*args, **kwargs)
    except (TypeError, ValueError, AttributeError, IndexError):  # called in a way it does not know
        return None


def _of_each_sample(
    op: CalledProducts, sizes: tuple[int, ...], batch: int
) -> tuple[CalledProducts, Shape]:
    """A function that multiplies, with the products and the shape of one sample."""
    first = sizes[0] if sizes else 1
    if first % batch or op.macs(sizes) % batch:
        return op, Stacked((1, *sizes), once=True)
    rest = sizes[1:] or (1,)
    return replace(op, samples=batch), rest if first == batch else (first // batch, *rest)


def _inside(path: str, name: str) -> str:
    return f"{path}.{name}".strip(".")


def _dims(op: Op, frame: Frame) -> int:
    """How many spatial axes a layer is for, by the names of its classes."""
    for name in frame.bases:
        if name[-2:] in ("1d", "2d", "3d"):
            return int(name[-2])
    return 2
