"""Graph files: what tools see of captured code is written, read again, and held to its limits."""

import json

import pytest
from jsonschema import Draft202012Validator

from convcost.counting.counts import tally
from convcost.counting.profilers import CONVENTIONS
from convcost.counting.survey import survey
from convcost.errors import ConvcostError
from convcost.graph.captured import Captured, differences
from convcost.graph.folding import fold
from convcost.graph.nodes import Graph, Node, Origin, Scattered, Seen
from convcost.graph.reading import parse
from convcost.graph.records import OPS, fields_of
from convcost.graph.schema import graph_schema
from convcost.ops.called import CalledProducts
from convcost.ops.convolutions import Conv
from convcost.ops.maps import Activation, Norm
from convcost.ops.op import Input

SEEN = Seen("timm.layers.Attention", weights=6, beside=7, places=2, size_products=3)
NODES = (
    Node(Input(), (), (3, 8, 8), "input"),
    Node(Conv(3, 4, (1, 1), (1, 1), (0, 0), (1, 1)), (0,), (4, 8, 8), "conv", seen=SEEN),
    Node(Norm("batch", 4), (1,), (4, 8, 8), "norm", origin=Origin("mine.Norm")),
    Node(Activation("relu"), (2,), (4, 8, 8), "relu", "alias"),
)
GRAPH = Graph(NODES, 3, {}, Scattered(frozenset(), frozenset()), frozen=8, repeated=5)
TEXT = Captured(GRAPH, "net", 2).text()


def test_round_trip() -> None:
    """What is read again is the same graph, whose file has the same bytes."""
    found = parse(TEXT, "net")
    assert found.graph == GRAPH
    assert found.text() == TEXT
    Draft202012Validator(graph_schema()).validate(json.loads(TEXT))


def test_files_of_before() -> None:
    """A file that says nothing of what tools see is read as one of which there is nothing."""
    plain = Captured(GRAPH._replace(repeated=0), "net", 2).text()
    assert "repeated" not in plain
    assert parse(plain, "net").graph.repeated == 0
    bare = [node._replace(seen=Seen()) for node in NODES]
    written = Captured(GRAPH._replace(nodes=tuple(bare)), "net", 2).text()
    assert not any(f'"{key}"' in written for key in Seen._fields)


def test_what_tools_see_is_compared() -> None:
    """A graph of which tools see something else is not the same."""
    captured = parse(TEXT, "net")
    assert differences(captured, parse(TEXT, "net")) == []
    other = parse(TEXT.replace('"beside": 7', '"beside": 8'), "net")
    [difference] = differences(captured, other)
    assert "what tools see of them" in difference


def test_folded() -> None:
    """Of a graph with its norms folded no more is frozen than there is."""
    assert fold(GRAPH).frozen == 8
    assert fold(GRAPH._replace(frozen=20)).frozen == 16 == 3 * 4 + 4
    assert fold(GRAPH).repeated == 5


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"timm.layers.Attention"', '"Attention"', "inside must be nn.TransformerEncoderLayer"),
        ('"timm.layers.Attention"', "[]", "inside must be"),
        ('"weights": 6', '"weights": -6', "weights must be a whole number"),
        ('"beside": 7', '"beside": true', "beside must be a whole number"),
        ('"places": 2', '"places": 0', "places must be 1 at least"),
        ('"places": 2', '"places": null', "places must be a whole number"),
        (
            '"size_products": 3',
            f'"size_products": {10**30}',
            "size_products must be a whole number",
        ),
        ('"repeated": 5', '"repeated": "5"', "repeated must be a whole number"),
        ('"repeated": 5', '"repeated": {}', "repeated must be a whole number"),
        ('"frozen": 8', '"frozen": 99', "more params are frozen than there are"),
        ('"alias"', '"held"', "form must be"),
    ],
)
def test_hostile_values(old: str, new: str, words: str) -> None:
    """A value that cannot be is one line that says so; where a schema can, it refuses it too."""
    assert old in TEXT
    text = TEXT.replace(old, new)
    with pytest.raises(ConvcostError, match=words) as caught:
        parse(text, "net")
    assert "\n" not in str(caught.value)
    if "frozen" not in old:
        assert not Draft202012Validator(graph_schema()).is_valid(json.loads(text))


def test_every_convention_answers() -> None:
    """Products without sizes, which no code has, are counted by every tool, or raise as it does."""
    op = CalledProducts("matmul", "mv", ())
    node = Node(op, (0,), (4,), "product", "torch", seen=SEEN)
    text = Captured(Graph((NODES[0], node), 1, {}, GRAPH.scattered), "net").text()
    groups = survey(parse(text, "net").graph)
    for convention in CONVENTIONS:
        count = tally(groups, convention, 1)
        assert count.total is not None or count.error


def test_no_op_has_a_field_of_that_name() -> None:
    """What all nodes may say is written under other keys than what an op says."""
    common = set(graph_schema()["$defs"]["node"]["properties"])
    assert common >= set(Seen._fields)
    assert [
        (cls, common & set(fields_of(cls))) for cls in OPS if common & set(fields_of(cls))
    ] == []
