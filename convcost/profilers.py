"""Conventions: how each profiler counts, as data, one table per `tool@version`.

A table gives every op one of three states: a rule, zero on purpose, or nothing at all, which
means that the tool does not know the op. What is unknown is reported, never a silent zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import NamedTuple

from convcost.graph import Graph
from convcost.ops import Activation, Norm, Op, Pad, Shape


class Call(NamedTuple):
    """An op as a profiler meets it: its shapes without the batch, and the batch."""

    op: Op
    input: Shape
    output: Shape
    batch: int


Rule = Callable[[Call], int]


class Convention(NamedTuple):
    """How one tool counts.

    Attributes:
        name: `tool@version`.
        rules: op names (see `op_name`) to rules; a missing op is unknown to the tool.
    """

    name: str
    rules: Mapping[str, Rule]


class Count(NamedTuple):
    """What a tool prints for a graph, and the ops, with their paths, that it does not know.

    Like the tool, `params` has those of the ops that it knows.
    """

    total: int
    params: int
    unknown: tuple[str, ...]


def op_name(op: Op) -> str:
    """The name by which tables know an op: `conv`, `batch-norm`, `relu`, `pad2d` and so on."""
    if isinstance(op, Norm):
        return f"{op.function}-norm"
    if isinstance(op, Activation):
        return op.function
    if isinstance(op, Pad):
        return f"pad{len(op.sides)}d"
    return type(op).__name__.lower()


def count(graph: Graph, convention: Convention, batch: int = 1) -> Count:
    """The figure that a tool prints for this graph, from its table."""
    total = params = 0
    unknown = []
    for op, sources, shape, path in graph.nodes[1:]:
        rule = convention.rules.get(op_name(op))
        if rule is None:
            unknown.append(f"{op_name(op)} ({path})")
            continue
        total += rule(Call(op, graph.nodes[sources[0]].shape, shape, batch))
        params += op.params
    return Count(total, params, tuple(unknown))


def zero(call: Call) -> int:
    """Zero on purpose: the tool knows the op and counts nothing."""
    return 0


def conv_macs(call: Call) -> int:
    """Multiply-accumulates; a bias adds none."""
    return call.op.macs(call.output) * call.batch


def per_input(factor: int) -> Rule:
    """`factor` for each input element."""
    return lambda call: factor * prod(call.input) * call.batch


THOP = Convention(
    # thop/profile.py, register_hooks; thop/vision/basic_hooks.py, count_normalization.
    "thop@0.1.1",
    {
        "conv": conv_macs,
        "batch-norm": per_input(4),
        "instance-norm": per_input(4),
        "prelu": per_input(1),
        **dict.fromkeys(("relu", "relu6", "leaky-relu", "pad2d"), zero),
    },
)
