"""The figures that configs have of one source, under `published`."""

from __future__ import annotations

from collections.abc import Sequence

from convcost.errors import ConvcostError, Problem, listed
from convcost.learning.figures import Line
from convcost.networks.cases import Case
from convcost.networks.figures import Published
from convcost.sources.figures.table import seen
from convcost.sources.patterns import fits

COUNTED = ("macs", "flops")
"""Figures that a rule is for; how params are counted is another question."""


def read_published(
    configs: Sequence[str], source: str, column: str = "", exact: bool = False
) -> list[Line]:
    """The networks of configs, or of all that is shipped, with the figures of a source.

    Args:
        configs: paths or names of shipped networks.
        source: a part of what the source is called, in which `*` stands for any text.
        column: macs or flops; "" are those of which there are more.
        exact: whether that is the whole name of the source.

    Raises:
        ConvcostError: something is wrong with the configs, or there is no such source, or several.
    """
    if column not in ("", *COUNTED):
        raise ConvcostError(Problem("--column", "is macs or flops, of published figures"))
    found = [
        (case, entry)
        for case in _cases(configs)
        for use in case.uses
        for entry in use.published
        if any(what in entry.figures for what in ([column] if column else COUNTED))
    ]
    if not found:
        raise ConvcostError("has no published figures; name configs that have, or a CSV of figures")
    sources = list(dict.fromkeys(entry.source for _, entry in found))
    chosen = [name for name in sources if _is_meant(name, source, exact)]
    if not chosen:
        raise ConvcostError(Problem("--source", f"there is none called so, but {listed(sources)}"))
    if len(chosen) > 1 and not source:
        message = f"says which of {len(chosen)} sources: {listed(chosen)}"
        raise ConvcostError(Problem("--source", message))
    kept = [(case, entry) for case, entry in found if entry.source in chosen]
    return _lines(kept, column or _usual([entry for _, entry in kept]))


def _cases(configs: Sequence[str]) -> list[Case]:
    if not configs:
        from convcost.sources.shipped import shipped_networks

        return list(shipped_networks())
    from convcost.sources.files import pick_from, with_variants

    return list(pick_from(list(configs), [], around=with_variants).cases)


def _is_meant(name: str, source: str, exact: bool) -> bool:
    if exact:
        return name == source
    return fits(name.lower(), f"*{source.strip().lower()}*")


def _usual(entries: Sequence[Published]) -> str:
    """The figure of which there are more."""
    return max(COUNTED, key=lambda what: sum(what in entry.figures for entry in entries))


def _lines(found: Sequence[tuple[Case, Published]], what: str) -> list[Line]:
    lines = []
    for case, entry in found:
        if what in entry.figures:
            try:
                network, batch = seen(case)
            except ValueError as error:
                raise ConvcostError(Problem(entry.places[what], str(error))) from None
            place = entry.places[what]
            lines.append(Line(case.name, network, batch, entry.figures[what], place))
    return lines
