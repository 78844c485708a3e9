"""One run of a network's assembly up to the next decision that nothing says yet.

A run takes what was decided before from a tape, and the layers that were appended before from a
record, so that only what is new is built.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from convcost.errors import LayerError
from convcost.graph.builder import Builder
from convcost.graph.nodes import Graph, Node
from convcost.kinds.registry import Bundled, Kind
from convcost.networks.cases import Case
from convcost.networks.choices import HW, Choices, Decision, Stage
from convcost.networks.inputs import resized
from convcost.spaces.states import State, state_of

if TYPE_CHECKING:
    from convcost.networks.maps import Maps, Written
    from convcost.networks.paths import Path
    from convcost.networks.settings import Names

Copied = tuple[Hashable, ...]
"""Where a layer is of which there are copies."""

CORNERS = ("right-bottom",)
"""In the place of the directions of 2 x 2 convolutions, which are known at the end only."""


class Appended(NamedTuple):
    """What a layer has appended, to be there again without being built."""

    nodes: tuple[Node, ...]
    last: int
    corners_asked: int


class Begun(NamedTuple):
    """A network at the beginning of one of its layers, from which a run goes on.

    Attributes:
        layer: which.
        nodes: what is there.
        last: the node that was written last.
        corners_asked: how many 2 x 2 convolutions asked for a direction.
        names: those that have values.
        waiting: those that have none yet.
        written: the layers in sight.
        path: how many layers are there, and the names that are taken.
        taken: what was decided.
    """

    layer: int
    nodes: tuple[Node, ...]
    last: int
    corners_asked: int
    names: Mapping[str, Any]
    waiting: Mapping[str, Any]
    written: Mapping[str, Sequence[Written]]
    path: tuple[int, Mapping[str, int]]
    taken: Mapping[str, Decision]


class Taped(NamedTuple):
    """What leads to a decision.

    Attributes:
        begun: the network at the beginning of the layer, if it is not the first.
        tape: what was decided since, in order.
        record: what layers have appended since.
        settled: how many nodes are there that nothing changes any more.
    """

    begun: Begun | None = None
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
        fixed: the paths of the design that were decided by it.
        corners: whether a 2 x 2 convolution has asked for its direction.
        revised: whether layers have changed nodes that were there.
    """

    taped: Taped
    nodes: Sequence[Node]
    path: str = ""
    words: tuple[str, ...] = ()
    place: str = ""
    state: State | None = None
    graph: Graph | None = None
    error: str = ""
    fixed: frozenset[str] = frozenset()
    corners: bool = False
    revised: bool = False


class _DecisionError(Exception):
    """There is something to decide of which the tape says nothing."""

    def __init__(self, path: str, words: tuple[str, ...], place: str) -> None:
        self.known = path, words, place
        super().__init__(path)


class Walk(Choices):
    """Decides by a tape; what a design says is no decision, nor is one option."""

    def __init__(self, taped: Taped, design: Mapping[str, str]) -> None:
        super().__init__(design)
        self.begun = taped.begun
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
        self.revised = False
        self.passed = 0
        """Decisions before the layer that was begun last."""

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

    def enter(self, net: Builder, names: Names, maps: Maps, path: Path) -> int:
        """The network begins, or goes on from where it was begun."""
        self.names = names
        begun = self.begun
        if begun is None:
            return 0
        net.nodes = list(begun.nodes)
        net.last, net.corners_asked = begun.last, begun.corners_asked
        names.update(begun.names)
        names.waiting = dict(begun.waiting)
        maps.written = {name: list(own) for name, own in begun.written.items()}
        path.count, path.names = begun.path[0], dict(begun.path[1])
        self.taken = dict(begun.taken)
        return begun.layer

    def mark(self, net: Builder, stage: Stage, path: Path) -> None:
        """Remember where a layer of the whole network begins, to go on from there."""
        known = self.begun.layer if self.begun else 0
        if len(self.trail) > 1 or stage.index == known:
            return
        assert self.names is not None
        self.begun = Begun(
            stage.index,
            tuple(net.nodes),
            net.last,
            net.corners_asked,
            dict(self.names),
            dict(self.names.waiting),
            {name: list(own) for name, own in stage.maps.written.items()},
            (path.count, dict(path.names)),
            dict(self.taken),
        )
        self.passed = self.decided
        self.before, self.record = (), []

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
        self.revised = True

    def let_go(self) -> None:
        """All that was held is settled, unless more is held around it."""
        self.held -= 1
        self.begin()

    def require(self, paths: object) -> None:
        """Paths of a design may be there in some designs only."""

    def taped(self, settled: int) -> Taped:
        """What has led to a decision, from the last layer on that was begun."""
        return Taped(self.begun, self.tape[self.passed :], tuple(self.record), settled)

    def fixed(self) -> frozenset[str]:
        """The paths of the design at which something was decided."""
        return frozenset(self.design.keys() & self.taken.keys()) if self.design else frozenset()


def run(case: Case, taped: Taped, bundled: Bundled, whole: bool = False) -> Reached:
    """Assemble a network as far as the tape says what is decided.

    If it is to be a `whole` one, its 2 x 2 convolutions have their directions.
    """
    walk = Walk(taped, case.design)
    [use] = case.uses
    inputs, net = case.inputs, None
    try:
        if case.hw is not None:
            if taped.begun is not None:
                walk.taken = dict(taped.begun.taken)
            index = walk.decide(HW, case.hw.words, case.hw.place)
            inputs = resized(inputs, case.hw.values[index])
            walk.pending.clear()
        net = Builder(inputs)
        net.choices = walk
        net.corners = () if whole else CORNERS
        use.kind.append(net, use.given, bundled)
    except _DecisionError as decision:
        if net is None:
            return Reached(taped, (), *decision.known, (HW,))
        settled = walk.held_from if walk.held else len(net.nodes)
        state = (decision.known[0], *state_of(walk, net, settled))
        reached = Reached(walk.taped(settled), net.nodes, *decision.known, state)
        return reached._replace(fixed=walk.fixed(), revised=walk.revised)
    except ValueError as error:
        place = f"{error.place}: " if isinstance(error, LayerError) and error.place else ""
        return Reached(taped, (), error=f"{place}{error}", fixed=walk.fixed())
    graph = net.graph()
    led, corners = walk.taped(len(net.nodes)), net.corners_asked > 0
    return Reached(led, net.nodes, "", (), "", None, graph, "", walk.fixed(), corners, walk.revised)
