"""From the nodes of an ONNX file to those of a graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from convcost.errors import ConvcostError, Problem, shorten
from convcost.ops.called import Called
from convcost.ops.maps import Elementwise
from convcost.ops.op import Input, Op
from convcost.ops.products import Linear
from convcost.sources.onnx.flow import Flow
from convcost.sources.onnx.folding import FOLDED, MOST_KNOWN, folded
from convcost.sources.onnx.model import Model, opsets_of
from convcost.sources.onnx.notes import Notes
from convcost.sources.onnx.paths import Place, place_of
from convcost.sources.onnx.readers import (  # noqa: F401  # they register readers
    contractions,
    elements,
    recurrent,
    spatial,
)
from convcost.sources.onnx.readers.known import known
from convcost.sources.onnx.readers.reading import READERS, Call, Read
from convcost.sources.onnx.scope import Scope, stored, unread
from convcost.sources.onnx.sizes import (
    Declared,
    Inputs,
    Written,
    declared_in,
    elements_of,
    inferred,
)
from convcost.sources.onnx.slimming import DEEPEST, MOST_NODES
from convcost.sources.onnx.values import Value

if TYPE_CHECKING:
    from onnx import FunctionProto, GraphProto, NodeProto

HELD_THROUGH = frozenset(
    "Cast CastLike DequantizeLinear Expand Flatten Identity QuantizeLinear Reshape Squeeze Transpose "
    "Unsqueeze".split()
)
"""Ops after which an initialiser is still one, seen otherwise."""


class Walk:
    """Goes over the nodes of a model once."""

    def __init__(self, model: Model, inputs: Inputs, path: str) -> None:
        """Start with the inputs and the initialisers."""
        self.model, self.path = model, path
        self.flow = Flow(inputs.batch)
        self.notes = Notes(model.graph)
        self.declared: dict[str, Declared] = {}
        self.free = inputs.free
        self.steps = 0
        self.depth = 0
        self.uses: Counter[str] = Counter()
        self.scope = Scope()
        for name, value in inputs.values.items():
            self.scope.write(name, self.flow.input(name, value, Input()))
        self.scope.store(model.graph)

    def run(self) -> None:
        """Go over all nodes.

        Raises:
            ConvcostError: one cannot be what the file says; with its name.
        """
        self._graph(self.model.graph, self.scope, self.model.opsets)
        for held in unread(self.scope, self.flow.holders):
            self.flow.append_unread(held)

    def outputs(self) -> dict[str, int]:
        """The nodes that are outputs, by name."""
        found = {}
        for info in self.model.graph.output:
            try:
                value = self.scope.find(info.name)
            except ValueError as error:
                message = f"output '{shorten(info.name, 80)}' {error}"
                raise ConvcostError(Problem(self.path, message)) from None
            found[info.name] = self.flow.source(value, Place("", info.name, self.notes.nowhere))
        if not found:
            raise ConvcostError(Problem(self.path, "has no output"))
        return found

    def _graph(self, graph: GraphProto, scope: Scope, opsets: Mapping[str, int]) -> None:
        self.declared |= declared_in([*graph.value_info, *graph.output])
        self.uses.update([name for node in graph.node for name in node.input])
        self.uses.update([info.name for info in graph.output])
        for node in graph.node:
            self._step(node, scope, opsets)

    def _step(self, node: NodeProto, scope: Scope, opsets: Mapping[str, int]) -> None:
        """Go over one node; what is wrong with it is said with its name."""
        self.steps += 1
        try:
            if self.steps > MOST_NODES:
                raise ValueError(f"its functions come to more than {MOST_NODES:,} nodes")
            self._node(node, scope, opsets)
        except ValueError as error:
            name = node.name or next(iter(node.output), "")
            words = f"{shorten(name, 80)} ({shorten(node.op_type, 40)}): {error}"
            raise ConvcostError(Problem(self.path, words.removeprefix(" "))) from None

    def _node(self, node: NodeProto, scope: Scope, opsets: Mapping[str, int]) -> None:
        domain = "" if node.domain == "ai.onnx" else node.domain
        function = self.model.functions.get((node.domain, node.op_type))
        read = [scope.find(name) if name else None for name in node.input]
        if function is not None:
            self._call(node, function, read, scope)
        elif not domain and node.op_type == "Constant":
            scope.write(node.output[0], _constant(node))
        elif not domain and node.op_type == "If":
            self._if(node, read, scope, opsets)
        else:
            self._op(node, read, scope, opsets.get(domain, 1))

    def _call(
        self,
        node: NodeProto,
        function: FunctionProto,
        read: Sequence[Value | None],
        scope: Scope,
    ) -> None:
        """Go over the body of a function of the file."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise ValueError(f"functions call one another more than {DEEPEST} deep")
        inner = Scope()
        for name, value in zip(function.input, read, strict=False):
            if value is not None:
                inner.write(name, value)
        given = {each.name: each for each in [*function.attribute_proto, *node.attribute]}
        self.uses.update([name for each in function.node for name in each.input])
        self.uses.update(function.output)
        for each in function.node:
            self._step(_bound(each, given, node), inner, opsets_of(function.opset_import))
        for name, output in zip(node.output, function.output, strict=False):
            scope.write(name, inner.find(output))
        self.depth -= 1

    def _if(
        self,
        node: NodeProto,
        read: Sequence[Value | None],
        scope: Scope,
        opsets: Mapping[str, int],
    ) -> None:
        """Go over the branch that is known to be taken; else it is opaque."""
        condition = read[0].known if read and read[0] is not None else None
        if condition is None:
            self._op(node, read, scope, opsets[""])
            return
        wanted = "then_branch" if condition.reshape(-1).tolist()[:1] == [True] else "else_branch"
        branch = next(each.g for each in node.attribute if each.name == wanted)
        inner = Scope(scope)
        inner.store(branch, f"{node.name or node.output[0]}/")
        self._graph(branch, inner, opsets)
        for name, info in zip(node.output, branch.output, strict=True):
            scope.write(name, inner.find(info.name))

    def _op(
        self, node: NodeProto, read: Sequence[Value | None], scope: Scope, version: int
    ) -> None:
        """Append what a node does, unless it is known without running it."""
        if self._is_folded(node, read, scope, version):
            return
        place = place_of(node, self.steps)
        captured = [scope.find(name) for name in captured_by(node) if _is_there(scope, name)]
        call = _call_of(node, version, read)
        reader = READERS.get(f"{node.domain}.{node.op_type}" if node.domain else node.op_type)
        guessed = any(each is not None and each.guessed for each in read)
        found = reader(call) if reader else None
        if found is None:
            maps = [each for each in read if each is not None and not _is_left_out(each)]
            found = Read(known(call), tuple([*maps, *captured]))
        written = self._written(node, version, read, found, guessed)
        if self._merge(node, found, scope, place):
            return
        self._append(node, found, written, scope, place)

    def _append(
        self, node: NodeProto, read: Read, written: list[Value], scope: Scope, place: Place
    ) -> None:
        """Append a node, with what is before and behind it."""
        flow = self.flow
        sources = [flow.source(value, place) for value in read.maps]
        for op, sizes in read.before:
            sources[:1] = [flow.append(op, sources[:1], sizes, _beside(place, op))]
        owner, made = flow.owner_of(read.weights, read.op, place)
        sizes = read.sizes if read.sizes is not None else written[0].sizes
        first = flow.append(read.op, [*sources, *made], sizes, place, owner)
        self.notes.note(node, read, flow.nodes[first])
        last, added = first, read.added
        for op, sizes in read.after:
            more = [flow.source(value, place) for value in added]
            last, added = flow.append(op, [last, *more], sizes, _beside(place, op)), ()
        for index, (name, value) in enumerate(zip(node.output, written, strict=True)):
            if not name:
                continue
            whole = index == 0
            each_own = isinstance(read.op, Called) and read.op.still and not whole
            if whole:
                scope.write(name, value._replace(node=last))
            elif each_own:
                own = flow.append(read.op, sources, value.sizes, place)
                scope.write(name, value._replace(node=own))
            elif self.uses[name]:
                scope.write(name, flow.part(value, first, place))

    def _written(
        self,
        node: NodeProto,
        version: int,
        read: Sequence[Value | None],
        found: Read,
        guessed: bool,
    ) -> list[Value]:
        """What a node writes, by its op's rule, or by ONNX's, or as the file declares it."""
        given = {name: value for name, value in zip(node.input, read, strict=True) if value}
        by_rule = inferred(node, version, given) or [Written(0, (None,))] * len(node.output)
        values = []
        for index, (name, rule) in enumerate(zip(node.output, by_rule, strict=True)):
            own = found.after[-1][1] if found.after else found.sizes
            own = own if index == 0 else None
            declared = self._sizes_of(name)
            sizes: Sequence[int | None] = own or _best(rule.sizes, declared)
            if sizes == (None,) and name:
                raise ValueError(
                    "what it writes is of no known size: the file does not declare it "
                    f"({shorten(name, 60)})"
                )
            unsure = guessed or any(size is None for size in sizes)
            if unsure and not guessed:
                self.notes.unsure.append(node)
            whole = tuple([1 if size is None else size for size in sizes])
            if not unsure and declared and index == 0:
                self.notes.compare(node, whole, declared)
            dtype = rule.dtype or (read[0].dtype if read and read[0] is not None else 1)
            values.append(Value(whole, dtype, guessed=unsure))
        return values

    def _sizes_of(self, name: str) -> tuple[int | None, ...] | None:
        """The sizes that the file declares, with those that are free where it is known."""
        declared = self.declared.get(name)
        if declared is None:
            return None
        free = self.free
        return tuple([s if isinstance(s, int) else free.get(s) for s in declared])

    def _is_folded(
        self, node: NodeProto, read: Sequence[Value | None], scope: Scope, version: int
    ) -> bool:
        """Write what is known without running a node: sizes, numbers, weights seen otherwise."""
        kind = node.op_type if node.domain in ("", "ai.onnx") else ""
        first = read[0] if read else None
        if kind == "Identity" and first is not None:
            scope.write(node.output[0], self.notes.identity(first, node.output[0]))
            return True
        if kind in ("Shape", "Size") and first is not None and not first.guessed:
            return self._fold(node, [_empty(first)], scope, version)
        arrays = [None if value is None else value.known for value in read]
        known_ = all(v is None or (v.known is not None and not _is_trained(v)) for v in read)
        if kind in FOLDED and read and known_ and self._fold(node, arrays, scope, version):
            return True
        if kind in HELD_THROUGH and first is not None and first.held is not None:
            written = inferred(
                node, version, {n: v for n, v in zip(node.input, read, strict=True) if v}
            )
            if written and None not in written[0].sizes:
                sizes = tuple([size for size in written[0].sizes if size is not None])
                if elements_of(sizes) == elements_of(first.sizes):
                    scope.write(node.output[0], Value(sizes, written[0].dtype, held=first.held))
                    return True
        return False

    def _fold(self, node: NodeProto, arrays: Sequence[Any], scope: Scope, version: int) -> bool:
        """Write the numbers that a node makes of others, if they are few."""
        types = {
            name: Value(array.shape, _type_of(array), known=array)
            for name, array in zip(node.input, arrays, strict=True)
            if array is not None
        }
        if node.op_type not in ("Shape", "Size"):
            rule = inferred(node, version, types)
            limit = [elements_of(tuple([s or 0 for s in each.sizes])) for each in rule or ()]
            if not limit or max(limit) > MOST_KNOWN or len(limit) > MOST_KNOWN:
                return False
        found = folded(node, version, arrays)
        if found is None or any(each.size > MOST_KNOWN for each in found):
            return False
        for name, array in zip(node.output, found, strict=True):
            scope.write(name, Value(tuple(array.shape), _type_of(array), known=array))
        return True

    def _merge(self, node: NodeProto, read: Read, scope: Scope, place: Place) -> bool:
        """Let a bias that is added behind a layer without one be the layer's own."""
        if not isinstance(read.op, Elementwise) or read.op.function != "add":
            return False
        names = list(node.input)
        for name, bias in zip(names, reversed(read.maps), strict=True) if len(names) == 2 else ():
            value = scope.find(name)
            if value.node is None or bias.held is None or self.uses[name] != 1:
                continue
            op = _with_bias(self.flow.nodes[value.node].op, bias, value)
            if op is not None and self.flow.merge(value.node, op, bias.held, place):
                scope.write(node.output[0], value)
                return True
        return False


def _with_bias(op: Op, bias: Value, value: Value) -> Op | None:
    """A layer with a bias of these sizes; None where it is none, or has one."""
    from convcost.ops.convolutions import Conv

    held = bias.held
    if held is None or not isinstance(op, Linear | Conv) or op.bias:
        return None
    behind = value.rank - 2 if isinstance(op, Conv) else 0
    out = op.out_channels if isinstance(op, Conv) else op.out_features
    sizes = tuple(size for size in bias.sizes)
    wanted = (out, *(1,) * behind)
    if held.elements != out or sizes[-len(wanted) :] != wanted:
        return None
    return op._replace(bias=True) if isinstance(op, Conv) else Linear(op.in_features, out, True)


def _best(rule: tuple[int | None, ...], declared: tuple[int | None, ...] | None) -> Any:
    """Sizes by ONNX's rule, and where that does not say them as the file declares them."""
    if declared is None or None not in rule:
        return rule
    if rule == (None,) or len(rule) != len(declared):
        return declared
    return tuple([d if r is None else r for r, d in zip(rule, declared, strict=True)])


def _constant(node: NodeProto) -> Value:
    """The value of a constant."""
    import numpy as np
    from onnx import helper, numpy_helper

    for each in node.attribute:
        if each.name == "value":
            return stored(each.t, trained=False)
        if each.name.startswith("value_") and "string" not in each.name:
            whole = each.name.startswith("value_int")
            raw = helper.get_attribute_value(each)
            array = np.array(raw, dtype=np.int64 if whole else np.float32)
            tensor = numpy_helper.from_array(array, node.output[0])
            return stored(tensor, trained=False)
    raise ValueError("a constant without numbers")


def _call_of(node: NodeProto, version: int, read: Sequence[Value | None]) -> Call:
    from onnx import AttributeProto, helper

    graphs = (AttributeProto.GRAPH, AttributeProto.GRAPHS)
    found = {}
    for each in node.attribute:
        if each.type not in graphs:
            raw = helper.get_attribute_value(each)
            found[each.name] = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    return Call(node.op_type, version, read, found)


def _bound(node: NodeProto, given: Mapping[str, Any], caller: NodeProto) -> NodeProto:
    """A node of a function's body, with the attributes that its caller gives."""
    from onnx import NodeProto

    found = NodeProto()
    found.CopyFrom(node)
    found.name = "/".join([part for part in (caller.name, node.name or node.op_type) if part])
    del found.attribute[:]
    for each in node.attribute:
        if not each.ref_attr_name:
            found.attribute.append(each)
        elif each.ref_attr_name in given:
            own = found.attribute.add()
            own.CopyFrom(given[each.ref_attr_name])
            own.name = each.name
    return found


def captured_by(node: NodeProto) -> list[str]:
    """The names outside of it that the graphs of a node read."""
    found: dict[str, None] = {}
    graphs = [each.g for each in node.attribute if each.HasField("g")]
    while graphs:
        graph = graphs.pop()
        own = {each.name for each in [*graph.input, *graph.initializer]}
        for each in graph.node:
            found |= dict.fromkeys([name for name in each.input if name and name not in own])
            own |= set(each.output)
            graphs += [attribute.g for attribute in each.attribute if attribute.HasField("g")]
    return list(found)


def _is_there(scope: Scope, name: str) -> bool:
    try:
        scope.find(name)
    except ValueError:
        return False
    return True


def _is_left_out(value: Value) -> bool:
    """Whether it says how, such as the axes of a slice, and is nothing that is computed with."""
    return value.known is not None and value.node is None and not _is_trained(value)


def _is_trained(value: Value) -> bool:
    return value.held is not None and value.held.trained


def _beside(place: Place, op: Op) -> Place:
    """Where an op stands that a node of the file comes to beside its own."""
    word = str(op).split()[0].strip(",")
    return place._replace(name=f"{place.name}.{word}")


def _empty(value: Value) -> Any:
    """An array of these sizes that takes no memory."""
    import numpy as np

    return np.broadcast_to(np.zeros((), dtype=np.int8), value.sizes)


def _type_of(array: Any) -> int:
    from onnx import helper

    return int(helper.np_dtype_to_tensor_dtype(array.dtype))
