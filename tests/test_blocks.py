"""Networks built of kinds: params and MACs are those measured on their authors' or torch's code."""

from collections.abc import Iterator
from typing import Any

from convcost.cost import cost
from convcost.graph import Builder, Graph
from convcost.kinds import KINDS
from convcost.networks import network

Layer = tuple[str, dict[str, Any]]
Layers = Iterator[Layer]


def graph_of(layers: Layers, size: int = 224, corners: tuple[str, ...] = ()) -> Graph:
    """A network of these layers on an image."""
    net = Builder((3, size, size))
    net.corners = corners
    whole = network("network", [(KINDS[name], given) for name, given in layers])
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


LARGE = """3 16 16 - relu 1, 3 64 24 - relu 2, 3 72 24 - relu 1, 5 72 40 24 relu 2,
5 120 40 32 relu 1, 5 120 40 32 relu 1, 3 240 80 - hardswish 2, 3 200 80 - hardswish 1, 3 184 80 - hardswish 1,
3 184 80 - hardswish 1, 3 480 112 120 hardswish 1, 3 672 112 168 hardswish 1,
5 672 160 168 hardswish 2, 5 960 160 240 hardswish 1, 5 960 160 240 hardswish 1"""
SMALL = """3 16 16 8 relu 2, 3 72 24 - relu 2, 3 88 24 - relu 1, 5 96 40 24 hardswish 2,
5 240 40 64 hardswish 1, 5 240 40 64 hardswish 1, 5 120 48 32 hardswish 1, 5 144 48 40 hardswish 1,
5 288 96 72 hardswish 2, 5 576 96 144 hardswish 1, 5 576 96 144 hardswish 1"""
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
