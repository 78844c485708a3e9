"""A graph as profilers see it: calls with the same names are a group.

What they see of an op are its names and its shapes; of one that calls others, those too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from convcost.counting.conventions import TO_OUTPUTS
from convcost.counting.rules import Call, Quantity, Rule
from convcost.counting.uses import called_again, leading_aside
from convcost.graph.calls import names
from convcost.graph.memory import scattered
from convcost.graph.nodes import Graph, Node
from convcost.ops.layouts import Once, Stacked, Tokens, Windows
from convcost.ops.op import Composite, Input, Op, Shape

if TYPE_CHECKING:
    from fractions import Fraction


class Group:
    """All calls of a graph that have the same names, which every tool counts by the same rules.

    `unrun` are those that would be called if they were run, for the sake of their parameters.
    `leads` says what all of them lead to: `TO_OUTPUTS`, `TO_STATISTICS`, or nothing. `keywords`
    says that the inputs of the graph are several, which a tool that takes one gets by keyword.
    `within` are the names of the module that calls them, where one op is that; `fused` that it has
    a kernel of its own instead where no gradients are needed.
    """

    def __init__(
        self,
        names: tuple[str, ...],
        calls: list[Call],
        unrun: Sequence[Call],
        leads: str,
        keywords: bool,
        within: tuple[str, ...] = (),
        fused: bool = False,
    ) -> None:
        """Keep the calls; sums of their quantities are found when a rule asks for them."""
        self.names = names
        self.calls = calls
        self.unrun = unrun
        self.leads = leads
        self.keywords = keywords
        self.within = within
        self.fused = fused
        self.params = sum([call.params for call in (*calls, *unrun)])
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


class _Alike(NamedTuple):
    """What the calls of a group have alike; see `Group`."""

    names: tuple[str, ...]
    leads: str
    within: tuple[str, ...] = ()
    fused: bool = False


def survey(graph: Graph, batch: int = 1) -> Survey:
    """Group the calls of a graph by their names."""
    return Surveyor(graph, batch).survey(graph.nodes)


class Surveyor:
    """Groups the calls of some nodes of a graph; what the whole of it says is found once."""

    def __init__(self, graph: Graph, batch: int = 1) -> None:
        """Find which modules are called again, what leads aside, and what lies out of order."""
        self.graph = graph
        self.batch = batch
        self._twice = called_again(graph.nodes)
        self._aside = leading_aside(graph)
        self._apart = scattered(graph, batch)

    def survey(self, only: Iterable[Node]) -> Survey:
        """Group the calls of these nodes by their names."""
        nodes, batch = self.graph.nodes, self.batch
        twice, aside, apart = self._twice, self._aside, self._apart
        keywords = len(nodes) > 1 and isinstance(nodes[1].op, Input)
        groups: dict[_Alike, tuple[list[Call], list[Call]]] = {}
        for order, node in enumerate(only):
            op, sources, shape, _, form, owner, run, _ = node
            if isinstance(op, Input):
                continue
            again = form == "reused" or (id(node) in twice)
            scatters = bool(sources) and sources[0] in apart.samples_first
            how = (order, again, owner is not None, scatters)
            call = _call(op, self.graph.read_by(node), shape, batch, *how)
            called = names(op, form, len(call.input) - 1)
            leads = aside.get(id(node), TO_OUTPUTS) if aside else TO_OUTPUTS
            groups.setdefault(_Alike(called, leads), ([], []))[0 if run else 1].append(call)
            if run and isinstance(op, Composite):
                for part, reads, writes, way, which in op.inner(shape):
                    first, written = _laid(reads[0], shape), _laid(writes, shape)
                    turned = which is not None and sources[which] in apart.tokens_first
                    inside = _call(part, first, written, batch, order, again, True, turned)
                    spelled = names(part, way, len(inside.input) - 1)
                    key = _Alike(spelled, leads, called, op.fast)
                    groups.setdefault(key, ([], []))[0].append(inside)
        return tuple(
            [
                Group(key.names, *calls, key.leads, keywords, key.within, key.fused)
                for key, calls in groups.items()
            ]
        )


def _laid(inside: Shape, shape: Shape) -> Shape:
    """A shape inside of an op, laid out as what the op writes if it says nothing itself."""
    if isinstance(shape, Tokens) and not isinstance(inside, Tokens):
        return shape.like(inside)
    return inside


def _call(op: Op, read: Shape, written: Shape, batch: int, *how: Any) -> Call:
    """An op as it is met; windows are in the batch, and what is once for all samples is in none."""
    if isinstance(written, Windows) and isinstance(read, Windows):
        return Call(op, read[1:], written[1:], batch * written[0], *how)
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
