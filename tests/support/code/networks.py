"""Code that command lines of tests name."""

import ctypes
import os
import sys
from typing import Any

import torch
from torch import Tensor, nn


class Net(nn.Module):
    """A convolution, a norm and what follows; it greets on stdout."""

    def __init__(self, width: int = 8, kernel: list[int] | None = None) -> None:
        super().__init__()
        print("made")
        self.conv = nn.Conv2d(3, width, kernel or 3)
        self.norm = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        """Run it."""
        return self.norm(self.conv(x)).relu()


class Looks(Net):
    """It looks at numbers."""

    def forward(self, x: Tensor) -> Tensor:
        """Run it."""
        y = self.conv(x)
        return y * 2 if y.sum() > -1e9 else y


class Counts(Net):
    """It reads its size off a tensor while it is made, as torchvision's RegNets do."""

    def __init__(self) -> None:
        super().__init__(int(torch.tensor([8]).tolist()[0]))


class Keywords(nn.Module):
    """It takes a mask by keyword, and returns more than one thing."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(100, 8)

    def forward(self, ids: Tensor, mask: Tensor | None = None) -> dict[str, Any]:
        """Run it."""
        x = self.words(ids)
        return {"hidden": x, "rest": (x + 1, None)}


made = nn.Sequential(nn.Linear(4, 5))


def number() -> int:
    """No module."""
    return 3


def exits() -> None:
    """The process is to end."""
    sys.exit(3)


def leaves() -> None:
    """The process ends at once."""
    os._exit(7)


def crashes() -> None:
    """The process is killed by a signal."""
    ctypes.string_at(0)


def hangs() -> None:
    """It never returns."""
    while True:
        pass


class Fails(Net):
    """It raises in its forward pass."""

    def forward(self, x: Tensor) -> Tensor:
        """Run it."""
        raise ValueError("no such luck")
