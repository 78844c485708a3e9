"""onnx-tool's own figure, for what convcost exports and for what torch does."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from torch import nn

from convcost.counting.counts import count
from convcost.counting.profilers import find_convention
from convcost.exports.onnx_file import onnx_model
from convcost.graph.captured import Captured
from convcost.graph.nodes import Graph
from convcost.ops.pools import AdaptivePool, Maximum, OverChannels
from convcost.ops.tokens import OverTokens
from convcost.pytorch.probes import onnx_file_figure, onnx_model_figure
from convcost.sources.onnx.reading import read_model
from tests.support.measured import build
from tests.support.onnx_files import export, randomized
from tests.support.program import Program
from tests.support.random_texts import random_text
from tests.support.random_tokens import random_tokens
from tests.support.strategies import Drawn, built, drawn_kinds

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:node .* is not registed"),
]
ONNX_TOOL = find_convention("onnx-tool")


def printed(graph: Graph, batch: int) -> int | None:
    """What it prints for the file that is exported of a graph; None if it raises."""
    model = onnx_model(Captured(graph, "net", batch), with_weights=True).model
    try:
        return onnx_model_figure(model)
    except (NotImplementedError, IndexError):  # no rule for a node; a recurrent one without biases
        return None


def its_own_sizes(graph: Graph) -> bool:
    """Whether there is a node for which it computes another size than ONNX.

    Those are pools whose last window ends outside, and maxima over axes.
    """
    over_axes = Maximum, OverChannels, OverTokens, AdaptivePool
    return any(
        getattr(node.op, "ceil", False)
        or (isinstance(node.op, over_axes) and "max" in str(node.op))
        for node in graph.nodes
    )


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(drawn_kinds())
def test_kinds(drawn: Drawn) -> None:
    """A kind counts as it prints, and raises where it raises."""
    graph = built(drawn)
    if not its_own_sizes(graph):
        assert count(graph, ONNX_TOOL, 2).total == printed(graph, 2)


@pytest.mark.parametrize("seed", range(30))
def test_networks(seed: int) -> None:
    """So does a random network."""
    text, batch = random_tokens(seed) if seed % 2 else random_text(seed)
    graph = build(text).graph
    if not its_own_sizes(graph):
        assert count(graph, ONNX_TOOL, batch).total == printed(graph, batch)


@pytest.mark.parametrize("exporter", ["script", "dynamo"])
def test_files(exporter: str, tmp_path: Path, convcost: Program) -> None:
    """A file counts as it prints, and verify holds it to that; other tools are of modules."""
    import torch

    module = nn.Sequential(
        nn.Conv2d(3, 8, 3, 2), nn.BatchNorm2d(8), nn.SiLU(), nn.MaxPool2d(2), nn.Flatten()
    ).append(nn.Linear(8 * 9, 10))
    path = tmp_path / "net.onnx"
    export(randomized(module), (torch.rand(1, 3, 14, 14),), path, exporter)
    found = read_model(str(path)).captured
    own = count(found.graph, ONNX_TOOL, found.batch).total
    assert own == onnx_file_figure(str(path))
    ran = convcost("verify", path, "--with", "onnx-tool", "--format", "csv")
    assert (ran.code, f"onnx-tool MACs,{own},{own},0" in ran.out) == (0, True)
    assert convcost("verify", path, "--with", "thop").code == 2
