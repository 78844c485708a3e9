"""The page of what networks or kinds of layer cost: of one, or of several side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convcost._version import __version__
from convcost.errors import ConvcostError, Problem, clean
from convcost.formats.html import html
from convcost.networks.cases import Case, Comparison, Row
from convcost.report.cases import case_title
from convcost.report.charts.scatter import points_of, scatter_chart
from convcost.report.compare import compare_report
from convcost.report.counts import as_report
from convcost.report.page.network import (
    Asked,
    Subject,
    layers_section,
    network_sections,
    subject_of,
)
from convcost.report.page.page import Page
from convcost.report.page.sections import Chart, Section

MOST_OPENED = 24
"""Networks of one page whose layers are shown, too."""

MADE = f"convcost {__version__}, its own convention: multiply-accumulates of convolutions, linear "
MADE += "layers and products; params are all that can be trained"


def report_page(
    comparisons: Sequence[Comparison], asked: Asked, backdrop: Sequence[Comparison] = ()
) -> Page:
    """What networks, or kinds of layer, cost: one in full, several side by side.

    Args:
        comparisons: what is asked about; of several, rows that could not be built say why.
        asked: what is said beside costs.
        backdrop: networks behind several.

    Raises:
        ConvcostError: times are asked for, and none is known of any of these.
    """
    built = [(each, row) for each in comparisons for row in each.rows if row.built]
    names = _names(comparisons, [row for _, row in built])
    subjects = [
        subject_of(comparison, row, name, asked)
        for (comparison, row), name in zip(built[:MOST_OPENED], names, strict=False)
    ]
    if asked.measured and not any(subject.timed for subject in subjects):
        words = "has no time of an op of these; convcost time --table measures them"
        raise ConvcostError(Problem("--times", words))
    if sum(len(each.rows) for each in comparisons) == 1:
        about = f"{case_title(comparisons[0])}. {MADE}."
        return Page(names[0], about, list(network_sections(subjects[0], asked)))
    title = ", ".join(names) if len(names) < 4 else f"{len(names):,} side by side"
    pairs = [(comparison.case, row) for comparison, row in built]
    return Page(
        title,
        f"{MADE}.",
        [
            _side_by_side(comparisons, asked),
            *_scatter(pairs, names, backdrop),
            *_tools(comparisons, asked),
            *_layers(subjects, len(built)),
        ],
    )


def _names(comparisons: Sequence[Comparison], rows: Sequence[Row]) -> list[str]:
    """What rows are called; where several cases have the same kinds, with that of the case."""
    labels = [clean(row.label) for row in rows]
    if len(set(labels)) == len(labels):
        return labels
    cases = {id(row): case for case, own in comparisons for row in own}
    return [
        f"{clean(cases[id(row)].name)}: {label}" for row, label in zip(rows, labels, strict=True)
    ]


def _side_by_side(comparisons: Sequence[Comparison], asked: Asked) -> Section:
    return Section(
        "side-by-side", "Side by side", html(compare_report(comparisons, device=asked.device))
    )


def _scatter(
    pairs: Sequence[tuple[Case, Row]], names: Sequence[str], backdrop: Sequence[Comparison]
) -> Iterator[Section]:
    """Params against MACs, if there are any; what has none is said to be left out."""
    points = points_of(pairs, names)
    if not points:
        return
    others = [(case, row) for case, rows in backdrop for row in rows]
    behind = points_of(others, [row.label for _, row in others])
    words = "Each by its params and MACs; both axes are logarithmic."
    words += " Grey: the networks that are shipped with convcost, each at its input." * bool(behind)
    if len(points) < len(pairs):
        words += f" {len(pairs) - len(points)} without params, or without MACs, have no place here."
    chart = Chart("scatter", scatter_chart(points, behind, on_page=True), words)
    yield Section("params-macs", "Params against MACs", "", [chart])


def _tools(comparisons: Sequence[Comparison], asked: Asked) -> Iterator[Section]:
    if asked.conventions:
        report = as_report(comparisons, asked.conventions)
        yield Section("tools", "What each tool prints", html(report))


def _layers(subjects: Sequence[Subject], count: int) -> Iterator[Section]:
    """The layers of each; of more than there is room for, it is said how many are left out."""
    for place, subject in enumerate(subjects):
        yield layers_section(subject, f"layers-{place}")
    if count > len(subjects):
        words = f"{count - len(subjects):,} more: --only names those whose layers are to be seen."
        yield Section("more", "Layers of others", f"<p>{words}</p>")
