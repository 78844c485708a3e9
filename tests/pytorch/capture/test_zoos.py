"""Networks of torchvision and timm: params are torch's, MACs those of its counter on meta."""

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from convcost.graph.cost import cost
from convcost.graph.reading import parse
from convcost.pytorch.capture.loading import prepare_torchvision
from convcost.pytorch.capture.modules import build, on_meta
from convcost.pytorch.capture.running import Given, run

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

_TORCHVISION = """
    alexnet convnext_tiny densenet121 efficientnet_b0 efficientnet_v2_s googlenet inception_v3
    maxvit_t mnasnet0_5 mobilenet_v2 mobilenet_v3_small regnet_y_400mf resnet18 resnext50_32x4d
    shufflenet_v2_x0_5 squeezenet1_1 swin_t swin_v2_t vgg11_bn vit_b_16 wide_resnet50_2
"""
TORCHVISION = _TORCHVISION.split()
"""One of each family that classifies images of one size."""

_TIMM = """
    beit_base_patch16_224 botnet26t_256 cspresnet50 davit_tiny edgenext_xx_small
    eva02_tiny_patch14_224 fastvit_t8 ghostnet_050 hrnet_w18_small lcnet_035 levit_128s
    mixer_s32_224 mobilevit_xxs nfnet_f0 pvt_v2_b0 resnetv2_50 tf_efficientnet_b0
    vit_tiny_patch16_224 xcit_nano_12_p16_224
"""
TIMM = _TIMM.split()
"""Some families: norms with activations, standardised weights, windows, cross-covariance."""


def network(name: str) -> tuple[nn.Module, tuple[int, ...]]:
    """A network without weights, and the size of its input."""
    prepare_torchvision()
    if name in TIMM:
        import timm

        made = build(timm.create_model, {"model_name": name}, real=False)
        return made, made.default_cfg["input_size"]
    from torchvision.models import get_model

    size = 299 if name == "inception_v3" else 224
    return build(get_model, {"name": name, "weights": None}, real=False), (3, size, size)


@pytest.mark.parametrize("name", [*TORCHVISION, *TIMM])
def test_networks(name: str) -> None:
    """A network of a zoo has torch's params and its counter's FLOPs, also from its file again."""
    made, size = network(name)
    module = on_meta(made).eval()
    found = run(module, [Given(size)], name)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(torch.empty((1, *size), device="meta"))
    own = cost(found.graph)
    assert own.params == sum(each.numel() for each in made.parameters())
    assert own.flops == counter.get_total_flops()
    assert own.unknown == 0
    again = parse(found.text(), name)
    assert cost(again.graph) == own
