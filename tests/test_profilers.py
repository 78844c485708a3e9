"""Conventions against measured figures: no profiler is run here."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import convcost
from convcost.calls import every_name
from convcost.conventions import Convention
from convcost.graph import Finish, Graph
from convcost.profilers import (
    CONVENTIONS,
    TOOLS,
    Count,
    count,
    differences,
    find_convention,
    survey,
    tally,
)
from convcost.spec import read_cases
from tests.facts import OUT_OF_SCOPE, Case, cases, graph_of, load, tool_name

CONFIGS = Path(__file__).parent.parent / "configs"
CASES = [case for case in cases() if case.op not in OUT_OF_SCOPE]


def printed(case: Case) -> tuple[int, int | None]:
    """What the tool printed; a model without parameters was lent one to get calflops to run."""
    params = case.printed["params"]
    return case.printed["reported"], params and params - ("note_paramless" in case.printed)


@pytest.mark.parametrize("tool", sorted({case.tool for case in CASES}))
def test_cases(tool: str, record_property: pytest.RecordProperty) -> None:
    """Every measured case in scope is reproduced: the figure, the params, and what else it has."""
    convention = find_convention(tool)
    wrong, right = [], 0
    for case in CASES:
        if case.tool != tool:
            continue
        graph, batch = graph_of(case.text, case.inputs)
        found = count(graph, convention, batch)
        others = {
            name: tally(survey(graph, batch), convention, batch, convention.others[label]).total
            for name, label in (("macs", "MACs"), ("activations", "activations"))
            if name in case.printed
        }
        expected = {name: case.printed[name] for name in others}
        if (found.total, found.params) == printed(case) and others == expected:
            right += 1
        else:
            wrong.append((str(case), printed(case), found.total, found.params, others))
    record_property("score", f"{right} of {right + len(wrong)}")
    assert wrong == []
    assert right == 103


def test_scope() -> None:
    """What is out of scope is a short list, and little of the data."""
    left_out = Counter(case.op for case in cases() if case.op in OUT_OF_SCOPE)
    assert left_out == {"MultiheadAttention": 24, "LSTM": 12, "Conv2d_unbatched": 12}
    assert len(CASES) == 12 * 103


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
        assert {name for names in unknown for name in names if name in operators} == (
            operators - {"aten::add_", "aten::clone"}
        ), case
        assert len(unknown) == bool(operators - {"aten::add_", "aten::clone"}) or (
            case.text in ("x+=y (iadd)", "Identity()")
        ), case


def block(name: str) -> Graph:
    """The blocks of 24 to 24 channels at 112 x 112 that were measured."""
    kinds: dict[str, tuple[str, dict[str, Any]]] = {
        "standard_3x3": ("standard", {}),
        "group_conv_g4": ("group", {"groups": 4}),
        "dw_separable": ("depthwise-separable", {}),
        "dw_separable_bn_relu": ("depthwise-separable", {"norm": "batch", "act": "relu"}),
        "xsepconv_core_k3": ("xsepconv", {"direction": "left-top"}),
        "standard_3x3_bias": ("standard", {"bias": True}),
        "conv_bn_relu": ("standard", {"norm": "batch", "act": "relu"}),
    }
    kind, params = kinds[name]
    return convcost.build(kind, (24, 112, 112), k=3, **params)


OLD_RELEASES_WITHOUT_A_TABLE = ("torchprofile==0.0.4", "deepspeed==0.16.4")
"""Measured for blocks only, from which no table can be told."""


def test_blocks() -> None:
    """Every tool's figure for every measured block, in each release that was measured."""
    compared = 0
    for name, entry in load("profiler_blocks").items():
        graph = block(name)
        for tool, figures in entry["tools"].items():
            if tool in OLD_RELEASES_WITHOUT_A_TABLE:
                continue
            compared += 1
            assert_printed(count(graph, find_convention(tool_name(tool))), figures)
    assert compared == 7 * 19


@pytest.mark.parametrize(
    ("name", "config"), [("resnet50", "resnet50.yaml"), ("mobilenet_v2", "mobilenet-v2.yaml")]
)
def test_networks(name: str, config: str) -> None:
    """Every tool's figure for ResNet-50 and MobileNetV2, from their configs."""
    [case] = read_cases(str(CONFIGS / config))
    graph = case.uses[0].kind.build(case.input, {})
    for tool, figures in load("profiler_networks")[name].items():
        assert_printed(count(graph, find_convention(tool_name(tool))), figures)


def assert_printed(found: Count, figures: dict[str, Any]) -> None:
    """A count is what was printed, the params where the tool prints them."""
    assert found.total == figures["reported"]
    if figures.get("params") is not None:
        assert found.params == figures["params"]


HISTORY = [
    (tool, entry["version"], before["version"] if before else None, change)
    for tool, entries in load("profiler_history").items()
    for before, entry in zip([None, *entries[:-1]], entries, strict=True)
    for change in entry["changes"]
    if change["op"] not in OUT_OF_SCOPE and not change["op"].startswith("struct")
]
RAISED = {
    "ptflops@0.7.1": "more than one input, which it cannot be given",
    "ptflops@0.7.1.2": "x.add(y), which it cannot patch",
}
"""Releases that raised where it is not the layers that they raise for."""


def test_history() -> None:
    """Each release prints what was measured, before and after what it changed."""
    inputs = {case.text: case.inputs for case in cases()}
    compared = 0
    for _, after, before, change in HISTORY:
        graph, batch = graph_of(change["case"], inputs.get(change["case"], [[1, 8, 14, 10]] * 2))
        for version, figures in ((before, change["before"]), (after, change["after"])):
            if version is None:
                continue
            found = count(graph, find_convention(tool_name(version)), batch)
            if figures["reported"] is None:
                assert found.error or tool_name(version) in RAISED
                continue
            # ptflops 0.7.1.2 prints a fraction where the batch does not divide the biases.
            assert found.total == int(figures["reported"]), (version, change)
            assert found.params == figures["params"]
            compared += 1
    assert compared > 400


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
        ("thop", "thop@0.1.1"),
        ("thop@0.1", "thop@0.1.1"),
        ("THOP@0.1.0", "thop@0.1.0"),
        ("thop@0.1.1.post2209072238", "thop@0.1.1"),
        ("thop@0.1.1.post2207130030", "thop@0.1.1.post2207130030"),
        ("thop@0.0.31", "thop@0.0.31"),
        ("ultralytics-thop@2.0.15", "ultralytics-thop@2.0.15"),
        ("ultralytics-thop@2.0.16", "ultralytics-thop@2.1.1"),
        ("ptflops@0.7", "ptflops@0.7.0"),
        ("ptflops@0.6.8", "ptflops@0.6.9"),
        ("fvcore@0.1.5", "fvcore@0.1.5"),
        ("mmengine@0.10", "mmengine@0.10.7"),
        ("torchinfo@1.8", "torchinfo@1.8.0"),
        ("torch", "torch@2.13.0"),
        ("DeepSpeed@0.19", "deepspeed@0.19.8"),
        ("macs", "macs"),
    ],
)
def test_find(name: str, found: str) -> None:
    """A tool alone is its newest version, a version cut short the newest that it begins."""
    assert find_convention(name).name == found


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("thob", "no tool 'thob'; did you mean 'thop'?"),
        ("thop@0.2", "no table for version 0.2 of thop; there are 0.0.31.post"),
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
    known = {*every_name(), "nn.*", "*"}
    for convention in CONVENTIONS:
        for table in (convention.rules, *convention.others.values()):
            assert table.keys() - known == set(), convention
        assert convention.fails.keys() <= known


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
            kept = ("rules", "params", "per_sample", "fails", "subclasses")
            assert any(getattr(first, each) != getattr(second, each) for each in kept), second


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_differences_add_up(batch: int) -> None:
    """The items between any two tools add up to the difference of what they print."""
    net = convcost.build("bottleneck", (16, 9, 9), out=32, stride=2)
    groups = survey(net, batch)

    def pair(convention: Convention) -> tuple[Count, int]:
        return tally(groups, convention, batch), batch if convention.per_sample else 1

    for first in TOOLS.values():
        for second in TOOLS.values():
            (one, a), (two, b) = pair(first), pair(second)
            items = differences(one, two, (a, b))
            assert one.total is not None
            assert two.total is not None
            assert sum(item.difference for item in items) == two.total - one.total
            assert all(item.difference for item in items)


def test_a_tool_that_raises() -> None:
    """Where a tool raises there is no figure, and the reason is given."""
    graph, batch = graph_of("LayerNorm(20) input (1,5,20)", [[1, 5, 20]])
    found = count(graph, find_convention("thop@0.1.0"), batch)
    assert (found.total, found.error) == (None, "LayerNorm raises AttributeError")
    assert count(graph, find_convention("thop"), batch).total == 400


def test_forms_are_told_apart() -> None:
    """The same ReLU as a module, a subclass, and each kind of function, as ptflops sees it."""
    net = convcost.graph.Builder((8, 14, 10))
    from convcost.maps import Activation

    figures = []
    for form in ("module", "subclass", "function", "torch"):
        net.last = 0
        net.add(form, Activation("relu"), form=form)
        one = Graph((net.nodes[0], net.nodes[-1]._replace(sources=(0,))))
        figures.append(count(one, find_convention("ptflops")).total)
    assert figures == [2240, 1120, 1120, 0]


def test_finish_is_seen() -> None:
    """Norms and activations that follow a convolution are calls of their own."""
    net = convcost.graph.Builder((3, 8, 8))
    from convcost.kinds.parameters import make_window

    net.conv("conv", 4, make_window(2), Finish(True, "batch", "relu6"))
    labels = [group.label for group in survey(net.graph())]
    assert labels == ["nn.Conv2d", "nn.BatchNorm2d", "nn.ReLU6"]
