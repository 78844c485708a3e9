"""The figure that a tool would print for a graph, by its table.

What a table does not know is reported, never a silent zero.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from convcost.counting.conventions import TO_OUTPUTS, Convention, Table
from convcost.counting.rules import RaisesError, Rule
from convcost.counting.survey import Facts, Group, Survey, survey
from convcost.graph.calls import MODULES
from convcost.graph.nodes import Graph
from convcost.ops.maps import Activation
from convcost.ops.op import Op

if TYPE_CHECKING:
    from fractions import Fraction

Seen = tuple[tuple[str, Rule], ...]
"""The names of a call that a tool listens for, with its rules."""


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
        return _tally(groups, convention, batch, table)
    except RaisesError as error:
        return Count(None, None, (), (), str(error))


def _tally(groups: Survey, convention: Convention, batch: int, table: Table | None) -> Count:
    parts: list[Part] = []
    unknown: list[Group] = []
    modules = known = unrun = 0
    outer: dict[tuple[str, ...], Seen] = {}
    functions: int | Fraction = 0
    if groups and convention.weightless and groups[0].facts.weightless:
        return Count(None, None, (), (), convention.weightless)
    if groups and convention.overwritten and groups[0].facts.trained.is_overwritten:
        return Count(None, None, (), (), convention.overwritten)
    samples = _samples(groups, convention)
    for group in groups:
        if table:
            rules = _rules_of(group.names, group.inside, group.conv_named, convention, table)
        else:
            rules = _own_rules(group.names, group.inside, group.conv_named, convention)
        if group.within and not _looks_into(group, convention, outer.get(group.within, ()), rules):
            continue
        if group.is_module:
            outer[group.names] = rules
        if not group.calls:
            known += group.params if rules else 0
            unrun += group.params if rules else 0
            continue
        for name in group.names if convention.fails else ():
            if name in convention.fails:
                return Count(None, None, (), (), convention.fails[name])
        if not rules or (convention.keeps and group.leads not in (TO_OUTPUTS, convention.keeps)):
            unknown.append(group)
            continue
        own, times = 0, 1 if group.places == 1 else group.places**convention.by_place
        called: int | Fraction = 0
        for name, rule in rules:
            if rule.terms:
                if name.startswith(MODULES):
                    own += int(group.total(rule, convention.last_call)) * times
                else:
                    called += group.total(rule) * (times if convention.of_callers else 1)
        figure = int(called) + own // samples
        parts.append(Part(group, figure, rules, convention.last_call))
        modules += own
        functions += called
        known += group.params
        if convention.params == "called" and (group.beside or group.places > 1):
            known += group.beside + (group.params + group.beside) * (group.places - 1)
        unrun += sum([call.params for call in group.unrun])
    modules //= samples
    params = {"known": known, "called": known - unrun}
    params["all"] = sum([group.params for group in groups])
    params["leaves"] = params["all"] - _held_above_leaves(groups)
    if groups:
        params["all"] += _more_params(groups[0].facts, convention)
    if groups and convention.by_place and groups[0].facts.bare:
        params["called"] = 0
    total, counted = modules + int(functions), params.get(convention.params)
    if convention.single:
        total, counted = _in_single(groups, parts, convention, total, counted or 0)
    return Count(total, counted, tuple(parts), tuple(_unseen(parts, unknown)))


def _more_params(facts: Facts, convention: Convention) -> int:
    """Parameters that a tool counts twice, less those that it leaves out."""
    more = facts.repeated if convention.by_class_name else 0
    return more - (facts.frozen if convention.trained else 0)


def _samples(groups: Survey, convention: Convention) -> int:
    """What modules' figures are divided by."""
    if not groups or not convention.per_sample or groups[0].facts.keywords:
        return 1
    return groups[0].facts.samples


def _held_above_leaves(groups: Survey) -> int:
    """Params that modules with children hold themselves."""
    return sum(
        call.params - call.leaf_params
        for group in groups
        if group.is_module
        for call in (*group.calls, *group.unrun)
    )


def _looks_into(group: Group, convention: Convention, outer: Seen, rules: Seen) -> bool:
    """Whether a tool meets what a module calls, and counts it or would list it as not known.

    `outer` are its rules for the module, `rules` those for what is called.
    """
    if convention.opaque or (group.fused and convention.no_grad):
        return False
    whole = convention.outermost or convention.first
    if outer and (whole or not outer[0][0].startswith("nn.")):
        return False
    own = len(group.names) > 1 and group.names[-1]  # what is only run as a kernel has no other name
    if rules and rules[0][0] == own:  # it goes by ops, which this one is not called as
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
        figures: list[tuple[int, int]] = []
        for part in parts:
            figures += _figures(part, convention.last_call)
        total = _added([figure for _, figure in sorted(figures)])
    return total, _params_in_single(groups) if params > _EXACT_IN_SINGLE else params


def _figures(part: Part, last_call: bool) -> Iterator[tuple[int, int]]:
    """When each call comes that a part counts more than zero for, and its figure."""
    columns = [part.group.figures(rule) for _, rule in part.rules if rule.terms]
    for call, *figures in zip(part.group.calls, *columns, strict=True) if columns else ():
        if not (call.again and last_call):
            yield call.order, int(sum(figures))


@lru_cache(maxsize=1)
def _params_in_single(groups: Survey) -> int:
    """The params of all modules, added in single precision: the same for many versions."""
    every = [call for each in groups for call in (*each.calls, *each.unrun)]
    calls = sorted([(call.order, call.params) for call in every])
    return _added([own for _, own in calls])


def _added(numbers: Sequence[int]) -> int:
    """Numbers added up one by one in single precision."""
    total = array("f", [0.0])  # whatever is put into it is rounded
    for number in array("f", numbers):
        total[0] += number
    return int(total[0])


def plain_class(name: str) -> str:
    """The class that a module's is derived from, of a name that says so."""
    return name.removeprefix("subclass of ").removeprefix("subclass with children of ")


def seen_rules(called: tuple[str, ...], convention: Convention, table: Table) -> Seen:
    """The names among these that a tool listens for, with their rules."""
    found = []
    if convention.opaque and called[0].startswith("nn.") and not called[0].startswith("nn.Module"):
        called = called[:1]
    for name in called:
        if convention.subclasses and not (convention.first and name in table):
            name = plain_class(name)
        rule = table.get(name)
        if rule is None and name.startswith("nn."):
            rule = table.get("nn.*")
        if rule is not None:
            found.append((name, rule))
            if convention.opaque or convention.first or (convention.outermost and rule.terms):
                break
    if not found and "*" in table:
        return ((called[-1], table["*"]),)
    return tuple(found)


@lru_cache(maxsize=2**15)
def _own_rules(
    called: tuple[str, ...], inside: str, conv_named: bool | None, convention: Convention
) -> Seen:
    """Those of the convention's own table; most networks call much the same."""
    return _rules_of(called, inside, conv_named, convention, convention.rules)


def _rules_of(
    called: tuple[str, ...],
    inside: str,
    conv_named: bool | None,
    convention: Convention,
    table: Table,
) -> Seen:
    """The names of a group that a tool listens for, where it is, with their rules; see `Alike`."""
    if convention.hides(inside):
        return ()
    if convention.by_class_name and conv_named is not None:
        if called[0].startswith("subclass with children of "):
            return ()
        called = ("nn.Conv" if conv_named else "nn.Module", *called[1:])
    found = seen_rules(called, convention, table)
    if inside not in convention.whole:
        return found
    own = convention.whole[inside]
    more = [(f"{inside}: {name}", own[name]) for name in called if name in own]
    return tuple([pair for pair in found if not pair[0].startswith(MODULES)] + more)


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
        if not moves(group.calls[0].op):
            calls[group.label] += len(group.calls)
    return ", ".join(f"{n} {label}" if n > 1 else label for label, n in calls.items())


def moves(op: Op) -> bool:
    """Whether an op computes nothing: what it costs nothing to leave out."""
    still = isinstance(op, Activation) and op.function in ("dropout", "identity")
    return still or op.moves
