"""Deformable convolution, gated linear units and local response norm: by hand, and by torch."""

from math import prod
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional

import convcost
from convcost.counting.counts import count, unseen
from convcost.counting.profilers import find_convention
from convcost.graph.builder import Builder
from convcost.graph.folding import fold
from convcost.graph.nodes import Graph
from convcost.graph.receptive_field import receptive_field
from convcost.graph.shift import shift
from convcost.kinds.catalogue import find
from convcost.networks.formula import formula
from convcost.ops.convolutions import DeformConv
from convcost.ops.maps import GLU
from convcost.ops.op import Shape
from tests.support.program import Program
from tests.support.vision import has_torchvision

needs_torchvision = pytest.mark.skipif(not has_torchvision(), reason="torchvision is an extra")


def behind_a_convolution(kind: str, shape: Shape, **params: Any) -> Graph:
    """A 3 x 3 convolution, and a layer."""
    net = Builder(shape)
    find("standard").append(net, {"k": 3}, {})
    find(kind).append(net, params, {})
    return net.graph()


def test_deform_conv() -> None:
    """DeformConv2d(64, 64, 3) at 64 x 64 has 150,994,944 MACs (fvcore#121), its offsets theirs."""
    graph = convcost.build("deform-conv", (64, 64, 64))
    offsets, deformed = graph.nodes[1:]
    assert deformed.op.macs(deformed.shape) == 64 * 64 * 64 * 64 * 9 == 150_994_944
    assert offsets.shape == (2 * 3 * 3, 64, 64)
    assert offsets.op.params == 18 * 64 * 9 + 18
    assert (offsets.op.macs(offsets.shape), deformed.op.params) == (18 * 64**3 * 9, 64 * 64 * 9)
    assert deformed.sources == (0, 1)


def test_modulated() -> None:
    """Version 2 makes offsets and mask in one convolution, 3 K a group, and squashes the mask."""
    params = {"modulated": True, "offset_groups": 2, "k": "3x5", "stride": 2, "groups": 4}
    graph = convcost.build("deform-conv", (8, 20, 20), out=12, bias=True, norm="batch", **params)
    shapes = {node.path: node.shape for node in graph.nodes[1:]}
    assert shapes == {
        "offsets": (90, 10, 10),
        "offsets.xy": (60, 10, 10),
        "mask": (30, 10, 10),
        "mask.act": (30, 10, 10),
        "conv": (12, 10, 10),
        "conv.norm": (12, 10, 10),
    }
    assert graph.nodes[5].op.params == 12 * 2 * 15 + 12
    assert graph.nodes[5].sources == (0, 2, 4)


def test_one_sided_zeros() -> None:
    """Zeros on one side are put there once, for the offsets and for the convolution."""
    graph = convcost.build("deform-conv", (8, 9, 9), k=2)
    paths = [(node.path, node.sources) for node in graph.nodes[1:]]
    assert paths == [("conv.pad", (0,)), ("offsets", (1,)), ("conv", (1, 2))]
    assert graph.output == (8, 9, 9)
    assert shift(graph) == (-1, -1)  # that of its offsets' convolution; where it reads is learnt


def test_what_it_reads_is_no_window() -> None:
    """How far a deformable convolution sees is no number; its norm can be folded into it."""
    graph = convcost.build("deform-conv", (8, 9, 9), norm="batch")
    assert receptive_field(graph) == ()
    folded = fold(graph)
    assert [type(node.op) is DeformConv and node.op.bias for node in folded.nodes[-1:]] == [True]


def test_formula() -> None:
    """The formula has the offsets' 2 K filters of C_in K weights."""
    traced = formula(find("deform-conv"), (64, 64, 64), {})
    assert int(traced.cost.macs) == 150_994_944 + 18 * 64**3 * 9


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"offset_groups": 3}, "8 input channels cannot be divided into 3 offset groups"),
        ({"groups": 3}, "8 input channels cannot be divided into 3 groups"),
        ({"padding": "torch-same"}, "padding torch-same is for convolutions of torch.nn"),
        ({"k": 11, "padding": "valid"}, "kernel 11x11 is larger than its padded input"),
    ],
)
def test_what_cannot_be_built(given: dict[str, Any], reason: str) -> None:
    """What torchvision does not have is refused, with the reason."""
    with pytest.raises(convcost.ConvcostError, match=reason):
        convcost.build("deform-conv", (8, 9, 9), **given)


def test_offsets_of_another_window() -> None:
    """Offsets that are not 2 K channels a group at each position of the output are refused."""
    window = (3, 3), (1, 1), (1, 1), (1, 1)
    for offsets, reason in (((12, 9, 9), "are no 18x9x9"), ((18, 7, 9), "are no 18x9x9")):
        net = Builder({"map": (4, 9, 9), "offsets": offsets})
        with pytest.raises(ValueError, match=reason):
            net.add("conv", DeformConv(4, 4, *window), 0, 1)
    with pytest.raises(convcost.ConvcostError, match="2 spatial axes, not 1"):
        convcost.build("deform-conv", (8, 9))


@needs_torchvision
@pytest.mark.parametrize("form", ["module", "function"])
def test_deform_conv_values(form: str) -> None:
    """With offsets of zero it is the convolution, half of it where the mask is sigmoid(0)."""
    for modulated, share in ((False, 1.0), (True, 0.5)):
        params = {"k": 3, "stride": 2, "groups": 2, "modulated": modulated, "form": form}
        module = convcost.to_torch("deform-conv", (4, 9, 8), out=6, bias=True, **params)
        with torch.no_grad():
            offsets, conv = module.get_submodule("offsets"), module.get_submodule("conv")
            offsets.weight.zero_()  # type: ignore[operator, union-attr]
            offsets.bias.zero_()  # type: ignore[operator, union-attr]
            conv.bias.zero_()  # type: ignore[operator, union-attr]
            data = torch.rand(2, 4, 9, 8)
            weight: Any = conv.weight
            expected = share * functional.conv2d(data, weight, None, 2, 1, 1, 2)
            assert torch.allclose(module(data), expected, atol=1e-6)


def test_gated_linear_unit() -> None:
    """GLU writes half of the channels, weighed by the other half; odd channels have no half."""
    data = torch.rand(2, 6, 4, 5)
    for form in ("module", "function"):
        written = convcost.to_torch("glu", (6, 4, 5), form=form)(data)
        assert torch.allclose(written, data[:, :3] * torch.sigmoid(data[:, 3:]))
    assert convcost.build("glu", (6,)).output == (3,)
    with pytest.raises(convcost.ConvcostError, match="7 has no half"):
        convcost.build("glu", (7, 4, 5))


def test_gated_linear_unit_of_the_last_axis() -> None:
    """Of tokens x features the last axis is halved; another axis of a map is read as a whole."""
    assert GLU(-1).output((5, 8)) == (5, 4)
    assert (GLU(-1).reads, GLU(0).reads, GLU(2).reads) == ("position", "position", "other")
    with pytest.raises(ValueError, match="no axis 3"):
        GLU(3).check((4, 4, 4))


@pytest.mark.parametrize("shape", [(6, 7), (6, 7, 5), (6, 3, 4, 5)])
def test_local_response_norm(shape: Shape) -> None:
    """A local response norm keeps the map and has no parameters; the values are its paper's."""
    data = torch.rand(1, *shape)
    params = {"size": 3, "dims": len(shape) - 1}
    written = convcost.to_torch("local-response-norm", shape, **params)(data)
    squares = functional.pad((data**2).flatten(2)[:, None], (0, 0, 1, 1))[0, 0]
    sums = torch.stack([squares[channel : channel + 3].sum(0) for channel in range(6)])
    expected = data.flatten(2)[0] / (1 + 1e-4 / 3 * sums) ** 0.75
    assert torch.allclose(written.flatten(2)[0], expected)
    assert convcost.cost("local-response-norm", shape, **params) == convcost.Cost()


def test_local_response_norm_of_features() -> None:
    """On features, or over a window, it is refused: torch has a map's channels only."""
    with pytest.raises(convcost.ConvcostError, match="no map here"):
        convcost.build("local-response-norm", (6,))
    with pytest.raises(convcost.ConvcostError, match="one number of channels"):
        convcost.build("local-response-norm", (6, 4, 5), size=(2, 2))


@pytest.mark.parametrize(
    ("act", "module"), [("selu", "SELU"), ("celu", "CELU"), ("log_sigmoid", "LogSigmoid")]
)
def test_activations(act: str, module: str) -> None:
    """SELU, CELU and LogSigmoid are torch's, as a module and as a function."""
    data = torch.randn(2, 6, 4)
    for form in ("module", "function"):
        written = convcost.to_torch("act", (6, 4), act=act, form=form)(data)
        assert torch.equal(written, getattr(torch.nn, module)()(data))
    assert convcost.build("act", (6, 4), act=act.replace("_", "")).nodes[1].op.params == 0


LRN = behind_a_convolution("local-response-norm", (6, 7, 5), size=3)
DEFORMED = convcost.build("deform-conv", (4, 9, 8), out=6, offset_groups=2, modulated=True)


@pytest.mark.parametrize(
    ("tool", "norm", "deformed"),
    [
        ("thop@0.1.1", 11_340, 139_968),
        ("ultralytics-thop@2.2.3", 11_340, 139_968),
        ("ptflops@0.7", 11_340, 143_856),
        ("ptflops@0.7.1.2", None, 175_608),
        ("ptflops@0.7.2.1", 12_250, 175_608),
        ("ptflops@0.7.5", 12_250, 175_608),
        ("calflops@0.3.2", 23_590, 283_824),
        ("deepspeed@0.16.4", 23_590, 283_824),
        ("deepspeed@0.19.8", 23_590, 283_824),
        ("fvcore@0.1.5", 11_340, 139_968),
        ("mmengine@0.10.7", 11_340, 139_968),
        ("torchprofile@0.0.4", 11_970, 139_968),
        ("torch-profiler@2.13.0", 23_310, 280_368),
        ("torch-flops@0.4.1", 22_470, None),
    ],
)
def test_tools(tool: str, norm: int | None, deformed: int | None) -> None:
    """What tools printed for a norm over 3 channels behind a 3 x 3, and for a modulated one."""
    convention = find_convention(tool)
    assert count(LRN, convention).total == norm
    assert count(DEFORMED, convention).total == deformed


@pytest.mark.parametrize(
    ("act", "figure"), [("celu", 1400), ("log-sigmoid", 560), ("selu", 0), ("glu", 140)]
)
def test_keras(act: str, figure: int) -> None:
    """What TensorFlow 2.21 says of the activations of Keras 3.15, on 8 x 7 x 5."""
    kind, params = ("glu", {}) if act == "glu" else ("act", {"act": act})
    graph = convcost.build(kind, (8, 7, 5), **params)
    assert prod(graph.input) == 280
    assert count(graph, find_convention("tensorflow@2.21.0")).total == figure


def test_what_is_not_seen() -> None:
    """A tool without a rule for a deformable convolution has it among what it does not see."""
    for tool in ("thop", "fvcore", "torchprofile", "torch", "calflops", "torchstat"):
        assert "torchvision.ops.DeformConv2d" in unseen(count(DEFORMED, find_convention(tool)))


def test_sheets_of_tools(convcost: Program) -> None:
    """The sheet of a tool has what it does not know, by the name at which it listens."""
    for tool, name in (
        ("fvcore", "torchvision::deform_conv2d"),
        ("thop", "torchvision.ops.DeformConv2d"),
        ("calflops", "torchvision.ops.deform_conv2d"),
        ("torch", "torchvision.deform_conv2d"),
    ):
        [line] = [
            line for line in convcost("profilers", tool).out.splitlines() if "unknown to it" in line
        ]
        assert f" {name}," in line


def test_sums_by_kind(convcost: Program, tmp_path: Path) -> None:
    """A table by kind does not have a deformable convolution among the standard ones."""
    path = tmp_path / "n.yaml"
    path.write_text("networks: [{name: n, input: 4x9x9, layers: [deform-conv]}]")
    ran = convcost("show", path, "--by", "kind")
    rows = [line.split()[:3] for line in ran.out.splitlines() if " 3x3 " in line]
    assert rows == [["standard", "3x3", "1"], ["deform-conv", "3x3", "1"]]
