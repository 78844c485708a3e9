"""The modules of trainable factors, for which torch has no class."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from convcost.ops.maps import LayerScale


class LayerScaleModule(nn.Module):
    """A factor for each channel of the last axis, as ConvNeXt's code has it, or of the first."""

    def __init__(self, op: LayerScale, dims: int) -> None:
        """Factors of 1."""
        super().__init__()
        axes = (1,) * dims if op.first else ()
        self.gamma = nn.Parameter(torch.ones(op.channels, *axes))

    def forward(self, x: Tensor) -> Tensor:
        """Multiply."""
        return x * self.gamma


class LearnableScalarModule(nn.Module):
    """One factor for all, as ReZero's code has it."""

    def __init__(self) -> None:
        """A factor of 0: at first the branch adds nothing."""
        super().__init__()
        self.alpha = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        """Multiply."""
        return x * self.alpha
