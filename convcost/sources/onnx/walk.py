"""From the nodes of an ONNX file to those of a graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING

from convcost.errors import ConvcostError, Problem, shorten
from convcost.graph.nodes import Origin
from convcost.ops.called import Called
from convcost.ops.maps import Elementwise
from convcost.ops.op import Contraction, Input, Op
from convcost.sources.onnx.declared import Declarations
from convcost.sources.onnx.flow import Flow
from convcost.sources.onnx.folding import folded
from convcost.sources.onnx.merging import with_bias
from convcost.sources.onnx.model import Model, opsets_of
from convcost.sources.onnx.nodes import bound, call_of, constant_of
from convcost.sources.onnx.notes import Notes
from convcost.sources.onnx.paths import Place, place_of
from convcost.sources.onnx.readers import (  # noqa: F401  # they register readers
    contractions,
    elements,
    recurrent,
    runtime,
    spatial,
)
from convcost.sources.onnx.readers.known import DATA, known
from convcost.sources.onnx.readers.reading import READERS, Call, Read, Reader
from convcost.sources.onnx.scope import Scope, stored, unread
from convcost.sources.onnx.sizes import Inputs
from convcost.sources.onnx.slimming import DEEPEST, MOST_NODES
from convcost.sources.onnx.subgraphs import captured_by, held_by
from convcost.sources.onnx.values import Value

if TYPE_CHECKING:
    from onnx import FunctionProto, GraphProto, NodeProto


class Walk:
    """Goes over the nodes of a model once."""

    def __init__(self, model: Model, inputs: Inputs, path: str) -> None:
        """Start with the inputs and the initialisers."""
        self.model, self.path = model, path
        self.flow = Flow(inputs.batch)
        self.notes = Notes(model.graph)
        self.declared = Declarations(inputs.free, self.notes)
        self.steps = 0
        self.depth = 0
        self.folded: Counter[str] = Counter()
        """Numbers that nodes write which are not in the graph, by their types."""
        self.maps: Counter[int] = Counter()
        """How many numbers nodes write, by their element types."""
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
            found[info.name] = self.flow.source(value, Place("", info.name, Origin()))
        if not found:
            raise ConvcostError(Problem(self.path, "has no output"))
        return found

    def _graph(self, graph: GraphProto, scope: Scope, opsets: Mapping[str, int]) -> None:
        self.declared.add([*graph.value_info, *graph.output])
        scope.count(graph.node, [info.name for info in graph.output])
        for node in graph.node:
            self._step(node, scope, opsets)

    def _step(self, node: NodeProto, scope: Scope, opsets: Mapping[str, int]) -> None:
        """Go over one node; what is wrong with it is said with its name."""
        self.steps += 1
        try:
            if self.steps > MOST_NODES:
                raise ValueError(f"its functions come to more than {MOST_NODES:,} nodes")
            self._node(node, scope, opsets)
        except (ValueError, ArithmeticError, LookupError, TypeError, AttributeError) as error:
            message = str(error) if _is_ours(error) else "does not fit together"
            name = node.name or next(iter(node.output), "")
            words = f"{shorten(name, 80)} ({shorten(node.op_type, 40)}): {message}"
            raise ConvcostError(Problem(self.path, words.removeprefix(" "))) from None

    def _node(self, node: NodeProto, scope: Scope, opsets: Mapping[str, int]) -> None:
        domain = "" if node.domain == "ai.onnx" else node.domain
        function = self.model.functions.get((node.domain, node.op_type))
        read = [scope.given(name) for name in node.input]
        if function is not None:
            self._call(node, function, read, scope)
        elif not domain and node.op_type == "Constant":
            scope.write(node.output[0], constant_of(node))
        elif not domain and node.op_type == "If":
            self._if(node, read, scope, opsets)
        elif not domain and node.op_type == "Identity" and read[0] and read[0].node is None:
            scope.write(node.output[0], self.notes.identity(read[0], node.output[0]))
        else:
            version = opsets.get(domain, 1)
            values = None if domain else folded(node, version, read)
            if values is None:
                self._op(node, read, scope, version)
            else:
                self.folded[node.op_type] += prod(values[0].sizes) if values[0].sizes else 0
            for name, value in zip(node.output, values or (), strict=False):
                scope.write(name, value)

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
        for index, name in enumerate(function.input):
            value = read[index] if index < len(read) else None
            if value is None:
                inner.left_out.add(name)
            else:
                inner.write(name, value)
        given = {each.name: each for each in [*function.attribute_proto, *node.attribute]}
        inner.count(function.node, function.output)
        for each in function.node:
            self._step(bound(each, given, node), inner, opsets_of(function.opset_import))
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
        branch = next((each.g for each in node.attribute if each.name == wanted), None)
        if branch is None or len(branch.output) != len(node.output):
            raise ValueError(f"has no {wanted} of {len(node.output)} outputs")
        inner = Scope(scope)
        inner.store(branch, f"{node.name or node.output[0]}/")
        self._graph(branch, inner, opsets)
        for name, info in zip(node.output, branch.output, strict=True):
            scope.write(name, inner.find(info.name))

    def _op(
        self, node: NodeProto, read: Sequence[Value | None], scope: Scope, version: int
    ) -> None:
        """Append what a node does, unless it is known without running it."""
        place = place_of(node, self.steps)
        outer = [scope.find(name) for name in captured_by(node) if scope.knows(name)]
        outer += [stored(tensor, True, f"{place.path}/{tensor.name}") for tensor in held_by(node)]
        call = call_of(node, version, read)
        found = _read_of(READERS.get(call.name), call)
        if found is None:
            data = read[: DATA.get(call.name, len(read))]
            maps = [each for each in data if each is not None and not _is_left_out(each)]
            found = Read(known(call), (*maps, *outer))
        written = self.declared.written(node, version, read, found)
        if not self._merge(node, found, scope, place):
            self._append(node, found, written, scope, place)

    def _merge(self, node: NodeProto, read: Read, scope: Scope, place: Place) -> bool:
        """Let a bias that is added behind a layer without one be the layer's own."""
        if not isinstance(read.op, Elementwise) or read.op.function != "add":
            return False
        if len(node.input) != 2 or len(read.maps) != 2:
            return False
        for name, bias in zip(node.input, reversed(read.maps), strict=True):
            value = scope.find(name)
            if value.node is None or bias.held is None or scope.uses[name] != 1:
                continue
            op = with_bias(self.flow.nodes[value.node].op, bias, value.rank)
            if op is not None and self.flow.merge(value.node, op, bias.held, place):
                scope.write(node.output[0], value)
                return True
        return False

    def _append(
        self, node: NodeProto, read: Read, written: list[Value], scope: Scope, place: Place
    ) -> None:
        """Append a node, with what is before and behind it."""
        flow = self.flow
        self.maps[written[0].dtype] += prod(written[0].sizes)
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
            if index == 0:
                scope.write(name, value._replace(node=last))
            elif isinstance(read.op, Called) and read.op.still:
                own = flow.append(read.op, sources, value.sizes, place)
                scope.write(name, value._replace(node=own))
            elif scope.uses[name]:
                scope.write(name, flow.part(value, first, place))


def _is_ours(error: Exception) -> bool:
    """Whether a sentence was written for people, and is none of Python's own."""
    own = "zip()", "not enough values", "too many values", "invalid literal", "cannot convert"
    return type(error) is ValueError and not str(error).startswith(own)


def _read_of(reader: Reader | None, call: Call) -> Read | None:
    """What a reader makes of a node; of sizes that are not sure nothing that multiplies."""
    if reader is None:
        return None
    if not any(each is not None and each.guessed for each in call.inputs):
        return reader(call)
    try:
        found = reader(call)
    except ValueError:
        return None
    return None if found is None or isinstance(found.op, Contraction) else found


def _is_left_out(value: Value) -> bool:
    """Whether it says how, such as the axes of a slice, and is nothing that is computed with."""
    return value.known is not None and value.node is None and not value.is_trained


def _beside(place: Place, op: Op) -> Place:
    """Where an op stands that a node of the file comes to beside its own."""
    word = str(op).split()[0].strip(",")
    return place._replace(name=f"{place.name}.{word}")
