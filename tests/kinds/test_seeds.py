"""Every figure of the source articles: seeds sections A (modules) to E.

The expected numbers were printed by the articles or computed by hand from their definitions; none
comes from convcost.
"""

from fractions import Fraction
from typing import Any

import pytest

import convcost
from convcost.graph.builder import Builder
from convcost.graph.cost import cost
from convcost.graph.shift import shift
from convcost.kinds.convolutions import CORNERS, improved_symmetric
from convcost.ops.padding import Pad
from tests.support.networks import in_order


def parts(kind: str, input: tuple[int, ...], **params: Any) -> dict[str, tuple[int, int]]:
    """Params and MACs of each convolution of a kind, by path."""
    graph = convcost.build(kind, input, **params)
    return {
        node.path: (node.op.params, node.op.macs(node.shape))
        for node in graph.nodes
        if node.op.macs(node.shape)
    }


def test_issue_table() -> None:
    """The main job's table is that of the project's brief."""
    rows = {row.label: row for row in convcost.compare((24, 112, 112), 24, k=3).rows}
    expected = {
        "standard": (5_184, 65_028_096),
        "depthwise-separable": (792, 9_934_848),
        "spatially-separable": (3_456, 43_352_064),
        "xsepconv": (816, 10_235_904),
    }
    assert {name: (rows[name].cost.params, rows[name].cost.macs) for name in expected} == expected


def test_a_spatially_separable_module() -> None:
    """Section A: the depthwise module 3→3 has 24 params, and with p // 2 = 0 shrinks 32 to 30."""
    params = {"k": 3, "padding": 0, "bias": True, "pointwise": False}
    graph = convcost.build("spatially-separable-depthwise", (3, 32, 32), out=3, **params)
    assert sum(node.op.params for node in graph.nodes) == 3 * 3 + 3 + 3 * 3 + 3 == 24
    assert graph.output == (3, 30, 30)


def test_a_spatially_separable_example_cannot_be_built() -> None:
    """Section A: the article's own example 3→8 is refused, with the reason."""
    with pytest.raises(convcost.ConvcostError, match=r"8 output channels .* 3 groups"):
        convcost.build("spatially-separable-depthwise", (3, 32, 32), out=8, pointwise=False)


def test_a_depthwise_separable_module() -> None:
    """Section A: 3→8, k3, p1 with biases has 62 params and keeps 32 x 32."""
    graph = convcost.build("depthwise-separable", (3, 32, 32), out=8, k=3, padding=1, bias=True)
    assert sum(node.op.params for node in graph.nodes) == 3 * 9 + 3 + 3 * 8 + 8 == 62
    assert graph.output == (8, 32, 32)


def test_a_network_stages() -> None:
    """Section A: stem + stage of the network `Param` have the article's params at 416 x 416."""
    stem = convcost.cost("standard", (3, 416, 416), out=24, stride=2, norm="bn", act="relu")
    at = (24, 208, 208)
    finish: dict[str, Any] = {"norm": "bn", "act": "relu"}
    last = {"bias": True, "last_only": ["bias", "norm", "act"]}
    stages = {
        "standard": convcost.cost("standard", at, k=3, **finish),
        "depthwise separable": convcost.cost("depthwise-separable", at, k=3, **finish, **last),
        "spatially separable": convcost.cost("spatially-separable", at, k=3, **finish),
    }
    assert {name: (stem + stage).params for name, stage in stages.items()} == {
        "standard": 5_928,
        "depthwise separable": 1_560,
        "spatially separable": 4_248,
    }


def test_a_claim_of_nine_against_six() -> None:
    """Section A: per position a 3x3 takes 9 multiplications, 3x1 then 1x3 take 6."""
    standard = convcost.cost("standard", (1, 8, 8), k=3)
    separable = convcost.cost("spatially-separable", (1, 8, 8), k=3)
    assert (standard.macs / 64, separable.macs / 64) == (9, 6)


@pytest.mark.parametrize(("padding", "output"), [("same", (4, 5, 5)), ("valid", (4, 3, 3))])
def test_b_standard(padding: str, output: tuple[int, ...]) -> None:
    """Section B: 3→4, k3 on 5 x 5 has 108 params; SAME keeps the map, VALID leaves 3 x 3."""
    graph = convcost.build("standard", (3, 5, 5), out=4, k=3, padding=padding)
    assert (graph.nodes[-1].op.params, graph.output) == (108, output)


def test_b_depthwise_separable() -> None:
    """Section B: depthwise 27 and pointwise 12 params, together 39."""
    found = parts("depthwise-separable", (3, 5, 5), out=4, k=3)
    assert [params for params, _ in found.values()] == [27, 12]


def test_b_worked_example_counts() -> None:
    """Section B: depthwise_conv2d with multiplier 2 on 2x4x4, VALID, has 36 params and 144 MACs."""
    graph = convcost.build("depthwise", (2, 4, 4), k=3, multiplier=2, padding="valid")
    assert graph.output == (4, 2, 2)
    cost = convcost.cost("depthwise", (2, 4, 4), k=3, multiplier=2, padding="valid")
    assert (cost.params, cost.macs) == (36, 144)


@pytest.mark.parametrize("size", range(1, 12))
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("k", [1, 2, 3, 5])
@pytest.mark.parametrize("dilation", [1, 2])
def test_b_tensorflow_same(size: int, stride: int, k: int, dilation: int) -> None:
    """Section B: TensorFlow's SAME gives ceil(n/s), the smaller half of its zeros first."""
    graph = convcost.build(
        "standard", (1, size), k=k, stride=stride, dilation=dilation, padding="tf-same"
    )
    out = -(-size // stride)
    total = max((out - 1) * stride + dilation * (k - 1) + 1 - size, 0)
    assert graph.output == (1, out)
    pads = [node.op for node in graph.nodes if node.path == "conv.pad"]
    if total % 2:
        assert [pad.sides for pad in pads] == [((total // 2, total - total // 2),)]  # type: ignore[attr-defined]
    else:
        assert graph.nodes[-1].op.padding == (total // 2,)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("m", "n", "k", "hw"), [(3, 10, 3, 126), (24, 24, 3, 112), (7, 5, 2, 9)])
def test_c_ratio(m: int, n: int, k: int, hw: int) -> None:
    """Section C: depthwise-separable costs exactly 1/n + 1/k² of standard."""
    separable = convcost.cost("depthwise-separable", (m, hw, hw), out=n, k=k)
    standard = convcost.cost("standard", (m, hw, hw), out=n, k=k)
    assert standard.macs == k * k * m * n * hw * hw
    assert Fraction(separable.macs, standard.macs) == Fraction(1, n) + Fraction(1, k * k)


def test_c_example() -> None:
    """Section C: 3x5x5, depthwise k3 without padding, then pointwise 3→4 gives 4x3x3."""
    graph = convcost.build("depthwise-separable", (3, 5, 5), out=4, k=3, padding="valid")
    assert graph.output == (4, 3, 3)


def test_c_dilation() -> None:
    """Section C: dilation widens the kernel to d(k-1)+1 at the same cost."""
    plain = convcost.build("standard", (3, 32, 32), out=4, k=3, padding="valid")
    wide = convcost.build("standard", (3, 32, 32), out=4, k=3, padding="valid", dilation=(2, 3))
    assert wide.output == (4, 32 - 4, 32 - 6)
    assert wide.nodes[-1].op.params == plain.nodes[-1].op.params
    same = {"padding": "same", "out": 4, "k": 3}
    assert (
        convcost.cost("standard", (3, 32, 32), dilation=2, **same).macs
        == convcost.cost("standard", (3, 32, 32), **same).macs
    )


def test_c_receptive_field() -> None:
    """Section C: a 3x3 sees 3, and a second 3x3 on top of it sees 5."""
    [row] = convcost.compare((1, 9, 9), k=3, kinds=["standard"]).rows
    assert row.receptive_field == (3, 3)
    [row] = convcost.compare((1, 9, 9), k=3, dilation=2, kinds=["standard"]).rows
    assert row.receptive_field == (5, 5)
    from convcost.graph.builder import Builder
    from convcost.graph.receptive_field import receptive_field
    from convcost.kinds.parameters import make_window

    net = Builder((1, 9, 9))
    net.conv("first", 1, make_window(2, k=3))
    net.conv("second", 1, make_window(2, k=3))
    assert receptive_field(net.graph()) == (5, 5)


def test_c_exercise() -> None:
    """Section C: 3x128x128, 10 kernels 3x3, no padding and no bias."""
    found = parts("depthwise-separable", (3, 128, 128), out=10, k=3, padding="valid")
    assert list(found.values()) == [(27, 428_652), (30, 476_280)]
    graph = convcost.build("depthwise-separable", (3, 128, 128), out=10, k=3, padding="valid")
    assert graph.output == (10, 126, 126)


def test_d_four_kinds_on_one_shape() -> None:
    """Section D: 6x4x4 → 10x3x3, k2, s1, p0, no bias."""
    shape: dict[str, Any] = {"out": 10, "k": 2, "padding": 0}
    assert parts("standard", (6, 4, 4), **shape) == {"conv": (240, 2160)}
    assert parts("group", (6, 4, 4), groups=2, **shape) == {"conv": (120, 1080)}
    assert parts("depthwise-separable", (6, 4, 4), **shape) == {
        "depthwise": (24, 216),
        "pointwise": (60, 540),
    }
    assert convcost.build("standard", (6, 4, 4), **shape).output == (10, 3, 3)


@pytest.mark.parametrize(("k", "xsep", "plain"), [(3, 10, 9), (5, 14, 25), (7, 18, 49)])
def test_e_basic_block(k: int, xsep: int, plain: int) -> None:
    """Section E: per channel 4 + 2k weights against k², which pays from k = 5."""
    found = parts("xsepconv", (6, 16, 16), k=k)
    assert [found[path][0] // 6 for path in ("2x2", "1xk", "kx1")] == [4, k, k]
    assert sum(found[path][0] for path in ("2x2", "1xk", "kx1")) == 6 * xsep
    assert convcost.cost("depthwise", (6, 16, 16), k=k).params == 6 * plain


@pytest.mark.parametrize(
    ("k", "xsep", "plain"), [(3, 6.25, 2.25), (5, 7.75, 6.25), (7, 9.25, 12.25)]
)
def test_e_down_sampling_block(k: int, xsep: float, plain: float) -> None:
    """Section E: MACs per input position 4 + k/2 + k/4 against k²/4, which pays from k = 7."""
    found = parts("xsepconv", (1, 16, 16), k=k, stride=2)
    assert sum(found[path][1] for path in ("2x2", "1xk", "kx1")) / 256 == xsep
    assert convcost.cost("depthwise", (1, 16, 16), k=k, stride=2).macs / 256 == plain
    ops = {node.path: node.op for node in convcost.build("xsepconv", (1, 16, 16), stride=2).nodes}
    strides = {path: ops[path].stride for path in ("2x2", "1xk", "kx1")}  # type: ignore[attr-defined]
    assert strides == {"2x2": (1, 1), "1xk": (1, 2), "kx1": (2, 1)}


@pytest.mark.parametrize("direction", ["right-top", "right-bottom", "left-top", "left-bottom"])
def test_e_padding_changes_no_count(direction: str) -> None:
    """Section E: the direction of the 2 x 2 changes neither params nor MACs nor the output."""
    symmetric = convcost.compare((8, 14, 14), kinds=["xsepconv"], direction="symmetric").rows[0]
    [row] = convcost.compare((8, 14, 14), kinds=["xsepconv"], direction=direction).rows
    assert (row.cost.params, row.cost.macs) == (symmetric.cost.params, symmetric.cost.macs)
    assert row.output == symmetric.output == (8, 14, 14)


SMALL = (
    *(("plain", 3, 16, 16, "relu", True, 2), ("plain", 3, 72, 24, "relu", False, 2)),
    *(("plain", 3, 88, 24, "relu", False, 1), ("plain", 5, 96, 40, "hardswish", True, 2)),
    *[("xsep", 5, 240, 40, "hardswish", True, 1)] * 2,
    ("xsep", 5, 120, 48, "hardswish", True, 1),
    ("xsep", 5, 144, 48, "hardswish", True, 1),
    ("plain", 5, 288, 96, "hardswish", True, 2),
    *[("xsep", 3, 576, 96, "hardswish", True, 1)] * 2,
)
"""XSepMobileNetV3-Small: block, k, channels inside, channels out, act, squeeze-excite, stride."""


def xsep_mobilenet(**xsep: Any) -> Builder:
    """XSepMobileNetV3-Small on 3 x 224 x 224, with parameters of its xsep blocks."""
    act = {"act": "hardswish"}
    layers: list[tuple[str, dict[str, Any]]] = [("conv-bn-act", {"out": 16, "stride": 2, **act})]
    for block, k, width, out, name, se, stride in SMALL:
        given = {"k": k, "width": width, "out": out, "act": name, "se": se, "stride": stride}
        layers.append((f"{block}-block", given | (xsep if block == "xsep" else {})))
    layers += [("conv-bn-act", {"out": 576, "k": 1, **act}), ("mean", {})]
    layers += [("linear", {"out": 1280}), ("norm", {}), ("act", act), ("linear", {"out": 1000})]
    net = Builder((3, 224, 224))
    in_order(layers).append(net, {}, {})
    return net


@pytest.mark.parametrize(
    ("pad_first", "macs"), [(False, 58_004_384), (True, 60_559_712)], ids=["after", "before"]
)
def test_e_network(pad_first: bool, macs: int) -> None:
    """Section E: XSepMobileNetV3-Small with the padding after or, as its code, before the 1 x 1."""
    net = xsep_mobilenet(pad_first=pad_first)
    found = cost(net.graph())
    assert (found.params, found.macs) == (2_889_512, macs)
    assert net.corners_asked == 6


def test_e_network_shifts() -> None:
    """Section E: by its code's directions the shifts of four blocks cancel, and of two more."""
    ruled = xsep_mobilenet().graph()
    assert shift(ruled) == (0, 0)
    alike = xsep_mobilenet(direction="right-bottom").graph()
    assert shift(alike) == (-4 * 16 - 2 * 32,) * 2
    pads = [node.op.sides for node in ruled.nodes if isinstance(node.op, Pad)]
    assert pads == [CORNERS[direction].sides for direction in improved_symmetric(6)]
