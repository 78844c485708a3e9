"""Models as users send them: several stages, inputs, heads and ways to call things in one."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from tests.support.tool_cases.base import Made, case


def _block(into: int, out: int, stride: int = 1) -> nn.Sequential:
    conv = nn.Conv2d(into, out, 3, stride, 1, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(out), nn.SiLU(inplace=True))


class Detector(nn.Module):
    """A backbone of three levels, a neck, and heads that all levels share."""

    def __init__(self) -> None:
        super().__init__()
        self.stages = nn.ModuleList([_block(3, 8, 2), _block(8, 16, 2), _block(16, 32, 2)])
        self.lateral = nn.ModuleList([nn.Conv2d(width, 12, 1) for width in (8, 16, 32)])
        self.smooth = nn.ModuleList([nn.Conv2d(12, 12, 3, padding=1) for _ in range(3)])
        self.tower = nn.Sequential(_block(12, 12), _block(12, 12))
        self.classes = nn.Conv2d(12, 5, 3, padding=1)
        self.boxes = nn.Conv2d(12, 4, 3, padding=1)
        self.scales = nn.ParameterList([nn.Parameter(torch.ones(1)) for _ in range(3)])

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        maps = []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        levels = [conv(each) for conv, each in zip(self.lateral, maps, strict=True)]
        for index in (1, 0):
            up = F.interpolate(levels[index + 1], size=levels[index].shape[-2:], mode="nearest")
            levels[index] = levels[index] + up
        classes, boxes = [], []
        for smooth, level, scale in zip(self.smooth, levels, self.scales, strict=True):
            shared = self.tower(smooth(level))
            batch, _, height, width = shared.shape
            found = self.classes(shared).permute(0, 2, 3, 1)
            classes.append(found.reshape(batch, height * width, 5))
            boxes.append(torch.relu(self.boxes(shared) * scale).flatten(2).transpose(1, 2))
        return {"classes": torch.cat(classes, 1).sigmoid(), "boxes": torch.cat(boxes, 1)}


class Siamese(nn.Module):
    """Two images through one encoder, compared by their distance and by a small head."""

    def __init__(self) -> None:
        super().__init__()
        pool, flat = nn.AdaptiveAvgPool2d(1), nn.Flatten()
        self.encoder = nn.Sequential(_block(3, 8, 2), nn.MaxPool2d(2), _block(8, 16), pool, flat)
        self.project = nn.Linear(16, 10)
        self.head = nn.Sequential(nn.Linear(20, 8), nn.ReLU(), nn.Dropout(0.1), nn.Linear(8, 1))

    def forward(self, left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
        one, other = (
            F.normalize(self.project(self.encoder(each)), dim=1) for each in (left, right)
        )
        distance = (one - other).pow(2).sum(dim=1).sqrt()
        return distance, self.head(torch.cat([(one - other).abs(), one * other], dim=1))


class Gate(nn.Module):
    """What of a skipped map is let through, by what comes from below."""

    def __init__(self, skipped: int, below: int, inner: int) -> None:
        super().__init__()
        self.of_skipped = nn.Conv2d(skipped, inner, 1, 2, bias=False)
        self.of_below = nn.Conv2d(below, inner, 1)
        self.weights = nn.Conv2d(inner, 1, 1)

    def forward(self, skipped: Tensor, below: Tensor) -> Tensor:
        weights = torch.sigmoid(
            self.weights(F.relu(self.of_skipped(skipped) + self.of_below(below)))
        )
        scaled = F.interpolate(weights, scale_factor=2, mode="bilinear", align_corners=False)
        return scaled.expand_as(skipped) * skipped


class GatedUNet(nn.Module):
    """A U-Net of two levels whose skips go through gates."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.ModuleList([_block(1, 6), _block(6, 12)])
        self.bottom = _block(12, 24)
        self.gates = nn.ModuleList([Gate(12, 24, 6), Gate(6, 12, 4)])
        self.ups = nn.ModuleList(
            [nn.ConvTranspose2d(24, 12, 2, 2), nn.ConvTranspose2d(12, 6, 4, 2, 1)]
        )
        self.merge = nn.ModuleList([_block(24, 12), _block(12, 6)])
        self.out = nn.Conv2d(6, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        skips: list[Tensor] = []
        for block in self.down:
            x = block(x)
            skips.insert(0, x)
            x = F.max_pool2d(x, 2)
        x = self.bottom(x)
        for gate, up, merge, skip in zip(self.gates, self.ups, self.merge, skips, strict=True):
            x = merge(torch.cat((gate(skip, x), up(x)), dim=1))
        return self.out(x).softmax(dim=1)


class Speech(nn.Module):
    """Convolutions over a spectrogram, recurrent layers both ways, a letter for each step."""

    def __init__(self) -> None:
        super().__init__()
        self.front = nn.Sequential(
            nn.Conv2d(1, 4, (5, 3), (2, 1), (2, 1)), nn.BatchNorm2d(4), nn.Hardtanh(0, 20)
        )
        self.first = nn.GRU(4 * 8, 10, batch_first=True, bidirectional=True)
        self.second = nn.LSTM(20, 12, num_layers=2, batch_first=True)
        self.norm = nn.LayerNorm(12)
        self.out = nn.Linear(12, 7, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        x = self.front(x)
        batch, channels, bands, steps = x.size()
        x = x.permute(0, 3, 1, 2).contiguous().view(batch, steps, channels * bands)
        x, _ = self.first(x)
        x, (last, _) = self.second(x)
        x = self.norm(x) + last[-1].unsqueeze(1)
        return F.log_softmax(self.out(x), dim=-1)


class Denoiser(nn.Module):
    """A block of a diffusion U-Net: a residual block that knows the time, attention, upsampling."""

    def __init__(self, width: int = 16, heads: int = 2) -> None:
        super().__init__()
        self.heads = heads
        self.time = nn.Sequential(nn.Linear(8, 32), nn.SiLU(), nn.Linear(32, 2 * width))
        self.norm1, self.conv1 = nn.GroupNorm(4, 8), nn.Conv2d(8, width, 3, padding=1)
        self.norm2, self.conv2 = nn.GroupNorm(4, width), nn.Conv2d(width, width, 3, padding=1)
        self.skip = nn.Conv2d(8, width, 1)
        self.norm3 = nn.GroupNorm(4, width)
        self.qkv, self.project = nn.Conv1d(width, 3 * width, 1), nn.Conv1d(width, width, 1)
        self.up = nn.Upsample(scale_factor=2, mode="nearest")
        self.last = nn.Conv2d(width, 8, 3, padding=1)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        rates = torch.exp(torch.arange(4, device=x.device) * (-math.log(10_000) / 4))
        angles = time[:, None] * rates[None]
        scale, shift = self.time(torch.cat([angles.sin(), angles.cos()], -1)).chunk(2, dim=1)
        inner = self.conv1(F.silu(self.norm1(x)))
        inner = self.norm2(inner) * (1 + scale[:, :, None, None]) + shift[:, :, None, None]
        x = self.skip(x) + self.conv2(F.silu(inner))
        batch, width, *sizes = x.shape
        query, key, value = self.qkv(self.norm3(x).flatten(2)).chunk(3, dim=1)
        split = (batch * self.heads, width // self.heads, -1)
        weights = torch.einsum(
            "bct,bcs->bts", query.reshape(split) * 0.5, key.reshape(split)
        ).softmax(dim=-1)
        found = torch.einsum("bts,bcs->bct", weights, value.reshape(split))
        x = x + self.project(found.reshape(batch, width, -1)).view(batch, width, *sizes)
        return self.last(self.up(x))


@case
def detector() -> Made:
    return Detector(), (torch.randn(2, 3, 32, 32),)


@case
def siamese() -> Made:
    return Siamese(), (torch.randn(2, 3, 16, 16), torch.randn(2, 3, 16, 16))


@case
def gated_unet() -> Made:
    return GatedUNet(), (torch.randn(1, 1, 16, 16),)


@case
def speech() -> Made:
    return Speech(), (torch.randn(2, 1, 16, 9),)


@case
def denoiser() -> Made:
    return Denoiser(), (torch.randn(2, 8, 8, 8), torch.rand(2))
