"""Bytes and bounds in Python: what a graph moves, and the least time that it takes on a device.

>>> import convcost
>>> layer = convcost.build("depthwise-separable", (24, 112, 112))
>>> convcost.bound(layer, on="t4").limited_by
'memory'
"""

from __future__ import annotations

from convcost.errors import ConvcostError, Problem
from convcost.graph.bound import Bound, Device
from convcost.graph.bound import bound as graph_bound
from convcost.graph.nodes import Graph
from convcost.graph.traffic import Traffic, fused, unfused
from convcost.networks.cases import precision_of
from convcost.networks.parameters import CASE_PARAMS
from convcost.values.dtypes import Precision


def traffic(
    graph: Graph,
    *,
    batch: int = 1,
    dtype: str = "float32",
    weights: str | None = None,
    activations: str | None = None,
    fuse: bool = True,
) -> Traffic:
    """Bytes that a graph reads and writes.

    Args:
        graph: of `convcost.build`, or a network's.
        batch: samples.
        dtype: of all numbers of which the next two say nothing.
        weights: how those of convolutions and products are stored, such as `int4:g128`.
        activations: the dtype of maps.
        fuse: whether norms, activations and sums are part of the convolution before them.

    Raises:
        ConvcostError: an argument is wrong.
    """
    precision = _precision(batch, dtype, weights, activations)
    return (fused if fuse else unfused)(graph, precision, batch)


def bound(
    graph: Graph,
    on: str | Device,
    *,
    batch: int = 1,
    dtype: str = "float32",
    weights: str | None = None,
    activations: str | None = None,
    fuse: bool = True,
) -> Bound:
    """The least time that a graph takes on a device: a shipped one by its name, or a file's.

    The other arguments are those of `traffic`.

    Raises:
        ConvcostError: an argument is wrong, or the device has no peak for the dtype.
    """
    device = on if isinstance(on, Device) else _device(str(on))
    precision = _precision(batch, dtype, weights, activations)
    return graph_bound(graph, device, precision, batch, moves=fused if fuse else unfused)


def devices() -> dict[str, Device]:
    """The devices that are shipped, by name."""
    from convcost.sources.reading.devices import shipped_devices

    return shipped_devices()


def _device(name: str) -> Device:
    """A shipped device by its name, or that of a file by its path."""
    from convcost.sources.reading.devices import find_device

    return find_device(name)


def _precision(batch: int, dtype: str, weights: str | None, activations: str | None) -> Precision:
    """How numbers are stored; what is wrong with any argument is said at once."""
    given = {"batch": batch, "dtype": dtype, "weights": weights, "activations": activations}
    values, problems = {}, []
    for name, raw in given.items():
        try:
            values[name] = None if raw is None else CASE_PARAMS[name].type.parse(raw)
        except ValueError as error:
            problems.append(Problem("", f"{name} {error}"))
    if problems:
        raise ConvcostError(*problems)
    return precision_of(values)
