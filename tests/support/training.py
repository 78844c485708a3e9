"""What autograd keeps of a graph's module, and what torch counts of a training step."""

from __future__ import annotations

from contextlib import nullcontext
from random import Random
from typing import Any

import torch
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks

from convcost.graph.nodes import Graph
from convcost.ops.op import Input
from convcost.pytorch.modules import GraphModule
from convcost.pytorch.probes import probe
from convcost.training.gradients import needed, words_of


def made(graph: Graph, batch: int, device: str) -> tuple[GraphModule, tuple[Tensor, ...]]:
    """The module of a graph in train mode, and inputs, which want a gradient if it is a layer's."""
    words = words_of(graph)
    with torch.device(device):
        module = GraphModule(graph).train()
        inputs = tuple(
            torch.zeros((batch, *node.shape), dtype=torch.long if index in words else torch.float)
            for index, node in enumerate(graph.nodes)
            if isinstance(node.op, Input)
        )
    for each in inputs if graph.of_layer else ():
        each.requires_grad_(each.is_floating_point())
    return module, inputs


def flops_of_step(graph: Graph, batch: int) -> int:
    """What FlopCounterMode prints for forward and backward on the meta device."""
    return probe("torch-train", *made(graph, batch, "meta"), train=True)[0]


def kept_bytes(graph: Graph, batch: int, device: str = "cpu", amp: bool = False) -> int:
    """Bytes of the storages that autograd keeps for what leads to an output, each once.

    Those of parameters and buffers are apart, and what leads to no output is gone with it.
    """
    module, inputs = made(graph, batch, device)
    apart = {_storage(each) for each in (*module.parameters(), *module.buffers())}
    _, leads = needed(graph)
    kept: dict[int, int] = {}
    values: dict[int, Tensor] = {}
    packed: list[Tensor] = []  # so that no storage has the address of one that is gone
    leading = [False]

    def pack(tensor: Tensor) -> Tensor:
        packed.append(tensor)
        if leading[0] and _storage(tensor) not in apart:
            kept[_storage(tensor)] = tensor.untyped_storage().nbytes()
        return tensor

    mixed: Any = torch.autocast("cpu", dtype=torch.bfloat16) if amp else nullcontext()
    given = iter(inputs)
    with saved_tensors_hooks(pack, lambda tensor: tensor), mixed:
        for index, (node, (name, function)) in enumerate(
            zip(graph.nodes, module.steps, strict=True)
        ):
            leading[0] = leads[index]
            if isinstance(node.op, Input):
                values[index] = next(given)
            elif node.run:
                call: Any = function or module._modules[name]
                child = [module._modules[name]] if name and function else []
                values[index] = call(*child, *[values[source] for source in node.sources])
    return sum(kept.values())


def _storage(tensor: Tensor) -> int:
    """Which storage a tensor has; its address is none on the meta device."""
    return tensor.untyped_storage()._cdata


def drawn_training(graph: Graph, random: Random) -> Graph:
    """The graph with some of its parameters frozen, of a layer, or of a network of it alone."""
    return frozen_at_random(graph, random)._replace(of_layer=random.random() < 0.5)


def overwrites_input(graph: Graph) -> bool:
    """Whether an op overwrites an input, which torch refuses of one that wants a gradient."""
    first = [node for node in graph.nodes if 0 in node.sources]
    return any(getattr(node.op, "inplace", False) or node.form == "inplace" for node in first)


def frozen_at_random(graph: Graph, random: Random) -> Graph:
    """The graph with some of its parameters frozen: all of an op, its weights, or its biases."""
    nodes = []
    for node in graph.nodes:
        both = node.weight_params and getattr(node.op, "bias", False)
        ways = ["", "", "all", *["weights", "biases"] * bool(both)]
        held = node.op.params and node.owner is None
        nodes.append(node._replace(frozen=random.choice(ways)) if held else node)
    return graph._replace(nodes=tuple(nodes))
