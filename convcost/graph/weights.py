"""Weights that several nodes share, and nodes that are not run."""

from __future__ import annotations

from convcost.graph.builder import Builder
from convcost.ops.op import times


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
        holder = owner if one.owner is None else one.owner
        held = net.nodes[holder]
        if held.op.module != other.op.module:
            net.nodes[user] = other._replace(owner=holder, form="function")
        elif other.run and not held.run:
            _hand_over(net, holder, user)
        else:
            net.nodes[user] = other._replace(owner=holder)


def leave_unrun(net: Builder, start: int) -> None:
    """Let the nodes from the one at `start` on not be run."""
    net.nodes[start:] = [node._replace(run=False) for node in net.nodes[start:]]


def freeze(net: Builder, start: int) -> None:
    """Let the parameters of the nodes from the one at `start` on not be trained."""
    net.nodes[start:] = [node._replace(frozen="all") for node in net.nodes[start:]]


def _hand_over(net: Builder, holder: int, user: int) -> None:
    """Let a node that is run have the weights of one that is not, also where others use them."""
    for index in range(user):
        if index == holder or net.nodes[index].owner == holder:
            net.nodes[index] = net.nodes[index]._replace(owner=user)


def _weighted(net: Builder, indices: range) -> list[int]:
    return [index for index in indices if net.nodes[index].op.params]


def _described(net: Builder, index: int) -> str:
    """An op with its path and shapes."""
    op, sources, shape, path, *_ = net.nodes[index]
    return f"{path} ({op}, {times(net.nodes[sources[0]].shape)} to {times(shape)})"
