"""The names of a node in captured code: what its class and its arguments add to those of its op."""

from __future__ import annotations

from convcost.graph.calls import UPSAMPLING
from convcost.graph.nodes import Node
from convcost.ops.called import Opaque
from convcost.ops.resizing import Resize


def of_class(node: Node, called: tuple[str, ...]) -> tuple[str, ...]:
    """The names of a node, the first of them its class where torch itself derives that from it.

    Of what convcost has no record of, the class that calls it is one of its names.
    """
    if node.origin is not None and isinstance(node.op, Opaque):
        return (*called, node.origin.cls)
    if node.form != "subclass" or node.origin is None or not isinstance(node.op, Resize):
        return called
    place, _, cls = node.origin.cls.rpartition(".")
    own = place.startswith("torch.nn.modules.") and f"nn.{cls}" in UPSAMPLING
    return (f"nn.{cls}", *called[1:]) if own else called


def as_given(called: tuple[str, ...], given: str) -> tuple[str, ...]:
    """The names of a node, with one behind its function that says how arguments are given."""
    for place, name in enumerate(called if given else ()):
        if name.startswith(("F.", "torch.")):
            return (*called[: place + 1], f"{name}({given})", *called[place + 1 :])
    return called


def conv_named(node: Node) -> bool | None:
    """Whether the class of a module of a class of somebody's own has Conv in its name."""
    if node.origin is None or not node.form.startswith("subclass"):
        return None
    return "Conv" in node.origin.cls.rpartition(".")[2]
