"""What is decided while a network is assembled, where its file leaves a choice.

A decision has a path: the names of the layers around it, or their numbers in the file and their
kinds, and the parameter that it is of. Unlike the paths of nodes it is the same whatever was
decided before: `stage2.3.k` is that of the third copy of `stage2` also where the second is left
out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from convcost.errors import LayerError, listed, no_such, shorten
from convcost.graph.builder import Builder
from convcost.kinds.registry import Bundled, Kind
from convcost.networks.arithmetic import read_word
from convcost.networks.layers import Call, Fork, Join, Layer, Layers

if TYPE_CHECKING:
    from convcost.networks.maps import Maps, Source
    from convcost.networks.paths import Path
    from convcost.networks.settings import Names

HW = "hw"
"""The path of the choice of the map's size."""

MOST_SHOWN = 12
"""Options that an error lists."""


@dataclass(slots=True)
class Stage:
    """Where the assembly of one list of layers stands.

    Attributes:
        layers: the list.
        names: the names that have values there.
        maps: the layers in sight.
        own: the names that have values in the layer, with those of its `for`.
        index: which of the layers.
        row: which row of its `for`, from 1; 0 where it has none.
        turn: which copy of its `repeat`, from 1; 0 where it has none.
        turns: how many copies there are.
        option: which of several layers was chosen, if that is what it is.
        before: the node before it, if that is to be read again.
        written: the node that its last copy wrote.
    """

    layers: Layers
    names: Names
    maps: Maps
    own: Names
    index: int = 0
    row: int = 0
    turn: int = 0
    turns: int = 0
    option: str = ""
    before: int | None = None
    written: int | None = None


@dataclass(slots=True)
class Branch:
    """Where the assembly of branches that come together stands.

    Attributes:
        join: the branches.
        names: the names that have values there.
        maps: the layers in sight.
        start: the node where they begin.
        ends: the nodes where those before ended.
        parts: the channels of each, of a split.
        number: which of them, from 0.
    """

    join: Join
    names: Names
    maps: Maps
    start: int
    ends: list[int]
    parts: Sequence[tuple[int, int]]
    number: int = 0


class Decision(NamedTuple):
    """One of several options, which was taken."""

    words: tuple[str, ...]
    chosen: int
    place: str

    @property
    def word(self) -> str:
        """The option, as the file has it."""
        return self.words[self.chosen]


def option_of(word: str, words: Sequence[str]) -> int | None:
    """Which of some options a word says, also where it is written otherwise: `1.0` is 1."""
    if word in words:
        return words.index(word)
    said = read_word(word)
    for index, each in enumerate(map(read_word, words)):
        if said == each and isinstance(said, bool) == isinstance(each, bool):
            return index
    return None


class Choices:
    """Takes options by a design, and the first where that says nothing; knows the decision's path.

    A design is options by paths, as its file has them.
    """

    def __init__(self, design: Mapping[str, str] | None = None, place: str = "") -> None:
        self.design = design or {}
        self.place = place
        self.trail: list[Stage | Branch] = []
        self.taken: dict[str, Decision] = {}
        self.names: Names | None = None
        """Those of the whole network."""
        self.outputs: tuple[Source, ...] = ()

    def decide(self, path: str, words: tuple[str, ...], place: str, again: bool = False) -> int:
        """Which of the options is taken at a path; the same one where it was taken before.

        `again` is whether it may be asked for more than once, by copies of a layer.

        Raises:
            LayerError: the design says something that is none of them.
        """
        decision = self.taken.get(path)
        if decision is None:
            chosen = self.pick(path, words, place)
            decision = self.taken[path] = Decision(words, chosen, place)
        elif decision.place != place:
            message = f"two choices are called '{path}'; give a layer or a parameter another name"
            raise LayerError(message, place)
        return decision.chosen

    def pick(self, path: str, words: tuple[str, ...], place: str) -> int:
        """Which of the options is taken where none was yet."""
        word = self.design.get(path)
        if word is None:
            return 0
        index = option_of(word, words)
        if index is not None:
            return index
        known = listed([*words[:MOST_SHOWN], *(["…"] if len(words) > MOST_SHOWN else [])])
        said = f"{path} is one of {known}, not '{shorten(word)}'"
        raise LayerError(said, self.place or place)

    def require(self, paths: Iterable[str]) -> None:
        """Raise `LayerError` if nothing was to be decided at one of these paths."""
        for path in paths:
            if path not in self.taken:
                raise LayerError(no_such("choice", path, self.taken), self.place)

    @property
    def first(self) -> bool:
        """Whether there was something to decide of which the design says nothing."""
        return not self.taken.keys() <= self.design.keys()

    def path(self, name: str = "", same: bool = False) -> str:
        """The path of a decision where the assembly stands; `same` is for all copies."""
        parts: list[str] = []
        within = ""
        for frame in self.trail:
            parts += self._parts(frame, same, within)
            within = frame.option if isinstance(frame, Stage) else ""
        return ".".join([*parts, name] if name else parts)

    def _parts(self, frame: Stage | Branch, same: bool, within: str) -> list[str]:
        """The parts of a path that a frame adds; one layer that is an option has no own name."""
        if isinstance(frame, Branch):
            name = frame.join.branches[frame.number][0]
            return [name] if name else []
        labels = _labels(frame.layers)
        alone = within and len(labels) == 1 and not frame.layers[0].name
        parts = [] if alone else [labels[frame.index]]
        parts += [str(frame.row)] if frame.row else []
        parts += [str(frame.turn)] if frame.turn and not same else []
        return [*parts, frame.option] if frame.option else parts

    def enter(self, net: Builder, names: Names, maps: Maps, path: Path) -> int:
        """A network begins, with its names; returns the layer that it begins at."""
        self.names = names
        return 0

    def mark(self, net: Builder, stage: Stage, path: Path) -> None:
        """A layer begins."""

    def begin(self) -> None:
        """All that was decided is in the trail, the names and the nodes, as a layer begins."""

    def append(self, net: Builder, kind: Kind, given: Mapping[str, Any], bundled: Bundled) -> None:
        """Append a layer, all of whose decisions are taken unless it is made of layers itself."""
        net.layer(kind, given, bundled)

    def hold(self, net: Builder) -> None:
        """What is appended from here on may be changed until it is let go."""

    def let_go(self) -> None:
        """What was held is what it will be."""


_KNOWN: dict[int, tuple[Layers, tuple[str, ...]]] = {}
"""What lists of layers are called; with the lists, so that they stay."""

MOST_KNOWN = 10_000


def _labels(layers: Layers) -> tuple[str, ...]:
    """What each of some layers is called in paths: its name, or its number and what it is."""
    known = _KNOWN.get(id(layers))
    if known is not None:
        return known[1]
    if len(_KNOWN) > MOST_KNOWN:
        _KNOWN.clear()
    found: list[str] = []
    for number, layer in enumerate(layers, 1):
        own = layer.name or f"{number}.{_kind_of(layer)}"
        copies = 2
        while own in found:
            own = f"{layer.name}-{copies}"
            copies += 1
        found.append(own)
    _KNOWN[id(layers)] = layers, tuple(found)
    return tuple(found)


def _kind_of(layer: Layer) -> str:
    body = layer.body
    if isinstance(body, Call):
        return body.kind.name
    if isinstance(body, Join):
        return body.function
    return "choose" if isinstance(body, Fork) else "layers"
