"""Graph files: what is written is read again, and what does not fit together is refused."""

import json
import random
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from convcost.errors import ConvcostError
from convcost.graph.captured import differences
from convcost.graph.fields import LARGEST
from convcost.graph.reading import decoded, parse
from convcost.graph.schema import graph_schema
from tests.support.graph_file import CAPTURED, CONV, GRAPH, LINE, NODES, TEXT
from tests.support.program import Program


def test_read_again() -> None:
    """What is read is what was written: nodes, stacked shapes, outputs, and what lies how."""
    found = parse(TEXT, "net")
    assert found == CAPTURED
    assert [type(node.shape) for node in found.graph.nodes] == [type(n.shape) for n in NODES]
    assert found.text() == TEXT
    assert differences(found, CAPTURED) == []


def test_a_node_a_line() -> None:
    """Each node stands in a line of its own, so that a diff of two files shows which differ."""
    lines = TEXT.splitlines()
    assert len(lines) == len(NODES) + 10
    assert lines[9].startswith('{"path": "conv", "op": "conv", "in_channels": 3')


def test_schema() -> None:
    """The published schema holds for what is written."""
    schema = graph_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(TEXT), schema)


def changed(index: int, **values: Any) -> str:
    """The file with other values in a node; None takes one away."""
    data = json.loads(TEXT)
    data["nodes"][index] |= values
    data["nodes"][index] = {k: v for k, v in data["nodes"][index].items() if v is not None}
    return json.dumps(data)


@pytest.mark.parametrize(
    ("index", "values", "words"),
    [
        (1, {"op": "konv"}, "op is none that is known: 'konv'"),
        (1, {"kernel": None}, "a conv needs kernel"),
        (1, {"kernel": [3, -3]}, "kernel must be a whole number from 0 to"),
        (1, {"kernel": [3]}, "conv 3, padding 1, bias of 3x8x8 writes 4x8, not 4x8x8"),
        (1, {"in_channels": 5}, "conv 3x3, padding 1, bias is of 5 channels, and reads 3x8x8"),
        (1, {"groups": 2}, "3 input channels cannot be divided into 2 groups"),
        (1, {"groups": 0}, "does not fit together"),
        (1, {"shape": [4, 9, 8]}, "conv 3x3, padding 1, bias of 3x8x8 writes 4x8x8, not 4x9x8"),
        (1, {"shape": []}, "shape must have from 1 to 12 sizes"),
        (1, {"shape": [LARGEST * 2]}, "shape must be a whole number"),
        (1, {"reads": [1]}, "reads a node that does not come before it"),
        (1, {"path": 3}, "path must be a line"),
        (1, {"path": "a\u202eb"}, "path must be a line"),
        (1, {"form": "moduel"}, "form must be module"),
        (1, {"run": 1}, "run must be true or false"),
        (1, {"owner": 99}, "uses the weights of node 99, and there are 10"),
        (1, {"bias": "yes"}, "bias must be true or false"),
        (2, {"function": "reluu"}, "function must be relu"),
        (3, {"stacked": "often"}, "stacked must be each, once"),
        (4, {"constant": "1/0"}, "constant must be a number or a quotient"),
        (6, {"in_features": 5}, "linear takes 5 features, not 4"),
        (7, {"samples": 0}, "does not fit together"),
        (7, {"products": [[1] * 65]}, "products must be a list of at most 64"),
    ],
)
def test_mistakes(index: int, values: dict[str, Any], words: str) -> None:
    """A node that is wrong is one line with its place, whatever is wrong with it."""
    with pytest.raises(ConvcostError) as raised:
        parse(changed(index, **values), "net.graph.json")
    [problem] = raised.value.problems
    assert problem.place.startswith("net.graph.json:")
    assert words in problem.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not JSON"),
        ("[]", "is no graph file"),
        (TEXT[:-40], "not JSON"),
        (TEXT.replace('"convcost graph": 1', '"convcost graph": 2'), "version '2' of graph files"),
        (TEXT.replace('"batch": 2', '"batch": 0'), "batch 1 at least"),
        (TEXT.replace('"batch": 2', '"batch": 2, "batch": 3'), "a key is there twice"),
        (TEXT.replace('"main": 8', '"main": 80'), "output 'main' is node 80, and there are 10"),
        (TEXT.replace('"name": "net"', '"name": " "'), "name must be some text"),
        (TEXT.replace('"frozen": 36,', ""), "has no frozen: truncated?"),
        ("[" * 100_000, "not JSON"),
        ('{"convcost graph": 1e400}', "version"),
        ('{"convcost graph": ' + "9" * 5000 + "}", "not JSON"),
    ],
)
def test_files_that_are_none(text: str, words: str) -> None:
    """A file that is cut, changed or something else is refused in one line."""
    with pytest.raises(ConvcostError) as raised:
        parse(text, "net.graph.json")
    [problem] = raised.value.problems
    assert words in problem.message


def test_changed_at_random() -> None:
    """Whatever bytes are changed, the file is refused in one line or read as another graph."""
    drawn = random.Random(7)
    data, refused = TEXT.encode(), []
    for _ in range(1_500):
        start = drawn.randrange(len(data))
        with_ = drawn.choice([b"", b"0", b"-", b'"', b"[", b"9" * 30, b"\xff", b"null", b"1e9"])
        try:
            found = decoded(data[:start] + with_ + data[start + drawn.randrange(4) :], "net")
        except ConvcostError as error:
            refused.append(len(error.problems))
        else:
            assert parse(found.text(), "net") == found
    assert {*refused} == {1}


def test_differences() -> None:
    """What is new, gone or another is said by path, with its line; lines that moved are none."""
    moved = NODES[1]._replace(origin=LINE._replace(line="net.py:9"))
    nodes = (NODES[0], moved, *NODES[2:])
    assert differences(CAPTURED, CAPTURED._replace(graph=GRAPH._replace(nodes=nodes))) == []
    wide = NODES[1]._replace(op=CONV._replace(kernel=(5, 5)), path="conv")
    other = CAPTURED._replace(graph=GRAPH._replace(nodes=(NODES[0], wide, *NODES[3:])))
    assert differences(CAPTURED, other) == [
        "conv (net.py:3) was conv 3x3, padding 1, bias, 4x8x8, is conv 5x5, padding 1, bias, 4x8x8",
        "relu is gone: relu, in place, 4x8x8",
    ]


def test_a_file_is_a_config(convcost: Program, tmp_path: Path) -> None:
    """Commands take the file by its name; its lock entry is the network's name."""
    path = tmp_path / "net.graph.json"
    path.write_text(TEXT)
    ran = convcost("compare", path, "--format", "csv")
    assert ran.code == 0, ran.err
    assert ">=" in ran.out  # one of its ops is opaque
    lock = tmp_path / "convcost.lock"
    assert convcost("lock", path, "--lockfile", lock).code == 0
    assert '"net": {"params": ' in lock.read_text()
    path.write_text(TEXT.replace('"kernel": [3, 3]', '"kernel": [3, 4]'))
    ran = convcost("show", path)
    assert (ran.code, ran.out) == (2, "")
    assert f"{path}:10: conv 3x4" in ran.err
