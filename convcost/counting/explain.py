"""Why two tools print different figures: the difference, itemised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from convcost.counting.conventions import Convention
from convcost.counting.counts import Count, Part, tally
from convcost.counting.profilers import TOOLS
from convcost.counting.rules import Quantity, Rule
from convcost.counting.survey import Group, Survey

UNSEEN = "not seen"

_BASES = {"MACs": "macs", "FLOPs": "flops"}
"""What a tool's figure is compared with: MACs, or 2 x MACs if it prints FLOPs."""


class Term(NamedTuple):
    """A quantity in a rule: how many times it counts, its name and meaning, and what it is here."""

    times: float
    name: str
    meaning: str
    value: int


class Item(NamedTuple):
    """A part of the difference between two tools' figures.

    Attributes:
        what: which calls.
        calls: how many of them.
        rules: the rule on each side, or that there is none.
        figures: what each side counts for them.
        defects: the defect of the rules on each side, where they have one.
        terms: what the rules on each side are made of.
    """

    what: str
    calls: int
    rules: tuple[str, str]
    figures: tuple[int, int]
    defects: tuple[str, str] = ("", "")
    terms: tuple[tuple[Term, ...], tuple[Term, ...]] = ((), ())

    @property
    def difference(self) -> int:
        """What the second side counts more."""
        return self.figures[1] - self.figures[0]


class Explanation(NamedTuple):
    """What two tools print for the same graph, and why it is not the same."""

    conventions: tuple[Convention, Convention]
    counts: tuple[Count, Count]
    items: list[Item]

    @property
    def difference(self) -> int | None:
        """What the second prints more; None where one prints no figure."""
        first, second = [count.total for count in self.counts]
        return None if first is None or second is None else second - first


def explain(groups: Survey, first: Convention, second: Convention, batch: int) -> Explanation:
    """Itemise the difference, in the unit of the second where they have different ones."""
    counts = tally(groups, first, batch), tally(groups, second, batch)
    if first.unit == second.unit or None in (counts[0].total, counts[1].total):
        return Explanation((first, second), counts, differences(*counts))
    macs = tally(groups, TOOLS["macs"], batch)
    if second.unit == "FLOPs":
        return Explanation((first, second), counts, differences(*counts, macs))
    # From FLOPs to MACs is the other way round with the signs turned.
    turned = [
        item._replace(
            rules=item.rules[::-1],
            figures=item.figures[::-1],
            defects=item.defects[::-1],
            terms=item.terms[::-1],
        )
        for item in differences(*counts[::-1], macs)
    ]
    return Explanation((first, second), counts, turned)


def besides(groups: Survey, convention: Convention, found: Count, batch: int) -> list[Item]:
    """What a tool counts besides the MACs, or leaves out of them."""
    if found.total is None:
        return []
    return differences(tally(groups, TOOLS[_BASES[convention.unit]], batch), found)


def differences(first: Count, second: Count, unit: Count | None = None) -> list[Item]:
    """Why the second figure is not the first; the items add up to the difference exactly.

    Args:
        first: what one tool prints.
        second: what another prints for the same groups.
        unit: the MACs, where the second prints FLOPs and the first does not: once more of them
            is an item of its own, and what is left are differences in counting.
    """
    modules = _counted_modules(first, second, *([unit] if unit else []))
    sides = [_by_group(side, modules) for side in (first, second)]
    # Once more of what the first side does not see would be no difference of the unit.
    twice = [part for part in unit.parts if part.group in sides[0]] if unit else []
    whole = {part.group: part.figure for part in twice}
    items = []
    for group in dict.fromkeys([*sides[0], *sides[1], *whole]):
        one, two = [_side(side.get(group, [])) for side in sides]
        figures = one[1] + whole.get(group, 0), two[1]
        pairs = (one[0], two[0]), figures, (one[2], two[2]), (one[3], two[3])
        items.append(Item(group.label, len(group.calls), *pairs))
    items = [item for item in items if item.difference]
    items.sort(key=lambda item: -abs(item.difference))
    if sum(whole.values()):
        once_more = Item("the unit", 0, ("MACs", "2 x MACs"), (0, sum(whole.values())))
        items.insert(0, once_more)
    rest = (second.total or 0) - (first.total or 0) - sum(item.difference for item in items)
    return [*items, Item("rounding", 0, ("", ""), (0, rest))] if rest else items


def _counted_modules(*sides: Count) -> dict[tuple[str, ...], Group]:
    """The modules, by their names, that some side counts as one, and not by what they call."""
    return {
        part.group.names: part.group
        for side in sides
        for part in side.parts
        if part.group.is_module and any(rule.terms for _, rule in part.rules)
    }


def _by_group(side: Count, modules: Mapping[tuple[str, ...], Group]) -> dict[Group, list[Part]]:
    """The parts of a figure; what such a module calls is with the module."""
    found: dict[Group, list[Part]] = {}
    for part in side.parts:
        found.setdefault(modules.get(part.group.within, part.group), []).append(part)
    return found


def _side(parts: Sequence[Part]) -> tuple[str, int, str, tuple[Term, ...]]:
    """The rules, the figure, the defects and the terms of one side of an item."""
    if not parts:
        return UNSEEN, 0, "", ()
    defects = "; ".join(rule.defect for part in parts for _, rule in part.rules if rule.defect)
    words = dict.fromkeys([_words(part.rules) for part in parts])
    said = " + ".join([each for each in words if each != "0"]) or "0"
    terms = list(_terms(parts[0]))
    for term in [term for part in parts[1:] for term in _terms(part)]:
        same = next((n for n, each in enumerate(terms) if each[:2] == term[:2]), None)
        if same is None:
            terms.append(term)
        else:
            terms[same] = term._replace(value=terms[same].value + term.value)
    return said, sum(part.figure for part in parts), defects, tuple(terms)


def _terms(part: Part) -> Iterator[Term]:
    """What the rules of a part are made of."""
    for _, rule in part.rules:
        for times, each in rule.terms:
            shown = int(times) if times == int(times) else float(times)
            yield Term(shown, each.name, each.meaning, _total(part, each))


def _total(part: Part, each: Quantity) -> int:
    """The sum of a quantity over the calls of a part; what is left of whole numbers is cut off."""
    return int(part.group.total(Rule(((1, each),)), part.last_call))


def _words(rules: Sequence[tuple[str, Rule]]) -> str:
    """Rules as one text; those of zero are left out where there are others."""
    words = [str(rule) for _, rule in rules if rule.terms]
    return " + ".join(words) or "0"
