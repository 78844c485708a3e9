"""Kinds of today's convolutional networks, against modules that were written out by hand.

What the modules do is what the authors' code does: its figures, and what comes out of the same
weights.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

import convcost
from convcost.graph.nodes import Graph
from convcost.graph.receptive_field import receptive_field
from convcost.pytorch.modules import GraphModule


def conv(
    source: int, out: int, k: int = 1, act: nn.Module | None = None, **options: Any
) -> nn.Module:
    """A convolution that keeps the map at stride 1, a batch norm, and an activation."""
    padding = options.get("dilation", 1) * (k // 2)
    layers = [nn.Conv2d(source, out, k, padding=padding, bias=False, **options)]
    return nn.Sequential(*layers, nn.BatchNorm2d(out), act or nn.Identity())


class Cbam(nn.Module):
    """CBAM as its authors wrote it, with 1 x 1 in the place of linear layers."""

    def __init__(self, channels: int, inner: int, k: int, bias: bool) -> None:
        super().__init__()
        first = nn.Conv2d(channels, inner, 1, bias=bias)
        self.mlp = nn.Sequential(first, nn.ReLU(), nn.Conv2d(inner, channels, 1, bias=bias))
        self.spatial = conv(2, 1, k)

    def forward(self, x: Tensor) -> Tensor:
        """Weigh channels, then positions."""
        mean, most = functional.avg_pool2d(x, x.shape[2:]), functional.max_pool2d(x, x.shape[2:])
        x = x * torch.sigmoid(self.mlp(mean) + self.mlp(most))
        summed = torch.cat([x.max(1, keepdim=True)[0], x.mean(1, keepdim=True)], 1)
        return x * torch.sigmoid(self.spatial(summed))


class CoordinateAttention(nn.Module):
    """Coordinate attention as its authors wrote it."""

    def __init__(self, channels: int, inner: int) -> None:
        super().__init__()
        self.rows, self.columns = nn.AdaptiveAvgPool2d((None, 1)), nn.AdaptiveAvgPool2d((1, None))
        self.reduce = nn.Conv2d(channels, inner, 1)
        self.norm = nn.BatchNorm2d(inner)
        self.of_rows, self.of_columns = [nn.Conv2d(inner, channels, 1) for _ in range(2)]

    def forward(self, x: Tensor) -> Tensor:
        """Weigh rows and columns."""
        both = torch.cat([self.rows(x), self.columns(x).transpose(2, 3)], 2)
        both = functional.hardswish(self.norm(self.reduce(both)))
        rows, columns = torch.split(both, x.shape[2:], 2)
        down = torch.sigmoid(self.of_rows(rows))
        across = torch.sigmoid(self.of_columns(columns.transpose(2, 3)))
        return x * across * down


class SelectiveKernel(nn.Module):
    """SKNet's unit, and timm's, whose branches read parts of the channels."""

    def __init__(
        self, source: int, out: int, inner: int, windows: list[Any], parted: bool, **options: Any
    ) -> None:
        super().__init__()
        self.parts = len(windows) if parted else 1
        branches = [
            conv(source // self.parts, out, k, nn.ReLU(), dilation=dilation, **options)
            for k, dilation in windows
        ]
        self.branches = nn.ModuleList(branches)
        self.reduce = conv(out, inner, act=nn.ReLU())
        self.select = nn.Conv2d(inner, out * len(branches), 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Weigh the branches, and add them up."""
        read = x.chunk(self.parts, 1) * (len(self.branches) // self.parts)
        maps = torch.stack([branch(each) for branch, each in zip(self.branches, read, strict=True)])
        weights = self.select(self.reduce(maps.sum(0).mean((2, 3), keepdim=True)))
        parts = torch.stack(weights.chunk(len(self.branches), 1)).softmax(0)
        return (maps * parts).sum(0)


class Pooled(nn.Module):
    """SPP, or SPPF, whose pools are in a row."""

    def __init__(self, source: int, out: int, kernels: list[int], in_a_row: bool) -> None:
        super().__init__()
        self.first = conv(source, source // 2, act=nn.SiLU())
        self.pools = [nn.MaxPool2d(k, 1, k // 2) for k in kernels]
        self.last = conv(source // 2 * (len(kernels) + 1), out, act=nn.SiLU())
        self.in_a_row = in_a_row

    def forward(self, x: Tensor) -> Tensor:
        """Pool, and concatenate."""
        maps = [self.first(x)]
        for pool in self.pools:
            maps.append(pool(maps[-1 if self.in_a_row else 0]))
        return self.last(torch.cat(maps, 1))


class Aspp(nn.Module):
    """DeepLabV3's pyramid as torchvision has it."""

    def __init__(self, source: int, out: int, rates: list[int]) -> None:
        super().__init__()
        dilated = [conv(source, out, 3, nn.ReLU(), dilation=rate) for rate in rates]
        self.branches = nn.ModuleList([conv(source, out, act=nn.ReLU()), *dilated])
        self.pooled = conv(source, out, act=nn.ReLU())
        self.project = conv(out * (len(rates) + 2), out, act=nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        """Look at several distances, and at all."""
        mean = self.pooled(functional.adaptive_avg_pool2d(x, 1))
        mean = functional.interpolate(mean, x.shape[2:], mode="bilinear", align_corners=False)
        return self.project(torch.cat([*[branch(x) for branch in self.branches], mean], 1))


class Bottleneck(nn.Module):
    """Two convolutions and a sum."""

    def __init__(self, channels: int, inner: int, kernels: tuple[int, int], add: bool) -> None:
        super().__init__()
        self.first = conv(channels, inner, kernels[0], nn.SiLU())
        self.second = conv(inner, channels, kernels[1], nn.SiLU())
        self.add = add

    def forward(self, x: Tensor) -> Tensor:
        """Convolve twice."""
        y: Tensor = self.second(self.first(x))
        return x + y if self.add else y


class Csp(nn.Module):
    """YOLOv5's C3."""

    def __init__(self, source: int, out: int, width: int, *inside: nn.Module) -> None:
        super().__init__()
        self.first = conv(source, width, act=nn.SiLU())
        self.inside = nn.Sequential(*inside)
        self.beside = conv(source, width, act=nn.SiLU())
        self.last = conv(2 * width, out, act=nn.SiLU())

    def forward(self, x: Tensor) -> Tensor:
        """Go two ways."""
        y: Tensor = self.last(torch.cat([self.inside(self.first(x)), self.beside(x)], 1))
        return y


class C2f(nn.Module):
    """YOLOv8's block, and YOLO11's C3k2, by what is inside."""

    def __init__(self, source: int, out: int, width: int, *inside: nn.Module) -> None:
        super().__init__()
        self.first = conv(source, 2 * width, act=nn.SiLU())
        self.inside = nn.ModuleList(inside)
        self.last = conv((len(inside) + 2) * width, out, act=nn.SiLU())

    def forward(self, x: Tensor) -> Tensor:
        """Keep what each step makes."""
        maps = list(self.first(x).chunk(2, 1))
        for each in self.inside:
            maps.append(each(maps[-1]))
        y: Tensor = self.last(torch.cat(maps, 1))
        return y


def bottlenecks(n: int, *given: Any) -> list[Bottleneck]:
    """Some bottlenecks that are alike."""
    return [Bottleneck(*given) for _ in range(n)]


def c3k(width: int) -> Csp:
    """What is inside a C3k2 that has CSP blocks."""
    return Csp(width, width, width // 2, *bottlenecks(2, width // 2, width // 2, (3, 3), True))


Make = Callable[[], nn.Module]
MODULES: dict[str, tuple[str, dict[str, Any], Make]] = {
    "cbam": ("cbam", {}, lambda: Cbam(64, 4, 7, True)),
    "cbam of timm": ("cbam", {"bias": False, "reduce": 8, "k": 3}, lambda: Cbam(64, 8, 3, False)),
    "coordinate attention": ("coordinate-attention", {}, lambda: CoordinateAttention(64, 8)),
    "coordinate attention to 12": (
        "coordinate-attention",
        {"squeeze": 12},
        lambda: CoordinateAttention(64, 12),
    ),
    "selective kernel": (
        "selective-kernel",
        {"out": 96, "groups": 8, "stride": 2},
        lambda: SelectiveKernel(64, 96, 32, [(3, 1), (3, 2)], False, groups=8, stride=2),
    ),
    "selective kernel of timm": (
        "selective-kernel",
        {"split_input": True, "squeeze": 16},
        lambda: SelectiveKernel(64, 64, 16, [(3, 1), (3, 2)], True),
    ),
    "selective kernel of three": (
        "selective-kernel",
        {"kernels": [3, 5, 7], "dilated": False, "reduce": 1},
        lambda: SelectiveKernel(64, 64, 64, [(3, 1), (5, 1), (7, 1)], False),
    ),
    "spp": ("spp", {"out": 48}, lambda: Pooled(64, 48, [5, 9, 13], False)),
    "sppf": ("sppf", {"out": 48}, lambda: Pooled(64, 48, [5, 5, 5], True)),
    "aspp": ("aspp", {"out": 48, "rates": [2, 3]}, lambda: Aspp(64, 48, [2, 3])),
    "csp": (
        "csp",
        {"out": 96, "n": 3},
        lambda: Csp(64, 96, 48, *bottlenecks(3, 48, 48, (1, 3), True)),
    ),
    "csp without sums": (
        "csp",
        {"kernels": [3, 3], "width": 24, "add": False},
        lambda: Csp(64, 64, 24, *bottlenecks(1, 24, 24, (3, 3), False)),
    ),
    "c2f": (
        "c2f",
        {"out": 96, "n": 2},
        lambda: C2f(64, 96, 48, *bottlenecks(2, 48, 48, (3, 3), True)),
    ),
    "c3k2": (
        "c2f",
        {"width": 16, "inner": 8},
        lambda: C2f(64, 64, 16, *bottlenecks(1, 16, 8, (3, 3), True)),
    ),
    "c3k2 of c3k": ("c2f", {"n": 2, "c3k": True}, lambda: C2f(64, 64, 32, c3k(32), c3k(32))),
}
"""Kinds with what they are given, and the module that each is."""


@pytest.mark.parametrize("name", MODULES)
def test_modules(name: str) -> None:
    """Params, MACs and what comes out of the same weights are those of the module."""
    kind, given, make = MODULES[name]
    graph = convcost.build(kind, (64, 11, 14), **given)
    torch.manual_seed(0)
    own, other, image = GraphModule(graph).eval(), make().eval(), torch.rand(2, 64, 11, 14)
    for mine, theirs in zip(own.parameters(), other.parameters(), strict=True):
        mine.data = theirs.data.clone()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        expected = other(image)
    with torch.no_grad():
        torch.testing.assert_close(own(image), expected)
    cost = convcost.cost(kind, (64, 11, 14), **given)
    assert cost.params == sum(each.numel() for each in other.parameters())
    assert 2 * 2 * cost.macs == counter.get_total_flops()


@pytest.mark.parametrize(
    ("kind", "shape", "given", "params", "macs"),
    [
        ("cbam", (64, 28, 20), {"bias": False}, 612, 55_904),
        ("coordinate-attention", (96, 28, 20), {"bias": False}, 2_320, 73_728),
        (
            "selective-kernel",
            (64, 27, 20),
            {"kernels": [3, 5, 7], "dilation": 2},
            119_232,
            59_727_872,
        ),
        ("aspp", (2048, 65, 65), {}, 15_535_104, 63_408_242_688),
        ("spp", (64, 20, 24), {"out": 96}, 14_592, 6_881_280),
        ("csp", (64, 20, 24), {"out": 96, "n": 3}, 85_440, 40_550_400),
        ("c2f", (64, 20, 24), {"out": 96, "n": 3}, 154_560, 73_728_000),
        ("c2f", (64, 20, 24), {"out": 96, "n": 2, "inner": 24}, 66_720, 31_703_040),
        ("c2f", (64, 20, 24), {"out": 96, "n": 2, "c3k": True}, 76_416, 36_126_720),
    ],
)
def test_libraries(
    kind: str, shape: tuple[int, ...], given: dict[str, Any], params: int, macs: int
) -> None:
    """Figures are those measured on timm 1.0, torchvision and ultralytics."""
    found = convcost.cost(kind, shape, **given)
    assert (found.params, found.macs) == (params, macs)


def built(kind: str, shape: tuple[int, ...] = (32, 11, 14), **given: Any) -> Graph:
    """The graph of a kind on a small map."""
    return convcost.build(kind, shape, **given)


def test_shared_weights() -> None:
    """CBAM's two 1 x 1 are called twice and counted once."""
    nodes = {node.path: node for node in built("cbam").nodes}
    pairs = [(nodes[f"channel.avg.{each}"], nodes[f"channel.max.{each}"]) for each in CALLED_TWICE]
    assert [(first.params > 0, second.params) for first, second in pairs] == [(True, 0)] * 2


CALLED_TWICE = ("reduce", "restore")


def test_receptive_fields() -> None:
    """Three 5 x 5 in a row see as far as a 13 x 13; CBAM sees all of the map."""
    assert receptive_field(built("spp")) == receptive_field(built("sppf")) == (13, 13)
    assert receptive_field(built("cbam")) == (11, 14)


@pytest.mark.parametrize(
    ("kind", "shape", "given", "reason"),
    [
        ("cbam", (8, 9, 9), {}, "nothing is left of 8 channels reduced 16 times"),
        ("coordinate-attention", (8, 9), {}, "of rows and columns, not of 8x9"),
        ("selective-kernel", (8, 9, 9), {"kernels": [3]}, "two kernels or more"),
        ("selective-kernel", (8, 9, 9), {"kernels": [3, 4]}, "reaches as far as 4 x 4; give odd"),
        ("selective-kernel", (9, 9, 9), {"split_input": True}, "9 channels .* 2 equal parts"),
        ("spp", (8, 9, 9), {"kernels": [4]}, "a pool over 4x4 does not keep the map"),
        ("sppf", (1, 9, 9), {}, "half of one channel leaves none inside"),
        ("aspp", (8,), {}, "there is no map here, only 8 features"),
        ("csp", (8, 9, 9), {"kernels": [3]}, "two convolutions, and kernels has 1 sizes"),
        ("c2f", (1, 9, 9), {}, "half of one channel leaves none inside; give the width"),
    ],
)
def test_reasons(kind: str, shape: tuple[int, ...], given: dict[str, Any], reason: str) -> None:
    """What cannot be built says why."""
    with pytest.raises(convcost.ConvcostError, match=reason):
        built(kind, shape, **given)
