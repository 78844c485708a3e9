"""Recurrent layers: `torch.nn.LSTM`, `GRU` and `RNN`, which go over tokens one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from convcost.ops.attention import Projection
from convcost.ops.layouts import Once
from convcost.ops.maps import Activation, Elementwise
from convcost.ops.op import Composite, Inner, OnTokens, Op, Reads, Shape, Wanted
from convcost.ops.products import Linear

GATES = {"lstm": 4, "gru": 3, "tanh": 1, "relu": 1}
"""Each cell, of `nn.RNN` its activation, and how many linear layers of a state it has."""

_KERNEL, _INPLACE = "kernel", "inplace kernel"
_STEPS: dict[str, tuple[tuple[Op, str], ...]] = {
    "lstm": (),  # one kernel for all steps
    "gru": (
        *((Elementwise("add"), _INPLACE),) * 3,
        *((Elementwise("mul"), _INPLACE),) * 2,
        *((Activation("sigmoid"), _INPLACE),) * 2,
        (Activation("tanh"), _INPLACE),
        (Elementwise("sub"), _KERNEL),
        (Elementwise("add"), _KERNEL),
    ),
    "tanh": ((Elementwise("add"), _INPLACE), (Activation("tanh"), _KERNEL)),
    "relu": ((Elementwise("add"), _INPLACE), (Activation("relu"), _KERNEL)),
}
"""The kernels that torch runs on a CPU for each step beside the products."""


@dataclass(frozen=True, slots=True)
class OfStates(Linear):
    """A linear layer of the states before each step, of which the first are zeros."""

    def input_macs(self, output: Shape, wanted: Wanted) -> int:
        """Those of all steps but the first, whose states want no gradient."""
        if not any(wanted.inputs) or len(output) < 2:
            return self.macs(output) if any(wanted.inputs) else 0
        steps = output[-2]
        return self.macs(output) // steps * (steps - 1)


@dataclass(frozen=True, slots=True)
class Recurrent(Composite):
    """`nn.LSTM(channels, hidden, layers, batch_first=True)` and its like: T x C becomes T x hidden.

    With two `directions` the states of both stand behind one another: T x 2 hidden.
    """

    cell: str
    channels: int
    hidden: int
    layers: int = 1
    directions: int = 1
    bias: bool = True
    tokens_first: bool = False
    """Whether code has the tokens before the samples: `batch_first=False`, torch's default."""

    reads: ClassVar[Reads] = "other"
    on_tokens: ClassVar[OnTokens] = "kept"

    def __str__(self) -> str:
        words = [f"rnn, {self.cell}" if self.gates == 1 else self.cell]
        words += [f"{self.layers} layers"] * (self.layers > 1)
        words += ["both directions"] * (self.directions > 1)
        return ", ".join([*words, *["bias"] * self.bias])

    @property
    def gates(self) -> int:
        """Linear layers of a state: 4, 3 or 1."""
        return GATES[self.cell]

    def check(self, source: Shape, *others: Shape) -> None:
        """Raise `ValueError` if the tokens have other channels."""
        if source[-1] != self.channels:
            raise ValueError(f"{self} takes {self.channels} channels, not {source[-1]}")

    def output(self, source: Shape, *others: Shape) -> Shape:
        """T x hidden directions."""
        return (*source[:-1], self.hidden * self.directions)

    @property
    def params(self) -> int:
        """For each layer and direction, weights of input and states, and two biases."""
        wide, narrow = self.hidden * self.directions, self.hidden + 2 * self.bias
        read = self.channels + narrow + (self.layers - 1) * (wide + narrow)
        return self.directions * self.gates * self.hidden * read

    def inner(self, output: Shape) -> tuple[Inner, ...]:
        """Of each layer and direction the products of what it reads, for all steps, and of states.

        What is done for one step after the other is one call here.
        """
        rows, hidden, made = output[:-1], self.hidden, self.gates * self.hidden
        form = "fused" if self.cell == "lstm" else _KERNEL
        found: list[Inner] = []
        for layer in range(self.layers):
            first = Projection(self.channels, made, self.bias)
            later = Linear(hidden * self.directions, made, self.bias)
            reading = (later, None) if layer else (first, 0)
            for op, source in (reading, (OfStates(hidden, made, self.bias), None)):
                found += [
                    Inner(op, ((*rows, op.in_features),), (*rows, made), form, source)
                ] * self.directions
        state = (*rows, hidden)
        steps = [Inner(op, (state,), state, how) for op, how in _STEPS[self.cell]]
        if self.cell == "lstm" and self.bias:
            biases = Once((made,))  # which torch adds up before it calls the kernel
            steps.append(Inner(Elementwise("add"), (biases, biases), biases, _KERNEL))
        return (*found, *steps * (self.layers * self.directions))


_SEEN = "alias"
"""How a part of a cell is called, which traces and kernels show, and no name of torch does."""

_CELLS: dict[str, tuple[tuple[Op, str], ...]] = {
    "lstm": (
        *((Activation("sigmoid"), _INPLACE),) * 3,
        (Activation("tanh"), _INPLACE),
        *((Elementwise("mul"), _SEEN),) * 3,
        (Elementwise("add"), _INPLACE),
        (Activation("tanh"), _KERNEL),
    ),
    "gru": (
        *((Elementwise("add"), _INPLACE),) * 3,
        *((Activation("sigmoid"), _INPLACE),) * 2,
        *((Elementwise("mul"), _SEEN),) * 2,
        (Elementwise("add"), _KERNEL),
        (Activation("tanh"), _INPLACE),
        (Elementwise("sub"), _KERNEL),
    ),
    "tanh": _STEPS["tanh"],
    "relu": _STEPS["relu"],
}
"""What torch does in a cell beside the products."""


@dataclass(frozen=True, slots=True)
class RecurrentCell(Recurrent):
    """`nn.LSTMCell(channels, hidden)` and its like: one step, C becomes hidden."""

    def __str__(self) -> str:
        first, *others = Recurrent.__str__(self).split(", ")
        return ", ".join([f"{first} cell", *others])

    def inner(self, output: Shape) -> tuple[Inner, ...]:
        """The products of what it reads and of the state, and what gates do with them."""
        hidden, made = self.hidden, self.gates * self.hidden
        found = [
            Inner(op(width, made, self.bias), ((width,),), (made,), _SEEN, source)
            for op, width, source in ((Linear, self.channels, 0), (OfStates, hidden, None))
        ]
        if self.cell == "lstm":
            found.append(Inner(Elementwise("add"), ((made,),), (made,), _INPLACE))
        return (*found, *[Inner(op, ((hidden,),), (hidden,), how) for op, how in _CELLS[self.cell]])

    def inner_wanted(self, output: Shape, wanted: Wanted) -> tuple[Wanted, ...]:
        """Of the state only where one is given."""
        given = Wanted((any(wanted.inputs[1:]),), wanted.weights)
        found = Composite.inner_wanted(self, output, wanted)
        return (found[0], given, *found[2:])
