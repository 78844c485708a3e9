"""Small modules that profilers treat in ways of their own, by name, each with inputs to call it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations, weight_norm

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


# attention


def _attends(first: bool, needed: bool, **options: Any) -> Made:
    attention = nn.MultiheadAttention(8, 2, batch_first=first, **options)
    module = Does(
        lambda self, x: self.tail(self.attention(x, x, x, need_weights=needed)[0]),
        attention=attention,
        tail=nn.Linear(8, 3),
    )
    return module, (torch.randn(2, 5, 8) if first else torch.randn(5, 2, 8),)


@case
def attention_batch_first() -> Made:
    return _attends(True, False)


@case
def attention_with_weights() -> Made:
    return _attends(True, True)


@case
def attention_without_bias() -> Made:
    return _attends(True, False, bias=False)


@case
def attention_tokens_first() -> Made:
    return _attends(False, True)


@case
def attention_crossed() -> Made:
    return Does(
        lambda self, x, y: self.attention(x, y, y)[0],
        attention=nn.MultiheadAttention(8, 2, batch_first=True, kdim=6, vdim=6),
    ), (torch.randn(2, 5, 8), torch.randn(2, 7, 6))


@case
def encoder_layer() -> Made:
    return nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), tokens()


@case
def encoder_layer_norm_first() -> Made:
    layer = nn.TransformerEncoderLayer(8, 2, 16, activation="gelu", norm_first=True)
    return layer, (torch.randn(5, 2, 8),)


@case
def encoder() -> Made:
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    return nn.TransformerEncoder(layer, 2, enable_nested_tensor=False), tokens()


@case
def decoder_layer() -> Made:
    layer = nn.TransformerDecoderLayer(8, 2, 16, batch_first=True)
    return Does(lambda self, x, y: self.layer(x, y), layer=layer), (
        torch.randn(2, 5, 8),
        torch.randn(2, 7, 8),
    )


@case
def own_attention() -> Made:
    def forward(self: Any, x: Tensor) -> Tensor:
        n, t, _ = x.shape
        q, k, v = self.qkv(x).reshape(n, t, 3, 2, 4).permute(2, 0, 3, 1, 4).unbind(0)
        weights = (q * 0.5 @ k.transpose(-2, -1)).softmax(-1)
        return self.out((weights @ v).transpose(1, 2).reshape(n, t, 8))  # type: ignore[no-any-return]

    return Does(forward, qkv=nn.Linear(8, 24), out=nn.Linear(8, 8)), tokens()


# recurrent layers


@case
def lstm() -> Made:
    return Does(
        lambda self, x: self.head(self.layer(x)[0][:, -1]),
        layer=nn.LSTM(8, 6, num_layers=2, batch_first=True),
        head=nn.Linear(6, 2),
    ), tokens()


@case
def lstm_both_ways() -> Made:
    layer = nn.LSTM(8, 6, bidirectional=True)
    return Does(lambda self, x: self.layer(x)[0], layer=layer), (torch.randn(5, 2, 8),)


@case
def gru() -> Made:
    return Does(lambda self, x: self.layer(x)[1], layer=nn.GRU(8, 6, batch_first=True)), tokens()


@case
def rnn() -> Made:
    return Does(lambda self, x: self.layer(x)[0], layer=nn.RNN(8, 6, batch_first=True)), tokens()


@case
def cells() -> Made:
    def forward(self: Any, x: Tensor) -> Tensor:
        state = self.gru(x[:, 0])
        hidden, _ = self.lstm(state)
        return self.rnn(hidden)  # type: ignore[no-any-return]

    parts = {"gru": nn.GRUCell(8, 6), "lstm": nn.LSTMCell(6, 4), "rnn": nn.RNNCell(4, 3)}
    return Does(forward, **parts), tokens()


# subclasses and norms of somebody's own


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


# weights


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
    return nn.Sequential(
        parametrizations.weight_norm(nn.Linear(8, 6)), weight_norm(nn.Linear(6, 4))
    ), tokens()


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


# convolutions


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


# functions, operators, views


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


# the call itself


@case
def several_inputs_and_outputs() -> Made:
    return Does(
        lambda self, x, y: (self.left(x), {"both": self.right(y) + x.mean()}),
        left=nn.Conv2d(3, 4, 1),
        right=nn.Linear(8, 2),
    ), (*image(), *tokens())


@case
def unused_output() -> Made:
    def forward(self: Any, x: Tensor) -> Tensor:
        self.side(x)
        return self.main(x)  # type: ignore[no-any-return]

    return Does(forward, side=nn.Conv2d(3, 9, 3), main=nn.Conv2d(3, 4, 3)), image()


@case
def data_parallel() -> Made:
    return nn.DataParallel(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())), image()


@case
def bare_layer() -> Made:
    return nn.Linear(8, 4), tokens()


@case
def bare_convolution() -> Made:
    return nn.Conv2d(3, 4, 3), image()


@case
def lists_of_modules() -> Made:
    def forward(self: Any, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x) + x
        return self.heads["one"](x.flatten(1))  # type: ignore[no-any-return]

    layers = nn.ModuleList([nn.Conv2d(3, 3, 3, padding=1) for _ in range(3)])
    heads = nn.ModuleDict({"one": nn.Linear(192, 2), "two": nn.Linear(192, 3)})
    return Does(forward, layers=layers, heads=heads), image()


@case
def two_parents() -> Made:
    shared = nn.Sequential(nn.Conv2d(3, 3, 3, padding=1), nn.ReLU())
    return nn.Sequential(shared, nn.BatchNorm2d(3), shared), image()


@case
def forward_called_by_name() -> Made:
    return Does(
        lambda self, x: self.conv.forward(x) + self.norm(x),
        conv=nn.Conv2d(3, 3, 1),
        norm=nn.BatchNorm2d(3),
    ), image()


@case
def batch_of_one() -> Made:
    return nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2)
    ), image(batch=1)
