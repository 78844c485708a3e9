"""Attention, windows and transformers as torch code has them: nothing of convcost is in it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import product
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

Size = tuple[int, ...]


def spread(value: Any, count: int) -> Size:
    """A number for each of so many axes."""
    return (value,) * count if isinstance(value, int) else tuple(value)


def call_linear(module: nn.Linear, x: Tensor, function: bool) -> Tensor:
    """Call a linear layer, or the function with its weights."""
    if function:
        return functional.linear(x, module.weight, module.bias)
    return module(x)  # type: ignore[no-any-return]


def make_norm(name: str, channels: int, given: Mapping[str, Any] | None = None) -> nn.Module | None:
    """A norm of the last axis; nothing where it is called none."""
    given = given or {}
    affine = given.get("affine", True)
    if name == "rms":
        return nn.RMSNorm(channels, elementwise_affine=affine)
    if name == "layer":
        bias = given.get("norm_bias", True)
        return nn.LayerNorm(channels, elementwise_affine=affine, bias=bias)
    return None


def partition(x: Tensor, window: Size, grid: bool = False) -> Tensor:
    """N x spatial x C as windows, which are in the batch: N windows x tokens x C.

    Of a grid each window has every so manieth position.
    """
    axes, channels = len(window), x.shape[-1]
    sizes = map(int, x.shape[1:-1])  # numbers, so that no products of them are in a trace
    steps = [size // side for size, side in zip(sizes, window, strict=True)]
    parts = [part for pair in zip(steps, window, strict=True) for part in pair]
    outer, inner = range(1, 2 * axes, 2), range(2, 2 * axes + 1, 2)
    if grid:
        outer, inner = inner, outer
    tokens = math.prod(steps if grid else window)
    x = x.reshape(x.shape[0], *parts, channels)
    return x.permute(0, *outer, *inner, 2 * axes + 1).contiguous().view(-1, tokens, channels)


def reverse(x: Tensor, window: Size, size: Size, grid: bool = False) -> Tensor:
    """Windows in their places again, N x spatial x C."""
    axes, channels = len(window), x.shape[-1]
    steps = [whole // side for whole, side in zip(size, window, strict=True)]
    first, second = (window, steps) if grid else (steps, window)
    x = x.reshape(-1, *first, *second, channels)
    pairs = [(1 + axis, 1 + axes + axis) for axis in range(axes)]
    order = [axis for pair in pairs for axis in (pair[::-1] if grid else pair)]
    return x.permute(0, *order, 2 * axes + 1).contiguous().view(-1, *size, channels)


def filled(x: Tensor, window: Size) -> Tensor:
    """N x spatial x C with zeros behind each axis, so that windows fit."""
    sides = [-size % side for size, side in zip(map(int, x.shape[1:-1]), window, strict=True)]
    if not any(sides):
        return x
    return functional.pad(x, (0, 0, *[zeros for side in reversed(sides) for zeros in (0, side)]))


def window_mask(size: Size, window: Size, shift: Size) -> Tensor:
    """What hides tokens of shifted windows that were not beside a token: windows x T x T."""
    regions = torch.zeros(1, *size, 1)
    edges = [
        (slice(0, -side), slice(-side, -step if step else None), slice(-step, None))
        for side, step in zip(window, shift, strict=True)
    ]
    for number, place in enumerate(product(*edges)):
        regions[:, *place] = number
    numbers = partition(regions, window).squeeze(-1)
    apart = numbers.unsqueeze(1) - numbers.unsqueeze(2)
    return apart.masked_fill(apart != 0, -100.0)


class PositionBias(nn.Module):
    """What is added for the distance of two tokens of a window; `kind` is table or mlp."""

    distances: Tensor
    offsets: Tensor

    def __init__(self, kind: str, heads: int, area: Size, dropout: bool) -> None:
        super().__init__()
        spans = [2 * side - 1 for side in area]
        places = torch.stack(torch.meshgrid(*map(torch.arange, area), indexing="ij")).flatten(1)
        apart = places[:, :, None] - places[:, None, :]
        index = torch.zeros_like(apart[0])
        for axis, span in enumerate(spans):
            index = index * span + apart[axis] + area[axis] - 1
        self.register_buffer("distances", index)
        if kind == "table":
            self.relative_table = nn.Parameter(torch.zeros(math.prod(spans), heads))
            return
        every = torch.cartesian_prod(*[torch.arange(1.0 - side, side) for side in area])
        self.register_buffer("offsets", every.reshape(1, math.prod(spans), len(area)))
        drop = [nn.Dropout()] if dropout else []
        layers = [nn.Linear(len(area), 512), nn.ReLU(), *drop, nn.Linear(512, heads, bias=False)]
        self.mlp = nn.Sequential(*layers)

    def forward(self) -> Tensor:
        """1 x heads x T x T."""
        if hasattr(self, "relative_table"):
            return self.relative_table[self.distances].permute(2, 0, 1).unsqueeze(0)
        table = self.mlp(self.offsets)[0]
        made: Tensor = 16 * torch.sigmoid(table[self.distances].permute(2, 0, 1))
        return made.unsqueeze(0)


class Attention(nn.Module):
    """Attention of tokens to themselves, or to those of a memory of so many channels.

    `area` is the size of the map, or of the window, that the tokens are the positions of.
    """

    def __init__(self, channels: int, given: Mapping[str, Any], memory: int, area: Size) -> None:
        super().__init__()
        self.heads = given.get("heads", 8)
        self.few = given.get("kv_heads", self.heads)
        self.each = given.get("head_size", channels // self.heads)
        self.fused = given.get("spelling", "sdpa") == "sdpa"
        self.function = given.get("form") == "function"
        self.causal = given.get("causal", False)
        self.drops = given.get("dropout", False)
        bias = given.get("bias", True)
        wide, narrow, own = (
            self.heads * self.each,
            self.few * self.each,
            given.get("qkv_bias", bias),
        )
        self.packed = not memory and wide == narrow
        if self.packed:
            self.qkv = nn.Linear(channels, 3 * wide, own)
        else:
            self.q = nn.Linear(channels, wide, own)
            self.k = nn.Linear(memory or channels, narrow, own)
            self.v = nn.Linear(memory or channels, narrow, own)
        self.q_norm = make_norm(given.get("qk_norm", "none"), self.each)
        self.k_norm = make_norm(given.get("qk_norm", "none"), self.each)
        self.proj = nn.Linear(wide, channels, bias)
        if self.drops and not self.function:
            self.weights_drop, self.drop = nn.Dropout(), nn.Dropout()
        kind = given.get("position_bias", "none")
        self.bias = None if kind == "none" else PositionBias(kind, self.heads, area, self.drops)
        self.scale = None
        if given.get("cosine"):
            self.scale = nn.Parameter(torch.ones(self.heads, 1, 1))

    def forward(
        self, x: Tensor, memory: Tensor | None = None, mask: Tensor | None = None
    ) -> Tensor:
        """N x T x C; a mask is windows x T x T."""
        query, key, value = self.projected(x, x if memory is None else memory)
        if self.q_norm is not None and self.k_norm is not None:
            query, key = self.q_norm(query), self.k_norm(key)
        if self.scale is not None:
            query, key = functional.normalize(query, dim=-1), functional.normalize(key, dim=-1)
        if self.few < self.heads:
            key = key.repeat_interleave(self.heads // self.few, 1)
            value = value.repeat_interleave(self.heads // self.few, 1)
        product = self.fused_product if self.fused else self.product
        x = product(query, key, value, mask).transpose(1, 2).flatten(2)
        return self.dropped("drop", call_linear(self.proj, x, self.function))

    def projected(self, x: Tensor, memory: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values in heads."""
        if self.packed:
            made = call_linear(self.qkv, x, self.function)
            made = made.reshape(x.shape[0], x.shape[1], 3, self.heads, self.each)
            query, key, value = made.permute(2, 0, 3, 1, 4).unbind(0)
            return query, key, value
        sources = ((self.q, x, self.heads), (self.k, memory, self.few), (self.v, memory, self.few))
        query, key, value = [
            call_linear(module, source, self.function)
            .reshape(source.shape[0], source.shape[1], heads, self.each)
            .transpose(1, 2)
            for module, source, heads in sources
        ]
        return query, key, value

    def fused_product(
        self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None
    ) -> Tensor:
        """With torch's function for all of it, to which a mask and a bias are one."""
        added = self.bias() if self.bias is not None else None
        if mask is not None:
            windows, tokens, _ = mask.shape
            mask = mask.expand(query.shape[0] // windows, windows, tokens, tokens)
            mask = mask.reshape(-1, 1, tokens, tokens)
            added = mask if added is None else added + mask
        if added is not None and self.causal:
            hidden = torch.full(added.shape[-2:], -100.0, device=added.device)
            added = added + hidden.triu(1)
        causal = self.causal and added is None
        return functional.scaled_dot_product_attention(
            query, key, value, attn_mask=added, is_causal=causal
        )

    def product(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> Tensor:
        """Product by product."""
        if self.scale is None:
            query = query * self.each**-0.5
        swapped = key.transpose(-2, -1)
        function = self.function and self.scale is None  # with cosines Swin has an @
        weights = torch.matmul(query, swapped) if function else query @ swapped
        if self.scale is not None:
            weights = weights * self.scale.clamp(max=math.log(100)).exp()
        if self.bias is not None:
            weights = weights + self.bias()
        if mask is not None:
            shape = weights.shape
            weights = weights.view(-1, mask.shape[0], *shape[1:]) + mask.unsqueeze(1)
            weights = weights.view(shape)
        if self.causal:
            hidden = torch.full(weights.shape[-2:], -100.0, device=weights.device)
            weights = weights + hidden.triu(1)
        weights = functional.softmax(weights, -1) if self.function else weights.softmax(-1)
        weights = self.dropped("weights_drop", weights)
        return torch.matmul(weights, value) if self.function else weights @ value

    def dropped(self, name: str, x: Tensor) -> Tensor:
        """Behind a dropout, if there is to be one."""
        if not self.drops:
            return x
        if self.function:
            return functional.dropout(x, training=False)
        found: Tensor = getattr(self, name)(x)
        return found


class Multihead(nn.Module):
    """`nn.MultiheadAttention`, and how it is called."""

    def __init__(self, channels: int, given: Mapping[str, Any], memory: int) -> None:
        super().__init__()
        self.weights, self.causal = given.get("need_weights", True), given.get("causal", False)
        options: dict[str, Any] = {"bias": given.get("bias", True), "batch_first": True}
        options["dropout"] = 0.1 if given.get("dropout") else 0.0
        options |= {"kdim": memory, "vdim": memory} if memory else {}
        self.attention = nn.MultiheadAttention(channels, given.get("heads", 8), **options)

    def forward(self, x: Tensor, memory: Tensor | None = None) -> Tensor:
        """N x T x C."""
        keys = x if memory is None else memory
        mask = None
        if self.causal:
            shape = (x.shape[1], keys.shape[1])
            mask = torch.ones(shape, dtype=torch.bool, device=x.device).triu(1)
        found: Tensor = self.attention(x, keys, keys, need_weights=self.weights, attn_mask=mask)[0]
        return found


class WindowAttention(nn.Module):
    """Attention among the tokens of each window of a map, which may be shifted: Swin."""

    def __init__(self, channels: int, given: Mapping[str, Any], axes: int) -> None:
        super().__init__()
        self.window = spread(given.get("window", 7), axes)
        self.shift = spread(given.get("shift", 0), axes)
        self.attention = make_attention(channels, given, 0, self.window)

    def forward(self, x: Tensor, size: Size) -> Tensor:
        """The tokens of a map of this size."""
        grown = filled(x.reshape(x.shape[0], *size, x.shape[-1]), self.window)
        whole, axes = tuple(map(int, grown.shape[1:-1])), tuple(range(1, len(size) + 1))
        triples = zip(size, self.window, self.shift, strict=True)
        shift = tuple([0 if side >= extent else step for extent, side, step in triples])
        if not any(shift):
            made = self.attention(partition(grown, self.window))
        else:
            grown = torch.roll(grown, [-step for step in shift], axes)
            mask = window_mask(whole, self.window, shift).to(x.device)
            made = self.attention(partition(grown, self.window), mask=mask)
        made = reverse(made, self.window, whole)
        made = torch.roll(made, shift, axes) if any(shift) else made
        made = made[:, *[slice(0, extent) for extent in size]].contiguous()
        return made.flatten(1, len(size))


def make_attention(channels: int, given: Mapping[str, Any], memory: int, area: Size) -> nn.Module:
    """An attention in its spelling."""
    if given.get("spelling") == "multihead":
        return Multihead(channels, given, memory)
    return Attention(channels, given, memory, area)
