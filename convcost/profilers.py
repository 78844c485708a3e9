"""The figure that a profiler would print for a graph, and the difference between any two.

Every `tool@version` is a `Convention`, a table that lies in `convcost.tables`. What a table does
not know is reported, never a silent zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from convcost.calls import names
from convcost.conventions import Convention, Table
from convcost.errors import no_such, shorten
from convcost.graph import Graph, Node
from convcost.maps import Activation
from convcost.moves import (
    ChannelShuffle,
    Concat,
    Flatten,
    Pad,
    PadChannels,
    PixelShuffle,
    Slice,
    Subsample,
    ToFirst,
    ToLast,
)
from convcost.ops import Input, Op
from convcost.rules import Call, Quantity, Rule
from convcost.tables import papers, patched, ptflops, thop, torchinfo, traced

CONVENTIONS: tuple[Convention, ...] = (
    *papers.PAPERS,
    papers.PYCLS,
    *thop.THOP,
    *thop.ULTRALYTICS,
    *ptflops.PTFLOPS,
    ptflops.MODULES,
    ptflops.ATEN,
    traced.FVCORE,
    traced.FVCORE_TRAIN,
    traced.MMENGINE,
    traced.MMENGINE_TRAIN,
    traced.TORCH,
    torchinfo.TORCHINFO,
    *traced.TORCHPROFILE,
    patched.CALFLOPS,
    *patched.DEEPSPEED,
)
"""Every convention, the versions of a tool oldest first."""

TOOLS = {convention.tool: convention for convention in CONVENTIONS}
"""Each tool with its newest convention."""


def find_convention(name: str) -> Convention:
    """The convention of `tool@version`, or of a tool's newest version.

    A version may be cut short at a dot (`fvcore@0.1`); it stands for the newest that it begins.

    Raises:
        ValueError: there is no such tool, or no table for that version.
    """
    tool, at, version = name.strip().lower().replace("==", "@").partition("@")
    if tool not in TOOLS:
        raise ValueError(no_such("tool", tool, TOOLS))
    if at and not version:
        raise ValueError(f"'{shorten(name)}' has no version behind the @")
    tables = [each for each in CONVENTIONS if each.tool == tool]
    for convention in tables:
        if version in convention.versions:
            return convention
    for convention in reversed(tables):
        if not version or any(each.startswith(f"{version}.") for each in convention.versions):
            return convention
    known = ", ".join(version for each in tables for version in each.versions) or "none at all"
    raise ValueError(f"no table for version {version} of {tool}; there are {known}")


class Group:
    """All calls of a graph that have the same names, which every tool counts by the same rules."""

    def __init__(self, names: tuple[str, ...], calls: list[Call]) -> None:
        """Keep the calls; sums of their quantities are found when a rule asks for them."""
        self.names = names
        self.calls = calls
        self.params = sum([call.op.params for call in calls])
        self._sums: dict[Quantity, int] = {}

    @property
    def label(self) -> str:
        """What to call them: the name under which code calls them."""
        return self.names[0]

    def total(self, rule: Rule) -> int:
        """The figure of all calls under a rule."""
        total = 0
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
    groups: dict[tuple[str, ...], list[Call]] = {}
    for op, sources, shape, _, form in nodes if only is None else only:
        if isinstance(op, Input):
            continue
        read = nodes[sources[0]].shape
        called = names(op, form, len(read) - 1)
        call = Call(op, read, shape, batch)
        if called in groups:
            groups[called].append(call)
        else:
            groups[called] = [call]
    return tuple([Group(called, calls) for called, calls in groups.items()])


class Part(NamedTuple):
    """What one group adds to a tool's figure, and by which rules."""

    group: Group
    figure: int
    rules: tuple[tuple[str, Rule], ...]


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
    parts: list[Part] = []
    unknown: list[Group] = []
    modules = functions = known = 0
    for group in groups:
        for name in group.names:
            if name in convention.fails:
                return Count(None, None, (), (), convention.fails[name])
        rules = seen_rules(group.names, convention, table or convention.rules)
        if not rules:
            unknown.append(group)
            continue
        own = called = 0
        for name, rule in rules:
            if rule.terms:
                if name.startswith("nn."):
                    own += group.total(rule)
                else:
                    called += group.total(rule)
        figure = called + (own // batch if convention.per_sample else own)
        parts.append(Part(group, figure, rules))
        modules += own
        functions += called
        known += group.params
    if convention.per_sample:
        modules //= batch
    params = {"all": sum([group.params for group in groups]), "known": known}
    total = modules + functions
    return Count(total, params.get(convention.params), tuple(parts), tuple(unknown))


def seen_rules(
    called: tuple[str, ...], convention: Convention, table: Table
) -> tuple[tuple[str, Rule], ...]:
    """The names among these that a tool listens for, with their rules."""
    found = []
    for name in called:
        if convention.subclasses:
            name = name.removeprefix("subclass of ")
        rule = table.get(name)
        if rule is None and name.startswith("nn."):
            rule = table.get("nn.*")
        if rule is not None:
            found.append((name, rule))
            if convention.outermost and rule.terms:
                break
    if not found and "*" in table:
        return ((called[-1], table["*"]),)
    return tuple(found)


MOVES = (
    *(Flatten, Slice, Concat, Pad, PadChannels, Subsample),
    *(PixelShuffle, ChannelShuffle, ToLast, ToFirst),
)
"""Ops that only move elements, or stand still outside of training as do dropout and identity."""


def unseen(found: Count) -> str:
    """The calls that compute something and that a tool does not know; how many of each there are.

    What only moves elements is left out: it costs nothing, seen or not.
    """
    return ", ".join(
        f"{len(group.calls)} {group.label}" if len(group.calls) > 1 else group.label
        for group in found.unknown
        if not _moves(group.calls[0].op)
    )


def _moves(op: Op) -> bool:
    still = isinstance(op, Activation) and op.function in ("dropout", "identity")
    return still or isinstance(op, MOVES)


class Item(NamedTuple):
    """A part of the difference between two tools' figures.

    Attributes:
        what: which calls.
        calls: how many of them.
        rules: the rule on each side, or that there is none.
        figures: what each side counts for them.
        defects: the defect of the rules on each side, where they have one.
    """

    what: str
    calls: int
    rules: tuple[str, str]
    figures: tuple[int, int]
    defects: tuple[str, str] = ("", "")

    @property
    def difference(self) -> int:
        """What the second side counts more."""
        return self.figures[1] - self.figures[0]


UNSEEN = "not seen"


def differences(first: Count, second: Count, unit: Count | None = None) -> list[Item]:
    """Why the second figure is not the first; the items add up to the difference exactly.

    Args:
        first: what one tool prints.
        second: what another prints for the same groups.
        unit: the MACs, where the second prints FLOPs and the first does not: once more of them
            is an item of its own, and what is left are differences in counting.
    """
    whole = {part.group: part.figure for part in unit.parts} if unit else {}
    sides = [{part.group: part for part in side.parts} for side in (first, second)]
    items = []
    for group in dict.fromkeys([*sides[0], *sides[1], *whole]):
        one, two = [_side(side.get(group)) for side in sides]
        figures = one[1] + whole.get(group, 0), two[1]
        pairs = (one[0], two[0]), figures, (one[2], two[2])
        items.append(Item(group.label, len(group.calls), *pairs))
    items = [item for item in items if item.difference]
    items.sort(key=lambda item: -abs(item.difference))
    if unit and unit.total:
        once_more = Item("the unit", 0, ("MACs", "2 x MACs"), (0, unit.total))
        items.insert(0, once_more)
    rest = (second.total or 0) - (first.total or 0) - sum(item.difference for item in items)
    return [*items, Item("rounding", 0, ("", ""), (0, rest))] if rest else items


def _side(part: Part | None) -> tuple[str, int, str]:
    """The rules, the figure and the defects of one side of an item."""
    if part is None:
        return UNSEEN, 0, ""
    defects = "; ".join(rule.defect for _, rule in part.rules if rule.defect)
    return _words(part.rules), part.figure, defects


def _words(rules: Sequence[tuple[str, Rule]]) -> str:
    """Rules as one text; those of zero are left out where there are others."""
    words = [str(rule) for _, rule in rules if rule.terms]
    return " + ".join(words) or "0"
