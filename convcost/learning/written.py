"""Factors of columns as a convention: rules for names of calls, on top of how papers count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from convcost.counting.conventions import Convention
from convcost.counting.counts import seen_rules
from convcost.counting.own import Rules, own_convention
from convcost.counting.profilers import TOOLS
from convcost.counting.rules import Quantity, Rule
from convcost.counting.survey import Group, Survey
from convcost.learning.columns import PRODUCTS, Column
from convcost.learning.programme import Factors

BASES = {2: "macs", 4: "flops"}
"""Ways of counting by twice what they count for a multiply-accumulate."""


class Written(NamedTuple):
    """A convention and what it is made of.

    Attributes:
        convention: counts by it.
        rules: its own.
    """

    convention: Convention
    rules: Rules

    @property
    def base(self) -> Convention | None:
        """The convention whose table it starts from; None if it stands alone."""
        return self.convention.extends


def written(
    columns: Sequence[Column],
    factors: Factors,
    surveys: Sequence[Survey],
    name: str,
    source: str,
    said: Sequence[str] = (),
) -> Written:
    """The convention that counts so, of whose rules no more are said than have to be.

    Those of the calls that are `said` are among them, whatever they are.
    """
    wanted = {column.call: Rule() for column in columns}
    for index, factor in sorted(factors.items()):
        column = columns[index]
        wanted[column.call] += term(factor, column.quantity)
    base = _base(columns, factors)
    groups = list(_groups(surveys, wanted))
    rules = dict(_of_families(groups, wanted, base)) | {call: wanted[call] for call in said}
    unit = base.unit if base else "FLOPs" if _most(columns, factors) > 2 else "MACs"
    return settled(own_convention(name, base, rules, unit, source=source), rules, groups, wanted)


def term(factor: int, quantity: Quantity) -> Rule:
    """A quantity half as often as this."""
    if factor % 2 == 0:
        return Rule(((factor // 2, quantity),))
    from fractions import Fraction

    return Rule(((Fraction(factor, 2), quantity),))


def settled(
    convention: Convention,
    rules: Mapping[str, Rule],
    groups: Sequence[Group],
    wanted: Mapping[str, Rule],
) -> Written:
    """The convention with rules for what would be counted otherwise than is wanted, too.

    A call has several names, so that a rule for some may be found by others.
    """
    own, base = dict(rules), convention.extends
    while True:
        wrong = [
            group.label
            for group in groups
            if group.label not in own and not _counts(convention, group, wanted[group.label])
        ]
        if not wrong:
            return Written(convention, own)
        own |= {label: wanted[label] for label in wrong}
        said = convention.name, base, own, convention.unit
        convention = own_convention(*said, source=convention.source)


def _counts(convention: Convention, group: Group, wanted: Rule) -> bool:
    """Whether a convention has this rule for a group, and says so where it is zero."""
    seen = seen_rules(group.names, convention, convention.rules)
    return [rule.terms for _, rule in seen] == [wanted.terms]


def _base(columns: Sequence[Column], factors: Factors) -> Convention | None:
    """How papers count, if as many products as not count once, or twice."""
    counted = _of_products(columns, factors)
    usual = max(BASES, key=counted.count)
    return TOOLS[BASES[usual]] if 2 * counted.count(usual) >= len(counted) > 0 else None


def _most(columns: Sequence[Column], factors: Factors) -> int:
    """The largest factor of a multiply-accumulate, twice."""
    return max(_of_products(columns, factors), default=0)


def _of_products(columns: Sequence[Column], factors: Factors) -> list[int]:
    """Twice what each product counts for a multiply-accumulate."""
    return [
        factors.get(index, 0)
        for index, column in enumerate(columns)
        if column.family == PRODUCTS and column.quantity.name == "MACs"
    ]


def _groups(surveys: Sequence[Survey], wanted: Mapping[str, Rule]) -> Iterator[Group]:
    """A group of each name that there is a rule for."""
    met = set()
    for group in [group for survey in surveys for group in survey]:
        if group.calls and not group.within and group.label in wanted and group.names not in met:
            met.add(group.names)
            yield group


def _of_families(
    groups: Sequence[Group], wanted: Mapping[str, Rule], base: Convention | None
) -> Iterator[tuple[str, Rule]]:
    """One rule for all calls of an op, where several have the same that is not zero."""
    families: dict[str, set[str]] = {}
    for group in groups:
        families.setdefault(group.names[-1], set()).add(group.label)
    for family, labels in families.items():
        rules = {wanted[label].terms for label in labels}
        known = base.rules.get(family) if base else None
        if len(labels) > 1 and len(rules) == 1 and (known is None or known.terms not in rules):
            [terms] = rules
            if terms:
                yield family, Rule(terms)
