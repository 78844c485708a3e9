"""Training of captured modules: what is frozen, where no gradient goes, and what is kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import convcost
from convcost.counting.counts import count
from convcost.counting.profilers import find_convention
from convcost.graph.captured import Captured
from convcost.graph.reading import parse
from convcost.pytorch.probes import probe
from convcost.training.saved import Kernels, saved
from tests.support.program import Program


class Net(nn.Module):
    """Three convolutions, of which the second runs in a way that is given."""

    def __init__(self, middle: Callable[[Any, Tensor], Tensor]) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 4, 3, groups=2)
        self.last = nn.Sequential(nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 2, 1))
        self.middle = middle

    def forward(self, x: Tensor) -> Tensor:
        """Run all."""
        found: Tensor = self.last(self.middle(self, self.first(x)))
        return found


def plain(net: Any, x: Tensor) -> Tensor:
    """The second convolution."""
    found: Tensor = net.second(x)
    return found


def detached(net: Any, x: Tensor) -> Tensor:
    """The same, of what is cut off."""
    return plain(net, x.detach())


def without(net: Any, x: Tensor) -> Tensor:
    """The same, without gradients."""
    with torch.no_grad():
        return plain(net, x)


def twice(net: Any, x: Tensor) -> Tensor:
    """The second convolution without gradients, and with them: its weights are trained."""
    with torch.no_grad():
        target = net.second(x)
    found: Tensor = net.second(x) - target
    return found


def data(net: Any, x: Tensor) -> Tensor:
    """The same, of the tensor's data."""
    return plain(net, x.data)


def cases() -> list[tuple[str, nn.Module]]:
    """Modules by name, with parts that are frozen, and ways that cut gradients off."""
    found: list[tuple[str, nn.Module]] = [
        (way.__name__, Net(way)) for way in (plain, detached, without, twice, data)
    ]
    for name in ("first", "second"):
        net = Net(plain)
        getattr(net, name).requires_grad_(False)
        found.append((f"{name} frozen", net))
    net = Net(plain)
    net.first.weight.requires_grad_(False)
    net.last.requires_grad_(False)
    return [*found, ("weights frozen", net)]


@pytest.mark.parametrize(("name", "net"), cases())
def test_as_torch_counts_and_keeps(name: str, net: nn.Module) -> None:
    """A step is what FlopCounterMode prints, also read again, and keeps what autograd keeps."""
    captured = convcost.capture(net, (3, 8, 8), batch=2, train=True)
    graph = captured.graph
    inputs = torch.zeros(2, 3, 8, 8)
    own = [*net.parameters(), *net.buffers()]
    apart = {each.untyped_storage()._cdata for each in own}
    kept: dict[int, Tensor] = {}

    def pack(tensor: Tensor) -> Tensor:
        kept[tensor.untyped_storage()._cdata] = tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        net.train()(inputs)
    storages = [each.untyped_storage() for key, each in kept.items() if key not in apart]
    if name in ("plain", "first frozen", "second frozen", "weights frozen"):
        assert saved(graph, 2, Kernels()).bytes == sum(each.nbytes() for each in storages)
    convention = find_convention("torch-train")
    printed = probe("torch-train", net, (inputs,), train=True)[0]
    assert count(graph, convention, 2).total == printed
    written = Captured(graph, "net", 2).text()
    assert count(parse(written, "net").graph, convention, 2).total == printed


def test_a_file_that_does_not_say_what_is_frozen(convcost: Program, tmp_path: Path) -> None:
    """A graph file of before has a number of frozen params alone: it is to be captured again."""
    net = Net(plain)
    net.first.requires_grad_(False)
    import convcost as api

    text = Captured(api.capture(net, (3, 8, 8)).graph, "net").text()
    assert '"frozen": "all"' in text
    old = tmp_path / "net.graph.json"
    old.write_text(text.replace(', "frozen": "all"', ""), encoding="utf-8")
    ran = convcost("compare", old, "--train")
    assert ran.code == 2
    assert "does not say which of its params are frozen; capture it again" in ran.err
    assert convcost("compare", old).code == 0
