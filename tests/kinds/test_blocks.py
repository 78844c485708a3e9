"""Networks built of kinds: params and MACs are those measured on their authors' or torch's code."""

from collections.abc import Iterator
from typing import Any

import pytest

import convcost
from convcost.api import KINDS
from convcost.counting.counts import count
from convcost.counting.profilers import find_convention
from convcost.graph.builder import Builder
from convcost.graph.cost import cost
from convcost.graph.nodes import Graph
from convcost.graph.receptive_field import receptive_field
from convcost.graph.shift import shift
from convcost.kinds.convolutions import improved_symmetric
from convcost.ops.op import Shape
from convcost.ops.padding import Pad
from tests.support.networks import in_order

Layer = tuple[str, dict[str, Any]]
Layers = Iterator[Layer]


def graph_of(layers: Layers, size: int = 224) -> Graph:
    """A network of these layers on an image."""
    net = Builder((3, size, size))
    whole = in_order(layers)
    whole.append(net, {}, {})
    return net.graph()


def figures(layers: Layers, size: int = 224) -> tuple[int, int]:
    """Params and MACs of a network."""
    own = cost(graph_of(layers, size))
    return own.params, own.macs


def head(classes: int = 1000, **linear: Any) -> Layers:
    """Global pooling and a linear layer."""
    yield "mean", {}
    yield "linear", {"out": classes, **linear}


def resnet(kind: str, depths: tuple[int, ...], widths: tuple[int, ...], **given: Any) -> Layers:
    """ResNet's stem, four stages of a block, and its head."""
    yield "conv-bn-act", {"out": 64, "k": 7, "stride": 2}
    yield "max-pool", {"k": 3, "stride": 2, "padding": 1}
    for stage, (depth, width) in enumerate(zip(depths, widths, strict=True)):
        for block in range(depth):
            own = {"width": width // 2} if given.get("groups") else {}
            stride = 2 if stage and not block else 1
            yield kind, {"out": width, "stride": stride, **own, **given}
    yield from head()


def cifar_resnet(shortcut: str) -> Layers:
    """The 56 layers for images of 32 x 32."""
    yield "conv-bn-act", {"out": 16}
    for out, first in ((16, 1), (32, 2), (64, 2)):
        for block in range(9):
            own = "auto" if shortcut == "first" else shortcut
            yield "basic-block", {"out": out, "stride": 1 if block else first, "shortcut": own}
    yield from head(10)


def regnet(depths: tuple[int, ...], widths: tuple[int, ...], group: int, se: bool) -> Layers:
    """RegNetX, or RegNetY with squeeze-excite to a quarter of what comes into a block."""
    yield "conv-bn-act", {"out": 32, "stride": 2}
    for depth, width, before in zip(depths, widths, (32, *widths), strict=False):
        for block in range(depth):
            squeeze = (width if block else before) // 4 if se else None
            given = {"width": width, "groups": width // group, "stride": 1 if block else 2}
            yield "bottleneck", {"out": width, "squeeze": squeeze, **given}
    yield from head()


def squeezenet() -> Layers:
    """SqueezeNet 1.0 as in torchvision."""
    bare = {"bias": True, "norm": "none"}
    pool = ("max-pool", {"k": 3, "stride": 2, "ceil": True})
    yield "conv-bn-act", {"out": 96, "k": 7, "stride": 2, "padding": 0, **bare}
    yield pool
    for out in (128, 128, 256):
        yield "fire", {"out": out}
    yield pool
    for out in (256, 384, 384, 512):
        yield "fire", {"out": out}
    yield pool
    yield "fire", {"out": 512}
    yield "conv-bn-act", {"out": 1000, "k": 1, **bare}
    yield "mean", {}


def densenet() -> Layers:
    """DenseNet-121."""
    yield "conv-bn-act", {"out": 64, "k": 7, "stride": 2}
    yield "max-pool", {"k": 3, "stride": 2, "padding": 1}
    channels = 64
    for stage, depth in enumerate((6, 12, 24, 16)):
        if stage:
            channels //= 2
            yield "norm", {}
            yield "act", {}
            yield "pointwise", {"out": channels}
            yield "avg-pool", {}
        for _ in range(depth):
            yield "dense-layer", {}
        channels += 32 * depth
    yield "norm", {}
    yield from head()


def shuffle_v1(groups: int, out: int, stem: int = 24, bias: bool = True) -> Layers:
    """ShuffleNet."""
    yield "conv-bn-act", {"out": stem, "stride": 2}
    yield "max-pool", {"k": 3, "stride": 2, "padding": 1}
    for stage, depth in enumerate((4, 8, 4)):
        for block in range(depth):
            first = {"stride": 1 if block else 2, "dense_first": not stage and not block}
            yield "shuffle-unit-v1", {"out": out << stage, "groups": groups, **first}
    yield from head(bias=bias)


def shuffle_v2(widths: tuple[int, ...], last: int, split: str) -> Layers:
    """ShuffleNetV2."""
    yield "conv-bn-act", {"out": 24, "stride": 2}
    yield "max-pool", {"k": 3, "stride": 2, "padding": 1}
    for depth, out in zip((4, 8, 4), widths, strict=True):
        for block in range(depth):
            yield "shuffle-unit-v2", {"out": out, "stride": 1 if block else 2, "split": split}
    yield "conv-bn-act", {"out": last, "k": 1}
    yield from head(bias=split == "half")


def convnext(depths: tuple[int, ...], width: int) -> Layers:
    """ConvNeXt."""
    for stage, depth in enumerate(depths):
        patch = {"k": 2, "stride": 2} if stage else {"k": 4, "stride": 4}
        norm: Layer = ("layer-norm", {})
        down: Layer = ("standard", {"out": width << stage, "padding": 0, "bias": True, **patch})
        yield from (norm, down) if stage else (down, norm)
        for _ in range(depth):
            yield "convnext-block", {}
    yield "mean", {}
    yield "layer-norm", {}
    yield "linear", {"out": 1000}


def efficientnet() -> Layers:
    """EfficientNet-B0."""
    act = {"act": "silu"}
    yield "conv-bn-act", {"out": 32, "stride": 2, **act}
    stages = (
        *((1, 16, 3, 1, 1), (6, 24, 3, 2, 2), (6, 40, 5, 2, 2), (6, 80, 3, 2, 3)),
        *((6, 112, 5, 1, 3), (6, 192, 5, 2, 4), (6, 320, 3, 1, 1)),
    )
    channels = 32
    for expand, out, k, stride, depth in stages:
        for block in range(depth):
            given = {"expand": expand, "k": k, "stride": 1 if block else stride}
            squeeze = {"squeeze": channels // 4, "squeeze_act": "silu"}
            yield "inverted-residual", {"out": out, **given, **squeeze, **act}
            channels = out
    yield "conv-bn-act", {"out": 1280, "k": 1, **act}
    yield from head()


def efficientnet_v2() -> Layers:
    """EfficientNetV2-S."""
    act = {"act": "silu"}
    yield "conv-bn-act", {"out": 24, "stride": 2, **act}
    channels = 24
    for expand, out, stride, depth in ((1, 24, 1, 2), (4, 48, 2, 4), (4, 64, 2, 4)):
        for block in range(depth):
            given = {"expand": expand, "stride": 1 if block else stride}
            yield "fused-inverted-residual", {"out": out, **given}
            channels = out
    for expand, out, stride, depth in ((4, 128, 2, 6), (6, 160, 1, 9), (6, 256, 2, 15)):
        for block in range(depth):
            given = {"expand": expand, "stride": 1 if block else stride, "squeeze": channels // 4}
            yield "inverted-residual", {"out": out, "squeeze_act": "silu", **given, **act}
            channels = out
    yield "conv-bn-act", {"out": 1280, "k": 1, **act}
    yield from head()


LARGE = """
3 16 16 - relu 1, 3 64 24 - relu 2, 3 72 24 - relu 1, 5 72 40 24 relu 2, 5 120 40 32 relu 1,
5 120 40 32 relu 1, 3 240 80 - hardswish 2, 3 200 80 - hardswish 1, 3 184 80 - hardswish 1,
3 184 80 - hardswish 1, 3 480 112 120 hardswish 1, 3 672 112 168 hardswish 1,
5 672 160 168 hardswish 2, 5 960 160 240 hardswish 1, 5 960 160 240 hardswish 1
"""
SMALL = """
3 16 16 8 relu 2, 3 72 24 - relu 2, 3 88 24 - relu 1, 5 96 40 24 hardswish 2,
5 240 40 64 hardswish 1, 5 240 40 64 hardswish 1, 5 120 48 32 hardswish 1, 5 144 48 40 hardswish 1,
5 288 96 72 hardswish 2, 5 576 96 144 hardswish 1, 5 576 96 144 hardswish 1
"""
"""MobileNetV3: kernel, channels inside, channels out, channels of the squeeze, act, stride."""


def mobilenet_v3(rows: str, last: int, features: int) -> Layers:
    """MobileNetV3 as in torchvision."""
    yield "conv-bn-act", {"out": 16, "stride": 2, "act": "hardswish"}
    for row in rows.split(","):
        k, width, out, squeeze, act, stride = row.split()
        inner = {} if squeeze == "-" else {"squeeze": int(squeeze), "gate": "hardsigmoid"}
        sizes = {"k": int(k), "width": int(width), "out": int(out), "stride": int(stride)}
        yield "inverted-residual", {**sizes, **inner, "act": act}
    yield "conv-bn-act", {"out": last, "k": 1, "act": "hardswish"}
    yield from head(features)
    yield "act", {"act": "hardswish"}
    yield "linear", {"out": 1000}


BASIC, BOTTLENECK = (64, 128, 256, 512), (256, 512, 1024, 2048)
NETWORKS = {
    "ResNet-18": (resnet("basic-block", (2, 2, 2, 2), BASIC), 11_689_512, 1_814_073_344),
    "ResNet-34, option A": (
        *(resnet("basic-block", (3, 4, 6, 3), BASIC, shortcut="padded"), 21_623_848),
        3_644_493_824,
    ),
    "ResNet-50, stride in the first 1 x 1": (
        *(resnet("bottleneck", (3, 4, 6, 3), BOTTLENECK, stride_on="first"), 25_557_032),
        3_857_973_248,
    ),
    "ResNeXt-50 32x4d": (
        *(resnet("bottleneck", (3, 4, 6, 3), BOTTLENECK, groups=32), 25_028_904),
        4_230_479_872,
    ),
    "SqueezeNet 1.0": (squeezenet(), 1_248_424, 818_924_576),
    "DenseNet-121": (densenet(), 7_978_856, 2_834_161_664),
    "ShuffleNetV1 1x, g=1": (shuffle_v1(1, 144), 1_531_936, 143_078_976),
    "ShuffleNetV1 1x, g=3": (shuffle_v1(3, 240), 1_865_728, 137_460_672),
    "ShuffleNetV1 1x, g=8": (shuffle_v1(8, 384), 2_434_768, 138_365_952),
    "ShuffleNetV1 2x, g=3": (shuffle_v1(3, 480, 48, False), 5_449_776, 524_045_184),
    "ShuffleNetV2 0.5x": (shuffle_v2((48, 96, 192), 1024, "rest"), 1_365_792, 40_476_448),
    "ShuffleNetV2 1x": (shuffle_v2((116, 232, 464), 1024, "rest"), 2_278_760, 145_814_296),
    "ShuffleNetV2 1x, torchvision": (
        *(shuffle_v2((116, 232, 464), 1024, "half"), 2_278_604),
        144_907_992,
    ),
    "ConvNeXt-T": (convnext((3, 3, 9, 3), 96), 28_589_128, 4_455_531_264),
    "EfficientNet-B0": (efficientnet(), 5_288_548, 385_814_752),
    "MobileNetV3-Large": (mobilenet_v3(LARGE, 960, 1280), 5_483_032, 216_589_760),
    "MobileNetV3-Small": (mobilenet_v3(SMALL, 576, 1024), 2_542_856, 56_510_400),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_of_kinds(name: str) -> None:
    """Networks built of kinds have the figures of the authors' own code at 3 x 224 x 224."""
    layers, params, macs = NETWORKS[name]
    assert figures(layers) == (params, macs)


def test_efficientnet_v2() -> None:
    """EfficientNetV2-S has its authors' figures at 384 x 384."""
    assert figures(efficientnet_v2(), 384) == (21_458_488, 8_365_617_152)


@pytest.mark.parametrize(
    ("layers", "size", "params", "flops"),
    [
        (regnet((1, 1, 4, 7), (24, 56, 152, 368), 8, False), 224, 2_684_792, 199_040_872),
        (regnet((1, 3, 6, 6), (48, 104, 208, 440), 8, True), 224, 4_344_144, 401_849_056),
        (cifar_resnet("none"), 32, 853_018, 125_485_706),
        (cifar_resnet("auto"), 32, 855_770, 125_747_850),
    ],
)
def test_pycls(layers: Layers, size: int, params: int, flops: int) -> None:
    """RegNetX-200MF, RegNetY-400MF and 56 layers with and without shortcuts count as pycls did."""
    graph = graph_of(layers, size)
    found = count(graph, find_convention("pycls"))
    assert (found.params, found.total) == (params, flops)


def cost_of(kind: str, shape: Shape, **given: Any) -> tuple[int, int, Shape]:
    """Params, MACs and output of one kind."""
    graph = convcost.build(kind, shape, **given)
    own = cost(graph)
    return own.params, own.macs, graph.output


def test_ghost_module() -> None:
    """16 to 25 channels: 13 by a 1 x 1 and 13 by a depthwise 3 x 3, of which one is dropped."""
    params = 16 * 13 + 2 * 13 + 9 * 13 + 2 * 13
    assert cost_of("ghost-module", (16, 8, 8), out=25) == (
        params,
        64 * (16 * 13 + 9 * 13),
        (25, 8, 8),
    )


def test_mixed_depthwise() -> None:
    """11 channels in three parts are 5, 3 and 3."""
    weights = 5 * 9 + 3 * 25 + 3 * 49
    found = cost_of("mixed-depthwise", (11, 8, 8), kernels=[3, 5, 7], stride=2)
    assert found == (weights + 2 * 11, 16 * weights, (11, 4, 4))


def test_fused_without_expansion() -> None:
    """A fused block that expands nothing is one convolution with its activation."""
    graph = convcost.build("fused-inverted-residual", (8, 9, 9), expand=1)
    assert [node.path for node in graph.nodes[1:]] == ["conv", "conv.norm", "conv.act", "add"]


def test_squeeze_excite_of_the_article() -> None:
    """Section E: norms in the place of biases, and a hard sigmoid."""
    given: dict[str, Any] = {"norm": "batch", "bias": False, "gate": "hardsigmoid"}
    graph = convcost.build("squeeze-excite", (16, 8, 8), **given)
    assert [str(node.op) for node in graph.nodes[1:]] == [
        *("adaptive avg pool to 1x1", "conv 1x1", "batch norm", "relu"),
        *("conv 1x1", "batch norm", "hardsigmoid", "mul"),
    ]
    assert cost_of("squeeze-excite", (16, 8, 8), **given)[0] == 2 * 64 + 2 * 4 + 2 * 16


@pytest.mark.parametrize(
    ("shortcut", "paths"),
    [
        ("auto", {"shortcut", "add"}),
        ("padded", {"shortcut.subsample", "shortcut.pad", "add"}),
        ("none", set()),
    ],
)
def test_shortcuts(shortcut: str, paths: set[str]) -> None:
    """A block that changes the shape projects its input, pads it, or has no shortcut."""
    graph = convcost.build("basic-block", (8, 9, 9), out=16, stride=2, shortcut=shortcut)
    found = {node.path for node in graph.nodes}
    assert {each for each in found if each.startswith(("shortcut", "add"))} - {
        "shortcut.norm",
        "add.act",
    } == paths
    assert graph.nodes[-1].path == ("conv2.act" if shortcut == "none" else "add.act")


def test_receptive_field_through_channels_last() -> None:
    """Layer norm and linear layers over the channels see what their position sees."""
    graph = convcost.build("convnext-block", (4, 20, 30), k=(7, 5))
    assert receptive_field(graph) == (7, 5)
    assert receptive_field(graph_of(iter([("convnext-block", {"k": 7})] * 2), 32)) == (13, 13)


@pytest.mark.parametrize("layers", range(2, 13))
@pytest.mark.parametrize("kind", ["xsepconv", "xsep-block"])
def test_improved_symmetric(kind: str, layers: int) -> None:
    """With the rule's directions the half-pixel shifts of any number of layers cancel."""
    given: dict[str, Any] = {"out": 4, "k": 5} | ({} if kind == "xsepconv" else {"width": 8})
    stem: tuple[str, dict[str, Any]] = ("standard", {"out": 4, "stride": 2})
    assert shift(graph_of(iter([stem, *[(kind, given)] * layers]), 32)) == (0, 0)
    given["direction"] = "right-bottom"
    moved = shift(graph_of(iter([stem, *[(kind, given)] * layers]), 32))
    assert moved == (-2 * layers, -2 * layers)


def test_improved_symmetric_opposite() -> None:
    """Where two or three are left of the turn, two of them are opposite to each other."""
    opposite = ["right-bottom", "left-top"]
    assert improved_symmetric(6)[-2:] == opposite
    assert improved_symmetric(7)[-3:] == [*opposite, "symmetric"]
    assert improved_symmetric(5)[-1] == improved_symmetric(1)[0] == "symmetric"
    assert len(set(improved_symmetric(4))) == 4


def test_shift_of_padding_before_the_expansion() -> None:
    """The article's early padding shifts as much, and without 2 x 2 there is no shift to tell."""
    given: dict[str, Any] = {"out": 4, "direction": "left-top", "pad_first": True}
    assert shift(convcost.build("xsep-block", (4, 9, 9), **given)) == (1, 1)
    assert shift(convcost.build("plain-block", (4, 9, 9))) is None
    assert shift(convcost.build("standard", (4, 9, 9), stride=2, padding="tf-same")) is None


def test_corners_are_counted() -> None:
    """A network knows how many of its 2 x 2 convolutions asked for a direction."""
    net = Builder((4, 9, 9))
    net.corners = ["left-top"]
    for number, direction in enumerate(("auto", "left-bottom", "auto")):
        net.scope = f"{number}."
        KINDS["xsepconv"].append(net, {"direction": direction}, {})
    pads = [node.op.sides for node in net.nodes if isinstance(node.op, Pad)]
    assert net.corners_asked == 2
    assert pads == [((1, 0), (1, 0)), ((0, 1), (1, 0)), ((0, 1), (0, 1))]


@pytest.mark.parametrize(
    ("kind", "given", "reason"),
    [
        ("shuffle-unit-v1", {"out": 8, "stride": 2}, "8 output channels leave none"),
        ("shuffle-unit-v2", {"out": 4, "stride": 2}, "4 output channels leave none"),
        ("basic-block", {"out": 4, "shortcut": "padded"}, "cannot make 4 of 8"),
        ("xsep-block", {"pad_first": True, "direction": "symmetric"}, "pads all channels"),
        ("mixed-depthwise", {"kernels": [3] * 9}, "8 channels cannot be split into 9"),
        ("channel-shuffle", {"groups": 3}, "8 channels cannot be divided into 3"),
        ("fire", {"out": 4}, "give squeeze"),
        ("convnext-block", {"act": "prelu"}, "prelu is over channels, which are last here"),
    ],
)
def test_reasons(kind: str, given: dict[str, Any], reason: str) -> None:
    """What cannot be built says why."""
    with pytest.raises(convcost.ConvcostError, match=reason):
        convcost.build(kind, (8, 9, 9), **given)


def test_prelu() -> None:
    """A PReLU has a slope for each channel, as `nn.PReLU(channels)` has, and one if it is shared.

    The first layer of FSRCNN (arXiv 1608.00367), 5 x 5 to 56 channels: 56·25 + 56 + 56.
    """
    given = {"out": 56, "k": 5, "bias": True}
    assert convcost.cost("standard", (1, 32, 32), act="prelu", **given).params == 1512
    assert convcost.cost("standard", (1, 32, 32), act="prelu-shared", **given).params == 1457
    assert convcost.cost("act", (7, 4, 4), act="prelu").params == 7
    assert "2·C_out" in convcost.formulas("standard", (1, 32, 32), act="prelu", **given)["params"]
