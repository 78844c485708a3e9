"""Designs counted whole, one by one: the check of the sums, and where figures do not add up."""

from __future__ import annotations

from collections.abc import Mapping

from convcost.errors import ConvcostError, Problem
from convcost.spaces.designs import Steps, design_of, numbered
from convcost.spaces.diagram import Diagram, Point, Step
from convcost.spaces.figures import Meter, Values
from convcost.spaces.walk import Taped, run

MOST_COUNTED = 300_000
"""Designs that are counted whole."""

AT_END = -1


def count_design(diagram: Diagram, steps: Steps, meter: Meter) -> Values:
    """The figures of one design, of a network that is built for it.

    Raises:
        ConvcostError: it cannot be counted.
    """
    place, tape = 0, []
    for chosen in steps:
        step = diagram.points[place].steps[chosen]
        tape.append(step.option)
        place = step.to
    reached = run(meter.case, Taped(tape=tuple(tape)), {}, whole=True)
    if reached.graph is None:
        raise ConvcostError(Problem(meter.case.place, reached.error))
    try:
        return meter.count(reached.graph)
    except ValueError as error:
        words = f"{meter.case.name}: {error} (design {design_of(diagram, steps).number})"
        raise ConvcostError(Problem(meter.case.place, words)) from None


def count_range(diagram: Diagram, meter: Meter, first: int, last: int) -> list[Values]:
    """The figures of the designs of these numbers, the last one not included."""
    return [
        count_design(diagram, numbered(diagram, number), meter) for number in range(first, last)
    ]


def require_few(diagram: Diagram, meter: Meter) -> None:
    """Raise `ConvcostError` if there are too many designs to be counted whole."""
    if diagram.designs > MOST_COUNTED:
        names = ", ".join(figure.key for figure in meter.figures if not figure.adds)
        words = (
            f"{meter.case.name} has {diagram.designs:,} designs, of which {MOST_COUNTED:,} may be "
            f"counted one by one, as {names or 'its figures'} cannot be added up"
        )
        raise ConvcostError(Problem(meter.case.place, words))


def count_each(diagram: Diagram, meter: Meter) -> Diagram:
    """The designs of a diagram as a tree, at whose ends stands what each of them costs."""
    require_few(diagram, meter)
    return tree_of(diagram, dict(enumerate(count_range(diagram, meter, 0, diagram.designs))))


def tree_of(diagram: Diagram, values: Mapping[int, Values]) -> Diagram:
    """A tree of designs in order, with the figures of each; of those that were counted."""
    zero = tuple([0 for _ in next(iter(values.values()))])
    if not diagram.points:
        return Diagram([], values[0], 1, diagram.unbuilt)
    points: list[Point] = []

    def grow(place: int, number: int) -> int | None:
        """Copy a point and what follows, from the design of this number on; returns its place."""
        known = diagram.points[place]
        here = len(points)
        own = Point(known.path, known.words, known.place)
        points.append(own)
        for option, to, _ in known.steps:
            if to != diagram.end:
                next_point = grow(to, number)
                if next_point is not None:
                    own.steps.append(Step(option, next_point, zero))
            elif number in values:
                own.steps.append(Step(option, AT_END, tuple(values[number])))
            number += diagram.ways(to)
        if not own.steps:
            points.pop()
            return None
        return here

    grow(0, 0)
    end = len(points)
    for point in reversed(points):
        point.steps = [step._replace(to=end) if step.to == AT_END else step for step in point.steps]
        point.designs = sum([1 if to == end else points[to].designs for _, to, _ in point.steps])
    return Diagram(points, zero, points[0].designs, diagram.unbuilt)
