"""What code calls to make tokens, move them and end them, and what holds their parameters."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from convcost.ops.attention import MultiheadAttention
from convcost.ops.op import Op
from convcost.ops.recurrent import Recurrent
from convcost.ops.tokens import (
    ClassToken,
    Embedding,
    Mask,
    MergeHeads,
    OneToken,
    OverTokens,
    Positions,
    RepeatHeads,
    SplitHeads,
    SwapLast,
    ToMap,
    ToTokens,
)


class ClassTokenModule(nn.Module):
    """Trainable tokens in front of those that come in, N x T x C."""

    def __init__(self, op: ClassToken) -> None:
        """Make them zeros."""
        super().__init__()
        self.token = nn.Parameter(torch.zeros(1, op.count, op.channels))

    def forward(self, x: Tensor) -> Tensor:
        """N x T + count x C."""
        return torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1)


class PositionsModule(nn.Module):
    """A trainable vector for each token, added to it."""

    def __init__(self, op: Positions) -> None:
        """Make them zeros."""
        super().__init__()
        self.positions = nn.Parameter(torch.zeros(1, op.positions, op.channels))

    def forward(self, x: Tensor) -> Tensor:
        """N x T x C."""
        return x + self.positions


def token_module(op: Op) -> nn.Module | None:
    """The module of an op of tokens; None for what has none."""
    if isinstance(op, ClassToken):
        return ClassTokenModule(op)
    if isinstance(op, Positions):
        return PositionsModule(op)
    if isinstance(op, Embedding):
        return nn.Embedding(op.words, op.channels)
    if isinstance(op, MultiheadAttention):
        wide = {} if op.packed else {"kdim": op.key_channels, "vdim": op.key_channels}
        return nn.MultiheadAttention(op.channels, op.heads, bias=op.bias, batch_first=True, **wide)
    if isinstance(op, Recurrent):
        return _recurrent(op)
    return None


def _recurrent(op: Recurrent) -> nn.Module:
    options = {"num_layers": op.layers, "bidirectional": op.directions > 1, "bias": op.bias}
    if op.gates == 1:
        return nn.RNN(op.channels, op.hidden, nonlinearity=op.cell, batch_first=True, **options)
    module: Callable[..., nn.Module] = getattr(nn, op.cell.upper())
    return module(op.channels, op.hidden, batch_first=True, **options)


def token_call(op: Op) -> Callable[..., Tensor] | None:
    """How a module is called that takes more than what it reads, or returns more than one thing."""
    if isinstance(op, Recurrent):
        return lambda module, x: module(x)[0]
    if not isinstance(op, MultiheadAttention):
        return None

    def call(module: nn.Module, query: Tensor, *keys: Tensor) -> Tensor:
        key = keys[0] if keys else query
        shape = query.shape[1], key.shape[1]
        mask = None
        if op.mask:
            mask = torch.ones(shape, dtype=torch.bool, device=query.device).tril().logical_not()
        options = {"need_weights": op.need_weights, "attn_mask": mask}
        written: Tensor = module(query, key, key, **options)[0]
        return written

    return call


def _mask(weights: Tensor, words: str) -> Tensor:
    """What keeps tokens from seeing later ones; that of shifted windows is as large, and zeros."""
    zeros = weights.new_zeros(weights.shape[-2:])
    if words != "causal":
        return zeros
    later = torch.ones_like(zeros, dtype=torch.bool).triu(1)
    return zeros.masked_fill(later, -torch.inf)


def token_function(op: Op) -> Callable[..., Tensor] | None:
    """What is called to move tokens or heads; None for other ops."""
    if isinstance(op, ToTokens):
        return lambda x: x.flatten(2).transpose(1, 2)
    if isinstance(op, ToMap):
        return lambda x: x.transpose(1, 2).unflatten(2, op.size)
    if isinstance(op, OneToken):
        return lambda x: x[:, op.index]
    if isinstance(op, OverTokens):
        keep = op.keep
        if op.function == "mean":
            return lambda x: x.mean(1, keepdim=keep)
        return lambda x: torch.amax(x, 1, keepdim=keep)
    if isinstance(op, SplitHeads):
        heads = (op.heads, (op.stop - op.start) // op.heads)
        return lambda x: x[..., op.start : op.stop].unflatten(-1, heads).transpose(-2, -3)
    if isinstance(op, MergeHeads):
        return lambda x: x.transpose(-2, -3).flatten(-2)
    if isinstance(op, SwapLast):
        return lambda x: x.transpose(-1, -2)
    if isinstance(op, RepeatHeads):
        return lambda x: x.repeat_interleave(op.times, 1)
    if isinstance(op, Mask):
        return lambda x: x + _mask(x, op.words)
    return None
