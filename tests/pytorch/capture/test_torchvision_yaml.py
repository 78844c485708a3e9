"""Shipped networks are torchvision's: what YAML says of them is what its modules do."""

from math import prod

import pytest

from convcost.graph.cost import cost
from convcost.graph.nodes import Graph
from convcost.network_api import Network, network
from convcost.pytorch.capture.loading import prepare_torchvision
from convcost.pytorch.capture.modules import build, on_meta
from convcost.pytorch.capture.running import Given, run
from tests.support.captured import differences, ops_of
from tests.support.torchvision_names import NOT_SHIPPED, SHIPPED

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

SPELT_OTHERWISE = {
    "convnext": "the authors' own, with a mean where torchvision pools; its norm is a subclass",
    "deeplabv3_mobilenet": "`result += input`, where blocks have a + b",
    "efficientnet": "`result += input`; squeeze-excites multiply in another order",
    "lraspp": "`result += input`",
    "maxvit": "attention by einsum",
    "mc3": "`out += residual`; its convolutions are a subclass of nn.Conv3d",
    "mobilenet_v3": "`result += input`; squeeze-excites multiply in another order",
    "r2plus1d": "`out += residual`",
    "r3d": "`out += residual`; its convolutions are a subclass of nn.Conv3d",
    "regnet_y": "squeeze-excites multiply in another order",
    "swin3d": "patches are merged in two of three axes, by slices; windows are masked by code",
    "swin_": "the bias is looked up, and windows are masked, by code",
    "swin_v2": "the bias is made before its attention; windows are masked by code",
    "vit": "the class token and the positions are parameters of other modules",
}
"""What some tool sees otherwise in the module than in YAML, by how torchvision's name begins."""

OTHER_OPS = ("convnext", "maxvit", "swin3d", "swin_v2")
"""Those among them whose ops are others, or in another order."""

CHECKED = """
    alexnet convnext_tiny deeplabv3_mobilenet_v3_large deeplabv3_resnet50 densenet121
    efficientnet_b0 efficientnet_b3 efficientnet_v2_m efficientnet_v2_s fcn_resnet50 googlenet
    inception_v3 lraspp_mobilenet_v3_large maxvit_t mc3_18 mnasnet0_5 mnasnet1_3 mobilenet_v2
    mobilenet_v3_large mobilenet_v3_small r2plus1d_18 r3d_18 regnet_x_400mf regnet_x_800mf
    regnet_y_1_6gf regnet_y_800mf resnet18 resnet34 resnet50 resnext50_32x4d resnext101_64x4d s3d
    shufflenet_v2_x0_5 shufflenet_v2_x2_0 squeezenet1_0 squeezenet1_1 swin3d_t swin_s swin_t
    swin_v2_t vgg11 vgg13_bn vgg19_bn vit_b_16 vit_h_14 wide_resnet101_2 wide_resnet50_2
"""
"""Of each file, and of each network with variants, at least one."""


def test_names() -> None:
    """Every network of torchvision is shipped, or there is a reason why it is not."""
    prepare_torchvision()
    from torchvision import models

    left_out = {
        each
        for part in (models.detection, models.quantization)
        for each in models.list_models(module=part)
    }
    assert {*SHIPPED, *NOT_SHIPPED} == {*models.list_models()} - left_out
    assert not SHIPPED.keys() & NOT_SHIPPED


@pytest.mark.parametrize("name", CHECKED.split())
def test_shipped(name: str) -> None:
    """A shipped network costs what torchvision's module does, and has its ops."""
    compare(name)


AUXILIARY = ("deeplabv3", "fcn")
"""Their weights have a head for training only, which the network without weights has not."""


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_published(name: str) -> None:
    """Params and multiply-adds are those that torchvision says of its weights, at their size."""
    prepare_torchvision()
    from torchvision.models import get_model_weights

    weights = next(iter(get_model_weights(name)))
    said, crop = weights.meta, weights.transforms.keywords.get("crop_size")
    shipped = network("GoogLeNet" if name == "googlenet" else SHIPPED[name])
    if isinstance(crop, int) and crop != next(iter(shipped.inputs.values()))[-1]:
        shipped = network(SHIPPED[name], hw=crop)
    params, macs = said["num_params"], round(said["_ops"] * 1000)
    same = shipped.cost.params == params and round(shipped.cost.macs / 10**6) == macs
    assert same != name.startswith(AUXILIARY)
    assert shipped.cost.params <= params


def compare(name: str) -> None:
    """Hold the shipped network to the module that torchvision has under this name."""
    shipped = network(SHIPPED[name])
    assert shipped.name == SHIPPED[name]
    captured = _captured(name, shipped)
    assert (shipped.cost.params, shipped.cost.macs, 0) == (
        cost(captured).params,
        cost(captured).macs,
        cost(captured).unknown,
    )
    assert bool(differences(shipped.graph, captured)) == name.startswith(tuple(SPELT_OTHERWISE))
    same = _ops(shipped.graph) == _ops(captured)
    assert same != name.startswith(OTHER_OPS)


def _captured(name: str, shipped: Network) -> Graph:
    """What torchvision's module does with the inputs of a shipped network."""
    prepare_torchvision()
    from torchvision.models import get_model

    arguments: dict[str, object] = {"name": name, "weights": None}
    if name.startswith(("deeplabv3", "fcn", "lraspp")):
        arguments["weights_backbone"] = None
    module = on_meta(build(get_model, arguments, real=False)).eval()
    return run(module, [Given(size) for size in shipped.inputs.values()], name).graph


def _ops(graph: Graph) -> list[tuple[str, int]]:
    """The ops that compute, in order, with how much they write.

    Dropout and what else does nothing is left out; whether an activation is in place as well,
    which most kinds do not say. Tokens of a map stand in a row, or still as a map.
    """
    found = []
    for words, shape, *_ in ops_of(graph):
        assert isinstance(shape, tuple)
        found.append((str(words).removesuffix(", in place"), prod(shape)))
    return [(words, size) for words, size in found if words not in ("dropout", "identity")]
