"""Bytes of captured code, worked out by hand."""

import torch
from torch import Tensor, nn

import convcost


class Raw(nn.Module):
    """It multiplies by a parameter of its own, which is read as weights are."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(512, 512))

    def forward(self, x: Tensor) -> Tensor:
        """Run it."""
        return x @ self.weight


class Tied(nn.Module):
    """Its head has the weights of its embedding, and reads all of them."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(5000, 64)
        self.head = nn.Linear(64, 5000, bias=False)
        self.head.weight = self.words.weight

    def forward(self, x: Tensor) -> Tensor:
        """Run it."""
        return self.head(self.words(x))


class Standardised(nn.Conv2d):
    """It computes the weights that it uses."""

    def forward(self, x: Tensor) -> Tensor:
        """Run it."""
        return nn.functional.conv2d(x, self.weight * 2, padding=1)


def test_a_parameter_is_read_once() -> None:
    """What code multiplies by itself is weights, and no map besides."""
    graph = convcost.capture(Raw(), (16, 512)).graph
    moved = 4 * (2 * 16 * 512 + 512 * 512)
    assert convcost.traffic(graph).bytes == convcost.traffic(graph, fuse=False).bytes == moved
    assert convcost.traffic(graph).bytes == graph_bytes(graph)


def test_tied_weights_are_read_whole() -> None:
    """A product reads a table whole, though an embedding looks up few of its words."""
    graph = convcost.capture(Tied(), torch.zeros(1, 16, dtype=torch.long)).graph
    weights, maps = 5000 * 64, 16 * 64 + 16 * 5000
    assert convcost.traffic(graph) == convcost.Traffic(4 * weights, 4 * 16 * 64, 4 * 16 * 5000)
    assert graph_bytes(graph) == 4 * (weights + maps)


def test_weights_that_are_made_are_read_once() -> None:
    """A convolution reads the weights that were made for it, and not its parameters too."""
    graph = convcost.capture(Standardised(8, 8, 3, bias=False), (8, 10, 10)).graph
    weights, maps = 8 * 8 * 9, 8 * 100
    assert convcost.traffic(graph, fuse=False).bytes == 4 * (2 * weights + weights + 2 * maps)


def test_what_is_unknown_moves_all_the_same() -> None:
    """An op whose MACs are unknown reads and writes what it does."""

    class Transform(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.linalg.svdvals(x)

    graph = convcost.capture(Transform(), (3, 8, 8)).graph
    assert convcost.traffic(graph).bytes == 4 * (3 * 64 + 3 * 8) == graph_bytes(graph)


def graph_bytes(graph: convcost.Graph) -> float:
    """Bytes by which FLOPs are divided for FLOPs/byte."""
    from convcost.graph.cost import cost

    own = cost(graph)
    return 4 * (own.params - own.unread + own.moved)
