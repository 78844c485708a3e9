"""Networks that detect, also where torchvision's own library does not fit torch."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from convcost.graph.cost import cost
from convcost.pytorch.boxes import suppressed
from convcost.pytorch.capture.loading import load
from convcost.pytorch.capture.running import Given, run

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


def test_suppression() -> None:
    """Of boxes that overlap by more than the threshold the best is kept, best first."""
    boxes = torch.tensor([[0, 0, 4, 4], [0, 0, 4, 2], [0, 0, 4, 3], [8, 8, 9, 9]]).float()
    scores = torch.tensor([0.5, 0.9, 0.8, 0.1])
    # 8, 12 and 16 cells: of the best two thirds and a half are in the others, which share 3/4.
    assert suppressed(boxes, scores, 0.7).tolist() == [1, 2, 3]
    assert suppressed(boxes, scores, 0.6).tolist() == [1, 0, 3]
    assert suppressed(boxes, scores, 0.5).tolist() == [1, 0, 3]
    assert suppressed(boxes, scores, 0.4).tolist() == [1, 3]
    assert suppressed(boxes[:0], scores[:0], 0.5).tolist() == []


def test_detection() -> None:
    """A detector is captured with numbers; nothing of it is unknown, boxes included."""
    name = "torchvision.models.detection:ssdlite320_mobilenet_v3_large"
    module = load(name, {"weights": None, "weights_backbone": None}, True).eval()
    image = torch.rand(1, 3, 320, 320)
    found = run(module, [Given((), tensor=image)], "detector", real=True)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(image)
    own = cost(found.graph)
    assert (own.params, own.flops, own.unknown) == (3_440_060, counter.get_total_flops(), 0)
    assert any("nms" in node.path for node in found.graph.nodes)
