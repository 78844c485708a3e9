"""Bytes that ops move, worked out by hand, and the two rules."""

import pytest

import convcost
from convcost.graph.cost import cost
from convcost.graph.nodes import Graph
from convcost.graph.traffic import Traffic, fused, stored, unfused
from convcost.networks.cases import run
from convcost.sources.shipped import shipped_networks
from convcost.values.dtypes import FLOAT32, Precision, Stored, StoredType

MAP = 24 * 112 * 112 * 4
"""Bytes of 24 x 112 x 112 in float32."""

SIX = 6 * 112 * 112 * 4


@pytest.mark.parametrize(
    ("kind", "params", "weights", "moved", "whole"),
    [
        ("standard", {}, 24 * 24 * 9 * 4, 2 * MAP, 2 * MAP),
        ("standard", {"norm": "bn", "act": "relu"}, (24 * 24 * 9 + 48) * 4, 2 * MAP, 6 * MAP),
        ("standard", {"bias": True}, (24 * 24 * 9 + 24) * 4, 2 * MAP, 2 * MAP),
        ("depthwise", {}, 24 * 9 * 4, 2 * MAP, 2 * MAP),
        ("pointwise", {"out": 6}, 24 * 6 * 4, MAP + SIX, MAP + SIX),
        ("standard", {"stride": 2}, 24 * 24 * 9 * 4, MAP + MAP // 4, MAP + MAP // 4),
        ("depthwise-separable", {}, (24 * 9 + 24 * 24) * 4, 4 * MAP, 4 * MAP),
        ("max-pool", {"k": 2, "stride": 2}, 0, 0, MAP + MAP // 4),
        ("transposed", {"k": 2, "stride": 2}, 24 * 24 * 4 * 4, 5 * MAP, 5 * MAP),
        ("flatten", {}, 0, 0, 0),
        ("channel-shuffle", {"groups": 2}, 0, 0, 2 * MAP),
        ("dropout", {}, 0, 0, 0),
    ],
)
def test_layers_by_hand(
    kind: str, params: dict[str, object], weights: int, moved: int, whole: int
) -> None:
    """A layer moves its weights, what it reads and what it writes, fused and op by op."""
    graph = convcost.build(kind, (24, 112, 112), **params)
    assert fused(graph, FLOAT32).bytes == weights + moved
    assert unfused(graph, FLOAT32).bytes == weights + whole
    half = Precision("float16")
    assert fused(graph, half, 2).bytes == (weights + 2 * moved) // 2
    assert unfused(graph, half, 2).bytes == (weights + 2 * whole) // 2


def test_fused_is_what_flops_per_byte_are_of() -> None:
    """FLOPs per byte of a shipped network are those of the bytes that it moves if it is fused."""
    for case in [*shipped_networks()][::9]:
        [row] = run(case).rows
        for batch in (1, 3):
            own = cost(row.graph, batch)
            assert own.flops / fused(row.graph, FLOAT32, batch).bytes == own.intensity()
        nodes = [unfused(row.graph, FLOAT32, 1, [node]) for node in row.graph.nodes]
        assert sum(nodes, Traffic()) == unfused(row.graph, FLOAT32)
        assert stored(row.graph, FLOAT32) == 4 * row.cost.params


def test_an_embedding_is_not_read_whole() -> None:
    """Of a vocabulary only the words that come are read, and no FLOP is for the others."""
    graph = convcost.build("embedding", (77,), out=512, vocabulary=49408)
    assert fused(graph, FLOAT32).bytes == 77 * 512 * 4
    assert cost(graph).unread == (49408 - 77) * 512
    assert stored(graph, FLOAT32) == 49408 * 512 * 4


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ("int8", 24 * 216 + 24 * 4),
        ("float8", 24 * 216 + 24 * 4),
        ("int4", 24 * 108 + 24 * 4),
        ("int1", 24 * 27 + 24 * 4),
        ("int8:channel", 24 * (216 + 2 + 1) + 24 * 4),
        ("float8:channel", 24 * (216 + 2) + 24 * 4),
        ("int8:tensor", 24 * 216 + 3 + 24 * 4),
        ("int4:g128", 24 * 108 + (24 * 2 * 20 + 7) // 8 + 24 * 4),
        ("int4:g1000", 24 * 108 + (24 * 20) // 8 + 24 * 4),
    ],
)
def test_scales(weights: str, expected: int) -> None:
    """A group, a channel or a tensor has a scale of 16 bits, and a zero point if it is whole."""
    graph = convcost.build("standard", (24, 112, 112), bias=True)
    precision = Precision(weights=StoredType().parse(weights), activations="int8")
    assert stored(graph, precision) == expected
    assert fused(graph, precision) == Traffic(expected, MAP // 4, MAP // 4)


def test_which_weights_are_rows() -> None:
    """No weight is for more channels than there are, and what is left are biases and the like."""
    precision = Precision(weights=Stored("int8"))
    for kind, graph in _one_of_each():
        own = stored(graph, precision)
        assert own <= 4 * cost(graph).params, kind
        assert stored(graph, Precision("int8")) <= own, kind


def _one_of_each() -> list[tuple[str, Graph]]:
    """Every kind that goes on a map or on tokens with what it is usually given."""
    found = []
    for kind in convcost.KINDS:
        for shape in ((24, 16, 16), convcost.Tokens((49, 24)), (24,)):
            try:
                found.append((kind, convcost.build(kind, shape)))
            except convcost.ConvcostError:
                continue
    assert len(found) > 60
    return found


def test_in_which_dtype_products_are() -> None:
    """Weights and maps are multiplied in the wider of their dtypes, that of maps among equals."""
    for given, expected in (
        (Precision(), "float32"),
        (Precision("float16", Stored("int4", 128)), "float16"),
        (Precision("float32", Stored("int8"), "int8"), "int8"),
        (Precision("float32", None, "float16"), "float32"),
        (Precision("bfloat16", Stored("float16")), "bfloat16"),
    ):
        assert given.of_products == expected


def test_how_weights_are_written() -> None:
    """What is typed is shown so again, and what is nothing is refused."""
    for text in ("int8", "int4:g128", "int8:channel", "float8:tensor"):
        assert str(StoredType().parse(text)) == text
    for text, message in (
        ("int5", "cannot be 'int5'; did you mean 'int"),
        ("int4:", "a scale is for a channel, a tensor or a group"),
        ("int4:g0", "such as int4:g128"),
        ("int4:128", "such as int4:g128"),
        (f"int4:g{10**10}", "such as int4:g128"),
    ):
        with pytest.raises(ValueError, match=message):
            StoredType().parse(text)
