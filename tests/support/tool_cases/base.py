"""Small modules that profilers treat in ways of their own, by name, each with inputs to call it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

Made = tuple[nn.Module, tuple[Tensor, ...]]

CASES: dict[str, Callable[[], Made]] = {}
"""What makes a module and its inputs."""


class Does(nn.Module):
    """A module whose forward is a function of it and of what it is called with."""

    def __init__(self, forward: Callable[..., Any], **parts: nn.Module | nn.Parameter) -> None:
        """Hold parts under names."""
        super().__init__()
        self.does = forward
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, *given: Tensor, **named: Tensor) -> Any:
        """Do it, also with inputs that are given by names."""
        return self.does(self, *given, *named.values())


def case(make: Callable[[], Made]) -> Callable[[], Made]:
    """Register a case under the name of the function that makes it."""
    CASES[make.__name__] = make
    return make


def image(channels: int = 3, size: int = 8, batch: int = 2) -> tuple[Tensor]:
    """A batch of random maps."""
    return (torch.randn(batch, channels, size, size),)


def tokens(width: int = 8, length: int = 5, batch: int = 2) -> tuple[Tensor]:
    """A batch of random tokens."""
    return (torch.randn(batch, length, width),)
