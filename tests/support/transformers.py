"""Blocks of transformers as torch code has them: nothing of convcost is in it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.support.attentions import (
    Size,
    WindowAttention,
    call_linear,
    filled,
    make_attention,
    make_norm,
)
from tests.support.leaves import activation


class Mlp(nn.Module):
    """Two linear layers with an activation between them."""

    def __init__(self, channels: int, given: Mapping[str, Any]) -> None:
        super().__init__()
        hidden = given.get("hidden") or int(channels * given.get("ratio", 4))
        bias, self.function = given.get("bias", True), given.get("form") == "function"
        self.act_name = given.get("act", "gelu")
        self.drops = given.get("dropout", False)
        self.fc1 = nn.Linear(channels, hidden, bias)
        self.fc2 = nn.Linear(hidden, given.get("out", channels), bias)
        if not self.function:
            self.act = activation(self.act_name, 1) if self.act_name != "none" else None
            self.drop1, self.drop2 = nn.Dropout(), nn.Dropout()

    def forward(self, x: Tensor) -> Tensor:
        """On the last axis."""
        x = call_linear(self.fc1, x, self.function)
        if self.function:
            x = getattr(functional, self.act_name)(x) if self.act_name != "none" else x
            x = functional.dropout(x, training=False) if self.drops else x
            x = call_linear(self.fc2, x, True)
            return functional.dropout(x, training=False) if self.drops else x
        x = self.act(x) if self.act is not None else x
        x = self.fc2(self.drop1(x) if self.drops else x)
        return self.drop2(x) if self.drops else x


class Block(nn.Module):
    """Attention and an mlp, each with a norm and added to what came in; `size` is of the map."""

    def __init__(self, channels: int, given: Mapping[str, Any], size: Size) -> None:
        super().__init__()
        self.place = given.get("norm_at", "pre")
        self.in_windows = "window" in given
        if self.in_windows:
            self.attention: nn.Module = WindowAttention(channels, given, len(size))
        else:
            self.attention = make_attention(channels, given, 0, size)
        words = ("hidden", "ratio", "act", "bias", "dropout")
        self.mlp = Mlp(channels, {word: given[word] for word in words if word in given})
        self.norm1 = make_norm(given.get("norm", "layer"), channels)
        self.norm2 = make_norm(given.get("norm", "layer"), channels)
        self.gamma1 = self.gamma2 = None
        if given.get("layer_scale"):
            self.gamma1 = nn.Parameter(torch.ones(channels))
            self.gamma2 = nn.Parameter(torch.ones(channels))
        self.drop_path = nn.Identity() if given.get("drop_path") else None

    def forward(self, x: Tensor, size: Size) -> Tensor:
        """N x T x C."""
        made = self.normed(self.norm1, "pre", x)
        made = self.attention(made, size) if self.in_windows else self.attention(made)
        x = self.added(x, made, self.norm1, self.gamma1)
        made = self.mlp(self.normed(self.norm2, "pre", x))
        return self.added(x, made, self.norm2, self.gamma2)

    def normed(self, norm: nn.Module | None, place: str, x: Tensor) -> Tensor:
        """Behind the norm, if this is its place."""
        return norm(x) if norm is not None and place == self.place else x

    def added(
        self, x: Tensor, made: Tensor, norm: nn.Module | None, gamma: Tensor | None
    ) -> Tensor:
        """The sum of what came in and what was made of it."""
        made = self.normed(norm, "res-post", made)
        made = made * gamma if gamma is not None else made
        made = self.drop_path(made) if self.drop_path is not None else made
        return self.normed(norm, "post", x + made)


class PatchMerging(nn.Module):
    """Of 2 x 2 tokens of a map one."""

    def __init__(self, channels: int, given: Mapping[str, Any], axes: int) -> None:
        super().__init__()
        out, wide = given.get("out", channels), channels * 2**axes
        self.before = given.get("norm_at", "pre") == "pre"
        self.norm = make_norm(given.get("norm", "layer"), wide if self.before else out)
        self.reduction = nn.Linear(wide, out, given.get("bias", False))

    def forward(self, x: Tensor, size: Size) -> Tensor:
        """The tokens of a map of this size."""
        x = filled(x.reshape(x.shape[0], *size, x.shape[-1]), (2,) * len(size))
        starts = product((0, 1), repeat=len(size))
        parts = [x[:, *[slice(first, None, 2) for first in start]] for start in starts]
        x = torch.cat(parts, -1).flatten(1, len(size))
        if self.norm is None:
            return self.reduction(x)  # type: ignore[no-any-return]
        return self.reduction(self.norm(x)) if self.before else self.norm(self.reduction(x))  # type: ignore[no-any-return]
