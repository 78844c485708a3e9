"""The least time that ops can take on a device: none computes or moves bytes faster than it can.

A roofline (Williams, Waterman and Patterson, "Roofline", 2009), op by op: each takes as long as
its arithmetic at the peak, or as its bytes at the bandwidth, whichever is longer, and one op comes
after the other. It is computed, not measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from convcost.errors import ConvcostError, Problem, listed
from convcost.graph.cost import cost
from convcost.graph.nodes import Graph, Node
from convcost.graph.traffic import Traffic, fused
from convcost.values.dtypes import Precision

MEMORY, COMPUTE = "memory", "compute"

PICOSECONDS = 10**12
"""Of a second."""

Moves = Callable[..., Traffic]
"""One of the rules of `traffic`."""


class Rate(NamedTuple):
    """How much a device does in a second.

    Attributes:
        value: operations, of which a multiply-accumulate is two, or bytes.
        text: as its source prints it.
        source: where that is.
        note: what there is to know of it.
    """

    value: int
    text: str
    source: str
    note: str = ""


class Device(NamedTuple):
    """What computes: its peaks by dtype, and how fast it reads and writes its memory.

    Attributes:
        key: its name on the command line.
        name: in full.
        kind: such as `phone`.
        bandwidth: bytes.
        peaks: operations by dtype, of dense matrices.
        place: in a file.
    """

    key: str
    name: str
    kind: str
    bandwidth: Rate
    peaks: Mapping[str, Rate]
    place: str = ""

    def peak(self, dtype: str) -> Rate:
        """Operations of numbers of a dtype; `ConvcostError` if that is not known."""
        if dtype not in self.peaks:
            words = f"has no peak for {dtype}, but for {listed([*self.peaks])}"
            raise ConvcostError(Problem(self.key, words))
        return self.peaks[dtype]


class Bound(NamedTuple):
    """The least time of some ops on a device; bounds add up.

    Attributes:
        compute: of those that arithmetic limits, in units of its own.
        memory: of those that bytes limit.
        unit: so many are a second.
        unknown: ops whose arithmetic is not known, and is in no sum.
    """

    compute: int
    memory: int
    unit: int
    unknown: int = 0

    @property
    def picoseconds(self) -> int:
        """All of it, rounded up."""
        return -(-(self.compute + self.memory) * PICOSECONDS // self.unit)

    @property
    def seconds(self) -> float:
        """All of it."""
        return (self.compute + self.memory) / self.unit

    @property
    def limited_by(self) -> str:
        """What most of it is due to; nothing where there is nothing to do."""
        if not self.compute + self.memory:
            return ""
        return COMPUTE if self.compute > self.memory else MEMORY


def bound(
    graph: Graph,
    device: Device,
    precision: Precision,
    batch: int = 1,
    nodes: Iterable[Node] | None = None,
    moves: Moves = fused,
) -> Bound:
    """The least time of all nodes, or of some, if bytes are moved as a rule says.

    Raises:
        ConvcostError: the device has no peak for the dtype of products.
    """
    peak, width = device.peak(precision.of_products).value, device.bandwidth.value
    compute = memory = unknown = 0
    for node in graph.nodes if nodes is None else nodes:
        own = cost(graph, batch, [node])
        working = own.flops * width
        moving = moves(graph, precision, batch, [node]).bytes * peak
        compute += working if working > moving else 0
        memory += moving if moving >= working else 0
        unknown += own.unknown
    return Bound(compute, memory, peak * width, unknown)
