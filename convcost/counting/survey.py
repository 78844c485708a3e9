"""A graph as profilers see it: calls with the same names are a group.

What they see of an op are its names and its shapes; of one that calls others, those too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from convcost.counting.conventions import TO_OUTPUTS
from convcost.counting.named import as_given, conv_named, of_class
from convcost.counting.rules import Call, Quantity, Rule
from convcost.counting.uses import called_again, leading_aside
from convcost.graph.calls import AS_MODULE, names
from convcost.graph.memory import scattered, sizes_of
from convcost.graph.nodes import UNSEEN, Graph, Node, Seen
from convcost.ops.called import Called, CalledProducts, OwnWeights, SizeProducts
from convcost.ops.layouts import Once, Stacked, Tokens, Windows, in_batch
from convcost.ops.maps import Elementwise
from convcost.ops.op import Composite, Input, Op, Shape
from convcost.ops.products import Matmul
from convcost.training.gradients import wanted
from convcost.training.saved import overwrites, saved

if TYPE_CHECKING:
    from fractions import Fraction


class Facts(NamedTuple):
    """What is known of a whole graph.

    Attributes:
        samples: the size of the first axis of its first input, which tools take for the batch.
        keywords: whether its inputs are several, which a tool that takes one gets by keyword.
        frozen: parameters that are not trained.
        repeated: parameters of modules without children that are those of another, too.
        bare: whether the model itself is a layer.
        weightless: whether there are no parameters at all.
        trained: what training it needs.
    """

    samples: int
    keywords: bool
    frozen: int
    repeated: int
    bare: bool
    weightless: bool
    trained: Backward


class Backward:
    """What the backward pass of a graph needs, found where a tool asks for it."""

    def __init__(self, graph: Graph, batch: int) -> None:
        """Keep the graph."""
        self.graph, self.batch = graph, batch

    @cached_property
    def is_overwritten(self) -> bool:
        """Whether an op overwrites some of it, on which torch raises."""
        if not any(map(overwrites, self.graph.nodes)):
            return False
        return bool(saved(self.graph, self.batch).overwritten)


class Alike(NamedTuple):
    """What the calls of a group have alike.

    Attributes:
        names: those that tools listen for.
        leads: what all of them lead to: `TO_OUTPUTS`, `TO_STATISTICS`, or nothing.
        within: the names of the module that calls them, where one op is that.
        fused: whether that has a kernel of its own instead where no gradients are needed.
        inside: the class of a module around them that a tool may take as a whole.
        conv_named: whether they are modules of a class that has Conv in its name, of those whose
            classes are not torch's own.
        places: at how many places of the tree of modules each stands, or what calls it.
    """

    names: tuple[str, ...]
    leads: str
    within: tuple[str, ...] = ()
    fused: bool = False
    inside: str = ""
    conv_named: bool | None = None
    places: int = 1


class Group:
    """All calls of a graph that have the same names, which every tool counts by the same rules.

    `unrun` are those that would be called if they were run, for the sake of their parameters.
    `facts` is what is known of the whole graph.
    """

    def __init__(
        self, alike: Alike, calls: list[Call], unrun: Sequence[Call], facts: Facts
    ) -> None:
        """Keep the calls; sums of their quantities are found when a rule asks for them."""
        self.names, self.leads, self.within, self.fused = alike[:4]
        self.inside, self.conv_named, self.places = alike[4:]
        self.calls = calls
        self.unrun = unrun
        self.facts = facts
        self.params = sum([call.params for call in (*calls, *unrun)])
        self.beside = sum([call.beside for call in calls])
        self.op: Op = (*calls, *unrun)[0].op
        """One of the ops."""
        self.is_module = isinstance(self.op, Composite)
        """Whether it is of a module that calls other ops."""
        self._values: dict[Quantity, list[int | Fraction]] = {}
        self._sums: dict[Quantity, int | Fraction] = {}

    @property
    def label(self) -> str:
        """The name under which code calls them."""
        return self.names[0]

    def total(self, rule: Rule, last_call: bool = False) -> int | Fraction:
        """The figure of all calls under a rule, or of the last calls of modules; see `Rule.of`."""
        if last_call and any(call.again for call in self.calls):
            return sum([rule.of(call) for call in self.calls if not call.again])
        total: int | Fraction = 0
        for factor, quantity in rule.terms:
            found = self._sums.get(quantity)
            if found is None:
                found = self._sums[quantity] = sum(self._of_each(quantity))
            total += factor * found
        return total

    def figures(self, rule: Rule) -> list[int | Fraction]:
        """The figure of each call under a rule."""
        columns = [
            [factor * value for value in self._of_each(quantity)] for factor, quantity in rule.terms
        ]
        return list(map(sum, zip(*columns, strict=True))) if columns else [0] * len(self.calls)

    def _of_each(self, quantity: Quantity) -> list[int | Fraction]:
        """What each call has of a quantity: many tools ask for the same."""
        found = self._values.get(quantity)
        if found is None:
            found = self._values[quantity] = list(map(quantity.of, self.calls))
        return found


Survey = tuple[Group, ...]
"""A graph as profilers see it."""


def survey(graph: Graph, batch: int = 1) -> Survey:
    """Group the calls of a graph by their names."""
    return Surveyor(graph, batch).survey(graph.nodes)


class Surveyor:
    """Groups the calls of some nodes of a graph; what the whole of it says is found once."""

    def __init__(self, graph: Graph, batch: int = 1) -> None:
        """Find which modules are called again, what leads aside, and what lies out of order."""
        self.graph = graph
        self.batch = batch
        self._facts = _facts(graph, batch)
        self._twice = called_again(graph.nodes)
        self._aside = leading_aside(graph)
        self._apart = scattered(graph, batch)
        self._wanted = dict(zip(map(id, graph.nodes), wanted(graph), strict=True))

    def survey(self, only: Iterable[Node]) -> Survey:
        """Group the calls of these nodes by their names."""
        batch = self.batch
        twice, aside, apart = self._twice, self._aside, self._apart
        groups: dict[Alike, tuple[list[Call], list[Call]]] = {}
        for order, node in enumerate(only):
            op, sources, shape, _, form, owner, run, origin, seen, *_ = node
            gradients = self._wanted[id(node)]
            if isinstance(op, Input):
                continue
            again = form == "reused" or (id(node) in twice)
            scatters = bool(sources) and sources[0] in apart.samples_first
            how = (order, again, owner is not None, scatters, seen.beside, self._operands(node))
            call = _call(op, self.graph.read_by(node), shape, batch, *how, gradients)
            called = names(op, form, len(call.input) - 1)
            leads = aside.get(id(node), TO_OUTPUTS) if aside else TO_OUTPUTS
            if seen is UNSEEN and origin is None:
                key = Alike(called, leads)
            else:
                called = as_given(of_class(node, called), seen.given)
                key = Alike(called, leads, (), False, seen.inside, conv_named(node), seen.places)
            groups.setdefault(key, ([], []))[0 if run else 1].append(call)
            for more in _beside(seen) if seen is not UNSEEN else ():
                key = Alike(names(more, form, 2), leads, inside=seen.inside)
                groups.setdefault(key, ([], []))[0].append(call._replace(op=more, batch=batch))
            if run and isinstance(op, Composite):
                own, samples = _unstacked(shape, batch)
                as_is = getattr(op, "tokens_first", False)
                scattered_to_it = apart.samples_first if as_is else apart.tokens_first
                parts = zip(op.inner(own), op.inner_wanted(own, gradients), strict=True)
                for (part, reads, writes, way, which), inner in parts:
                    first, written = _laid(reads[0], own), _laid(writes, own)
                    turned = which is not None and sources[which] in scattered_to_it
                    inside = _call(part, first, written, samples, order, again, True, turned)
                    inside = inside._replace(wanted=inner)
                    spelled = names(part, way, len(inside.input) - 1)
                    key = Alike(spelled, leads, called, op.fast, seen.inside, None, seen.places)
                    groups.setdefault(key, ([], []))[0].append(inside)
        return tuple([Group(key, *calls, self._facts) for key, calls in groups.items()])

    def _operands(self, node: Node) -> tuple[tuple[int, ...], ...]:
        """The sizes of all that captured code calls an op with, the batch among them."""
        einsum = isinstance(node.op, Called) and node.op.function == "einsum"
        if not self.graph.of_code or not (einsum or isinstance(node.op, OF_OPERANDS)):
            return ()
        shapes = [self.graph.nodes[source].shape for source in node.sources]
        return tuple([sizes_of(shape, self.batch) for shape in shapes])


OF_OPERANDS = Elementwise, Matmul, CalledProducts
"""What tools count by the sizes of more than the first that is read."""


def _unstacked(shape: Shape, batch: int) -> tuple[Shape, int]:
    """The shape of one of what is in the batch, and how many there are."""
    if isinstance(shape, Stacked):
        return shape[1:], in_batch(shape, batch)
    return shape, batch


def _beside(seen: Seen) -> Iterator[Op]:
    """What tools see of a node beside its op."""
    if seen.weights:
        yield OwnWeights(seen.weights)
    if seen.size_products:
        yield SizeProducts(seen.size_products)


def _facts(graph: Graph, batch: int) -> Facts:
    """What is known of a whole graph."""
    nodes, shape = graph.nodes, graph.input
    several = len(nodes) > 1 and isinstance(nodes[1].op, Input)
    bare = any(not node.path and node.form in AS_MODULE for node in nodes)
    weightless = not any(node.op.params for node in nodes)
    samples = in_batch(shape, batch)
    trained = Backward(graph, batch)
    return Facts(samples, several, graph.frozen, graph.repeated, bare, weightless, trained)


def _laid(inside: Shape, shape: Shape) -> Shape:
    """A shape inside of an op, laid out as what the op writes if it says nothing itself."""
    if isinstance(shape, Tokens) and not isinstance(inside, Tokens):
        return shape.like(inside)
    return inside


def _call(op: Op, read: Shape, written: Shape, batch: int, *how: Any) -> Call:
    """An op as it is met; windows are in the batch, and what is once for all samples is in none."""
    if isinstance(written, Windows) and isinstance(read, Windows):
        return Call(op, read[1:], written[1:], batch * written[0], *how)
    if isinstance(op, Composite):
        written, samples = _unstacked(written, batch)
        return Call(op, written, written, samples, *how)
    if isinstance(written, Stacked) or isinstance(read, Stacked):
        return _call_of_stacked(op, read, written, batch, *how)
    return Call(op, read, written, 1 if isinstance(written, Once) else batch, *how)


def _call_of_stacked(op: Op, read: Shape, written: Shape, batch: int, *how: Any) -> Call:
    """An op in captured code, whose batch is what stands first in both shapes."""
    samples = 1 if isinstance(written, Stacked) and written.once else batch
    came, wrote = tuple(read), tuple(written)
    if isinstance(read, Stacked) and isinstance(written, Stacked) and came[:1] == wrote[:1]:
        return Call(op, came[1:], wrote[1:], samples * wrote[0], *how)
    if isinstance(read, Stacked) and came[0] == 1:
        came = came[1:]
    return Call(op, came, wrote, samples, *how)
