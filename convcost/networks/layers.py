"""What networks are made of: layers in order, with branches, loops and conditions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from convcost.kinds.registry import Bundled, Kind
from convcost.networks.maps import Source
from convcost.networks.settings import Options, Setting, Value


@dataclass(frozen=True, slots=True)
class Call:
    """A kind or a block, with the parameters that are given to it."""

    kind: Kind
    given: Mapping[str, Any]
    computed: tuple[Setting | Options, ...] = ()
    reads: tuple[tuple[str, Source], ...] = ()
    """Parameters that are maps of other layers, by name."""
    bundled: dict[tuple[int, bool], Bundled] = field(default_factory=dict)
    """What the bundles make of `given`, where nothing has to be computed."""


@dataclass(frozen=True, slots=True)
class Join:
    """Branches that begin where one layer ended, and come together again.

    `function` is one of `joins.JOINS`; `sizes` are the channels of each branch of a split; branches
    are concatenated along `axis`.
    """

    function: str
    branches: tuple[tuple[str, Layers], ...]
    sizes: tuple[Value, ...] = ()
    axis: str = "channels"


@dataclass(frozen=True, slots=True)
class Fork:
    """Layers of which one is chosen, by name; `same` is whether it is for all copies around it."""

    options: tuple[tuple[str, Layers], ...]
    same: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """The names."""
        return tuple([name for name, _ in self.options])


class Loop(NamedTuple):
    """Names, the rows of values that they take one after the other, and where each row stands."""

    names: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layer:
    """One item of a list of layers.

    Attributes:
        body: what it appends.
        place: where the file says it.
        name: what stands in paths in place of its number and kind, and what its output is called.
        loop: the rows that it is there for, one after the other.
        when: whether it is there.
        repeat: how often; None where it does not say.
        source: the name of the map that it reads, if that is not the one before.
        share: the name of the layer whose weights it uses, if not its own.
        shared: whether its copies, or the branches of its join, have one set of weights.
        run: whether it is run; if not, its parameters are there and nothing else.
        frozen: whether its parameters are not trained.
    """

    body: Call | Join | Fork | Layers
    place: str
    name: str = ""
    loop: Loop | None = None
    when: Value = True
    repeat: Value | None = None
    source: Source | None = None
    share: Source | None = None
    shared: bool = False
    run: Value = True
    frozen: Value = False

    @property
    def copied(self) -> bool:
        """Whether there may be several copies of it, each of which has names of its own."""
        return self.loop is not None or self.repeat not in (None, 1)

    @property
    def plain(self) -> bool:
        """Whether it is one kind or join that is there and run, once."""
        return (
            self.when is True and self.run is True and self.repeat is None and self.loop is None
        ) and not (self.frozen or isinstance(self.body, tuple | Fork))

    @property
    def several(self) -> bool:
        """Whether it may append more than one layer, which are then numbered below its name."""
        return self.copied or isinstance(self.body, tuple | Fork)

    @property
    def revised(self) -> bool:
        """Whether what it appends is changed once more when all of it is there."""
        return bool(self.share or self.shared or self.run is not True or self.frozen)


Layers = tuple[Layer, ...]
"""Layers in order."""
