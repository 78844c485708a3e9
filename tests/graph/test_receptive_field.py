"""Receptive fields against positions that are followed one by one."""

import pytest
from hypothesis import assume, given, settings

from convcost.graph.builder import Builder
from convcost.graph.receptive_field import receptive_field, receptive_fields
from convcost.ops.convolutions import Conv, DeformConv
from convcost.ops.layouts import Tokens
from convcost.ops.maps import Softmax
from convcost.ops.moves import Concat, Flatten, PixelShuffle, PixelUnshuffle, Subsample
from convcost.ops.op import Op, Shape
from convcost.ops.padding import Crop, Pad
from convcost.ops.pools import AdaptivePool, Maximum, Mean, Pool
from convcost.ops.resizing import Resize
from convcost.ops.transposed import TransposedConv
from tests.support.strategies import Drawn, DrawnNetwork, built, drawn_kinds, drawn_networks


@settings(max_examples=400)
@given(drawn_kinds(largest=12, channels=8))
def test_receptive_field(drawn: Drawn) -> None:
    """The receptive field is how far the input that one output position reads reaches."""
    graph = built(drawn)
    ops = [node.op for node in graph.nodes]
    if any(isinstance(node.shape, Tokens) for node in graph.nodes):
        assert receptive_field(graph) == ()
        return
    assume(not any(isinstance(op, AdaptivePool | Mean | Maximum | Flatten) for op in ops))
    if any(isinstance(op, TransposedConv | Resize | PixelShuffle | DeformConv) for op in ops):
        assert receptive_field(graph) == ()
        return
    wide = drawn._replace(shape=(drawn.shape[0], *[60] * (len(drawn.shape) - 1)))
    assert receptive_field(graph) == followed(wide)


def followed(drawn: Drawn) -> tuple[int, ...]:
    """How far apart the input positions are that a position in the middle of the output reads."""
    graph = built(drawn)
    reach = []
    for axis in range(1, len(drawn.shape)):
        seen = {len(graph.nodes) - 1: {graph.output[axis] // 2}}
        for index in range(len(graph.nodes) - 1, 0, -1):
            op, sources = graph.nodes[index][:2]
            for source in sources:
                reads = positions_read(op, axis - 1, seen[index])
                seen[source] = seen.get(source, set()) | reads
        reach.append(max(seen[0]) - min(seen[0]) + 1)
    return tuple(reach)


def positions_read(op: Op, axis: int, positions: set[int]) -> set[int]:
    """Which positions of its input an op reads, on one axis, to write the given ones."""
    if isinstance(op, Pad):
        return {position - op.sides[axis][0] for position in positions}
    if isinstance(op, Crop):
        return {position + op.sides[axis][0] for position in positions}
    if isinstance(op, PixelUnshuffle):
        return {op.factor * position + tap for position in positions for tap in range(op.factor)}
    if isinstance(op, Subsample):
        return {position * op.stride[axis] for position in positions}
    if isinstance(op, Conv | Pool):
        dilation = op.dilation[axis] if op.dilation else 1
        taps = range(0, dilation * op.kernel[axis], dilation)
        start, step = -op.padding[axis], op.stride[axis]
        return {start + step * position + tap for position in positions for tap in taps}
    return positions


@given(drawn_networks())
def test_receptive_fields_agree(drawn: DrawnNetwork) -> None:
    """The last node's receptive field is the graph's."""
    fields = receptive_fields(drawn.graph)
    assert len(fields) == len(drawn.graph.nodes)
    assert fields[-1] == receptive_field(drawn.graph)


@pytest.mark.parametrize(
    ("op", "single"),
    [(Concat(), True), (Concat(1), False), (Softmax(), True), (Softmax(1), False)],
)
def test_along_the_map_no_number_says_it(op: Op, single: bool) -> None:
    """What goes along an axis of the map moves positions, or sees them all: no number says it."""
    net = Builder((3, 8, 8))
    net.add("pool", Pool("max", (3, 3), (1, 1), (1, 1)))
    net.add("op", op, *((0, 1) if isinstance(op, Concat) else (1,)))
    assert receptive_field(net.graph()) == ((3, 3) if single else ())


@pytest.mark.parametrize(("axis", "shape"), [(0, (6, 8, 4)), (1, (3, 16, 4)), (2, (3, 8, 8))])
def test_concat_along_an_axis(axis: int, shape: Shape) -> None:
    """Sizes along the axis add up; those along the others have to be the same."""
    assert Concat(axis).output((3, 8, 4), (3, 8, 4)) == shape
    with pytest.raises(ValueError, match="cannot concatenate 3x8x4 and 4x9x5"):
        Concat(axis).check((3, 8, 4), (4, 9, 5))
    with pytest.raises(ValueError, match="cannot concatenate 3 along axis 1"):
        Concat(1).check((3,), (3,))
