"""The least time of layers on a device, worked out by hand."""

from fractions import Fraction

import pytest

import convcost
from convcost.graph.bound import COMPUTE, MEMORY, Device, Rate, bound
from convcost.graph.cost import cost
from convcost.graph.traffic import fused, unfused
from convcost.networks.cases import run
from convcost.sources.shipped import find_network
from convcost.values.dtypes import FLOAT32, Precision, Stored

RATE = Rate(10**12, "1 TFLOP/s", "this test")
SLOW = Device("slow", "Slow", "", Rate(10**10, "10 GB/s", "this test"), {"float32": RATE})
"""A TFLOP takes as long as 10 GB: what has more than 100 FLOPs a byte is limited by arithmetic."""

POINTWISE = 2 * 24 * 12544 * 4
"""Bytes of the maps of a layer that keeps 24 x 112 x 112."""


@pytest.mark.parametrize(
    ("kind", "shape", "params", "seconds", "limited_by"),
    [
        (
            *("standard", (24, 112, 112), {}),
            Fraction(POINTWISE + 24 * 24 * 9 * 4, 10**10),
            MEMORY,
        ),
        ("depthwise", (24, 112, 112), {}, Fraction(POINTWISE + 24 * 9 * 4, 10**10), MEMORY),
        ("standard", (512, 28, 28), {}, Fraction(2 * 512 * 512 * 9 * 784, 10**12), COMPUTE),
        (
            *("depthwise-separable", (1024, 56, 56), {"k": 3}),
            Fraction((2 * 1024 * 3136 + 1024 * 9) * 4, 10**10)
            + Fraction(2 * 1024 * 1024 * 3136, 10**12),
            COMPUTE,
        ),
        ("max-pool", (24, 112, 112), {"k": 2, "stride": 2}, Fraction(0), ""),
    ],
)
def test_layers_by_hand(
    kind: str, shape: tuple[int, ...], params: dict[str, object], seconds: Fraction, limited_by: str
) -> None:
    """Each op takes as long as its arithmetic or its bytes, the longer of both, and they add up."""
    found = bound(convcost.build(kind, shape, **params), SLOW, FLOAT32)
    assert Fraction(found.compute + found.memory, found.unit) == seconds
    assert found.limited_by == limited_by
    assert found.picoseconds == -(-seconds * 10**12 // 1)
    assert found.seconds == float(seconds)


def test_nothing_is_faster_than_the_whole() -> None:
    """A network's bound is that of its ops, no less than all its arithmetic or all its bytes."""
    case = find_network("resnet50")
    assert case is not None
    [row] = run(case).rows
    whole = bound(row.graph, SLOW, FLOAT32, 2)
    ops = [bound(row.graph, SLOW, FLOAT32, 2, [node]) for node in row.graph.nodes]
    assert whole.compute == sum(each.compute for each in ops)
    assert whole.memory == sum(each.memory for each in ops)
    arithmetic = Fraction(cost(row.graph, 2).flops, 10**12)
    moved = Fraction(fused(row.graph, FLOAT32, 2).bytes, 10**10)
    assert Fraction(whole.compute + whole.memory, whole.unit) > max(arithmetic, moved)
    alone = bound(row.graph, SLOW, FLOAT32, 2, moves=unfused)
    assert alone.seconds > whole.seconds


def test_a_peak_that_is_not_known() -> None:
    """A device without a peak for the dtype of products says which it has."""
    graph = convcost.build("standard", (24, 112, 112))
    with pytest.raises(convcost.ConvcostError, match="no peak for float16, but for float32"):
        bound(graph, SLOW, Precision("float16"))
    quantised = Precision(weights=Stored("int4", 128))
    assert bound(graph, SLOW, quantised).seconds < bound(graph, SLOW, FLOAT32).seconds
