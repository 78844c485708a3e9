"""Conventions against measured figures: no profiler is run here."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

import convcost
from convcost.counting.counts import count, tally
from convcost.counting.explain import differences, explain
from convcost.counting.profilers import CONVENTIONS, TOOLS, find_convention
from convcost.counting.survey import survey
from convcost.graph.builder import Builder, Finish
from convcost.graph.calls import OF_CODE, every_name, names
from convcost.graph.nodes import Graph
from convcost.kinds.parameters import make_window
from convcost.networks.cases import run
from convcost.ops.maps import INPLACE, Activation
from convcost.sources.onnx.readers.known import COMPUTES, IN_TORCH
from convcost.sources.reading.configs import parse_config
from tests.support.facts import OUT_OF_SCOPE, cases, graph_of, measured_figures, tool_name

CASES = [case for case in cases() if case.op not in OUT_OF_SCOPE]


@pytest.mark.parametrize(
    ("source", "figures"),
    list(
        {
            "cases": 12 * 106,
            "blocks": 7 * 21,
            "networks": 24,
            "history": 467,
            "train mode": 140,
            "releases": 10080,
        }.items()
    ),
)
def test_measured_figures(source: str, figures: int) -> None:
    """Every measured figure in scope is reproduced from a graph, to the last digit."""
    found = [each for each in measured_figures() if each.source == source]
    assert [each for each in found if each.found != each.printed] == []
    assert len(found) == figures


def test_scope() -> None:
    """What is out of scope is a short list, and little of the data."""
    left_out = Counter(case.op for case in cases() if case.op in OUT_OF_SCOPE)
    assert left_out == {"Conv2d_unbatched": 12}
    assert len(CASES) == 12 * 106


OF_SIZES = {"aten::mul", "aten::div", "aten::unflatten"}
"""What a trace of nn.MultiheadAttention has of sizes, beside products of elements."""


@pytest.mark.parametrize("tool", ["fvcore@0.1.5", "torchprofile@0.1.0"])
def test_unknown_is_what_the_tool_warns_of(tool: str) -> None:
    """What a table does not know is what the tool said that it skips."""
    for case in CASES:
        if tool_name(case.tool).split(".post")[0] != tool:
            continue
        warned = case.printed.get("unsupported", [])
        operators = {name for name in warned if isinstance(warned, dict)}
        operators |= {text.split('"')[1] for text in warned if not isinstance(warned, dict)}
        graph, batch = graph_of(case.text, case.inputs)
        unknown = {group.names for group in count(graph, find_convention(tool), batch).unknown}
        found = {name for names in unknown for name in names if name in operators}
        if case.op == "MultiheadAttention":
            assert found - OF_SIZES == operators - OF_SIZES, case
            continue
        assert found == operators - {"aten::add_", "aten::clone"}, case
        assert len(unknown) == bool(operators - {"aten::add_", "aten::clone"}) or (
            case.text in ("x+=y (iadd)", "Identity()")
        ), case


def test_defaults_are_the_engine() -> None:
    """The convention of papers is the engine's own count, whatever the kind."""
    for kind in ("standard", "bottleneck", "squeeze-excite", "transposed"):
        graph = convcost.build(kind, (24, 12, 12), **({"bias": True} if kind == "standard" else {}))
        own = convcost.cost(kind, (24, 12, 12), **({"bias": True} if kind == "standard" else {}))
        assert count(graph, find_convention("macs")).total == own.macs
        assert count(graph, find_convention("flops")).total == own.flops
        assert count(graph, find_convention("macs")).params == own.params
        assert count(graph, find_convention("macs")).unknown == ()


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("thop@0.0", "thop@0.0.31"),
        ("thop@0.0.4", "thop@0.0.31"),
        ("thop@0.0.5", "thop@0.1.0.post2206102148"),
        ("thop@0.0.22", "thop@0.0.23.post1907011323"),
        ("thop@0.0.30", "thop@0.0.31.post1909230639"),
        ("THOP@0.1.0", "thop@0.1.0"),
        ("thop@0.1.1.post2209072238", "thop@0.1.1"),
        ("thop@0.1.1.post2207130030", "thop@0.1.1.post2207130030"),
        ("thop@0.0.31", "thop@0.0.31"),
        ("ultralytics-thop@2.0.15", "ultralytics-thop@2.0.15"),
        ("ultralytics-thop@2.0.16", "ultralytics-thop@2.1.1"),
        ("ptflops@0.6", "ptflops@0.6.9"),
        ("ptflops@0.6.8", "ptflops@0.6.9"),
        ("fvcore@0.1.5", "fvcore@0.1.5"),
        ("torchinfo==1.8.0", "torchinfo@1.8.0"),
        ("DeepSpeed@0.16", "deepspeed@0.16.4"),
        ("macs", "macs"),
    ],
)
def test_find(name: str, found: str) -> None:
    """However a version is spelt it is found; one that is cut short is the newest it begins."""
    assert find_convention(name).name == found


@pytest.mark.parametrize("tool", TOOLS)
def test_newest(tool: str) -> None:
    """A tool without a version is the last of its tables."""
    [*_, newest] = [convention for convention in CONVENTIONS if convention.tool == tool]
    assert find_convention(tool) is newest is TOOLS[tool]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("thob", "no tool 'thob'; did you mean 'thop'?"),
        (
            "thop@99",
            f"no table for version 99 of thop; there are {', '.join(TOOLS['thop'].versions[:1])}",
        ),
        ("thop@0.1.", "no table for version 0.1. of thop"),
        ("macs@1", "no table for version 1 of macs; there are none at all"),
        ("", "no tool ''"),
    ],
)
def test_find_mistakes(name: str, message: str) -> None:
    """A wrong name says what there is."""
    with pytest.raises(ValueError, match=message.replace("?", r"\?").replace(".", r"\.")):
        find_convention(name)


def test_names_of_tables_exist() -> None:
    """Every name in a table is one that some op has, so that no rule is dead."""
    in_place = [names(Activation(each, inplace=True), "module", 2) for each in INPLACE]
    known = {*every_name(), *OF_CODE, *(name for each in in_place for name in each), "nn.*", "*"}
    known |= {*COMPUTES, *IN_TORCH.values()}  # what ONNX files have
    for convention in CONVENTIONS:
        tables = *convention.others.values(), *convention.whole.values()
        for table in (convention.rules, *tables, convention.fails):
            assert {name.removeprefix("subclass of ") for name in table} - known == set()


def test_versions_are_told_apart() -> None:
    """No version stands in two tables of a tool, and each name finds its own table."""
    for tool in TOOLS:
        versions = [v for each in CONVENTIONS if each.tool == tool for v in each.versions]
        assert len(versions) == len(set(versions))
    for convention in CONVENTIONS:
        assert find_convention(convention.name) is convention


def test_neighbours_differ() -> None:
    """Two tables of a tool that follow each other differ in more than their names."""
    for first, second in pairwise(CONVENTIONS):
        if first.tool == second.tool:
            kept = (
                "rules",
                "params",
                "per_sample",
                "fails",
                "subclasses",
                "last_call",
                "single",
                "others",
            )
            assert any(getattr(first, each) != getattr(second, each) for each in kept), second


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_differences_add_up(batch: int) -> None:
    """The items between any two tools add up to the difference of what they print."""
    net = convcost.build("bottleneck", (16, 9, 9), out=32, stride=2)
    groups = survey(net, batch)
    for first in TOOLS.values():
        for second in TOOLS.values():
            one, two = tally(groups, first, batch), tally(groups, second, batch)
            items = differences(one, two)
            assert one.total is not None
            assert two.total is not None
            assert sum(item.difference for item in items) == two.total - one.total
            assert all(item.difference for item in items)


def test_a_tool_that_raises() -> None:
    """Where a tool raises there is no figure, and the reason is given."""
    graph, batch = graph_of("LayerNorm(20) input (1,5,20)", [[1, 5, 20]])
    found = count(graph, find_convention("thop@0.1.0"), batch)
    assert (found.total, found.error) == (None, "LayerNorm raises AttributeError")
    assert count(graph, find_convention("thop@0.1.1"), batch).total == 400


def test_a_module_that_is_called_again() -> None:
    """thop of 2019 counts the last call of a block's one ReLU; from August on it adds them up."""
    graph = convcost.build("bottleneck", (64, 8, 8), out=64)
    groups = survey(graph)
    [relu] = [group for group in groups if group.label == "nn.ReLU"]
    assert [call.again for call in relu.calls] == [True, True, False]
    last, every = 64 * 64, 64 * 64 + 2 * 16 * 64
    for tool, figure in (("thop@0.0.23.post1908021522", last), ("ptflops-modules", every)):
        parts = tally(groups, find_convention(tool), 1).parts
        assert [part.figure for part in parts if part.group is relu] == [figure]


def test_single_precision() -> None:
    """What was added up in single precision is rounded there, each call and each sum."""
    relu = Activation("relu")
    net = Builder((4099, 63, 65))
    net.add("first", relu)
    assert 4099 * 63 * 65 == 2**24 + 8189
    early = find_convention("thop@0.0.22")
    assert count(net.graph(), early).total == 2**24 + 8188  # an even number, from 2^24 on
    net.add("second", relu)
    assert count(net.graph(), early).total == 2**25 + 2 * 8188


def test_forms_are_told_apart() -> None:
    """The same ReLU as a module, a subclass, and each kind of function, as ptflops sees it."""
    net = Builder((8, 14, 10))
    figures = []
    for form in ("module", "subclass", "function", "torch"):
        net.last = 0
        net.add(form, Activation("relu"), form=form)
        one = Graph((net.nodes[0], net.nodes[-1]._replace(sources=(0,))))
        figures.append(count(one, find_convention("ptflops@0.7.5")).total)
    assert figures == [2240, 1120, 1120, 0]


def test_finish_is_seen() -> None:
    """Norms and activations that follow a convolution are calls of their own."""
    net = Builder((3, 8, 8))
    net.conv("conv", 4, make_window(2), Finish(True, "batch", "relu6"))
    labels = [group.label for group in survey(net.graph())]
    assert labels == ["nn.Conv2d", "nn.BatchNorm2d", "nn.ReLU6"]


def test_what_leads_to_no_output() -> None:
    """A trace has only what leads to an output, in train mode also to running statistics."""
    dead = (
        "{conv-bn-act: {out: 4, k: 1}}, {pointwise: {out: 9}}, {from: input, pointwise: {out: 2}}"
    )
    [case] = parse_config(f"name: n\ninput: 3x5x5\nlayers: [{dead}]", "n.yaml")
    graph = run(case).rows[0].graph
    figures = {tool: count(graph, TOOLS[tool], 2).total for tool in ("fvcore", "fvcore-train")}
    assert figures == {"fvcore": 300, "fvcore-train": 300 + 600 + 5 * 200}
    assert count(graph, TOOLS["torchprofile"], 2).total == 300
    assert count(graph, TOOLS["torch"], 2).total == 2 * (300 + 600 + 1800)


def test_several_inputs_are_not_divided() -> None:
    """ptflops divides by the batch of a positional input, and several are given by keyword."""
    text = "name: n\ninputs: {a: 3x5x5, b: 3x5x5}\nlayers: [{pointwise: {out: 2}}]"
    [case] = parse_config(text, "n.yaml")
    graph = run(case).rows[0].graph
    assert count(graph, TOOLS["ptflops-modules"], 4).total == 4 * 150


def test_an_explanation_has_no_row_of_what_neither_side_sees() -> None:
    """The unit is once more what the first side counts, which a product is not that none sees."""
    graph = convcost.build("attention", convcost.Tokens((10, 64)), heads=4)
    found = explain(survey(graph), find_convention("fvcore"), find_convention("torch"), 1)
    assert [(item.what, item.difference) for item in found.items] == [
        ("the unit", 4 * 10 * 64 * 64)
    ]
    assert found.difference == 4 * 10 * 64 * 64


@pytest.mark.parametrize(
    ("first", "second", "what"),
    [
        ("fvcore", "torchprofile", "nn.MultiheadAttention"),
        ("ptflops", "ultralytics-thop", "nn.MultiheadAttention"),
        ("thop", "fvcore", "F.linear"),
    ],
)
def test_what_a_module_calls_is_with_the_module(first: str, second: str, what: str) -> None:
    """Where a side counts the module, what it calls is part of that; the items add up."""
    shape, given = convcost.Tokens((10, 32)), {"heads": 4, "spelling": "multihead"}
    groups = survey(convcost.build("attention", shape, **given))
    found = explain(groups, find_convention(first), find_convention(second), 1)
    assert found.items[0].what == what
    assert sum(item.difference for item in found.items) == found.difference


def test_model_without_parameters() -> None:
    """calflops has no figure for a model without parameters, and for a pool beside some it has."""
    pool = count(convcost.build("max-pool", (3, 8, 8)), find_convention("calflops"))
    assert (pool.total, pool.params) == (None, None)
    assert pool.error.startswith("StopIteration")
    net = Builder((3, 8, 8))
    net.conv("conv", 3, make_window(2, 1), Finish())
    assert count(net.graph(), find_convention("calflops")).total == 2 * 3 * 3 * 8 * 8
