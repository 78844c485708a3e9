"""Some networks of two zoos under all tools; `scripts/agreement.py` holds the rest."""

from importlib import util

import pytest
import torch

from convcost.graph.cost import cost
from convcost.graph.reading import parse
from convcost.pytorch.capture.running import Given, run
from scripts.zoos.holding import ON_META, Subject, hold
from scripts.zoos.networks import ZOOS
from tests.support.tools import TOOLS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # of tools, and of what they do to torch
    pytest.mark.skipif(
        any(util.find_spec(each) is None for each in ("ptflops", "fvcore", "torchprofile")),
        reason="needs the profilers",
    ),
]

_TORCHVISION = """
    alexnet mobilenet_v3_small resnet18 shufflenet_v2_x0_5 squeezenet1_1
"""
_TIMM = """
    edgenext_xx_small lcnet_035 starnet_s050 test_byobnet test_convnext test_efficientnet
    test_nfnet test_resnet test_vit
"""
SAMPLE = [("torchvision", name) for name in _TORCHVISION.split()]
SAMPLE += [("timm", name) for name in _TIMM.split()]


@pytest.mark.parametrize(("zoo", "name"), SAMPLE)
def test_sample(zoo: str, name: str) -> None:
    """Params and multiply-adds are those of torch without numbers, and of each tool that runs."""
    torch.manual_seed(0)
    module, inputs = ZOOS[zoo].make(name)
    held = hold(Subject(module.eval(), inputs), [ON_META, *TOOLS])
    wrong = {tool: each for tool, each in held.items() if each.ran and not each.exact}
    assert wrong == {}
    assert held["thop"].ran


@pytest.mark.parametrize("name", ["densenet121", "swin_t", "maxvit_t", "vgg11_bn"])
def test_files(name: str) -> None:
    """The file of a captured network has the same cost, read again, and nothing is unknown."""
    module, inputs = ZOOS["torchvision"].make(name)
    found = run(module.eval(), [Given((), tensor=each) for each in inputs], name)
    assert cost(found.graph).unknown == 0
    assert cost(found.graph).params == sum(each.numel() for each in module.parameters())
    assert cost(parse(found.text(), name).graph) == cost(found.graph)
