"""What a node of a graph is in ONNX: one op or several, with their weights and constants."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from typing import Any, NamedTuple

from convcost.ops.op import Op

Sizes = tuple[int, ...]


class Step(NamedTuple):
    """A node of an ONNX file: its type, what it reads and writes by name, and its attributes."""

    type: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]
    domain: str = ""


class Emitter:
    """Takes down the steps of one node.

    Attributes:
        inputs: the names of what it reads.
        shapes: the sizes of each of them, the batch among them.
        sizes: those of what it writes.
        steps: in order.
        weights: the sizes of its parameters by their names.
        axes: how many a shape without the batch has of what it writes; windows are one of them.
    """

    def __init__(
        self, name: str, inputs: Sequence[str], shapes: Sequence[Sizes], sizes: Sizes
    ) -> None:
        """Start without steps; its weights are called by its name until `owner` is another's."""
        self.path = self.owner = name
        self.axes = len(sizes) - 1
        self.inputs, self.shapes, self.sizes = list(inputs), list(shapes), sizes
        self.steps: list[Step] = []
        self.weights: dict[str, Sizes] = {}

    @property
    def x(self) -> str:
        """The name of the first of what it reads."""
        return self.inputs[0]

    @property
    def shape(self) -> Sizes:
        """The sizes of that."""
        return self.shapes[0]

    def add(self, type_: str, *inputs: str, count: int = 0, **attributes: Any) -> str:
        """Take down a step; returns the name of what it writes.

        With a `count` it writes several, whose names are this one with `:0`, `:1` behind it.
        """
        name = f"{self.path}:{len(self.steps)}"
        outputs = tuple([f"{name}:{n}" for n in range(count)]) if count else (name,)
        self.steps.append(Step(type_, inputs, outputs, attributes))
        return name

    def weight(self, name: str, *sizes: int) -> str:
        """A parameter of these sizes."""
        whole = f"{self.owner}.{name}".lstrip(".")
        self.weights[whole] = sizes
        return whole

    def ints(self, *numbers: int) -> str:
        """Whole numbers as a constant."""
        return self.add("Constant", value=list(numbers))

    def number(self, value: float) -> str:
        """One number."""
        return self.add("Constant", value=float(value))

    def filled(self, value: float, *sizes: int, whole: bool = False) -> str:
        """A constant of these sizes that has one number everywhere."""
        fill = int(value) if whole else float(value)
        return self.add("ConstantOfShape", self.ints(*sizes), value=fill)

    def reshape(self, x: str, *sizes: int) -> str:
        """The same elements in order, in other axes."""
        return self.add("Reshape", x, self.ints(*sizes))

    def slice(self, x: str, axis: int, start: int, stop: int, step: int = 1) -> str:
        """Some positions of an axis."""
        bounds = [self.ints(each) for each in (start, stop, axis, step)]
        return self.add("Slice", x, *bounds)

    def pad(self, x: str, before: Sequence[int], after: Sequence[int]) -> str:
        """Zeros before and after each axis, where there are some."""
        if not any((*before, *after)):
            return x
        return self.add("Pad", x, self.ints(*before, *after))

    def mean(self, x: str, axes: Sequence[int], *, keep: bool, function: str = "Mean") -> str:
        """The mean over axes, or another reduction."""
        return self.add(f"Reduce{function}", x, self.ints(*axes), keepdims=int(keep))


class NoOnnxError(Exception):
    """There is no ONNX for an op."""


@singledispatch
def emit(op: Op, e: Emitter) -> str:
    """Take down what an op is in ONNX; returns the name of what it writes.

    Raises:
        NoOnnxError: there is nothing that would be it.
    """
    raise NoOnnxError(type(op).__name__)
