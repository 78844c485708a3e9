"""Bytes that layers move, and the least time that they take on a device, as tables have them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from convcost.formats.document import AtLeast, Cell, Column
from convcost.graph.cost import Cost
from convcost.graph.nodes import Graph, Node
from convcost.graph.traffic import fused, stored, unfused
from convcost.values.dtypes import FLOAT32, Precision, bytes_of

if TYPE_CHECKING:
    from convcost.graph.bound import Bound, Device

FUSED, UNFUSED = Column("bytes", 10), Column("unfused bytes", 11)
BOUND = (
    Column("bound", time=True),
    Column("limited by", numeric=False),
    Column("unfused bound", 12, time=True),
)


class Moved(NamedTuple):
    """What some nodes of a graph move, and how long that takes at least where a device is asked."""

    fused: int
    unfused: int
    stored: int
    bounds: tuple[Bound, ...] = ()

    def intensity(self, own: Cost) -> float:
        """FLOPs per byte, if what can be is fused; 0 where nothing is moved."""
        return own.flops / self.fused if self.fused else 0.0

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Those of `columns`."""
        cells: tuple[Cell, ...] = (self.fused, self.unfused)
        if not self.bounds:
            return cells
        own, other = map(_picoseconds, self.bounds)
        return (*cells, own, self.bounds[0].limited_by or None, other)

    @property
    def data(self) -> dict[str, Any]:
        """The same as JSON has it."""
        data: dict[str, Any] = {"bytes": self.fused, "unfused_bytes": self.unfused}
        if self.bounds:
            own, other = self.bounds
            data["bound_picoseconds"] = own.picoseconds
            data["limited_by"] = own.limited_by or None
            data["unfused_bound_picoseconds"] = other.picoseconds
        return data


class Machine(NamedTuple):
    """How numbers are stored, and on which device, if that is asked."""

    precision: Precision = FLOAT32
    device: Device | None = None

    @property
    def columns(self) -> tuple[Column, ...]:
        """Bytes, which stay the longest where a dtype is asked for; and bounds."""
        kept = FUSED if self.precision == FLOAT32 else FUSED._replace(drop=1)
        return (kept, UNFUSED, *(BOUND if self.device else ()))

    def moved(
        self, graph: Graph, batch: int, own: Cost, nodes: Iterable[Node] | None = None
    ) -> Moved:
        """What all nodes move, or some, whose cost is their `own`.

        Raises:
            ConvcostError: the device has no peak for the dtype.
        """
        chosen = graph.nodes if nodes is None else tuple(nodes)
        given = graph, self.precision, batch, chosen
        bounds: tuple[Bound, ...] = ()
        if self.device:
            from convcost.graph.bound import bound

            how = graph, self.device, self.precision, batch, chosen
            bounds = bound(*how), bound(*how, unfused)
        if self.precision.is_one:  # as in nearly all tables, of which a sweep has thousands of rows
            dtype = self.precision.dtype
            held, together = own.params, own.params - own.unread + own.moved
            counted = bytes_of(together, dtype), unfused(*given).bytes, bytes_of(held, dtype)
        else:
            total = stored(graph, self.precision) if nodes is None else 0
            counted = fused(*given).bytes, unfused(*given).bytes, total
        return Moved(*counted, bounds)

    @property
    def words(self) -> str:
        """What a title says of the device."""
        return f"on {self.device.name}" if self.device else ""

    @property
    def data(self) -> dict[str, str]:
        """What JSON says of it."""
        precision, device = self.precision, self.device
        data = {"dtype": precision.dtype}
        data |= {"weights": str(precision.weights)} if precision.weights else {}
        data |= {"activations": precision.activations} if precision.activations else {}
        return data | ({"on": device.key} if device else {})


FLOAT32_ALONE = Machine()


def _picoseconds(bound: Bound) -> int:
    """At least so many, where some arithmetic is not known."""
    return AtLeast(bound.picoseconds) if bound.unknown else bound.picoseconds
