"""What a rule can be made of: the sums of each quantity over the calls of each name, by network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from convcost.counting.counts import moves
from convcost.counting.profilers import CONVENTIONS
from convcost.counting.rules import Quantity, RaisesError
from convcost.counting.survey import Group, Survey
from convcost.counting.words import quantities
from convcost.ops.op import Contraction
from convcost.ops.pools import AdaptivePool, Pool
from convcost.ops.resizing import Resize

if TYPE_CHECKING:
    from fractions import Fraction

PRODUCTS = "products"
"""The family of all that multiplies and accumulates, of which MACs and biases are counted alike."""


class Column(NamedTuple):
    """A quantity of all calls of a name.

    Attributes:
        call: the name, such as `nn.ReLU`, `F.relu` or `operator.add`.
        family: calls that are likely to have the same rule: the op's plain name, or `PRODUCTS`.
        quantity: what is summed.
        same: other usual quantities that come to the same in every network here, and not always.
        sums: one for each network.
        usual: whether rules are usually made of it.
    """

    call: str
    family: str
    quantity: Quantity
    same: tuple[Quantity, ...]
    sums: tuple[int, ...]
    usual: bool

    @property
    def name(self) -> str:
        """The call and its quantity."""
        return f"{self.quantity.name} of {self.call}"

    @property
    def words(self) -> str:
        """The quantity, with others that may be meant as well: `|X| or K|Y|`."""
        return " or ".join([each.name for each in (self.quantity, *self.same)])


def columns_of(surveys: Sequence[Survey]) -> list[Column]:
    """The columns that are not zero everywhere, in the order in which the networks call them.

    What a module calls inside is left to the module.
    """
    calls: dict[str, list[tuple[int, Group]]] = {}
    for index, survey in enumerate(surveys):
        for group in survey:
            if group.calls and not group.within:
                calls.setdefault(group.label, []).append((index, group))
    return [column for call, met in calls.items() for column in _of_call(call, met, len(surveys))]


def _of_call(call: str, met: Sequence[tuple[int, Group]], networks: int) -> Iterator[Column]:
    """The columns of one name, those that are alike as one."""
    names = met[0][1].names
    alike: dict[tuple[int, ...], list[Quantity]] = {}
    for quantity in _candidates(names):
        sums = _sums(quantity, met, networks)
        if sums is not None and any(sums):
            alike.setdefault(sums, []).append(quantity)
    multiplies = any(_MACS in found for found in alike.values())
    still = all(moves(group.op) for _, group in met)
    for sums, found in alike.items():
        found.sort(key=_rank)
        in_products = multiplies and found[0] in (_MACS, _BIAS)
        family = PRODUCTS if in_products else names[-1]
        usual = not still and _rank(found[0]) < len(_USUAL)
        same = [each for each in found[1:] if _rank(each) < len(_USUAL)]
        shaped = isinstance(met[0][1].op, _SHAPING)
        yield Column(call, family, found[0], tuple(same) if shaped else (), sums, usual)


def _sums(
    quantity: Quantity, met: Sequence[tuple[int, Group]], networks: int
) -> tuple[int, ...] | None:
    """The sum of a quantity in each network; None if some call has no such thing."""
    sums: list[int | Fraction] = [0] * networks
    try:
        for index, group in met:
            sums[index] += sum([quantity.of(call) for call in group.calls])
    except (RaisesError, AttributeError, IndexError, ValueError, ZeroDivisionError):
        return None
    return None if any(each != int(each) or each < 0 for each in sums) else tuple(map(int, sums))


def _candidates(names: tuple[str, ...]) -> list[Quantity]:
    """The usual quantities, and those that some tool counts of a call of these names."""
    known = _known_quantities()
    return list(dict.fromkeys([*_USUAL, *[each for name in names for each in known.get(name, ())]]))


@lru_cache(maxsize=1)
def _known_quantities() -> dict[str, list[Quantity]]:
    """The quantities that the tables of tools have for each name."""
    found: dict[str, list[Quantity]] = {}
    for convention in CONVENTIONS:
        for name, rule in convention.rules.items():
            found.setdefault(name, []).extend([quantity for _, quantity in rule.terms])
    return found


def _rank(quantity: Quantity) -> int:
    """Where a quantity stands among the usual ones; behind them if it is none."""
    return _USUAL.index(quantity) if quantity in _USUAL else len(_USUAL)


_USUAL = tuple([quantities()[name] for name in ("MACs", "bias", "|X|", "|Y|", "K|Y|")])
_SHAPING = (Contraction, Pool, AdaptivePool, Resize)
"""Ops for which it depends on their sizes whether quantities are the same."""

_MACS, _BIAS = _USUAL[:2]
