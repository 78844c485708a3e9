"""How long modules take: rows and networks as wholes, and each distinct op of a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import median, quantiles
from typing import Any, NamedTuple

from convcost.errors import ConvcostError, Problem
from convcost.graph.calls import can_be_built
from convcost.graph.memory import sizes_of
from convcost.graph.nodes import Graph, Node
from convcost.networks.cases import Case, Comparison, Row
from convcost.ops.op import Input, Op, times
from convcost.pytorch.processes import Process, machine

FEWEST = 7
"""Rounds at the least, however long they take."""

NOISY = 0.1
"""A spread over this share of the median is noise."""


class Timed(NamedTuple):
    """Seconds of each run of one thing."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Of the runs; seconds."""
        return median(self.seconds)

    @property
    def quartiles(self) -> tuple[float, float, float]:
        """Seconds that a quarter of the runs, half of them, and three quarters took at most."""
        if len(self.seconds) < 3:
            return min(self.seconds), self.median, max(self.seconds)
        first, middle, last = quantiles(self.seconds, n=4)
        return first, middle, last

    @property
    def spread(self) -> float:
        """From the first quartile to the third, as a share of the median."""
        first, _, last = self.quartiles
        return (last - first) / self.median

    @property
    def noisy(self) -> bool:
        """Whether the runs differ too much to tell."""
        return self.spread > NOISY


class TimedOp(NamedTuple):
    """One distinct op of a network: how often it is called there, and what one call takes.

    Attributes:
        node: one of those that are alike.
        calls: how many there are.
        timed: None where it could not be run by itself.
    """

    node: Node
    calls: int
    timed: Timed | None

    @property
    def seconds(self) -> float:
        """Of all calls."""
        return self.timed.median * self.calls if self.timed else 0.0


class TimedRow(NamedTuple):
    """A row, what it takes as a whole, and its ops, longest first; or why it could not be run."""

    row: Row
    whole: Timed | None
    ops: tuple[TimedOp, ...] = ()
    error: str = ""

    @property
    def together(self) -> float:
        """Seconds of all its ops that were timed."""
        return sum([op.seconds for op in self.ops])


MOST_ROWS = 100
"""Kinds and networks that are held in memory and take turns."""

Progress = Callable[[float], None]
"""Told which share is done."""


KEPT = {"MALLOC_MMAP_THRESHOLD_": str(2**30), "MALLOC_TRIM_THRESHOLD_": str(2**32)}
"""Lets glibc keep the memory that is freed, as allocators of servers do.

Else a network pays for it anew at each run, and an op alone does not: a quarter of the time of
MobileNetV2 is page faults then.
"""


class Clock(Process):
    """A process with torch in which modules take their turns."""

    def __init__(self, setup: Mapping[str, Any]) -> None:
        """Say how modules are run: fields of `timing.Setup`."""
        program = "from convcost.pytorch.timing import serve; serve()"
        super().__init__(program, environment=KEPT)
        self.setup = setup
        self.facts: Mapping[str, Any] = {}

    def __enter__(self) -> Clock:
        super().__enter__()
        try:
            facts = self.ask(self.setup)
            if isinstance(facts, str):
                raise ConvcostError(facts)
        except BaseException:  # Ctrl-C among them: nobody else would end the process
            self.__exit__(None, None, None)
            raise
        name = facts.pop("device")
        self.facts = {"machine": name or machine(), **self.setup, **facts}
        return self

    def rounds(
        self, numbers: Sequence[int], seconds: float, progress: Progress
    ) -> dict[int, list[float]]:
        """Seconds of each run of each, all in turn, for about as long; Ctrl-C ends it early."""
        found: dict[int, list[float]] = {number: [] for number in numbers}
        spent, count = 0.0, 0
        try:
            while numbers and (count < FEWEST or spent < seconds):
                turn = self.ask(("turn", list(numbers)))
                if isinstance(turn, str):
                    raise ConvcostError(turn)
                for number, each in zip(numbers, turn, strict=True):
                    found[number].append(each)
                spent, count = spent + sum(turn), count + 1
                progress(min(max(count / FEWEST, spent / seconds), 1.0))
        except KeyboardInterrupt:
            if not count:
                raise
            self.interrupted = True
        return found

    interrupted = False
    """Whether somebody wanted it to end early."""


class Subjects:
    """What is timed in turn: wholes, and ops of which it is not known yet how long they take."""

    def __init__(self, clock: Clock, known: Mapping[str, Timed]) -> None:
        """Begin with none; `known` are times of ops."""
        clock.ask(("clear",))
        self.clock = clock
        self.known = known
        self.wholes: dict[int, tuple[Case, Row]] = {}
        self.ops: dict[str, int] = {}
        self.errors: dict[int, str] = {}
        """Of rows, by identity, that cannot be run."""

    def add(self, case: Case, row: Row, ops: bool) -> None:
        """Add a row as a whole, and if wanted its ops."""
        number = _add_whole(self.clock, row, case)
        if isinstance(number, str):
            self.errors[id(row)] = number
            return
        self.wholes[number] = case, row
        for node, _ in distinct(row.graph, case.batch) if ops else ():
            key = key_of(row.graph, node, case)
            if key not in self.known and key not in self.ops:
                found = self.clock.ask(("add", alone(row.graph, node), case.batch))
                if isinstance(found, int):
                    self.ops[key] = found

    @property
    def numbers(self) -> list[int]:
        """Of all that is to be timed."""
        return [*self.wholes, *self.ops.values()]

    def timed(self, found: Mapping[int, Sequence[float]]) -> dict[str, Timed]:
        """What each op takes, by what it is."""
        return {key: Timed(tuple(found[number])) for key, number in self.ops.items()}


def time_rows(
    clock: Clock,
    comparisons: Sequence[Comparison],
    seconds: float,
    ops: bool,
    known: dict[str, Timed],
    progress: Progress,
) -> list[list[TimedRow]]:
    """The rows of comparisons, all in turn with one another and with the ops of networks.

    `known` has times of ops, which are not timed again, and is given those that are.

    Raises:
        ConvcostError: the process ended, or they are too many.
    """
    count = sum(len(rows) for _, rows in comparisons)
    if count > MOST_ROWS:
        words = f"{count:,} kinds and networks are more than {MOST_ROWS} that take turns"
        raise ConvcostError(f"{words}; name fewer, or some with --only")
    subjects = Subjects(clock, known)
    for case, rows in comparisons:
        for row in rows:
            if row.built:
                subjects.add(case, row, ops and case.network)
    found = clock.rounds(subjects.numbers, seconds, progress)
    timed = known | subjects.timed(found)
    if not clock.interrupted:
        known |= timed
    wholes = {id(row): Timed(tuple(found[n])) for n, (_, row) in subjects.wholes.items()}
    return [
        [
            TimedRow(row, None, (), row.error or subjects.errors[id(row)])
            if id(row) not in wholes
            else TimedRow(row, wholes[id(row)], _ops(case, row, timed) if ops else ())
            for row in rows
        ]
        for case, rows in comparisons
    ]


def _ops(case: Case, row: Row, known: Mapping[str, Timed]) -> tuple[TimedOp, ...]:
    """The distinct ops of a network, longest first."""
    if not case.network:
        return ()
    found = [
        TimedOp(node, calls, known.get(key_of(row.graph, node, case)))
        for node, calls in distinct(row.graph, case.batch)
    ]
    return tuple(sorted(found, key=lambda op: -op.seconds))


def key_of(graph: Graph, node: Node, case: Case) -> str:
    """What an op is, on inputs of which sizes, in which dtype."""
    sizes = [times(sizes_of(graph.nodes[source].shape, case.batch)) for source in node.sources]
    return f"{node.op!r} {' '.join(sizes)} {case.dtype}"


def _add_whole(clock: Clock, row: Row, case: Case) -> int | str:
    """The number of a row's module; or why there is none."""
    if case.code is None and not can_be_built(row.graph):
        return "no module can be built of some of its calls; name the code, file.py:attribute"
    subject: Any = row.graph if case.code is None else case.code
    number: int | str = clock.ask(("add", subject, case.batch))
    return number


def distinct(graph: Graph, batch: int) -> list[tuple[Node, int]]:
    """One of each of the nodes that do the same on inputs of the same sizes, and how many.

    Views are left out, which do nothing.
    """
    found: dict[tuple[Op, tuple[tuple[int, ...], ...]], list[Node]] = {}
    for node in graph.nodes:
        if node.run and not node.op.view:
            sizes = [sizes_of(graph.nodes[source].shape, batch) for source in node.sources]
            found.setdefault((node.op, tuple(sizes)), []).append(node)
    return [(nodes[0], len(nodes)) for nodes in found.values()]


def alone(graph: Graph, node: Node) -> Graph:
    """A graph of one node and what it reads."""
    shapes = [graph.nodes[source].shape for source in node.sources]
    inputs = [Node(Input(), (), shape, f"input{n}") for n, shape in enumerate(shapes)]
    reads = tuple(range(len(inputs)))
    return Graph((*inputs, node._replace(sources=reads, path="op", owner=None)))


def dtype_of(cases: Sequence[Case]) -> str:
    """The one dtype of all cases; `ConvcostError` if torch does not compute with it."""
    for case in cases:
        precision = case.precision
        if precision.weights or precision.activations or case.dtype not in DTYPES:
            words = f"times are of {', '.join(DTYPES)}, not of {precision}"
            raise ConvcostError(Problem(case.place, words))
        if case.dtype != cases[0].dtype:
            words = f"is of {case.dtype}, and the first case of {cases[0].dtype}; time them apart"
            raise ConvcostError(Problem(case.place, words))
    return cases[0].dtype


DTYPES = ("float64", "float32", "float16", "bfloat16")
