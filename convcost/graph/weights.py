"""Weights that several nodes share, and nodes that are not run."""

from __future__ import annotations

from convcost.graph.builder import Builder
from convcost.graph.ops import times


def share(net: Builder, owners: range, users: range) -> None:
    """Let some nodes use the weights of others, one for one; nodes without weights are left alone.

    The weights have to be of the same shapes; stride, padding and dilation may differ, as in
    TridentNet (arXiv 1901.01892), and are then those of a call of the function.

    Raises:
        ValueError: there are more or fewer of them, or they are of another shape.
    """
    if owners == users:
        return
    there, here = _weighted(net, owners), _weighted(net, users)
    if not there:
        raise ValueError("there are no weights to share")
    if len(there) != len(here):
        raise ValueError(
            f"it has {len(here)} ops with weights, and what it shares with has {len(there)}"
        )
    for owner, user in zip(there, here, strict=True):
        one, other = net.nodes[owner], net.nodes[user]
        if one.op.weights != other.op.weights:
            sides = [_described(net, index) for index in (user, owner)]
            raise ValueError(f"cannot share weights of other shapes: {' and '.join(sides)}")
        if not one.run and one.owner is None:
            net.nodes[owner] = one._replace(owner=user)  # whoever is run has them
            continue
        net.nodes[user] = other._replace(
            owner=owner if one.owner is None else one.owner,
            form=other.form if one.op == other.op else "function",
        )


def leave_unrun(net: Builder, start: int) -> None:
    """Let the nodes from the one at `start` on not be run."""
    net.nodes[start:] = [node._replace(run=False) for node in net.nodes[start:]]


def _weighted(net: Builder, indices: range) -> list[int]:
    return [index for index in indices if net.nodes[index].op.params]


def _described(net: Builder, index: int) -> str:
    """An op with its path and shapes."""
    op, [source], shape, path, *_ = net.nodes[index]
    return f"{path} ({op}, {times(net.nodes[source].shape)} to {times(shape)})"
