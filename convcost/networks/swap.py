"""A network with one kind of layer in place of another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from convcost.errors import ConvcostError, Problem
from convcost.graph.builder import PLAIN, Appended, Builder, Finish
from convcost.graph.nodes import Graph
from convcost.kinds.parameters import Finishes, make_finishes, make_window
from convcost.kinds.registry import Kind
from convcost.networks.cases import MOST_WORK, Comparison
from convcost.networks.inputs import Inputs
from convcost.ops.convolutions import Conv, kind_of_conv
from convcost.ops.op import times
from convcost.ops.windows import Window

CONVOLUTIONS = ("standard", "group", "depthwise", "pointwise")
"""Kinds that every convolution is one of, also those within blocks."""


class Swap(NamedTuple):
    """What takes the place of a kind, and the parameters that it is given beside the layer's."""

    old: str
    new: Kind
    given: Mapping[str, Any]


class SwappingBuilder(Builder):
    """Builds a network with kinds swapped wherever the new one fits.

    It fits where it can be built and leaves the same shape. `swapped` has the paths where it does,
    `kept` those where it does not, with the reason.
    """

    def __init__(self, inputs: Inputs, swaps: Mapping[str, Swap]) -> None:
        super().__init__(inputs)
        self.swaps = swaps
        self.within = False
        """Whether what is appended is new itself, and not to be swapped again."""
        self.swapped: dict[str, None] = {}
        self.kept: dict[str, str] = {}
        self.dropped: dict[str, None] = {}
        """Parameters of layers that were swapped which the new kind does not take."""

    def conv(
        self, path: str, out: int, window: Window, finish: Finish = PLAIN, *, groups: int = 1
    ) -> None:
        """Append a convolution, or what takes its place."""

        def old() -> None:
            super(SwappingBuilder, self).conv(path, out, window, finish, groups=groups)

        plain = Conv(self.channels, out, window.kernel, (), (), (), groups)
        swap = None if self.within else self.swaps.get(kind_of_conv(plain))
        if swap is None:
            old()
            return

        def new(swap: Swap = swap) -> None:
            scope, self.scope = self.scope, f"{self.scope}{path}."
            _append_conv(self, swap, out, window, finish)
            self.scope = scope

        self._swap(f"{self.scope}{path}", old, new)

    def layer(self, kind: Appended, given: Mapping[str, Any], bundled: dict[Any, Any]) -> None:
        """Append a kind, or the one that takes its place."""
        swap = self.swaps.get(kind.name) if isinstance(kind, Kind) and not self.within else None
        if swap is None or swap.old in CONVOLUTIONS:
            kind.append(self, given, bundled)
            return

        def new(old: Any = kind, swap: Swap = swap) -> None:
            own = {name: p.default for name, p in old.params.items() if not p.required}
            known = {**own, **given, **swap.given}
            taken = {name: value for name, value in known.items() if name in swap.new.params}
            swap.new.append(self, taken, {})
            self.dropped |= dict.fromkeys(name for name in given if name not in taken)

        self._swap(self.scope.rstrip("."), lambda: kind.append(self, given, bundled), new)

    def _swap(self, path: str, old: Callable[[], None], new: Callable[[], None]) -> None:
        """Append the new layer if it fits, or else the old one."""
        start = self.mark()
        self.within = True
        try:
            old()
            shape = self.shape
            self.go_back(start)
            new()
            if self.shape != shape:
                raise ValueError(f"it makes {times(self.shape)} of it, not {times(shape)}")
        except ValueError as error:
            self.within = False  # what is within the old layer is still to be swapped
            self.go_back(start)
            self.swapped.pop(path, None)  # where a second pass has other directions
            self.kept[path] = str(error)
            old()
            return
        self.within = False
        self.kept.pop(path, None)
        self.swapped[path] = None


def _append_conv(net: Builder, swap: Swap, out: int, window: Window, finish: Finish) -> None:
    """Append a kind of convolution with the window and finish of the one that it replaces."""
    kind = swap.new
    finishes = Finishes.of(finish, swap.given.get("last_only", ()))
    made = {make_window: window, make_finishes: finishes}
    arguments: dict[str, Any] = {argument: made[make] for argument, make, _ in kind.bundles}
    known = {"out": out, "stride": window.stride, **swap.given}
    arguments |= {name: known[name] for name in kind.own if name in known}
    kind.function(net, **arguments)


class SwappedNetwork(NamedTuple):
    """A network with kinds swapped.

    Attributes:
        comparison: the network as it was.
        graph: with the kinds swapped.
        swapped: the paths of the layers that were swapped.
        kept: those of the layers that were not, each with the reason.
        dropped: parameters of swapped layers that the new kind does not take.
    """

    comparison: Comparison
    graph: Graph
    swapped: Sequence[str]
    kept: Mapping[str, str]
    dropped: Sequence[str]


def swap_all(comparisons: Sequence[Comparison], swaps: Mapping[str, Swap]) -> list[SwappedNetwork]:
    """Every network with kinds swapped wherever the new one fits.

    Raises:
        ConvcostError: they are too much with the new kinds.
    """
    found, ops = [], 0
    for comparison in comparisons:
        found.append(_swap_one(comparison, swaps))
        ops += len(found[-1].graph.nodes)
        if ops > MOST_WORK:
            message = f"these are more than {MOST_WORK:,} ops with other kinds"
            raise ConvcostError(Problem(comparison.case.place, message))
    return found


def _swap_one(comparison: Comparison, swaps: Mapping[str, Swap]) -> SwappedNetwork:
    case = comparison.case
    [use] = case.uses
    net = SwappingBuilder(case.inputs, swaps)
    try:
        use.kind.append(net, use.given, {})
    except ValueError as error:  # too much, as each layer fits by itself
        raise ConvcostError(Problem(case.place, f"{use.label}: {error}")) from None
    return SwappedNetwork(comparison, net.graph(), list(net.swapped), net.kept, list(net.dropped))
