"""The integer programme: the simplest factors of columns under which sums lie in their windows.

Factors are whole numbers and halves from 0 to 8, held twice as large. The solver is exact, on whole
numbers: what it calls the simplest is so, and where it says that there is no other rule, there is
none. Its effort is counted in steps, not in seconds, so that an answer is the same everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from convcost.learning.columns import Column
from convcost.learning.figures import Window

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

MOST = 8
"""The largest factor of a rule."""

TERM, ODD_TERM, DEVIATION, HALF = 10, 16, 12, 4
"""Points of a term; of one of a quantity that rules are seldom made of; of a call that is counted
otherwise than its family; and of a half. Each point of a factor is one more."""

LEAST_EFFORT = 0.02
"""Of a question for which nothing is left."""


class Budget:
    """How long the solver may look at all of some questions, in its own steps: one is seconds."""

    def __init__(self, left: float, most: float = 1e9) -> None:
        """Begin with what is left, of which no question gets more than `most`, nor than half."""
        self.left, self.most = left, most

    @property
    def share(self) -> float:
        """What the next question gets."""
        return max(min(self.left / 2, self.most), LEAST_EFFORT)

    def spend(self, steps: float) -> None:
        """Take off what a question took."""
        self.left = max(self.left - steps, 0.0)


Factors = Mapping[int, int]
"""Twice the factor of columns by their index; of those that are missing it is zero."""


def twice(columns: Sequence[Column], factors: Factors, network: int) -> int:
    """Twice what factors count for a network."""
    return sum([factor * columns[index].sums[network] for index, factor in factors.items()])


class Solved(NamedTuple):
    """The simplest factors that were found.

    Attributes:
        factors: of the columns.
        missed: the figures that they do not explain, by index.
        points: how simple that is, with what the missed ones are worth; the least is best.
        proven: whether nothing has fewer points.
    """

    factors: Factors
    missed: tuple[int, ...]
    points: int
    proven: bool


class Programme:
    """Factors of columns as variables, and the points of what they are.

    Of a family each call has the factor of the family, or one of its own, which is not as simple.
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        """Make a variable for each column."""
        from ortools.sat.python import cp_model

        self.columns = columns
        self.model = cp_model.CpModel()
        self.points: list[Any] = []
        families: dict[tuple[str, str], list[int]] = {}
        for index, column in enumerate(columns):
            families.setdefault((column.family, column.quantity.name), []).append(index)
        self.factors: dict[int, cp_model.IntVar] = {}
        for indices in families.values():
            usual = any(columns[index].usual for index in indices)
            shared = self._factor(TERM if usual else ODD_TERM)
            for index in indices:
                self.factors[index] = shared if len(indices) == 1 else self._member(shared)

    def _factor(self, term: int) -> cp_model.IntVar:
        """A factor, with the points of a term if it is not zero."""
        model = self.model
        factor = model.new_int_var(0, 2 * MOST, "")
        used, odd, whole = (model.new_int_var(0, most, "") for most in (1, 1, MOST))
        model.add(factor == 2 * whole + odd)
        model.add(factor <= 2 * MOST * used)
        model.add(factor >= used)
        self.points += [term * used, whole, HALF * odd]
        return factor

    def _member(self, shared: cp_model.IntVar) -> cp_model.IntVar:
        """The factor of one call of a family."""
        factor = self.model.new_int_var(0, 2 * MOST, "")
        own = self.model.new_bool_var("")
        self.model.add(factor == shared).only_enforce_if(~own)
        self.points.append(DEVIATION * own)
        return factor

    def sum_of(self, network: int) -> Any:
        """Twice the figure of a network."""
        terms = [
            column.sums[network] * self.factors[index]
            for index, column in enumerate(self.columns)
            if column.sums[network]
        ]
        return sum(terms)

    def within(self, network: int, window: Window, missed: cp_model.IntVar | None = None) -> None:
        """Hold the figure of a network in its window, unless it is missed."""
        total = self.sum_of(network)
        for bound in (total >= window.low, total <= window.high):
            added = self.model.add(bound)
            if missed is not None:
                added.only_enforce_if(~missed)

    def hint(self, factors: Factors) -> None:
        """Where the search may begin."""
        for index, factor in self.factors.items():
            self.model.add_hint(factor, factors.get(index, 0))

    def solve(self, budget: Budget) -> tuple[str, cp_model.CpSolver]:
        """`OPTIMAL`, `FEASIBLE`, `INFEASIBLE` or `UNKNOWN`, and what the variables are."""
        from ortools.sat.python import cp_model

        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 0
        solver.parameters.max_deterministic_time = budget.share
        status = solver.status_name(solver.solve(self.model))
        budget.spend(solver.response_proto.deterministic_time)
        return status, solver

    def read(self, solver: cp_model.CpSolver) -> dict[int, int]:
        """The factors that are not zero."""
        values = {index: solver.value(factor) for index, factor in self.factors.items()}
        return {index: value for index, value in values.items() if value}


def simplest(
    columns: Sequence[Column],
    asked: Mapping[int, Window],
    worth: Mapping[int, int],
    budget: Budget,
    hint: Solved | None = None,
) -> Solved | None:
    """The simplest factors for the windows of some networks, those that are worth most explained.

    Args:
        columns: what there is to be counted.
        asked: windows by network.
        worth: points of a figure that is not explained, by network; of others it is infinite.
        budget: how long to look.
        hint: what to begin with.
    """
    programme = Programme(columns)
    missed = {network: programme.model.new_bool_var("") for network in worth}
    for network, window in asked.items():
        programme.within(network, window, missed.get(network))
    points = [*programme.points, *[worth[network] * each for network, each in missed.items()]]
    programme.model.minimize(sum(points))
    if hint is not None:
        programme.hint(hint.factors)
    status, solver = programme.solve(budget)
    if status not in ("OPTIMAL", "FEASIBLE"):
        return None
    left = tuple(network for network, each in missed.items() if solver.value(each))
    found = programme.read(solver)
    return Solved(found, left, round(solver.objective_value), status == "OPTIMAL")
