"""Designs: options by the paths of choices, as files and the command line name them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from convcost.errors import ConvcostError, LayerError, Problem, listed, shorten
from convcost.graph.builder import Builder
from convcost.kinds.registry import Kind
from convcost.networks.cases import Case, Comparison
from convcost.networks.choices import HW, Choices
from convcost.networks.inputs import resized

FLAG = "--design"
LONGEST = 60
"""Characters of a design in the name of a network."""


def read_design(words: Sequence[str]) -> dict[str, str]:
    """Options by paths, of `PATH=VALUE` each.

    Raises:
        ConvcostError: one is no such thing, or a path is there twice.
    """
    design: dict[str, str] = {}
    for text in words:
        path, equals, word = (each.strip() for each in text.partition("="))
        if not (path and equals and word):
            raise ConvcostError(Problem(FLAG, f"is PATH=VALUE, not '{shorten(text)}'"))
        if path in design:
            raise ConvcostError(Problem(FLAG, f"{shorten(path)} is there twice"))
        design[path] = word
    return design


def take(cases: Sequence[Case], words: Sequence[str]) -> list[Case]:
    """Networks of this design, which is the name of each as well.

    Raises:
        ConvcostError: it is no design, or a case is no network.
    """
    design = read_design(words)
    if not design:
        return list(cases)
    others = [case.name for case in cases if not case.network]
    if others:
        raise ConvcostError(Problem(FLAG, f"is for networks, not for cases such as {others[0]}"))
    said = shorten(", ".join(f"{path}={word}" for path, word in design.items()), LONGEST)
    return [_of_design(case, design, f"{case.name} ({said})") for case in cases]


def _of_design(case: Case, design: dict[str, str], label: str) -> Case:
    try:
        case = with_design(case, design, FLAG)
    except LayerError as error:
        raise ConvcostError(Problem(error.place, str(error))) from None
    [use] = case.uses  # what was published is of the network as the file has it
    return case._replace(name=label, uses=(use._replace(label=label, published=()),))


def with_design(case: Case, design: Mapping[str, str], place: str = "") -> Case:
    """The network with what a design says, what it had before, and else the first options.

    Building it raises `LayerError` if the design has a path at which nothing is to be decided.

    Raises:
        LayerError: there is no such size of the map.
    """
    whole = {**case.design, **design}
    rest = {path: word for path, word in whole.items() if path != HW or case.hw is None}
    if case.hw is not None:
        sizes = Choices(whole, place)
        index = sizes.decide(HW, case.hw.words, case.hw.place)
        case = case._replace(inputs=resized(case.inputs, case.hw.values[index]))
    if rest:
        kinds = [_designed(use.kind, rest, design, place) for use in case.uses]
        pairs = zip(case.uses, kinds, strict=True)
        case = case._replace(uses=tuple([use._replace(kind=kind) for use, kind in pairs]))
    return case._replace(design=whole)


def _designed(kind: Kind, design: Mapping[str, str], asked: Iterable[str], place: str) -> Kind:
    """The kind with a design, of which the paths that are `asked` for have to be there."""

    def append(net: Builder, **given: object) -> None:
        outermost = net.choices is None
        net.choices = net.choices or Choices(design, place)
        kind.function(net, **given)
        if outermost:  # what is within has been overruled
            net.choices.require(path for path in asked if path in design)

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
