"""All designs of a network as a decision diagram: paths from one decision to the next.

A point is a decision in one state; a step takes one of its options and leads to the next decision,
or to the end, and has what the layers in between cost. Paths that come to the same state come
together, so that many designs have few points. Costs are counted by the engine, once for each step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import add, sub
from typing import NamedTuple

from convcost.errors import ConvcostError, Problem, no_such
from convcost.graph.folding import fold
from convcost.graph.nodes import Graph, Node
from convcost.kinds.registry import Bundled
from convcost.networks.cases import Case
from convcost.networks.choices import HW
from convcost.spaces.figures import Meter, Values
from convcost.spaces.states import State
from convcost.spaces.walk import Reached, Taped, run

MOST_STEPS = 200_000
"""Steps of a diagram, each of which is a run of the assembly."""


class Step(NamedTuple):
    """One option of a decision.

    Attributes:
        option: which.
        to: the point where the next decision is taken; one more than the last is the end.
        cost: of the layers up to there.
    """

    option: int
    to: int
    cost: Values


@dataclass(slots=True)
class Point:
    """A decision in one state.

    Attributes:
        path: of the decision.
        words: its options.
        place: where the file leaves the choice.
        steps: those that lead to networks that can be built, in order.
        designs: how many ways there are from here to the end.
    """

    path: str
    words: tuple[str, ...]
    place: str = ""
    steps: list[Step] = field(default_factory=list)
    designs: int = 0


@dataclass(slots=True)
class Diagram:
    """All designs of a network.

    Attributes:
        points: in order: steps lead to points further on.
        base: what comes before the first decision costs.
        designs: how many there are.
        unbuilt: why some options lead to no network, by decision and option.
    """

    points: list[Point]
    base: Values
    designs: int
    unbuilt: dict[tuple[str, str], str]

    @property
    def end(self) -> int:
        """Where steps lead to after the last decision."""
        return len(self.points)

    def ways(self, point: int) -> int:
        """How many ways there are from a point to the end."""
        return 1 if point == self.end else self.points[point].designs


@dataclass(slots=True)
class _Found:
    """A point that was met: its decision, what led there first, and what was counted so far."""

    point: Point
    taped: Taped
    total: Values
    spent: Values
    steps: list[tuple[int, int, Values]] = field(default_factory=list)


class NotAddedUpError(Exception):
    """The figures of a whole network are not the sums of those of its parts."""


def explore(case: Case, meter: Meter, progress: Callable[[int], None] | None = None) -> Diagram:
    """The diagram of a network.

    Raises:
        ConvcostError: no design can be built, or there are too many states.
        NotAddedUpError: its figures do not add up.
    """
    return _Explorer(case, meter, progress).diagram()


class _Explorer:
    END = -1

    def __init__(self, case: Case, meter: Meter, progress: Callable[[int], None] | None) -> None:
        self.case = case
        self.meter = meter
        self.progress = progress
        self.found: list[_Found] = []
        self.known: dict[State, int] = {}
        self.unbuilt: dict[tuple[str, str], str] = {}
        self.bundled: Bundled = {}
        self.fixed: set[str] = set()
        """Paths of the case's design at which something was decided by it."""
        self.runs = 0

    def diagram(self) -> Diagram:
        zero = tuple([0 for _ in self.meter.figures])
        first = run(self.case, Taped(), self.bundled)
        if first.error:
            raise ConvcostError(Problem(self.case.place, f"{self.case.name}: {first.error}"))
        self.fixed |= first.fixed
        total, base = self.counted(first, Taped(), zero)
        if first.state is None:
            self.prove(first, base)
            self.require_fixed()
            return Diagram([], base, 1, {})
        self.met(first, total, base)
        for met in self.found:  # which grows meanwhile
            for option in range(len(met.point.words)):
                self.take(met, option)
        self.require_fixed()
        return self.sorted(base)

    def require_fixed(self) -> None:
        """Raise `ConvcostError` for what the file's design says and no design decides."""
        for path in self.case.design:
            if path != HW and path not in self.fixed:
                known = [*self.fixed, *[each.point.path for each in self.found]]
                words = f"{self.case.name}: {no_such('choice', path, known)}"
                raise ConvcostError(Problem(self.case.place, words))

    def take(self, met: _Found, option: int) -> None:
        """Take one option of a decision, and add the step to where it leads."""
        self.runs += 1
        if self.runs > MOST_STEPS:
            message = f"has more than {MOST_STEPS:,} states and options; a choice reaches too far"
            raise ConvcostError(Problem(self.case.place, f"{self.case.name}: {message}"))
        if self.progress is not None:
            self.progress(self.runs)
        taped = met.taped._replace(tape=(*met.taped.tape, option))
        reached = run(self.case, taped, self.bundled)
        self.fixed |= reached.fixed
        if reached.error:
            self.unbuilt[met.point.path, met.point.words[option]] = reached.error
            return
        total, cost = self.counted(reached, met.taped, met.total)
        spent = tuple(map(add, met.spent, cost))
        if reached.state is None:
            self.prove(reached, spent)
            met.steps.append((option, self.END, cost))
        else:
            met.steps.append((option, self.met(reached, total, spent), cost))

    def met(self, reached: Reached, total: Values, spent: Values) -> int:
        """The number of the point that was reached, which may be known."""
        assert reached.state is not None
        number = self.known.setdefault(reached.state, len(self.found))
        if number == len(self.found):
            point = Point(reached.path, reached.words, reached.place)
            self.found.append(_Found(point, reached.taped, total, spent))
        return number

    def counted(self, reached: Reached, before: Taped, total: Values) -> tuple[Values, Values]:
        """What the settled nodes cost, if that is needed, and those that were not there before."""
        self.require_settled(reached, before.settled)
        try:
            return self.sums(reached, before, total)
        except ValueError:  # a tool raises where there is no weight yet, or of the whole
            raise NotAddedUpError from None

    def sums(self, reached: Reached, before: Taped, total: Values) -> tuple[Values, Values]:
        """What `counted` counts; `ValueError` where a tool prints nothing."""
        start, end = before.settled, reached.taped.settled
        graph = reached.graph or _graph(reached.nodes)
        if self.meter.by_node:
            # Of several inputs each is a node; `cost` knows that the first is none.
            return (), self.meter.count(graph, graph.nodes[max(start, 1) : end])
        if reached.graph is None:
            graph = _graph(reached.nodes[:end])
            graph = fold(graph) if self.case.fuse and end else graph
        whole = self.meter.count(graph) if end else total
        return whole, tuple(map(sub, whole, total))

    def require_settled(self, reached: Reached, start: int) -> None:
        """Raise `NotAddedUpError` if layers have changed what nodes cost that were counted.

        Weights of a layer that is not run go to one that shares them; a batch norm is folded or not
        by what else shares the weights before it.
        """
        if not self.meter.figures:
            return
        if self.case.fuse and any(node.owner is not None for node in reached.nodes[start:]):
            raise NotAddedUpError
        if reached.revised:
            owners = [node.owner for node in reached.nodes[:start] if node.owner is not None]
            if max(owners, default=-1) >= start:
                raise NotAddedUpError

    def prove(self, reached: Reached, spent: Values) -> None:
        """Hold the sum of all steps that led to a whole network against the network itself."""
        assert reached.graph is not None
        # How many 2 x 2 convolutions there are decides what the last is, which moves more or less.
        if reached.corners and not all(figure.of_cost for figure in self.meter.figures):
            raise NotAddedUpError
        if self.meter.count(reached.graph) != spent:
            raise NotAddedUpError

    def sorted(self, base: Values) -> Diagram:
        """The points in order, without those that lead to no network."""
        order: list[int] = []
        state = [0] * len(self.found)
        stack = [0]
        while stack:
            at = stack[-1]
            if state[at] == 0:
                state[at] = 1
                stack += [to for _, to, _ in self.found[at].steps if to >= 0 and not state[to]]
            else:
                stack.pop()
                if state[at] == 1:
                    state[at] = 2
                    order.append(at)
        for at in order:  # the last decision first
            found = self.found[at]
            found.steps = [step for step in found.steps if step[1] < 0 or self.ways(step[1])]
            found.point.designs = sum([self.ways(to) for _, to, _ in found.steps])
        kept = [at for at in reversed(order) if self.ways(at)]
        if not kept:
            why = next(iter(self.unbuilt.values()), "it has nothing to choose from")
            words = f"{self.case.name}: no design can be built; {why}"
            raise ConvcostError(Problem(self.case.place, words))
        place = {at: number for number, at in enumerate(kept)} | {self.END: len(kept)}
        for at in kept:
            found = self.found[at]
            found.point.steps = [Step(option, place[to], cost) for option, to, cost in found.steps]
        points = [self.found[at].point for at in kept]
        return Diagram(points, base, points[0].designs, self.unbuilt)

    def ways(self, at: int) -> int:
        return 1 if at == self.END else self.found[at].point.designs


def _graph(nodes: Sequence[Node]) -> Graph:
    """A graph of nodes so far."""
    return Graph(tuple(nodes), len(nodes) - 1)
