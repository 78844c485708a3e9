"""A graph as profilers see it: calls with the same names are a group.

What they see of an op are its names and its shapes; of one that calls others, those too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from convcost.counting.conventions import TO_OUTPUTS
from convcost.counting.rules import Call, Quantity, Rule
from convcost.counting.uses import called_again, leading_aside
from convcost.graph.calls import AS_MODULE, names
from convcost.graph.memory import scattered
from convcost.graph.nodes import Graph, Node, Seen
from convcost.ops.called import Held, SizeProducts
from convcost.ops.layouts import Once, Stacked, Tokens, Windows, in_batch
from convcost.ops.op import Composite, Input, Op, Shape

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
    """

    samples: int
    keywords: bool
    frozen: int
    repeated: int
    bare: bool


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
        places: at how many places of the tree of modules each stands.
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
                found = self._sums[quantity] = sum(map(quantity.of, self.calls))
            total += factor * found
        return total


Survey = tuple[Group, ...]
"""A graph as profilers see it."""


def survey(graph: Graph, batch: int = 1, only: Iterable[Node] | None = None) -> Survey:
    """Group the calls of a graph, or of some of its nodes, by their names."""
    nodes = graph.nodes
    twice, aside, apart = called_again(nodes), leading_aside(graph), scattered(graph, batch)
    facts = _facts(graph, batch)
    groups: dict[Alike, tuple[list[Call], list[Call]]] = {}
    for order, node in enumerate(nodes if only is None else only):
        op, sources, shape, _, form, owner, run, *_ = node
        if isinstance(op, Input):
            continue
        again = form == "reused" or (id(node) in twice)
        first = sources[0] if sources else -1
        how = (order, again, owner is not None, first in apart.samples_first)
        call = _call(op, graph.read_by(node), shape, batch, *how)
        if node.seen.beside:
            call = call._replace(beside=node.seen.beside)
        called = _of_class(node, names(op, form, len(call.input) - 1))
        leads = aside.get(id(node), TO_OUTPUTS) if aside else TO_OUTPUTS
        seen = node.seen
        key = Alike(called, leads, (), False, seen.inside, _conv_named(node), seen.places)
        groups.setdefault(key, ([], []))[0 if run else 1].append(call)
        for more in _beside(seen):
            key = Alike(names(more, form, 2), leads, inside=seen.inside)
            groups.setdefault(key, ([], []))[0].append(call._replace(op=more, batch=batch))
        if run and isinstance(op, Composite):
            own, samples = _unstacked(shape, batch)
            as_is = getattr(op, "tokens_first", False)
            scattered_to_it = apart.samples_first if as_is else apart.tokens_first
            for part, reads, writes, way, which in op.inner(own):
                read, written = _laid(reads[0], own), _laid(writes, own)
                turned = which is not None and sources[which] in scattered_to_it
                inner = _call(part, read, written, samples, order, again, True, turned)
                spelled = names(part, way, len(inner.input) - 1)
                key = Alike(spelled, leads, called, op.fast, seen.inside)
                groups.setdefault(key, ([], []))[0].append(inner)
    return tuple([Group(key, *calls, facts) for key, calls in groups.items()])


def _unstacked(shape: Shape, batch: int) -> tuple[Shape, int]:
    """The shape of one of what is in the batch, and how many there are."""
    if isinstance(shape, Stacked):
        return shape[1:], in_batch(shape, batch)
    return shape, batch


def _beside(seen: Seen) -> Iterator[Op]:
    """What tools see of a node beside its op."""
    if seen.held:
        yield Held(seen.held)
    if seen.products:
        yield SizeProducts(seen.products)


def _facts(graph: Graph, batch: int) -> Facts:
    """What is known of a whole graph."""
    nodes, shape = graph.nodes, graph.input
    several = len(nodes) > 1 and isinstance(nodes[1].op, Input)
    bare = any(not node.path and node.form in AS_MODULE for node in nodes)
    return Facts(in_batch(shape, batch), several, graph.frozen, graph.repeated, bare)


def _of_class(node: Node, called: tuple[str, ...]) -> tuple[str, ...]:
    """The names of a node, the first of them its class where torch itself derives that from it."""
    place, _, cls = (node.origin.cls if node.origin else "").rpartition(".")
    if node.form == "subclass" and place.startswith("torch.nn.modules."):
        return (f"nn.{cls}", *called[1:])
    return called


def _conv_named(node: Node) -> bool | None:
    """Whether the class of a module of a class of somebody's own has Conv in its name."""
    if node.origin is None or not node.form.startswith("subclass"):
        return None
    return "Conv" in node.origin.cls.rpartition(".")[2]


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
    if isinstance(read, Stacked) and (read[0] == 1 or read[:1] == written[:1]):
        if isinstance(written, Stacked) and read[0] == written[0]:
            return Call(op, read[1:], written[1:], in_batch(written, batch), *how)
        read = read[1:]
    samples = 1 if isinstance(written, Stacked) and written.once else batch
    return Call(op, tuple(read), tuple(written), samples, *how)
