"""A network in Python."""

import doctest
from collections.abc import Callable
from pathlib import Path

import pytest

import convcost
from convcost import network_api
from tests.support.paths import CONFIGS


def test_docstring() -> None:
    """The module's own example gives what it prints."""
    assert doctest.testmod(network_api).failed == 0


@pytest.mark.parametrize("name", ["resnet50", "ResNet-50", CONFIGS / "resnet50.yaml"])
def test_network(name: str | Path) -> None:
    """A network is had by its name or its path, and knows what it costs."""
    net = convcost.network(name)
    assert (net.name, net.input, net.output) == ("ResNet-50", (3, 224, 224), (1000,))
    assert (net.cost.params, net.cost.macs) == (25557032, 4089184256)
    assert "1512.03385" in net.source
    assert repr(net) == "<network ResNet-50: 25,557,032 params, 4,089,184,256 MACs>"


def test_settings() -> None:
    """Parameters, the input's size and the batch may be others; one network of several is named."""
    net = convcost.network("mobilenet_v2", set={"width": 1.4})
    assert (net.cost.params, net.cost.macs) == (6108776, 582195824)
    assert convcost.network("mobilenet_v2", hw=160).cost.macs == 154083200
    assert convcost.network("mobilenet_v2", hw=(160, 160), batch=3).cost.macs == 3 * 154083200
    assert convcost.network(CONFIGS / "resnet.yaml", only="ResNet-34").cost.params == 21797672


def test_rows() -> None:
    """Layers add up to the whole, however far they are opened."""
    net = convcost.network("resnet50", batch=2)
    assert [layer.path for layer in net.rows()[:3]] == [
        "1.conv-bn-act",
        "2.max-pool",
        "3.bottleneck",
    ]
    for depth in (1, 2, 9):
        total = sum(layer.cost for layer in net.rows(depth))
        assert total == net.cost
    assert len(net.rows(9)) == len(net.graph.nodes) - 1
    first = net.rows()[0]
    assert (first.op, first.output) == ("3 ops", (64, 112, 112))
    assert repr(first).startswith("<layer 1.conv-bn-act, 3 ops: 64x112x112, 9,536 params")


def test_tools() -> None:
    """What a tool prints, and why it is not what another prints, or convcost itself counts."""
    net = convcost.network("resnet50")
    assert net.printed_by("thop").total == 4133742592
    found = net.explain("thop", "fvcore")
    assert found.difference == 4111512576 - 4133742592
    assert found.difference == sum(item.difference for item in found.items)
    assert net.explain("thop").difference == 4133742592 - 4089184256
    assert net.explain("torch").difference == 0


def test_to_torch() -> None:
    """The torch module has as many parameters."""
    net = convcost.network("squeezenet")
    assert sum(each.numel() for each in net.to_torch().parameters()) == net.cost.params


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: convcost.network("standard"), "standard is a kind of layer; convcost.cost takes"),
        (lambda: convcost.network("resnet5x"), "resnet5x: no kind, file or network is called so"),
        (lambda: convcost.network(CONFIGS / "resnet.yaml"), "only= takes one of ResNet-18, ResN"),
        (lambda: convcost.network("vgg", set={"widt": 3}), "^set: no parameter 'widt'"),
        (lambda: convcost.network("vgg", hw=0), "^hw: must be at least 1"),
        (lambda: convcost.network("vgg", batch=-1), "^batch: must be at least 1"),
        (lambda: convcost.network("vgg").printed_by("thob"), "no tool 'thob'; did you mean 'thop'"),
        (lambda: convcost.cost("standard", (1, 3, 224, 224), out=8), "needs dims=3; N x C x H x W"),
        (lambda: convcost.compare((1, 3, 8, 8)), r"is \(3, 8, 8\) with batch=1"),
        (lambda: convcost.build("standard", (3, 8, 8), dims=3), "hw has 2 numbers for 3 dims"),
    ],
)
def test_mistakes(call: Callable[[], object], message: str) -> None:
    """What is wrong is said in the words of Python."""
    with pytest.raises(convcost.ConvcostError, match=message):
        call()


def test_volume() -> None:
    """Four numbers are a volume where dims says so."""
    assert convcost.cost("standard", (1, 3, 8, 8), out=8, dims=3).macs == 27 * 8 * 3 * 8 * 8
    assert convcost.cost("standard", (4, 8), out=8, dims=1).macs == 3 * 4 * 8 * 8
