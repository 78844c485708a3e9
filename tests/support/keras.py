"""Networks as keras.applications builds them: biases in convolutions, and a softmax at the end."""

from __future__ import annotations

from collections.abc import Callable

from convcost.graph.builder import Builder
from convcost.graph.nodes import Graph
from convcost.ops.convolutions import Conv
from convcost.ops.maps import Activation, Elementwise, Norm, Softmax
from convcost.ops.moves import Flatten
from convcost.ops.padding import Pad
from convcost.ops.pools import Mean, Pool
from convcost.ops.products import Linear
from convcost.sources.shipped import find_network


def resnet50() -> Graph:
    """ResNet50: the stride on the first 1 x 1, zeros around the map before it is pooled."""
    net = Builder((3, 224, 224))
    net.add("pad1", Pad(((3, 3), (3, 3))))
    _conv(net, "stem", 64, 7, 2, norm=True, act=True)
    net.add("pad2", Pad(((1, 1), (1, 1))))
    net.add("pool", Pool("max", (3, 3), (2, 2), (0, 0)))
    for stage, (width, blocks, stride) in enumerate(
        [(64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)]
    ):
        for block in range(blocks):
            _bottleneck(net, f"{stage}.{block}", width, stride if block == 0 else 1, block == 0)
    net.add("mean", Mean())
    net.add("linear", Linear(net.channels, 1000))
    net.add("softmax", Softmax())
    return net.graph()


def vgg16() -> Graph:
    """VGG16."""
    net = Builder((3, 224, 224))
    for stage, (out, layers) in enumerate([(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)]):
        for layer in range(layers):
            _conv(net, f"{stage}.{layer}", out, 3, padding=1, act=True)
        net.add(f"{stage}.pool", Pool("max", (2, 2), (2, 2), (0, 0)))
    net.add("flatten", Flatten())
    for index, out in enumerate((4096, 4096, 1000)):
        net.add(f"linear{index}", Linear(net.channels, out))
        net.add(f"act{index}", Activation("relu") if index < 2 else Softmax())
    return net.graph()


def with_softmax(name: str) -> Graph:
    """A shipped network with a softmax at its end."""
    network = find_network(name)
    assert network is not None
    net = Builder(network.input)
    network.uses[0].kind.append(net, {}, {})
    net.add("softmax", Softmax())
    return net.graph()


NETWORKS: dict[str, Callable[[], Graph]] = {
    "keras ResNet50": resnet50,
    "keras VGG16": vgg16,
    "keras MobileNet": lambda: with_softmax("MobileNetV1 1.0"),
    "keras MobileNetV2": lambda: with_softmax("MobileNetV2"),
}


def _conv(
    net: Builder,
    path: str,
    out: int,
    size: int,
    stride: int = 1,
    *,
    padding: int = 0,
    norm: bool = False,
    act: bool = False,
) -> None:
    window = ((size, size), (stride, stride), (padding, padding), (1, 1))
    net.add(path, Conv(net.channels, out, *window, 1, True))
    if norm:
        net.add(f"{path}.norm", Norm("batch", out))
    if act:
        net.add(f"{path}.act", Activation("relu"))


def _bottleneck(net: Builder, path: str, width: int, stride: int, projected: bool) -> None:
    start = shortcut = net.last
    if projected:
        _conv(net, f"{path}.shortcut", 4 * width, 1, stride, norm=True)
        shortcut, net.last = net.last, start
    _conv(net, f"{path}.1", width, 1, stride, norm=True, act=True)
    _conv(net, f"{path}.2", width, 3, padding=1, norm=True, act=True)
    _conv(net, f"{path}.3", 4 * width, 1, norm=True)
    net.add(f"{path}.add", Elementwise("add"), shortcut, net.last)
    net.add(f"{path}.act", Activation("relu"))
