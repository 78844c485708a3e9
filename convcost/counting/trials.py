"""What every convention counts for networks and layers, at several sizes of their inputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from convcost.counting.conventions import Convention
from convcost.counting.counts import tally
from convcost.counting.profilers import CONVENTIONS
from convcost.counting.survey import survey
from convcost.errors import ConvcostError
from convcost.graph.nodes import Graph
from convcost.kinds.registry import Kind
from convcost.networks.figures import Printed, Published
from convcost.networks.inputs import Inputs, first_map, of_last_axes
from convcost.ops.op import Axes, Shape

MOST_OPS = 500_000
"""Ops of all subjects times sizes to try them at."""

Size = Axes | None
"""Sizes of the last spatial axes to try; None is each subject's own input."""


class Subject(NamedTuple):
    """A network or layer and the figures that were printed for it: `macs`, `flops`, `params`.

    `published` are those that are known to be.
    """

    label: str
    kind: Kind
    given: Mapping[str, object]
    inputs: Inputs
    batch: int
    printed: Mapping[str, Printed]
    published: tuple[Published, ...] = ()

    @property
    def input(self) -> Shape:
        """C x spatial of the map that is tried at several sizes."""
        return self.inputs[first_map(self.inputs)]

    def at(self, size: Size) -> Inputs:
        """The inputs with the first map of this size; `ValueError` if it has fewer axes."""
        return self.inputs if size is None else of_last_axes(self.inputs, size)

    def source_of(self, what: str, conventions: Sequence[Convention]) -> str:
        """Who is known to have published the printed figure, counted by one of these."""
        printed = self.printed[what]
        ways = {way for each in conventions for way in (each.name, each.tool)}
        for entry in self.published:
            for name, each in entry.figures.items():
                alike = each[1:] == printed[1:] and (name == "params") is (what == "params")
                by = {entry.convention or name}
                if entry.own is not None and entry.own.extends is not None:
                    by.add(entry.own.extends.name)
                counted = what == "params" or (name != "activations" and bool(by & ways))
                if alike and counted:
                    return entry.source
        return ""


class Trial(NamedTuple):
    """What one convention counts for one printed figure at one size."""

    size: Size
    convention: Convention
    subject: Subject
    what: str
    exact: int


class Figures(NamedTuple):
    """What a convention counts; None for what it does not count."""

    total: int | None
    params: int | None


def trials_of(
    subjects: Sequence[Subject],
    sizes: Sequence[Size],
    unbuilt: dict[Size, str],
    conventions: Sequence[Convention] = CONVENTIONS,
) -> Iterator[Trial]:
    """What each convention counts for the printed figures, size by size.

    Raises:
        ConvcostError: there are too many ops at all sizes together.
    """
    ops, tried = 0, False
    for size in sizes:
        graphs: list[tuple[Subject, Graph]] = []
        for subject in subjects:
            try:
                graphs.append((subject, build(subject, size)))
            except ValueError as error:
                unbuilt.setdefault(size, f"{subject.label}: {error}")
        ops += sum(len(graph.nodes) for _, graph in graphs)
        if ops * len(sizes) > MOST_OPS and not tried:
            message = f"{len(sizes):,} sizes of {ops:,} ops are too many to try"
            raise ConvcostError(f"{message}; take steps, such as 32..1024/32")
        tried = tried or bool(graphs)
        counted = [
            (subject, figures_of(graph, subject.batch, conventions)) for subject, graph in graphs
        ]
        for index, convention in enumerate(conventions):
            for subject, figures in counted:
                total, params = figures[index]
                for what in subject.printed:
                    exact = params if what == "params" else total
                    if exact is not None:
                        yield Trial(size, convention, subject, what, exact)


def build(subject: Subject, size: Size) -> Graph:
    """The graph of a subject at a size; `ValueError` says why there is none."""
    return subject.kind.build(subject.at(size), subject.given)


def figures_of(
    graph: Graph, batch: int, conventions: Sequence[Convention] = CONVENTIONS
) -> list[Figures]:
    """What each of the conventions counts for a graph."""
    groups = survey(graph, batch)
    counts = [tally(groups, convention, batch) for convention in conventions]
    return [Figures(count.total, count.params) for count in counts]
