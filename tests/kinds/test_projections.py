"""Attention whose projections are given apart, as 1 x 1 convolutions of a map."""

import pytest
import torch

import convcost
from convcost.graph.nodes import Graph
from convcost.pytorch.modules import GraphModule
from convcost.sources.reading.configs import parse_config


def network(channels: int, *layers: str) -> Graph:
    """The graph of layers of a map of 6 x 5."""
    rows = "".join([f"  - {layer}\n" for layer in layers])
    [case] = parse_config(f"name: n\ninput: {channels}x6x5\nlayers:\n{rows}", "n.yaml")
    [use] = case.uses
    return use.kind.build(case.input, use.given)


def macs(graph: Graph) -> int:
    """All multiply-adds of a graph."""
    return sum([node.op.macs(node.shape) for node in graph.nodes])


@pytest.mark.parametrize("spelling", ["sdpa", "matmul"])
def test_convolutions(spelling: str) -> None:
    """With the same weights it is what it is with linear layers, at the same cost."""
    inner = f"attention: {{heads: 4, spelling: {spelling}, project: false}}"
    project, last = [f"pointwise: {{out: {out}, bias: true}}" for out in (72, 24)]
    apart = network(24, project, "to-tokens", inner, "to-map", last)
    within = network(24, "to-tokens", inner.replace("false", "true"), "to-map")
    own, other = GraphModule(apart).eval(), GraphModule(within).eval()
    for mine, theirs in zip(own.parameters(), other.parameters(), strict=True):
        mine.data = theirs.data.reshape(mine.shape).clone()
    image = torch.rand(2, 24, 6, 5)
    with torch.no_grad():
        torch.testing.assert_close(own(image), other(image))
    assert macs(apart) == macs(within)


def test_fewer_keys() -> None:
    """Heads of keys and values that several of the queries share come in once."""
    graph = network(48, "to-tokens", "attention: {heads: 4, kv_heads: 2, project: false}")
    assert graph.output == (30, 24)
    assert sum([node.op.params for node in graph.nodes]) == 0
    assert tuple(GraphModule(graph)(torch.rand(1, 48, 6, 5)).shape) == (1, 30, 24)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("heads: 5", "48 channels cannot be divided into 15 heads of queries, keys and values"),
        ("heads: 4, head_size: 8", "12 heads of 8 channels, .* not 48 channels"),
        ("heads: 4, spelling: multihead", "no .* or project of its own"),
    ],
)
def test_reasons(given: str, reason: str) -> None:
    """What cannot be built says why."""
    with pytest.raises((convcost.ConvcostError, ValueError), match=reason):
        network(48, "to-tokens", f"attention: {{{given}, project: false}}")


def test_cosine_scores() -> None:
    """The product of queries and keys is an @ in the code of Swin V2, the other is a call."""
    given = "heads: 2, window: 3, cosine: true, position_bias: mlp, spelling: matmul"
    graph = network(8, "to-tokens", f"window-attention: {{{given}, form: function}}")
    forms = {node.path.rpartition(".")[2]: node.form for node in graph.nodes}
    assert (forms["scores"], forms["weigh"]) == ("operator", "torch")
