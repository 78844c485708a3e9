"""What to match, from flags, configs or shipped networks: printed figures, and inputs to try."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from convcost.counting.trials import Size, Subject
from convcost.errors import ConvcostError, Problem
from convcost.networks.cases import Case, Use
from convcost.networks.figures import Printed, PrintedType
from convcost.ops.op import Axes
from convcost.sources.flags import flag_name
from convcost.sources.request import Request, read_request
from convcost.sources.sizes import SizesType


class Asked(NamedTuple):
    """What is to be matched.

    Attributes:
        subjects: networks or kinds with their printed figures.
        sizes: of inputs to try them at; None is their own.
        noun: what they are, `network` or `kind`, where the figures are of one of them, and not of
            each.
        named: whether they are networks that were named, so that others may explain the figures.
    """

    subjects: list[Subject]
    sizes: tuple[Size, ...]
    noun: str
    named: bool


MATCHED = ("params", "macs", "flops")
"""Figures that are matched: hardly a tool counts activations."""


def read_match(request: Request, sizes: str, printed: Mapping[str, str]) -> Asked:
    """The subjects with their printed figures, and the sizes to try them at.

    Without a subject those are all networks that are shipped; of a network also its variants.

    Args:
        request: networks or kinds.
        sizes: of inputs, such as `32..1024/32`.
        printed: figures, in place of those that configs publish; empty texts are none.

    Raises:
        ConvcostError: everything that is wrong with the flags; or nothing was printed.
    """
    tried, figures = _read_sizes(sizes), _read_figures(printed)
    request = request.with_kinds()
    if not (request.configs or request.kinds or request.given):
        cases = _read_shipped(request, figures)
    else:
        if not request.configs and tried:
            # What flags describe has no size of its own but the first of these.
            own = "x".join(map(str, tried[0]))
            request = request._replace(given={**request.given, "hw": own})
        cases = read_request(request, variants=bool(figures)).cases
    uses = [(case, use) for case in cases for use in case.uses]
    subjects = _each(uses, figures) if figures else _published(uses)
    if not subjects:
        message = "no printed figure: give --macs, or published in the config (no activations)"
        raise ConvcostError(message)
    networks = all(case.network for case in cases)
    dims = max(len(each.input) - 1 for each in subjects)
    wide = [_spread(size, min(dims, 2) if networks else dims) for size in tried]
    others = [size for size in wide if any(_is_other(each, size) for each in subjects)]
    named = bool(figures and request.configs) and networks
    noun = "network" if networks else "kind"
    apart = figures and len(subjects) > 1
    return Asked(subjects, (None, *others), noun if apart else "", named)


def shipped_subjects(figures: Mapping[str, Printed], without: Sequence[Subject]) -> list[Subject]:
    """Every network and variant that is shipped, but for some, as a subject for the figures."""
    known = {subject.label for subject in without}
    uses = [(case, use) for case in _shipped([]) for use in case.uses if use.label not in known]
    return _each(uses, figures)


def _shipped(only: Sequence[str]) -> list[Case]:
    from convcost.sources.selection import pick
    from convcost.sources.shipped import shipped_networks

    return pick([*shipped_networks()], only).cases


def _read_shipped(request: Request, figures: Mapping[str, Printed]) -> list[Case]:
    """All that is shipped, or what --only names of it, where no subject is named."""
    if not figures:
        raise ConvcostError("no printed figure: give --macs, --flops or --params")
    if request.settings:
        raise ConvcostError(Problem("--set", "is for networks that are named"))
    return _shipped(request.only)


def _read_sizes(text: str) -> tuple[Axes, ...]:
    """The sizes of the flag."""
    try:
        return SizesType().parse(text) if text else ()
    except ValueError as error:
        raise ConvcostError(Problem("--hw", str(error))) from None


def _spread(size: Axes, axes: int) -> Axes:
    """One number for as many axes; more are as they are."""
    return size * axes if len(size) == 1 else size


def _is_other(subject: Subject, size: Axes) -> bool:
    """Whether a size is not the subject's own."""
    return len(size) >= len(subject.input) or subject.at(size) != subject.inputs


def _read_figures(printed: Mapping[str, str]) -> dict[str, Printed]:
    """The figures of the flags that were given."""
    figures, problems = {}, []
    for name, text in printed.items():
        try:
            if text:
                figures[name] = PrintedType().parse(text)
        except ValueError as error:
            problems.append(Problem(flag_name(name), str(error)))
    if problems:
        raise ConvcostError(*problems)
    return figures


def _each(uses: Sequence[tuple[Case, Use]], figures: Mapping[str, Printed]) -> list[Subject]:
    """A subject of each row for the same figures."""
    subjects = {
        use.label: Subject(
            use.label, use.kind, use.given, case.inputs, case.batch, figures, use.published
        )
        for case, use in uses
    }
    return list(subjects.values())


def _published(uses: Sequence[tuple[Case, Use]]) -> list[Subject]:
    """A subject for each source of figures of each row."""
    subjects: dict[str, Subject] = {}
    for case, use in uses:
        for entry in use.published:
            label = use.label
            if label in subjects:
                label = f"{use.label}, {entry.source or len(subjects) + 1}"
            figures = {what: each for what, each in entry.figures.items() if what in MATCHED}
            if figures:
                own = (use.kind, use.given, case.inputs, case.batch, figures)
                subjects[label] = Subject(label, *own)
    return list(subjects.values())
