"""How was a printed figure counted? Every convention is tried, over a range of inputs if asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import NamedTuple

from convcost.conventions import Convention
from convcost.ops import Shape
from convcost.printed import Printed
from convcost.profilers import CONVENTIONS, survey, tally
from convcost.registry import Kind

NEAR = 0.1
"""How far around a figure, as a share of it, the tried values are taken to lie evenly."""

WEAK = 0.05
"""From how many hits by chance a hit is called weak."""


class Subject(NamedTuple):
    """A network or layer and the figures that were printed for it: `macs`, `params`."""

    label: str
    kind: Kind
    given: Mapping[str, object]
    batch: int
    printed: Mapping[str, Printed]


class Fit(NamedTuple):
    """One printed figure that a convention explains."""

    label: str
    what: str
    printed: Printed
    exact: int
    how: str


class Hit(NamedTuple):
    """A way of counting that explains some of the figures.

    Attributes:
        conventions: those that count all of them alike.
        inputs: C x spatial of the inputs at which they do, the likeliest first.
        fits: the figures that it explains.
        by_chance: how many ways of counting would explain these figures by chance.
    """

    conventions: tuple[Convention, ...]
    inputs: tuple[Shape, ...]
    fits: tuple[Fit, ...]
    by_chance: float

    @property
    def strength(self) -> str:
        """What the hit is worth, in a word."""
        if self.by_chance >= 1:
            return "means nothing"
        return "weak" if self.by_chance >= WEAK else "strong"


class Matched(NamedTuple):
    """What was found: hits, the likeliest first, of so many figures, and how much was tried."""

    hits: tuple[Hit, ...]
    figures: int
    inputs: int


def match(subjects: Sequence[Subject], inputs: Sequence[Shape]) -> Matched:
    """Try every convention on every subject at each input.

    A convention that explains more figures comes first; of those that explain as many, the one
    that would less likely do so by chance. Params alone, which no convention of MACs needs, are
    a hit only where nothing else was printed.
    """
    found: dict[tuple[Fit, ...], dict[Shape, list[Convention]]] = {}
    tried: dict[tuple[str, str], set[int]] = {}
    for shape, convention, counted in _counted(subjects, inputs):
        fits = []
        for subject, what, exact in counted:
            tried.setdefault((subject.label, what), set()).add(exact)
            how = subject.printed[what].how(exact)
            if how:
                fits.append(Fit(subject.label, what, subject.printed[what], exact, how))
        if fits:
            found.setdefault(tuple(fits), {}).setdefault(shape, []).append(convention)
    only_params = all(what == "params" for subject in subjects for what in subject.printed)
    hits = [
        Hit(conventions, tuple(sorted(shapes, key=_roundness)), fits, _by_chance(fits, tried))
        for fits, by_input in found.items()
        if only_params or any(fit.what != "params" for fit in fits)
        for conventions, shapes in _together(by_input).items()
    ]
    hits.sort(key=_likelihood)
    figures = sum(len(subject.printed) for subject in subjects)
    return Matched(tuple(hits), figures, len(inputs))


def _together(
    by_input: Mapping[Shape, list[Convention]],
) -> dict[tuple[Convention, ...], list[Shape]]:
    """Inputs at which the same conventions count the same."""
    shapes: dict[tuple[Convention, ...], list[Shape]] = {}
    for shape, conventions in by_input.items():
        shapes.setdefault(tuple(conventions), []).append(shape)
    return shapes


def _roundness(shape: Shape) -> tuple[int, Shape]:
    """Sort key of inputs: those that can be halved more often first, as people choose them."""
    return -min(size & -size for size in shape[1:]), shape


def _likelihood(hit: Hit) -> tuple[int, int, float, tuple[int, Shape]]:
    """Sort key of hits: the most figures, rounded rather than cut off, the least by chance."""
    cut_off = sum(fit.how == "truncated" for fit in hit.fits)
    return -len(hit.fits), cut_off, hit.by_chance, _roundness(hit.inputs[0])


Counted = list[tuple[Subject, str, int]]


def _counted(
    subjects: Sequence[Subject], inputs: Sequence[Shape]
) -> Iterator[tuple[Shape, Convention, Counted]]:
    """What each convention counts for the printed figures, input by input."""
    for shape in inputs:
        surveys = []
        for subject in subjects:
            try:
                graph = subject.kind.build(shape, subject.given)
            except ValueError:
                continue
            surveys.append((subject, survey(graph, subject.batch)))
        for convention in CONVENTIONS:
            counted: Counted = []
            for subject, groups in surveys:
                count = tally(groups, convention, subject.batch)
                figures = {"macs": count.total, "params": count.params}
                for what in subject.printed:
                    exact = figures[what]
                    if exact is not None:
                        counted.append((subject, what, exact))
            yield shape, convention, counted


def _by_chance(fits: Sequence[Fit], tried: Mapping[tuple[str, str], set[int]]) -> float:
    """How many of the values tried would fit all these figures if they lay evenly.

    For one figure it is the values near it times the share of that neighbourhood that it covers;
    each further figure that fits at the same time takes its own share of that. Params fit whatever
    the convention, so they say nothing where there is anything else.
    """
    fits = [fit for fit in fits if fit.what != "params"] or fits
    shares = [min(fit.printed.width / (2 * NEAR), 1.0) for fit in fits]
    near = [
        sum(
            abs(2 * value - fit.printed.value) <= NEAR * fit.printed.value
            for value in tried[fit.label, fit.what]
        )
        for fit in fits
    ]
    return max(near) * prod(shares)
