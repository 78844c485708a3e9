"""How was a printed figure counted? Every convention is tried, over a range of inputs if asked.

Figures are printed for each of some subjects, which are then counted alike; or for one of them, and
it is not known which: those are tried apart.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import NamedTuple

from convcost.counting.conventions import Convention
from convcost.counting.profilers import CONVENTIONS
from convcost.counting.trials import Size, Subject, Trial, trials_of
from convcost.errors import ConvcostError
from convcost.networks.figures import Printed
from convcost.ops.op import Axes

NEAR = 0.1
"""How far around a figure, as a share of it, the tried values are taken to lie evenly."""

WEAK, WORTHLESS = 0.05, 0.5
"""From how many hits by chance a hit is weak, and from how many it means nothing."""

Values = Mapping[tuple[str, str], Sequence[int]]
"""All that was counted for a figure, sorted, by the subject's label and what it is."""


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
        sizes: of the inputs at which they do, the likeliest first.
        fits: the figures that it explains.
        by_chance: how many ways of counting would explain these figures by chance.
        contradicted: printed params that are not those of the network.
        source: who is known to have published one of these figures, counted so.
    """

    conventions: tuple[Convention, ...]
    sizes: tuple[Size, ...]
    fits: tuple[Fit, ...]
    by_chance: float
    contradicted: bool = False
    source: str = ""

    @property
    def strength(self) -> str:
        """What the hit is worth, in a word."""
        if self.source and not self.contradicted:
            return "published"
        if self.by_chance >= WORTHLESS:
            return "means nothing"
        if self.contradicted:
            return "contradicted"
        return "weak" if self.by_chance >= WEAK else "strong"


class Miss(NamedTuple):
    """A printed figure that the first hit does not explain, and the nearest that was counted."""

    label: str
    what: str
    printed: Printed
    nearest: int
    convention: Convention
    size: Size


class Matched(NamedTuple):
    """What was found.

    Attributes:
        hits: the likeliest first.
        misses: figures that the first hit does not explain.
        figures: how many figures were printed.
        sizes: how many inputs were tried.
        unbuilt: why nothing could be built at some of them, by size.
    """

    hits: tuple[Hit, ...]
    misses: tuple[Miss, ...]
    figures: int
    sizes: int
    unbuilt: Mapping[Size, str]


def match(
    subjects: Sequence[Subject],
    sizes: Sequence[Size],
    apart: bool = False,
    conventions: Sequence[Convention] = CONVENTIONS,
) -> Matched:
    """Try conventions, every known one if none is named, on every subject at each size.

    Where the subjects are tried `apart`, one of them explains the figures or none; the same figures
    are then printed for each. A way of counting that explains more figures comes first; of those
    that explain as many, one that is known to have been published, then the one that would less
    likely do so by chance. Params alone, which are the same in most conventions, are a hit only
    where nothing else was printed.

    Raises:
        ConvcostError: nothing can be built at any of the sizes, or they are too many to try.
    """
    unbuilt: dict[Size, str] = {}
    trials = list(trials_of(subjects, sizes, unbuilt, conventions))
    if not trials:
        raise ConvcostError(next(iter(unbuilt.values())))
    hits = list(_hits_apart(trials) if apart else _hits(trials, _values(trials)))
    hits.sort(key=_likelihood)
    asked: dict[tuple[str, str], list[Trial]] = {}
    for each in trials:
        asked.setdefault(("" if apart else each.subject.label, each.what), []).append(each)
    explained = {("" if apart else fit.label, fit.what) for hit in hits[:1] for fit in hit.fits}
    misses = [_nearest(tried) for key, tried in asked.items() if key not in explained]
    figures = sum(len(subject.printed) for subject in subjects[: 1 if apart else None])
    return Matched(tuple(hits), tuple(misses), figures, len(sizes), unbuilt)


def _hits_apart(trials: Sequence[Trial]) -> Iterator[Hit]:
    """Ways of counting that explain the figures by one of the subjects.

    What was counted of the others might have fitted by chance as well.
    """
    pooled: dict[str, set[int]] = {}
    own: dict[int, list[Trial]] = {}
    for each in trials:
        pooled.setdefault(each.what, set()).add(each.exact)
        own.setdefault(id(each.subject), []).append(each)
    ordered = {what: sorted(exact) for what, exact in pooled.items()}
    for tried in own.values():
        subject = tried[0].subject
        values = {(subject.label, what): ordered[what] for what in ordered}
        for hit in _hits(tried, values):
            fits = [fit for fit in hit.fits if fit.what != "params"] or hit.fits
            sources = [subject.source_of(fit.what, hit.conventions) for fit in fits]
            yield hit._replace(source=next(filter(None, sources), ""))


def _values(trials: Sequence[Trial]) -> Values:
    values: dict[tuple[str, str], set[int]] = {}
    for each in trials:
        values.setdefault((each.subject.label, each.what), set()).add(each.exact)
    return {key: sorted(exact) for key, exact in values.items()}


def _hits(trials: Sequence[Trial], values: Values) -> Iterator[Hit]:
    """Ways of counting, those together that explain the same figures by the same numbers."""
    fits: dict[tuple[Size, Convention], list[Fit]] = {}
    contradicted: set[tuple[Size, Convention]] = set()
    for size, convention, subject, what, exact in trials:
        how = subject.printed[what].how(exact)
        if how:
            fit = Fit(subject.label, what, subject.printed[what], exact, how)
            fits.setdefault((size, convention), []).append(fit)
        elif what == "params":
            contradicted.add((size, convention))
    only_params = all(each.what == "params" for each in trials)
    together: dict[tuple[tuple[Fit, ...], bool], dict[Size, list[Convention]]] = {}
    for (size, convention), found in fits.items():
        if only_params or any(fit.what != "params" for fit in found):
            key = tuple(found), (size, convention) in contradicted
            together.setdefault(key, {}).setdefault(size, []).append(convention)
    for (found_fits, against), by_size in together.items():
        sizes: dict[tuple[Convention, ...], list[Size]] = {}
        for size, conventions in by_size.items():
            sizes.setdefault(tuple(conventions), []).append(size)
        for alike, at in sizes.items():
            chance = _by_chance(found_fits, values)
            yield Hit(alike, tuple(sorted(at, key=_roundness)), found_fits, chance, against)


def _roundness(size: Size) -> tuple[int, Axes]:
    """Sort key of sizes: the subjects' own, then those that can be halved more often."""
    return (-(10**9), ()) if size is None else (-min(n & -n for n in size), size)


def _likelihood(hit: Hit) -> tuple[int, bool, bool, int, float, tuple[int, Axes]]:
    """Sort key of hits: the most figures, published so, not cut off, the least by chance."""
    cut_off = sum(fit.how == "truncated" for fit in hit.fits)
    known = hit.contradicted, not hit.source
    return -len(hit.fits), *known, cut_off, hit.by_chance, _roundness(hit.sizes[0])


def _by_chance(fits: Sequence[Fit], values: Values) -> float:
    """How many of the values tried would fit all these figures if they lay evenly.

    For one figure it is the values near it times the share of that neighbourhood that it covers;
    each further figure that fits at the same time takes its own share of that. Params fit whatever
    the convention, so they say nothing where there is anything else.
    """
    fits = [fit for fit in fits if fit.what != "params"] or fits
    shares, near = [], []
    for fit in fits:
        reach = max(NEAR, fit.printed.width)
        shares.append(fit.printed.width / (2 * reach))
        near.append(_near(fit.printed.value, reach, values[fit.label, fit.what]))
    return max(*near, 1) * prod(shares)


def _near(twice: int, reach: float, tried: Sequence[int]) -> int:
    """How many of the sorted values are as near to a printed figure as a share of it."""

    def beyond(value: int) -> int:
        return 2 * value - twice

    distance = reach * twice
    return bisect_right(tried, distance, key=beyond) - bisect_left(tried, -distance, key=beyond)


def _nearest(tried: Sequence[Trial]) -> Miss:
    """The nearest that was counted for a figure."""
    printed = tried[0].subject.printed[tried[0].what]
    size, convention, subject, what, exact = min(
        tried, key=lambda each: abs(2 * each.exact - printed.value)
    )
    return Miss(subject.label, what, printed, exact, convention, size)
