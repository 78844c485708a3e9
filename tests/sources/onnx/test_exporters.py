"""What torch's exporters write is read as what was exported."""

from pathlib import Path

import pytest
import torch
from torch import nn

from convcost import capture
from convcost.graph.cost import cost
from convcost.sources.onnx.reading import read_model
from tests.support.onnx_files import export, figures, parsed, randomized, read_proto


class Attended(nn.Module):
    """A convolution with a norm, squeeze-excite, tokens, their attention, and a head."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 32, 4, 4, bias=False)
        self.norm = nn.BatchNorm2d(32)
        self.gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(32, 8, 1), nn.SiLU())
        self.back = nn.Sequential(nn.Conv2d(8, 32, 1), nn.Hardsigmoid())
        self.classes = nn.Parameter(torch.zeros(1, 1, 32))
        self.layer = nn.TransformerEncoderLayer(32, 4, 64, batch_first=True)
        self.group = nn.GroupNorm(4, 32)
        self.head = nn.Linear(32, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """From an image to classes."""
        x = self.norm(self.conv(x))
        x = self.group(x * self.back(self.gate(x)))
        tokens = x.flatten(2).transpose(1, 2)
        tokens = torch.cat([self.classes.expand(len(x), -1, -1), tokens], 1)
        return self.head(self.layer(tokens)[:, 0])


@pytest.mark.slow
@pytest.mark.parametrize("exporter", ["script", "dynamo"])
def test_exporters(exporter: str, tmp_path: Path) -> None:
    """The multiply-adds are those of the module, and the params less what is said to be folded."""
    module, path = randomized(Attended()), tmp_path / "net.onnx"
    export(module, (torch.rand(2, 3, 16, 24),), path, exporter)
    captured = capture(module, (3, 16, 24))
    found = read_model(str(path))
    params, macs, unknown = figures(found)
    own = cost(captured.graph, 2)
    assert (found.captured.batch, macs, unknown) == (2, own.macs, 0)
    assert found.remarks[0] == (
        "1 batch norm is folded into convolutions: tools on the torch module print more, and it "
        "has 32 more params where they are trained"
    )
    tokens = 32 * (exporter == "dynamo")  # written out for both samples
    assert params == own.params - 32 - tokens
    assert [remark for remark in found.remarks if "expand (64)" in remark] == [*found.remarks[1:]]
    paths = [node.path for node in found.captured.graph.nodes]
    assert {"conv" if exporter == "script" else "norm", "gate.1", "head"} <= {*paths}


@pytest.mark.slow
def test_equal_vectors(tmp_path: Path) -> None:
    """Params that are stored once, as those of norms before training, count as the module's own."""
    module = nn.Sequential(nn.Linear(8, 8), nn.LayerNorm(8), nn.Linear(8, 8), nn.LayerNorm(8))
    for exporter in ("script", "dynamo"):
        path = tmp_path / f"{exporter}.onnx"
        export(module.eval(), (torch.rand(1, 4, 8),), path, exporter)
        found = read_model(str(path))
        assert figures(found) == (sum(each.numel() for each in module.parameters()), 512, 0)
        assert "stored once" in found.remarks[0]


def test_reused_kernel() -> None:
    """A kernel of one map that two modules name is one kernel, as only equal vectors are merged."""
    model = parsed(
        """g (float[1,4,8,8] x) => (float[1,1,8,8] y)
        weights float[1,4,1,1] w
        { a = Conv(x, w)  b = Conv(x, w)  y = Add(a, b) }"""
    )
    model.graph.node[0].name, model.graph.node[1].name = "/first/Conv", "/second/Conv"
    found = read_proto(model)
    assert figures(found) == (4, 2 * 64 * 4, 0)
    assert found.remarks == ()


@pytest.mark.slow
@pytest.mark.parametrize("opset", [9, 11, 13, 18])
def test_opsets(opset: int, tmp_path: Path) -> None:
    """Older opsets, which have axes as attributes and norms in parts, are read alike."""
    module = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.ReLU6(), nn.Upsample(scale_factor=2), nn.Flatten(2)
    ).append(nn.LayerNorm(256) if opset > 11 else nn.Dropout())
    path = tmp_path / "net.onnx"
    export(module.eval(), (torch.rand(1, 3, 8, 8),), path, "script", opset_version=opset)
    found = read_model(str(path))
    params = sum(each.numel() for each in module.parameters())
    assert figures(found) == (params, 64 * 216, 0)
    assert tuple(found.captured.graph.output) == (8, 256)
