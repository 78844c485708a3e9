"""Conventions of one's own: files of rules, what they count, and what is wrong with them."""

import json
from math import prod
from pathlib import Path

import jsonschema
import pytest
import yaml

import convcost as library
from convcost.counting.counts import count, unseen
from convcost.counting.profilers import CONVENTIONS
from convcost.counting.words import parse_rule
from convcost.errors import ConvcostError
from convcost.graph.nodes import Graph, Node, Origin
from convcost.ops.called import Opaque
from convcost.ops.op import Input
from convcost.sources.reading.conventions import named_convention, parse_convention
from tests.support.program import Program

OWN = """
extends: thop@0.1.1
called: NPU operations
source: a data sheet
rules:
  nn.SiLU: 4 |X|
  nn.BatchNorm1/2/3d: 2 |X|
  F.sigmoid: 0
"""


@pytest.fixture
def own(tmp_path: Path) -> str:
    """The path of a file with those rules."""
    path = tmp_path / "npu.yaml"
    path.write_text(OWN, encoding="utf-8")
    return str(path)


def problems(text: str) -> list[str]:
    """What is wrong with a file, line by line."""
    with pytest.raises(ConvcostError) as caught:
        parse_convention(text, "own.yaml")
    return [str(problem) for problem in caught.value.problems]


def test_rules_are_read_as_they_are_printed() -> None:
    """Every rule of every tool's table, printed and read again, adds up the same quantities."""
    rules = [
        rule
        for each in CONVENTIONS
        for table in (each.rules, *each.others.values(), *each.whole.values())
        for rule in table.values()
    ]
    assert len(rules) > 2000
    assert all(parse_rule(str(rule)).terms == rule.terms for rule in rules)


def test_halves() -> None:
    """Factors may be fractions, which print as decimals."""
    assert str(parse_rule("0.5 |X| + 3/2 |Y| + 2 MACs")) == "0.5 |X| + 1.5 |Y| + 2 MACs"


def test_rules_on_top_of_a_tool(own: str) -> None:
    """What the file says is counted by it, all else as the tool counts, by hand from the sums."""
    network = library.network("efficientnet-b0")
    thop, mine = network.printed_by("thop@0.1.1"), network.printed_by(own)
    normed = sum(
        prod(call.input)
        for part in thop.parts
        for call in part.group.calls
        if part.group.label == "nn.BatchNorm2d"
    )
    swished = 6_157_916  # elements of its 49 SiLUs
    assert thop.total is not None
    assert mine.total == thop.total - 2 * normed + 4 * swished
    assert mine.params == thop.params


def test_rules_alone() -> None:
    """Without a tool a call counts by the first of its names that has a rule; others are unseen."""
    rules = "{nn.Conv2d: 2 MACs, conv: MACs, relu: 0, nn.ReLU: 3 |X|}"
    alone = parse_convention(f"unit: flops\nrules: {rules}", "own.yaml")
    network = library.network("resnet-18")
    macs = network.printed_by("conv-only").total or 0
    found = count(network.graph, alone)
    assert (alone.unit, alone.name) == ("FLOPs", "own")
    read = [p.group for p in found.parts if p.group.label == "nn.ReLU"]
    elements = sum(prod(call.input) for call in read[0].calls)
    assert found.total == 2 * macs + 3 * elements
    assert "nn.BatchNorm2d" in unseen(found)


def test_a_module_with_a_rule_is_whole() -> None:
    """On its own, a rule for a module stands for all that the module calls."""
    network = library.network("torchvision ViT-B/16")
    own = "rules: {nn.MultiheadAttention: MACs, linear: MACs, conv: MACs, matmul: MACs}"
    found = count(network.graph, parse_convention(own, "own.yaml"))
    assert found.total == network.cost.macs


def test_what_there_is_no_record_of() -> None:
    """A kernel of one's own is named by its function, or by the class of the module that calls it.

    Its MACs are unknown, and a rule that asks for them has no figure.
    """
    node = Node(Opaque("mine::twist"), (0,), (4, 8, 8), "twist")
    node = node._replace(origin=Origin("our.Attention"))
    graph = Graph((Node(Input(), (), (4, 8, 8), "input"), node), 1)
    for name in ("our.Attention", "mine::twist"):
        found = count(graph, parse_convention(f"rules: {{'{name}': 2 |Y|}}", "own.yaml"))
        assert (found.total, found.unknown) == (512, ())
    found = count(graph, parse_convention("rules: {our.Attention: MACs + 2 |Y|}", "own.yaml"))
    assert (found.total, found.error) == (None, "the MACs of mine::twist are unknown")
    assert count(graph, parse_convention("extends: macs\nrules: {}", "own.yaml")).total == 0


def test_everything_that_is_wrong_is_said() -> None:
    """Each mistake of a file has a line with its place."""
    text = """
extends: thopp
unit: ops
name: thop
rulez: 1
rules:
  nn.Silu: 4 |X|
  nn.ReLU: windows
  batch_norm: 2 |X|
  nn.Conv2d: 2 macs
  nn.Conv1/2d: 3 MACs
  nowhere: 1
  nn.GELU: not seen
  nn.ELU: [1]
  nn.ELU6: 0 |X|
"""
    assert problems(text) == [
        "own.yaml:5:1: no key in a convention 'rulez'; did you mean 'rules'?",
        "own.yaml:2:10: extends: no tool 'thopp'; did you mean 'thop'?",
        "own.yaml:7:3: no call 'nn.Silu'; did you mean 'nn.SiLU'?",
        "own.yaml:8:12: nn.ReLU has no 'windows'",
        "own.yaml:9:3: no call 'batch_norm'; did you mean 'batch norm'?",
        "own.yaml:10:14: no quantity 'macs'; did you mean 'MACs'?",
        "own.yaml:11:3: 'nn.Conv2d' has a rule already",
        "own.yaml:12:3: no call 'nowhere'; calls have names such as nn.ReLU, F.relu or relu "
        "(convcost profilers TOOL lists a tool's)",
        "own.yaml:13:12: there is no rule for 'nn.GELU' to take away",
        "own.yaml:14:11: a rule is a sum, such as 2 MACs + bias, not a list",
        "own.yaml:15:3: no call 'nn.ELU6'; did you mean 'nn.ELU'?",
        "own.yaml:15:12: '0 |X|': a factor is above 0, at most 1,000,000",
        "own.yaml:3:7: unit cannot be 'ops'; it is one of macs, flops",
        "own.yaml:4:7: name 'thop' is that of a tool; say another",
    ]


def test_a_rule_that_begins_with_a_bar() -> None:
    """YAML takes it for a block of text; the message says what to do."""
    assert problems("rules:\n  relu: |X|\n")[0].endswith("a value that begins with | needs quotes")


@pytest.mark.parametrize("name", ["sum of things", "-x", "ü", "a" * 61])
def test_names_that_tables_and_locks_can_have(name: str) -> None:
    """A name is one short word."""
    assert any("name is a word" in each for each in problems(f"name: {name}\nrules: {{}}"))


def test_a_quantity_that_an_op_does_not_have() -> None:
    """Where only the network shows it, the report says so instead of a figure."""
    own = parse_convention('rules: {"*": windows}', "own.yaml")
    found = count(library.network("resnet-18").graph, own)
    assert found.total is None
    assert found.error.startswith("there is no 'windows' of ")


def test_one_digest_for_one_way_of_counting(own: str, tmp_path: Path) -> None:
    """The order of rules, names and notes leave it alone; a factor and the base change it."""
    digest = named_convention(own).digest
    lines = OWN.strip().splitlines()
    assert parse_convention("\n".join([*lines[:4], *lines[:3:-1]]), "x.yaml").digest == digest
    assert parse_convention(OWN.replace("a data sheet", "hearsay"), "x.yaml").digest == digest
    assert parse_convention(OWN.replace("4 |X|", "5 |X|"), "x.yaml").digest != digest
    assert parse_convention(OWN.replace("thop@0.1.1", "macs"), "x.yaml").digest != digest


def test_locked_and_checked(
    convcost: Program, own: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lock says by which rules it was counted, and is not compared with others of that name."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "configs").mkdir()
    config = "cases: [{name: a, in: 8, out: 8, k: 3, hw: 16}]\n"
    (tmp_path / "configs" / "a.yaml").write_text(config, encoding="utf-8")
    assert convcost("lock", "--as", own).code == 0
    last = json.loads((tmp_path / "convcost.lock").read_text(encoding="utf-8"))["convcost.lock"]
    assert last["convention"] == f"npu (rules {named_convention(own).digest})"
    assert convcost("check", "--as", own).code == 0
    Path(own).write_text(OWN.replace("4 |X|", "5 |X|"), encoding="utf-8")
    ran = convcost("check", "--as", own)
    assert ran.code == 2
    assert "check with --as and the file of npu as it was, or lock all again" in ran.err
    assert convcost("check", "--as", "thop").code == 2


def test_wherever_tools_are_named(convcost: Program, own: str) -> None:
    """Tables, differences, matches and the tool's own page take a file; real tools do not."""
    assert "npu" in convcost("compare", "resnet-18", "--as", f"thop,{own}").out
    explained = convcost("explain", "efficientnet-b0", "--as", "thop", "--as", own).out
    assert "npu counts nn.SiLU as 4 |X|" in explained
    assert "npu" in convcost("match", "resnet-18", "--macs", "1.819G", "--as", own).out
    page = json.loads(convcost("profilers", own, "--format", "json").out)
    assert (page["extends"], page["source"]) == ("thop@0.1.1", "a data sheet")
    assert "Counted by other rules in thop@0.1.1" in convcost("profilers", own).out
    assert convcost("verify", "--as", own, "--in", "3", "--out", "3").code == 2
    ran = convcost("compare", own)
    assert (ran.code, "this is a convention, not a config" in ran.err) == (2, True)


def test_two_files_of_one_name(convcost: Program, own: str, tmp_path: Path) -> None:
    """Their figures could not be told apart, and are refused; the same rules twice are one."""
    other = tmp_path / "other.yaml"
    other.write_text(f"name: npu\n{OWN}".replace("4 |X|", "5 |X|"), encoding="utf-8")
    ran = convcost("compare", "resnet-18", "--as", own, "--as", str(other))
    assert (ran.code, "two files of rules are called npu" in ran.err) == (2, True)
    assert convcost("compare", "resnet-18", "--as", own, "--as", own).code == 0


def test_the_schema_says_what_the_reader_takes(convcost: Program) -> None:
    """A good file is valid by it, and one with a strange key is not."""
    schema = json.loads(convcost("schema", "convention").out)
    jsonschema.validate(yaml.safe_load(OWN), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"rules": {}, "rulez": 1}, schema)
