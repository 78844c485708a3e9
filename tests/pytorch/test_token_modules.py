"""Modules of random networks of tokens: what they write, and how it lies in memory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from torch import Tensor

from convcost.graph.memory import scattered
from convcost.graph.nodes import Node
from convcost.ops.layouts import Once, Windows
from convcost.ops.op import Composite, Input, Shape
from convcost.ops.products import Linear
from convcost.pytorch.modules import GraphModule
from tests.support.measured import build
from tests.support.random_tokens import random_tokens
from tests.support.token_reading import Network


def run(module: GraphModule, inputs: tuple[Tensor, ...]) -> Iterator[tuple[Node, list[Tensor]]]:
    """The nodes that are run, each with what it reads and then what it writes."""
    values: list[Tensor | None] = []
    given = iter(inputs)
    for node, (name, function) in zip(module.graph.nodes, module.steps, strict=True):
        if isinstance(node.op, Input):
            values.append(next(given))
            continue
        if not node.run:
            values.append(None)
            continue
        child = module._modules.get(name)
        read = [values[source] for source in node.sources]
        called = function or child
        held = [child] if child is not None and function else []
        values.append(called(*held, *read))  # type: ignore[misc]
        yield node, [*read, values[-1]]  # type: ignore[list-item]


def in_batch(shape: Shape, batch: int) -> Shape:
    """A shape with its batch, in which windows are; what is for all samples has one of its own."""
    if isinstance(shape, Windows):
        return (batch * shape[0], *shape[1:])
    return (1 if isinstance(shape, Once) else batch, *shape)


@pytest.mark.parametrize("seed", range(60))
def test_random_tokens(seed: int) -> None:
    """Each node writes its shape; linear layers read in order in memory what is said to lie so."""
    text, batch = random_tokens(seed)
    row, inputs = build(text), Network(text).inputs(batch)
    apart, module = scattered(row.graph, batch), GraphModule(row.graph).eval()
    assert sum(each.numel() for each in module.parameters()) == row.cost.params
    for node, (*read, written) in run(module, inputs):
        assert tuple(written.shape) == in_batch(node.shape, batch), f"{node.path}\n{text}"
        if not isinstance(node.op, Linear | Composite) or len(node.shape) < 2:
            continue
        for source, each in zip(node.sources, read, strict=True):
            found = each.is_contiguous(), each.transpose(0, 1).is_contiguous()
            said = source not in apart.samples_first, source not in apart.tokens_first
            assert said == found, f"{node.path} {each.shape} {each.stride()}\n{text}"
