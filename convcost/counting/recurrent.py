"""What tools count of recurrent layers by rules of their own."""

from __future__ import annotations

from math import prod

from convcost.counting.rules import Call, quantity
from convcost.ops.recurrent import Recurrent


@quantity(
    "states", "hidden channels of a recurrent layer, for each step, layer and direction", Recurrent
)
def STATES(call: Call) -> int:
    """The elements of all hidden states."""
    return _states(call)


@quantity(
    "biases", "of a recurrent layer with biases 2 for each gate of each state, else 0", Recurrent
)
def BIASES(call: Call) -> int:
    """Torch has a bias for what is read and one for the state."""
    op = _recurrent(call)
    return 2 * op.gates * _states(call) if op.bias else 0


@quantity("MACs-states", "multiply-accumulates, less 1 for each state", Recurrent)
def MACS_LESS_STATES(call: Call) -> int:
    """Where additions are one fewer for each product, and one is added again."""
    return call.op.macs(call.output) * call.batch - _states(call)


@quantity("N·T·params", "parameters, once for each token of each sample")
def TOKENS_PARAMS(call: Call) -> int:
    """Parameters times tokens times batch."""
    return call.op.params * prod(call.output[:-1]) * call.batch


@quantity(
    "states·params", "parameters of a recurrent cell, once for each element of its state", Recurrent
)
def STATES_PARAMS(call: Call) -> int:
    """Parameters times hidden channels times batch."""
    return call.op.params * _states(call)


def _states(call: Call) -> int:
    return prod(call.output) * call.batch * _recurrent(call).layers


def _recurrent(call: Call) -> Recurrent:
    assert isinstance(call.op, Recurrent)
    return call.op
