"""Convolutions, functions, operators and views."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from tests.support.tool_cases.base import Does, Made, case, image, tokens


@case
def quotients_of_sizes() -> Made:
    def forward(self: Any, x: Tensor, y: Tensor) -> Tensor:
        ratio = max(x.shape[-1] / y.shape[-1], 1.0)
        return self.conv(x) * ((y.shape[-2] - 1) * ratio) + y.mean()

    return Does(forward, conv=nn.Conv2d(3, 2, 1)), (*image(), *image(size=4))


@torch.jit.script_if_tracing
def _scripted(x: Tensor) -> Tensor:
    """One call in a trace, which has an einsum and products elsewhere."""
    return torch.matmul(x * 2, x.mT) + torch.einsum("bchw,bcdw->bchd", x, x)


@case
def functions_that_are_scripted_in_a_trace() -> Made:
    return Does(lambda self, x: self.conv(_scripted(x)) * 3, conv=nn.Conv2d(3, 2, 1)), image()


@case
def factors_computed_again_in_a_trace() -> Made:
    def forward(self: Any, x: Tensor) -> Tensor:
        y = F.interpolate(x, scale_factor=1.5, recompute_scale_factor=True)
        y = y.mean() + F.interpolate(x[0], None, 0.5, "linear", None, True).mean()
        return self.conv(x) * y + F.interpolate(x, scale_factor=0.5, mode="area").mean()

    return Does(forward, conv=nn.Conv2d(3, 2, 1)), image()


@case
def convolutions() -> Made:
    return nn.Sequential(
        nn.Conv2d(4, 8, 3, groups=2, stride=2, padding=1, bias=False),
        nn.Conv2d(8, 8, 3, groups=8, padding="same"),
        nn.ConvTranspose2d(8, 4, 3, stride=2, groups=2, padding=1, output_padding=1),
        nn.Conv2d(4, 4, 3, padding=1, padding_mode="reflect", dilation=1),
        nn.Conv2d(4, 4, (3, 1), padding="valid"),
    ), image(4)


@case
def convolutions_of_sequences() -> Made:
    return nn.Sequential(
        nn.Conv1d(4, 6, 3, padding=1),
        nn.BatchNorm1d(6),
        nn.ConvTranspose1d(6, 4, 2, stride=2),
        nn.AvgPool1d(2),
        nn.AdaptiveAvgPool1d(2),
    ), (torch.randn(2, 4, 10),)


@case
def convolutions_of_volumes() -> Made:
    return nn.Sequential(
        nn.Conv3d(2, 4, 3, padding=1),
        nn.BatchNorm3d(4),
        nn.ReLU(),
        nn.MaxPool3d(2),
        nn.ConvTranspose3d(4, 2, 2, stride=2),
        nn.AdaptiveAvgPool3d(1),
        nn.Flatten(),
    ), (torch.randn(2, 2, 4, 6, 6),)


@case
def functional_convolution() -> Made:
    return Does(
        lambda self, x: F.relu(F.conv2d(x, self.filters, padding=1)).mean((2, 3)),
        filters=nn.Parameter(torch.randn(5, 3, 3, 3)),
    ), image()


@case
def functions() -> Made:
    def forward(self: Any, x: Tensor) -> Tensor:
        y = F.max_pool2d(F.relu(x), 2)
        y = F.interpolate(y, scale_factor=2, mode="bilinear", align_corners=False)
        y = torch.add(F.avg_pool2d(y, 3, 1, 1), torch.mul(x, 2))
        y = F.silu(F.gelu(y)) + F.leaky_relu(y) - torch.sigmoid(y).mul(y)
        return F.softmax(F.adaptive_avg_pool2d(y, 1).flatten(1), 1)

    return Does(forward), image()


@case
def products() -> Made:
    def forward(self: Any, x: Tensor) -> Tensor:
        y = torch.matmul(x, x.transpose(1, 2)) + x @ x.mT + torch.bmm(x, x.transpose(1, 2))
        y = y + torch.einsum("bij,bkj->bik", x, x)
        y = torch.baddbmm(y, x, x.transpose(1, 2))
        flat = x.flatten(0, 1)
        z = torch.mm(flat, flat.t()[:, :4]) + torch.addmm(flat[:, :4], flat, flat.t()[:, :4])
        z = z + flat.mm(flat.t()[:, :4]) + torch.matmul(flat, flat.t()[:, :4])
        v = torch.mv(flat, flat[0]) + flat @ flat[1]
        return y.sum() + z.sum() + v.sum() + torch.dot(flat[0], flat[1])

    return Does(forward), tokens()


@case
def linear_functions() -> Made:
    def forward(self: Any, x: Tensor) -> Tensor:
        y = F.linear(x, self.weight) + F.linear(x, self.weight, self.shift)
        return y + x @ self.weight.t() + torch.matmul(x, self.weight.T)  # type: ignore[no-any-return]

    parts = {"weight": nn.Parameter(torch.ones(4, 8)), "shift": nn.Parameter(torch.ones(4))}
    return Does(forward, **parts), tokens()


@case
def scaled_attention() -> Made:
    def forward(self: Any, x: Tensor) -> Tensor:
        heads = x.unflatten(-1, (2, 4)).transpose(1, 2)
        first = F.scaled_dot_product_attention(heads, heads, heads)
        return F.scaled_dot_product_attention(first, heads, heads, is_causal=True)

    return Does(forward), tokens()


@case
def in_place() -> Made:
    def forward(self: Any, x: Tensor) -> Tensor:
        y = self.conv(x)
        y += 1
        y.mul_(2).add_(y)
        y[:, :2] = 0
        y[:, 2:].div_(3)
        y = F.relu(y, inplace=True)
        y.clamp_(0, 6)
        y *= y
        return y.view(2, -1)  # type: ignore[no-any-return]

    return Does(forward, conv=nn.Conv2d(3, 4, 3)), image()


@case
def activations() -> Made:
    kinds = "ReLU ReLU6 LeakyReLU ELU SELU CELU GELU SiLU Mish Hardswish Hardsigmoid Sigmoid Tanh"
    kinds += " PReLU Softplus LogSigmoid Hardtanh Identity Dropout Dropout2d AlphaDropout Softsign"
    kinds += " Tanhshrink Hardshrink Threshold"
    options = {"Threshold": (0.1, 0.0)}
    layers = [getattr(nn, kind)(*options.get(kind, ())) for kind in kinds.split()]
    return nn.Sequential(nn.Conv2d(3, 4, 1), *layers, nn.Softmax(1), nn.LogSoftmax(1)), image()


@case
def activations_in_place() -> Made:
    kinds = ["ReLU", "ReLU6", "LeakyReLU", "ELU", "SiLU", "Hardswish", "Hardtanh", "Dropout"]
    layers = [getattr(nn, kind)(inplace=True) for kind in kinds]
    return nn.Sequential(nn.Conv2d(3, 4, 1), *layers), image()


@case
def shaping() -> Made:
    layers = [
        nn.ZeroPad2d(1),
        nn.ReflectionPad2d(1),
        nn.ReplicationPad2d(1),
        nn.ConstantPad2d(1, 2),
    ]
    layers += [
        nn.PixelUnshuffle(4),
        nn.ChannelShuffle(4),
        nn.PixelShuffle(2),
        nn.Upsample(scale_factor=2),
    ]
    layers += [nn.UpsamplingBilinear2d(scale_factor=2), nn.UpsamplingNearest2d(scale_factor=2)]
    layers += [nn.Upsample(size=(5, 5), mode="bicubic"), nn.Unfold(2), nn.Fold((5, 5), 2)]
    layers += [nn.Flatten(2), nn.Unflatten(2, (5, 5)), nn.MaxPool2d(2), nn.LPPool2d(2, 2)]
    return nn.Sequential(*layers), image()


@case
def split_and_joined() -> Made:
    def forward(self: Any, x: Tensor) -> Tensor:
        first, second = self.conv(x).chunk(2, 1)
        parts = torch.split(second, [1, 2, 1], dim=1)
        joined = torch.cat([first * torch.sigmoid(second), *parts], 1)
        return torch.stack([joined, joined]).sum(0).permute(0, 2, 3, 1).contiguous()

    return Does(forward, conv=nn.Conv2d(3, 8, 3)), image()


@case
def gated() -> Made:
    def forward(self: Any, x: Tensor) -> Tensor:
        scale = x.mean((2, 3), keepdim=True)
        return x * self.gate(scale).sigmoid() + self.glu(x).repeat(1, 2, 1, 1)  # type: ignore[no-any-return]

    return Does(forward, gate=nn.Conv2d(4, 4, 1), glu=nn.GLU(1)), image(4)


@case
def sampled() -> Made:
    def forward(self: Any, x: Tensor) -> Tensor:
        theta = self.where(x.flatten(1)).view(-1, 2, 3)
        grid = F.affine_grid(theta, [2, 3, 8, 8], align_corners=False)
        return F.grid_sample(x, grid, align_corners=False)

    return Does(forward, where=nn.Linear(192, 6)), image()


@case
def normalised() -> Made:
    def forward(self: Any, x: Tensor) -> Tensor:
        y = F.normalize(x, dim=-1) + F.normalize(x, dim=1) + x / x.norm(dim=-1, keepdim=True)
        return y - torch.sub(x, x.mean(-1, keepdim=True)) * (x.var(-1, keepdim=True) + 1e-5).rsqrt()

    return Does(forward), tokens()


@case
def distances() -> Made:
    return Does(
        lambda self, x, y: torch.cdist(x, y) + F.cosine_similarity(x, y, -1).unsqueeze(-1)
    ), (
        *tokens(),
        *tokens(),
    )


@case
def constants() -> Made:
    def forward(self: Any, x: Tensor) -> Tensor:
        places = torch.arange(x.shape[1], device=x.device)
        waves = torch.cat([torch.sin(places[:, None] / 2), torch.cos(places[:, None] * 3)], 1)
        mask = x.new_ones(5, 5).tril() == 0
        scores = (x @ x.transpose(1, 2)).masked_fill(mask, float("-inf"))
        return scores.softmax(-1) @ (x + self.places(places) + waves.repeat(1, 4))

    return Does(forward, places=nn.Embedding(5, 8)), tokens()
