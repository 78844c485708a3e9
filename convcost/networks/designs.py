"""A network with one option taken wherever its file leaves a choice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from convcost.errors import listed
from convcost.graph.builder import Builder
from convcost.kinds.registry import Kind
from convcost.networks.cases import Case, Comparison
from convcost.networks.choices import Choices
from convcost.networks.inputs import resized

HW = "hw"
"""The path of the choice of the map's size."""


def with_design(case: Case, design: Mapping[str, str], place: str = "") -> Case:
    """The network with what a design says, and else the first options.

    Building it raises `LayerError` if the design has a path at which nothing is to be decided.

    Raises:
        LayerError: there is no such size of the map.
    """
    rest = dict(design)
    if case.hw is not None:
        word = rest.pop(HW, None)
        sizes = Choices({} if word is None else {HW: word}, place)
        index = sizes.decide(HW, case.hw.words, case.hw.place)
        case = case._replace(inputs=resized(case.inputs, case.hw.values[index]))
    if rest:
        kinds = [_designed(use.kind, rest, place) for use in case.uses]
        pairs = zip(case.uses, kinds, strict=True)
        case = case._replace(uses=tuple([use._replace(kind=kind) for use, kind in pairs]))
    return case._replace(design=design)


def _designed(kind: Kind, design: Mapping[str, str], place: str) -> Kind:
    def append(net: Builder, **given: object) -> None:
        net.choices = Choices(design, place)
        kind.function(net, **given)
        net.choices.require_all()

    return kind._replace(function=append)


def firsts_taken(comparisons: Iterable[Comparison]) -> list[str]:
    """Which networks have choices of which the first option is taken, as nothing else is said."""
    names = [
        case.name
        for case, rows in comparisons
        for row in rows
        if row.first or (case.hw is not None and HW not in case.design)
    ]
    if not names:
        return []
    has = "have" if len(names) > 1 else "has"
    return [
        f"{listed(names)} {has} choices, of which the first are taken; "
        "--design PATH=VALUE takes others, convcost space counts them all"
    ]
