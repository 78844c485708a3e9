"""A call of a module that is running, and what of it is called as that module."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from torch import nn

from convcost.graph.calls import AS_MODULE
from convcost.graph.nodes import Node
from convcost.graph.spelling import spell
from convcost.ops.attention import MultiheadAttention
from convcost.ops.called import Called, CalledProducts, Opaque
from convcost.ops.maps import Activation, Elementwise, Norm
from convcost.ops.op import Op
from convcost.ops.products import Matmul


class Frame(NamedTuple):
    """A call of a module that is running.

    Attributes:
        first: the index of the first node that it may append.
        bases: the names of the classes of torch.nn that it is, its own or a base of it.
        exact: whether its class is the first of these.
        parent: whether it has children.
        within: what the module around it is inside of; see `Seen.inside`.
    """

    module: nn.Module
    path: str
    first: int
    bases: tuple[str, ...]
    exact: bool
    parent: bool
    within: str


def is_torch(cls: type) -> bool:
    """Whether a class is one of torch.nn or torchvision that is a layer."""
    return cls.__module__.startswith("torch.nn.modules.") or cls.__name__ == "DeformConv2d"


def as_called(op: Op, form: str, frame: Frame, nodes: Sequence[Node]) -> tuple[Op, str]:
    """The op, and in which form it is called: as the module, where it is what that is for.

    `nodes` are those that the module has made before.
    """
    if isinstance(op, Activation) and op.function == "hardtanh" and "ReLU6" in frame.bases:
        op = Activation("relu6", inplace=op.inplace)
    if isinstance(op, Norm) and op.function == "batch" and "SyncBatchNorm" in frame.bases:
        op = Norm("sync", op.channels, op.groups, op.affine, op.stats, op.shift)
    if isinstance(op, MultiheadAttention) and not getattr(frame.module, "batch_first", False):
        op = replace(op, tokens_first=True)
    if isinstance(op, Called | CalledProducts | Opaque):
        return op, form
    taken = any(node.form in AS_MODULE for node in nodes)
    module = spell(op, _dims(op, frame)).module
    if module and module in frame.bases and not taken:
        if frame.exact and frame.bases[0] == module:
            return op, "module"
        return op, "subclass of a parent" if frame.parent else "subclass"
    if isinstance(op, Matmul) and op.function != "matmul":
        return op, "alias" if form == "alias" else "torch"
    if form in ("operator", "inplace") and not isinstance(op, Elementwise | Matmul):
        return op, "torch"
    return op, form


def _dims(op: Op, frame: Frame) -> int:
    """How many spatial axes a layer is for, by the names of its classes."""
    for name in frame.bases:
        if name[-2:] in ("1d", "2d", "3d"):
            return int(name[-2])
    return 2
