"""The figures of designs: what of a network adds up over its layers, and what does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import ConvcostError, Problem, no_such
from convcost.graph.bound import PICOSECONDS
from convcost.graph.cost import cost, peak_memory
from convcost.graph.nodes import Graph, Node
from convcost.networks.cases import Case

if TYPE_CHECKING:
    from convcost.counting.conventions import Convention
    from convcost.graph.bound import Device

Values = tuple[int, ...]
"""A value of each figure."""

Measure = Callable[[Graph, Sequence[Node] | None], int]
"""A figure of some nodes of a graph, or of all."""


class Figure(NamedTuple):
    """Something that is counted of every design, in whole numbers.

    Attributes:
        key: as it is asked for: `params`, `macs`, `thop@0.1.1`.
        title: of a column.
        measure: counts it; of some nodes only if it is `by_node`.
        by_node: whether what nodes cost depends on nothing but them and what they read.
        adds: whether it is a sum over the layers.
        unit: of a time, how many are a second; 0 of what is none.
        of_cost: the attribute of a `Cost` that it is, if it is one.
    """

    key: str
    title: str
    measure: Measure
    by_node: bool = True
    adds: bool = True
    unit: int = 0
    of_cost: str = ""

    def shown(self, value: int) -> int:
        """A value as tables have it: of a time whole picoseconds, rounded up."""
        return -(-value * PICOSECONDS // self.unit) if self.unit else value

    def least(self, shown: int) -> int:
        """The least value that is shown as this, or as more."""
        return (shown - 1) * self.unit // PICOSECONDS + 1 if self.unit else shown

    def most(self, shown: int) -> int:
        """The greatest value that is shown as this, or as less."""
        return shown * self.unit // PICOSECONDS if self.unit else shown


class Given(NamedTuple):
    """What some figures need.

    Attributes:
        device: of a bound.
        times: of ops in picoseconds, by what they are.
    """

    device: Device | None = None
    times: Mapping[str, int] | None = None


NOTHING_GIVEN = Given()

TITLES = {
    "params": "params",
    "macs": "MACs",
    "flops": "FLOPs",
    "activations": "activations",
    "bytes": "bytes",
    "unfused-bytes": "unfused bytes",
    "bound": "bound",
    "time": "time",
    "peak": "elements at once",
}
"""Those that are no tool's."""

USUAL = ("params", "macs")
"""What is shown where nothing is asked for."""


def find_figure(key: str, case: Case, given: Given = NOTHING_GIVEN) -> Figure:
    """The figure that is asked for.

    Raises:
        ConvcostError: there is none, or something is missing that it needs.
    """
    word = key.strip().lower()
    if word not in TITLES:
        return _of_tool(key, case)
    title = TITLES[word]
    if word == "peak":
        return Figure(word, title, lambda graph, _: peak_memory(graph, case.batch), False, False)
    if word in ("bytes", "unfused-bytes"):
        return Figure(word, title, _bytes(word, case))
    if word == "bound":
        return _bound(title, case, given.device)
    if word == "time":
        return Figure(word, title, _time(case, given.times), unit=PICOSECONDS)

    def measure(graph: Graph, nodes: Sequence[Node] | None) -> int:
        value: int = getattr(cost(graph, case.batch, nodes), word)
        return value

    return Figure(word, title, measure, of_cost=word)


def _of_tool(key: str, case: Case) -> Figure:
    from convcost.counting.counts import count
    from convcost.counting.profilers import TOOLS, find_convention

    try:
        convention = find_convention(key)
    except ValueError as error:
        words = no_such("figure or tool", key.strip(), dict.fromkeys([*TITLES, *TOOLS]))
        message = words if key.strip().partition("@")[0].lower() not in TOOLS else str(error)
        raise ConvcostError(Problem(key, message)) from None

    def measure(graph: Graph, nodes: Sequence[Node] | None) -> int:
        found = count(graph, convention, case.batch)
        if found.total is None:
            raise ValueError(f"{convention.name} prints nothing: {found.error}")
        return found.total

    title = f"{convention.name} {convention.unit}"
    return Figure(convention.name, title, measure, False, _adds_up(convention, case.batch))


def _adds_up(convention: Convention, batch: int) -> bool:
    """Whether a tool's figure of a network may be the sum of what it adds layer by layer.

    It is not if it is rounded on the way, or if a later call changes what an earlier one counts.
    """
    rounded = convention.single or (convention.per_sample and batch > 1)
    return not (rounded or convention.last_call or convention.keeps)


def _bytes(word: str, case: Case) -> Measure:
    from convcost.graph import traffic

    rule = traffic.fused if word == "bytes" else traffic.unfused
    return lambda graph, nodes: rule(graph, case.precision, case.batch, nodes).bytes


def _bound(title: str, case: Case, device: Device | None) -> Figure:
    """The least time on a device."""
    from convcost.graph.bound import bound

    if device is None:
        raise ConvcostError(Problem("bound", "is on a device: --on names one"))
    unit = device.peak(case.precision.of_products).value * device.bandwidth.value

    def measure(graph: Graph, nodes: Sequence[Node] | None) -> int:
        found = bound(graph, device, case.precision, case.batch, nodes)
        return found.compute + found.memory

    return Figure("bound", title, measure, unit=unit)


def _time(case: Case, times: Mapping[str, int] | None) -> Measure:
    """The sum of the measured times of ops."""
    from convcost.pytorch.clock import key_of

    if times is None:
        raise ConvcostError(Problem("time", "is of a table of measured ops: --times names one"))

    def measure(graph: Graph, nodes: Sequence[Node] | None) -> int:
        total = 0
        for node in graph.nodes if nodes is None else nodes:
            if node.sources and node.run and not node.op.view:
                key = key_of(graph, node, case)
                if key not in times:
                    raise ConvcostError(Problem("--times", f"has no time of {key}"))
                total += times[key]
        return total

    return measure


class Meter:
    """Counts figures of a network's graph, whole or as its layers are appended."""

    def __init__(self, case: Case, figures: Sequence[Figure]) -> None:
        self.case = case
        self.figures = figures
        self.by_node = all(figure.by_node for figure in figures) and not case.fuse
        """Whether it counts nodes; or else the graph with them less that without them."""
        self.costs = any(figure.of_cost for figure in figures)

    def count(self, graph: Graph, nodes: Sequence[Node] | None = None) -> Values:
        """The figures of a graph, or of some of its nodes.

        Raises:
            ValueError: there is none, as a tool raises.
        """
        own = cost(graph, self.case.batch, nodes) if self.costs else None
        return tuple(
            [
                getattr(own, figure.of_cost) if figure.of_cost else figure.measure(graph, nodes)
                for figure in self.figures
            ]
        )
