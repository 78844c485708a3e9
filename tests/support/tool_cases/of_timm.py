"""Layers of timm, each of which tools treat in a way of its own; none where timm is not there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import util
from typing import Any

from torch import nn

from convcost.pytorch.capture.loading import prepare_torchvision
from tests.support.tool_cases.base import CASES, Does, Made, image, tokens


def layers_of_timm() -> None:
    """Register them."""
    if util.find_spec("timm") is None:
        return
    prepare_torchvision()
    from timm import layers

    made = {
        "norm_act": lambda: nn.Sequential(nn.Conv2d(3, 4, 1), layers.BatchNormAct2d(4)),
        "std_conv": lambda: layers.StdConv2d(3, 4, 3, padding=1),
        "scaled_std_conv": lambda: nn.Sequential(layers.ScaledStdConv2d(3, 4, 3), nn.ReLU()),
        "conv_same": lambda: nn.Sequential(layers.Conv2dSame(3, 4, 3, stride=2), nn.ReLU()),
        "layer_norm_2d": lambda: nn.Sequential(layers.LayerNorm2d(3), nn.Conv2d(3, 2, 1)),
        "blur_pool": lambda: nn.Sequential(layers.BlurPool2d(3), nn.Conv2d(3, 2, 1)),
        "classifier": lambda: layers.ClassifierHead(3, 5, pool_type="avg"),
        "squeezed": lambda: layers.SEModule(3, rd_channels=2),
        "stages": lambda: layers.ConvNormAct(3, 4, 3, act_layer=nn.SiLU),
    }
    for name, make in made.items():
        CASES[f"timm_{name}"] = partial(_with_image, make)
    CASES["timm_attention"] = lambda: (_attention(layers), tokens())


def _with_image(make: Callable[[], nn.Module]) -> Made:
    return make(), image()


def _attention(layers: Any) -> nn.Module:
    return Does(
        lambda self, x: self.tail(self.attention(x)),
        attention=layers.Attention(8, 2, qkv_bias=True),
        tail=nn.Linear(8, 3),
    )


layers_of_timm()
