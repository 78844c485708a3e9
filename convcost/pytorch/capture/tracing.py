"""From what is called to nodes of a graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from torch import Tensor, nn

from convcost.graph.calls import AS_MODULE, SCRIPTED
from convcost.graph.nodes import Graph, Scattered
from convcost.ops.called import Called, CalledProducts
from convcost.ops.layouts import Stacked
from convcost.ops.maps import Activation
from convcost.ops.op import Composite, Input, Op, Shape
from convcost.ops.partitions import BiasedAttention
from convcost.pytorch.capture.calls import FunctionCall
from convcost.pytorch.capture.dataflow import Dataflow, origin_of, tensors_in
from convcost.pytorch.capture.frames import Frame, as_called, is_torch
from convcost.pytorch.capture.kernels import Kernel, op_of
from convcost.pytorch.capture.readers import contractions, elements, spatial  # noqa: F401  # they register readers
from convcost.pytorch.capture.readers.reading import Read, read_of
from convcost.pytorch.capture.seen import own_weights, places_of, repeated_in, whole_of
from convcost.pytorch.capture.sizes import forgotten, more_in_a_trace, products_of
from convcost.pytorch.capture.unused import op_of_module, parameters_of


class Tracer:
    """Makes nodes of the calls of one forward pass."""

    def __init__(self, module: nn.Module, batch: int) -> None:
        """Start before the call of a module."""
        self.flow = Dataflow(module, batch)
        self.paths = {id(each): name for name, each in module.named_modules()}
        self.frames: list[Frame] = []
        self.module = module
        self.places = places_of(module)
        self.products: set[object] = set()
        """The products of sizes that a node has been made with."""
        self.modules: dict[int, nn.Module] = {}
        """Those that were called: kept, as another may have the identity of one that is gone."""
        self.known: set[int] = set()
        """Modules of which a node has been made."""
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
        bases = tuple([cls.__name__ for cls in type(module).__mro__ if is_torch(cls)])
        exact = is_torch(type(module))
        parent = any(True for _ in module.children())
        flow = self.flow
        self.modules[id(module)] = module
        self.frames.append(Frame(module, path, len(flow.nodes), bases, exact, parent, flow.inside))
        flow.inside = flow.inside or whole_of(module)

    def leave(self, given: Any, written: Any, kernels: Sequence[Kernel]) -> None:
        """A module returns; an identity, or what no function was seen of, is a node of its own."""
        frame, tensors = self.frames[-1], list(tensors_in(written))
        ours = [tensor for tensor in tensors if not self.flow.knows(tensor)]
        if ours:
            read = [given, list(frame.module.parameters())]
            call = FunctionCall(type(frame.module).__name__, (), {}, written, kernels, "", True)
            self._append_unread(read, ours, call, "torch")
        elif tensors and "Identity" in frame.bases and len(self.flow.nodes) == frame.first:
            call = FunctionCall("", (), {}, written, (), "", True)
            self._append(Read(Activation("identity"), (tensors[0],)), tensors[:1], call, "")
        self.frames.pop()
        self.flow.inside = frame.within
        self._note_weights(frame, written)

    def _note_weights(self, frame: Frame, written: Any) -> None:
        """Keep on the last node of a module what it holds itself beside the weights of an op."""
        nodes = self.flow.nodes
        if frame.parent or len(nodes) == frame.first:
            return
        ops = [node.op for node in nodes[frame.first :] if node.form in AS_MODULE]
        own = sum(map(Tensor.numel, frame.module.parameters(recurse=False)))
        if not own or any(op.params == own for op in ops):
            return
        found = own_weights(frame.module, written, self.flow.batch, bool(ops))
        if found:
            nodes[-1] = nodes[-1]._replace(seen=nodes[-1].seen._replace(weights=found))

    def call(self, call: FunctionCall) -> None:
        """A function of torch was called, and returned."""
        before = len(self.flow.nodes)
        self._call(call._replace(args=forgotten(call.args), kwargs=forgotten(call.kwargs)))
        new = set(products_of((call.args, call.kwargs))) - self.products
        for index in range(before, len(self.flow.nodes)) if call.scripted else ():
            node = self.flow.nodes[index]
            self.flow.nodes[index] = node._replace(seen=node.seen._replace(inside=SCRIPTED))
        count = len(new) + more_in_a_trace(call)
        if (count or call.given) and len(self.flow.nodes) > before:
            self.products |= new
            node = self.flow.nodes[-1]
            seen = node.seen._replace(size_products=count, given=call.given)
            self.flow.nodes[-1] = node._replace(seen=seen)

    def _call(self, call: FunctionCall) -> None:
        tensors = list(tensors_in(call.written))
        if call.name.endswith("__setitem__"):
            tensors = list(tensors_in(call.args))[:1]
        elif tensors:
            read = read_of(call.name, call.args, call.kwargs)
            if read is not None:
                self._append(read, tensors, call, call.form)
                return
            if all(map(self.flow.knows, tensors)) and not call.in_place:
                return  # what was there already, such as a tensor that lay in order
        form = "torch" if call.form == "inplace" or call.is_operator else call.form
        if tensors:
            self._append_unread([call.args, dict(call.kwargs)], tensors, call, form)

    def _append(self, read: Read, tensors: list[Tensor], call: FunctionCall, form: str) -> None:
        """Append a call whose op is known."""
        flow, frame = self.flow, self.frames[-1]
        op, form = as_called(read.op, form, frame, flow.nodes[frame.first :])
        path = frame.path if form in AS_MODULE else _inside(frame.path, call.short)
        sources = [flow.source(tensor, path) for tensor in read.maps]
        owner, made = flow.owner_of(read.weights, op, path) if read.weights else (None, [])
        if isinstance(op, BiasedAttention) and flow.trained[sources[-1]]:
            op = replace(op, trained=True)
        sources = self._straight(op, read, sources) + [each for each in made if each not in sources]
        sizes = tensors[0].shape if read.written is None else read.written
        varies = any(flow.varies[source] for source in sources)
        shape = flow.laid(sizes, varies, read.unbatched)
        origin = origin_of(type(frame.module), call.name, call.line)
        node = flow.append(op, sources, shape, path, form=form, owner=owner, origin=origin)
        self._note_again(frame, node, form)
        self._note_module(frame, node)
        in_place = getattr(op, "inplace", False) or form == "inplace"
        if tuple(sizes) != tuple(tensors[0].shape):  # code has the tokens before the samples
            shape = flow.laid(tensors[0].shape, varies)
            node = flow.append(Called("transpose", True), (node,), shape, path, origin=origin)
        flow.write(tensors[0], node, in_place)
        for tensor in tensors[1:]:
            flow.write_beside(tensor, node)

    def _append_unread(
        self, given: Any, tensors: list[Tensor], call: FunctionCall, form: str
    ) -> None:
        """Append a call that is known by its kernels."""
        flow, frame = self.flow, self.frames[-1]
        short = call.short
        if short in ("getitem", "setitem"):  # slices, selections and the like, by their kernels
            short = call.kernels[0].name if call.kernels else "slice"
        op = op_of(short, call.kernels)
        path = _inside(frame.path, short)
        sources = dict.fromkeys([flow.source(tensor, path) for tensor in tensors_in(given)])
        varies = any(flow.varies[source] for source in sources)
        origin = origin_of(type(frame.module), call.name, call.line)
        each_its_own = isinstance(op, Called) and op.still
        for tensor in tensors if each_its_own else tensors[:1]:
            shape = flow.laid(tensor.shape, varies)
            if isinstance(op, CalledProducts):  # its products are of all that is in the batch
                op, shape = _of_each_sample(op, tuple(tensor.shape), flow.batch)
            node = flow.append(op, sources, shape, path, form=form, origin=origin)
            self._note_module(frame, node)
            flow.write(tensor, node, call.in_place)
        for tensor in () if each_its_own else tensors[1:]:
            flow.write_beside(tensor, node)

    def _note_again(self, frame: Frame, node: int, form: str) -> None:
        """Let the earlier call of a module without weights be one that is called again."""
        nodes = self.flow.nodes
        if form != "module" or nodes[node].op.params:
            return
        before = self.called.get(id(frame.module))
        if before is not None:
            nodes[before] = nodes[before]._replace(form="reused")
        self.called[id(frame.module)] = node

    def _note_module(self, frame: Frame, index: int) -> None:
        """Keep what a node's module holds beside what its nodes do, and where it stands."""
        node, module = self.flow.nodes[index], frame.module
        places = self.places.get(id(module), 1)
        if node.form not in AS_MODULE:
            if places > 1:
                self.flow.nodes[index] = node._replace(seen=node.seen._replace(places=places))
            return
        params = 0 if id(module) in self.known else sum(map(Tensor.numel, module.parameters()))
        self.known.add(id(module))
        seen = node.seen._replace(beside=max(params - node.params, 0), places=places)
        self.flow.nodes[index] = node._replace(seen=seen)

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
                form = "module" if is_torch(type(each)) else "subclass"
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
        flow = self.flow
        scattered = Scattered(frozenset(flow.apart), frozenset(flow.turned_apart))
        several = named if len(named) > 1 else {}
        own = list(self.module.parameters())
        frozen = sum([each.numel() for each in own if id(each) in flow.frozen])
        flow.note_frozen()
        repeated = repeated_in(self.modules.values())
        return Graph(tuple(flow.nodes), last, several, scattered, frozen, repeated)


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
    """The path of what a module of a path calls."""
    return f"{path}.{name}".strip(".")
