"""Layers of somebody's own, and how weights are held."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from tests.support.tool_cases.base import Does, Made, case, image, tokens


class Standardised(nn.Conv2d):
    """A convolution whose weights are standardised before each use."""

    def forward(self, input: Tensor) -> Tensor:
        """Convolve with weights of mean 0 and variance 1."""
        weight = F.batch_norm(
            self.weight.reshape(1, self.out_channels, -1), None, None, training=True, eps=1e-5
        ).reshape_as(self.weight)
        return F.conv2d(input, weight, self.bias, self.stride, self.padding)


class Scaled(nn.Linear):
    """A linear layer with a gain."""

    def __init__(self) -> None:
        """Make 8 to 4."""
        super().__init__(8, 4)
        self.gain = nn.Parameter(torch.ones(4))

    def forward(self, input: Tensor) -> Tensor:
        """Times the gain."""
        return super().forward(input) * self.gain


class ChannelNorm(nn.LayerNorm):
    """A layer norm of maps, by a permutation there and back."""

    def forward(self, input: Tensor) -> Tensor:
        """Normalise over channels."""
        x = input.permute(0, 2, 3, 1)
        x = F.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)
        return x.permute(0, 3, 1, 2)


class NormThenAct(nn.BatchNorm2d):
    """A batch norm with children."""

    def __init__(self, channels: int) -> None:
        """Add an activation."""
        super().__init__(channels)
        self.drop = nn.Identity()
        self.act = nn.ReLU(inplace=True)

    def forward(self, input: Tensor) -> Tensor:
        """Norm and activation."""
        x = F.batch_norm(
            input, self.running_mean, self.running_var, self.weight, self.bias, self.training
        )
        return self.act(self.drop(x))  # type: ignore[no-any-return]


@case
def weight_standardisation() -> Made:
    return nn.Sequential(Standardised(3, 4, 3, padding=1), nn.ReLU()), image()


@case
def linear_with_gain() -> Made:
    return Scaled(), tokens()


@case
def layer_norm_of_maps() -> Made:
    return nn.Sequential(ChannelNorm(3), nn.Conv2d(3, 4, 1)), image()


@case
def norm_with_activation() -> Made:
    return nn.Sequential(nn.Conv2d(3, 4, 1), NormThenAct(4)), image()


@case
def norms() -> Made:
    layers = [nn.GroupNorm(2, 4), nn.InstanceNorm2d(4, affine=True), nn.InstanceNorm2d(4)]
    layers += [nn.BatchNorm2d(4, affine=False), nn.GroupNorm(1, 4, affine=False)]
    layers += [nn.BatchNorm2d(4, track_running_stats=False), nn.LocalResponseNorm(2)]
    return nn.Sequential(*layers), image(4)


@case
def norms_of_tokens() -> Made:
    return nn.Sequential(
        nn.LayerNorm(8), nn.RMSNorm(8), nn.LayerNorm(8, bias=False), nn.LayerNorm([5, 8])
    ), tokens()


@case
def called_twice() -> Made:
    return Does(
        lambda self, x: self.act(self.conv(self.act(self.conv(x)))),
        conv=nn.Conv2d(3, 3, 3, padding=1),
        act=nn.ReLU(),
    ), image()


@case
def tied_embedding() -> Made:
    words = nn.Embedding(11, 8)
    module = Does(
        lambda self, x: self.head(self.words(x)), words=words, head=nn.Linear(8, 11, bias=False)
    )
    module.head.weight = words.weight
    return module, (torch.randint(0, 11, (2, 5)),)


@case
def weight_normed() -> Made:
    return nn.Sequential(parametrizations.weight_norm(nn.Linear(8, 6)), nn.Linear(6, 4)), tokens()


@case
def spectral_normed() -> Made:
    return parametrizations.spectral_norm(nn.Conv2d(3, 4, 3)), image()


@case
def frozen() -> Made:
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Conv2d(4, 2, 1))
    module[0].requires_grad_(False)
    return module, image()


@case
def unused() -> Made:
    parts = {"used": nn.Conv2d(3, 4, 3), "unused": nn.Linear(4, 4), "alone": nn.BatchNorm2d(4)}
    return Does(lambda self, x: self.used(x), **parts), image()


class Gains(nn.Module):
    """A module without children whose parameters are called weight and gamma."""

    def __init__(self, channels: int) -> None:
        """Make them."""
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels, 1, 1))
        self.gamma = nn.Parameter(torch.ones(channels, 1, 1))

    def forward(self, input: Tensor) -> Tensor:
        """Scale twice."""
        return input * self.weight + self.gamma


@case
def leaf_of_ones_own() -> Made:
    return nn.Sequential(nn.Conv2d(3, 4, 1), Gains(4)), image()


@case
def parameter_of_parent() -> Made:
    scale = nn.Parameter(torch.ones(4, 1, 1))
    return Does(
        lambda self, x: self.conv(x) * self.scale, conv=nn.Conv2d(3, 4, 1), scale=scale
    ), image()


class Blur(nn.Module):
    """A depthwise convolution with a constant."""

    def __init__(self) -> None:
        """Make it."""
        super().__init__()
        self.register_buffer("filter", torch.ones(3, 1, 3, 3))

    def forward(self, input: Tensor) -> Tensor:
        """Blur."""
        filters = self.get_buffer("filter")
        return F.conv2d(F.pad(input, (1, 1, 1, 1), "reflect"), filters, stride=2, groups=3)


@case
def blurred() -> Made:
    return nn.Sequential(Blur(), nn.Conv2d(3, 4, 1)), image()
