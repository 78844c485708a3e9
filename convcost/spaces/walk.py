"""One run of a network's assembly up to the next decision that nothing says yet.

A run takes what was decided before from a tape, and the layers that were appended before from a
record, so that only what is new is built.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple

from convcost.errors import LayerError
from convcost.graph.builder import Builder
from convcost.graph.nodes import Graph, Node
from convcost.kinds.registry import Bundled, Kind
from convcost.networks.cases import Case
from convcost.networks.choices import HW, Choices, Stage
from convcost.networks.inputs import resized
from convcost.spaces.states import State, state_of

Copied = tuple[Hashable, ...]
"""Where a layer is of which there are copies."""

CORNERS = ("right-bottom",)
"""The directions of 2 x 2 convolutions, which cost the same in each."""


class Appended(NamedTuple):
    """What a layer has appended, to be there again without being built."""

    nodes: tuple[Node, ...]
    last: int
    corners_asked: int


class Taped(NamedTuple):
    """What leads to a decision.

    Attributes:
        tape: what was decided before, in order.
        record: what the layers before have appended.
        settled: how many nodes are there that nothing changes any more.
    """

    tape: tuple[int, ...] = ()
    record: tuple[Appended, ...] = ()
    settled: int = 0


class Reached(NamedTuple):
    """What a run has come to: a decision, the end of the network, or an error.

    Attributes:
        taped: what has led there.
        nodes: of the graph so far.
        path: of the decision; nothing at the end.
        words: its options.
        place: where the file leaves the choice.
        state: what the rest of the network can see of what was decided; of an end nothing.
        graph: the whole of it, at the end.
        error: why the network cannot be built.
    """

    taped: Taped
    nodes: Sequence[Node]
    path: str = ""
    words: tuple[str, ...] = ()
    place: str = ""
    state: State | None = None
    graph: Graph | None = None
    error: str = ""


class _DecisionError(Exception):
    """There is something to decide of which the tape says nothing."""

    def __init__(self, path: str, words: tuple[str, ...], place: str) -> None:
        self.known = path, words, place
        super().__init__(path)


class Walk(Choices):
    """Decides by a tape; what a design says is no decision, nor is one option."""

    def __init__(self, taped: Taped, design: Mapping[str, str]) -> None:
        super().__init__(design)
        self.tape = taped.tape
        self.before = taped.record
        self.record: list[Appended] = []
        self.decided = 0
        self.pending: list[tuple[str, int]] = []
        """What was decided and stands in no name, frame or node yet."""
        self.again: dict[str, tuple[Copied, int]] = {}
        """What copies may ask for again: by path, the copied layer that it is within."""
        self.held = 0
        self.held_from = 0

    def decide(self, path: str, words: tuple[str, ...], place: str, again: bool = False) -> int:
        """Which of the options is taken, by the tape."""
        known = path in self.taken
        chosen = super().decide(path, words, place, again)
        if not known and len(words) > 1:
            self.pending.append((path, chosen))
            if again and (around := self.around()):
                self.again[path] = around, chosen
        return chosen

    def pick(self, path: str, words: tuple[str, ...], place: str) -> int:
        """What is next on the tape, unless there is nothing to decide."""
        if path in self.design or len(words) == 1:
            return super().pick(path, words, place)
        if self.decided == len(self.tape):
            raise _DecisionError(path, words, place)
        self.decided += 1
        return self.tape[self.decided - 1]

    def around(self) -> Copied:
        """The outermost layer here of which there are copies, by where it is; nothing if none."""
        for depth, frame in enumerate(self.trail):
            if isinstance(frame, Stage) and frame.turn:
                outer = [self._parts(each, False, "") for each in self.trail[:depth]]
                return (*[tuple(parts) for parts in outer], (frame.index, frame.row))
        return ()

    def begin(self) -> None:
        """Forget what was pending."""
        if not self.held:
            self.pending.clear()

    def append(self, net: Builder, kind: Kind, given: Mapping[str, Any], bundled: Bundled) -> None:
        """Append a layer, or what it has appended before."""
        if kind.of_layers:
            net.layer(kind, given, bundled)
            return
        if len(self.record) < len(self.before):
            known = self.before[len(self.record)]
            net.nodes += known.nodes
            net.last, net.corners_asked = known.last, known.corners_asked
        else:
            began = len(net.nodes)
            net.layer(kind, given, bundled)
            known = Appended(tuple(net.nodes[began:]), net.last, net.corners_asked)
        self.record.append(known)
        self.begin()

    def hold(self, net: Builder) -> None:
        """Nothing from here on is settled."""
        if not self.held:
            self.held_from = len(net.nodes)
        self.held += 1

    def let_go(self) -> None:
        """All that was held is settled, unless more is held around it."""
        self.held -= 1
        self.begin()

    def require(self, paths: object) -> None:
        """All paths of a design may be there in some designs, or in none."""


def run(case: Case, taped: Taped, bundled: Bundled) -> Reached:
    """Assemble a network as far as the tape says what is decided."""
    walk = Walk(taped, case.design)
    [use] = case.uses
    inputs, net = case.inputs, None
    try:
        if case.hw is not None:
            index = walk.decide(HW, case.hw.words, case.hw.place)
            inputs = resized(inputs, case.hw.values[index])
            walk.pending.clear()
        net = Builder(inputs)
        net.choices, net.corners = walk, CORNERS
        use.kind.append(net, use.given, bundled)
    except _DecisionError as decision:
        if net is None:
            return Reached(taped, (), *decision.known, (HW,))
        settled = walk.held_from if walk.held else len(net.nodes)
        state = (decision.known[0], *state_of(walk, net, settled))
        led = Taped(taped.tape, tuple(walk.record), settled)
        return Reached(led, net.nodes, *decision.known, state)
    except ValueError as error:
        place = f"{error.place}: " if isinstance(error, LayerError) and error.place else ""
        return Reached(taped, (), error=f"{place}{error}")
    graph = net.graph()
    led = Taped(taped.tape, tuple(walk.record), len(net.nodes))
    return Reached(led, net.nodes, graph=graph)
