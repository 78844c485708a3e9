"""The figure that a tool would print for a graph, by its table.

What a table does not know is reported, never a silent zero.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from convcost.counting.conventions import TO_OUTPUTS, Convention, Table
from convcost.counting.rules import Call, Quantity, RaisesError, Rule
from convcost.counting.uses import called_again, leading_aside
from convcost.graph.calls import names
from convcost.graph.layouts import Once, Tokens, Windows
from convcost.graph.maps import Activation
from convcost.graph.moves import (
    ChannelShuffle,
    Concat,
    Flatten,
    PixelShuffle,
    PixelUnshuffle,
    Slice,
    Subsample,
    ToFirst,
    ToLast,
)
from convcost.graph.nodes import Graph, Node
from convcost.graph.ops import Composite, Input, Op, Shape
from convcost.graph.padding import Crop, Pad, PadChannels
from convcost.graph.tokens import (
    ClassToken,
    Embedding,
    MergeHeads,
    OneToken,
    RepeatHeads,
    SplitHeads,
    SwapLast,
    ToMap,
    ToTokens,
)

if TYPE_CHECKING:
    from fractions import Fraction

MOVES = (
    *(Flatten, Slice, Concat, Pad, PadChannels, Crop, Subsample),
    *(PixelShuffle, PixelUnshuffle, ChannelShuffle, ToLast, ToFirst),
    *(ToTokens, ToMap, OneToken, ClassToken, Embedding),
    *(SplitHeads, MergeHeads, SwapLast, RepeatHeads),
)
"""Ops that only move elements, or stand still outside of training as do dropout and identity."""


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
        self._sums: dict[Quantity, int | Fraction] = {}

    @property
    def op(self) -> Op:
        """One of the ops."""
        return (*self.calls, *self.unrun)[0].op

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


Seen = tuple[tuple[str, Rule], ...]
"""The names of a call that a tool listens for, with its rules."""

Survey = tuple[Group, ...]
"""A graph as profilers see it."""


def survey(graph: Graph, batch: int = 1, only: Iterable[Node] | None = None) -> Survey:
    """Group the calls of a graph, or of some of its nodes, by their names."""
    nodes = graph.nodes
    twice, aside = called_again(nodes), leading_aside(graph)
    keywords = len(nodes) > 1 and isinstance(nodes[1].op, Input)
    groups: dict[tuple[Any, ...], tuple[list[Call], list[Call]]] = {}
    for order, node in enumerate(nodes if only is None else only):
        op, sources, shape, _, form, owner, run = node
        if isinstance(op, Input):
            continue
        again = form == "reused" or (id(node) in twice)
        call = _call(op, nodes[sources[0]].shape, shape, batch, order, again, owner is not None)
        called = names(op, form, len(call.input) - 1)
        leads = aside.get(id(node), TO_OUTPUTS) if aside else TO_OUTPUTS
        key: tuple[Any, ...] = (called, leads)
        if key not in groups:
            groups[key] = ([], [])
        groups[key][0 if run else 1].append(call)
        if run and isinstance(op, Composite):
            fused = getattr(op, "fast", False)
            for part, reads, writes, how in op.inner(shape):
                first, written = _laid(reads[0], shape), _laid(writes, shape)
                inside = _call(part, first, written, batch, order, again, True)
                key = (names(part, how, len(inside.input) - 1), leads, called, fused)
                groups.setdefault(key, ([], []))[0].append(inside)
    return tuple(
        [Group(key[0], *calls, key[1], keywords, *key[2:]) for key, calls in groups.items()]
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
    return Call(op, read, written, 1 if isinstance(written, Once) else batch, *how)


class Part(NamedTuple):
    """What one group adds to a tool's figure, and by which rules."""

    group: Group
    figure: int
    rules: tuple[tuple[str, Rule], ...]
    last_call: bool = False


class Count(NamedTuple):
    """What a tool prints for a graph.

    Attributes:
        total: the figure; None if the tool raises.
        params: the parameters that it counts; None if it counts none.
        parts: the groups that it knows.
        unknown: the groups that it does not know or see.
        error: what the tool raises.
    """

    total: int | None
    params: int | None
    parts: tuple[Part, ...]
    unknown: tuple[Group, ...]
    error: str = ""


def count(graph: Graph, convention: Convention, batch: int = 1) -> Count:
    """What a tool prints for a batch of a graph."""
    return tally(survey(graph, batch), convention, batch)


def tally(groups: Survey, convention: Convention, batch: int, table: Table | None = None) -> Count:
    """What a tool prints for groups of calls; `table` is another of its figures."""
    try:
        return _tally(groups, convention, batch, table or convention.rules)
    except RaisesError as error:
        return Count(None, None, (), (), str(error))


def _tally(groups: Survey, convention: Convention, batch: int, table: Table) -> Count:
    parts: list[Part] = []
    unknown: list[Group] = []
    modules = known = unrun = 0
    outer: dict[tuple[str, ...], Seen] = {}
    functions: int | Fraction = 0
    samples = batch if convention.per_sample and not any(each.keywords for each in groups) else 1
    for group in groups:
        rules = seen_rules(group.names, convention, table)
        if group.within and not _looks_into(group, convention, outer.get(group.within, ()), rules):
            continue
        if isinstance(group.op, Composite):
            outer[group.names] = rules
        if not group.calls:
            known += group.params if rules else 0
            unrun += group.params if rules else 0
            continue
        for name in group.names:
            if name in convention.fails:
                return Count(None, None, (), (), convention.fails[name])
        if not rules or (convention.keeps and group.leads not in (TO_OUTPUTS, convention.keeps)):
            unknown.append(group)
            continue
        own = 0
        called: int | Fraction = 0
        for name, rule in rules:
            if rule.terms:
                if name.startswith("nn."):
                    own += int(group.total(rule, convention.last_call))
                else:
                    called += group.total(rule)
        figure = int(called) + own // samples
        parts.append(Part(group, figure, rules, convention.last_call))
        modules += own
        functions += called
        known += group.params
        unrun += sum([call.params for call in group.unrun])
    modules //= samples
    everything = sum([group.params for group in groups])
    params = {"all": everything, "known": known, "called": known - unrun}
    total, counted = modules + int(functions), params.get(convention.params)
    if convention.single:
        total, counted = _in_single(groups, parts, convention, total, counted or 0)
    return Count(total, counted, tuple(parts), tuple(_unseen(parts, unknown)))


def _looks_into(group: Group, convention: Convention, outer: Seen, rules: Seen) -> bool:
    """Whether a tool meets what a module calls, and counts it or would list it as not known.

    `outer` are its rules for the module, `rules` those for what is called.
    """
    if convention.opaque or (group.fused and convention.no_grad):
        return False
    if outer and (convention.outermost or not outer[0][0].startswith("nn.")):
        return False
    return bool(rules) or not outer


def _unseen(parts: Sequence[Part], unknown: Sequence[Group]) -> list[Group]:
    """The groups that are not known: of a module either itself, or some of what it calls."""
    counted = {part.group.within for part in parts}
    return [
        group
        for group in unknown
        if group.names not in counted and (not group.within or group.within in counted)
    ]


_EXACT_IN_SINGLE = 2**24
"""Whole numbers up to this are what they are in single precision."""


def _in_single(
    groups: Survey, parts: Sequence[Part], convention: Convention, total: int, params: int
) -> tuple[int, int]:
    """The figure and the params of all modules, each of which was added in single precision."""
    if total > _EXACT_IN_SINGLE:
        figures = [
            (call.order, int(sum([rule.of(call) for _, rule in part.rules])))
            for part in parts
            for call in part.group.calls
            if not (call.again and convention.last_call)
        ]
        total = _added([figure for _, figure in sorted(figures)])
    if params > _EXACT_IN_SINGLE:
        every = [call for each in groups for call in (*each.calls, *each.unrun)]
        calls = sorted([(call.order, call.params) for call in every])
        params = _added([own for _, own in calls])
    return total, params


def _added(numbers: Iterable[int]) -> int:
    """Numbers added up one by one in single precision."""
    total = 0.0
    for number in numbers:
        total = _single(total + _single(number))
    return int(total)


def _single(number: float) -> float:
    """A number as single precision has it."""
    rounded: float = struct.unpack("f", struct.pack("f", number))[0]
    return rounded


def seen_rules(called: tuple[str, ...], convention: Convention, table: Table) -> Seen:
    """The names among these that a tool listens for, with their rules."""
    found = []
    if convention.opaque and called[0].startswith("nn.") and not called[0].startswith("nn.Module"):
        called = called[:1]
    for name in called:
        if convention.subclasses:
            name = name.removeprefix("subclass of ")
        rule = table.get(name)
        if rule is None and name.startswith("nn."):
            rule = table.get("nn.*")
        if rule is not None:
            found.append((name, rule))
            if convention.opaque or (convention.outermost and rule.terms):
                break
    if not found and "*" in table:
        return ((called[-1], table["*"]),)
    return tuple(found)


def unseen(found: Count) -> str:
    """The calls that compute something and that a tool does not know; how many of each there are.

    What only moves elements is left out: it costs nothing, seen or not.
    """
    return _listed(found.unknown)


def zeros(found: Count) -> str:
    """The calls that compute something and that a tool counts as zero on purpose."""
    return _listed([part.group for part in found.parts if not any(r.terms for _, r in part.rules)])


def _listed(groups: Iterable[Group]) -> str:
    calls: Counter[str] = Counter()
    for group in groups:
        if not _moves(group.calls[0].op):
            calls[group.label] += len(group.calls)
    return ", ".join(f"{n} {label}" if n > 1 else label for label, n in calls.items())


def _moves(op: Op) -> bool:
    still = isinstance(op, Activation) and op.function in ("dropout", "identity")
    return still or isinstance(op, MOVES)
