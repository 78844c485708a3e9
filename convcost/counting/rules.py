"""What conventions are written with: quantities of a call, and rules that add them up.

A rule is a sum of quantities, such as `2 * MACS + BIAS`. It prints as it is written, `2 MACs +
bias`, is read as it is printed, and because it is a sum, a whole network's figure is the rule
applied to the network's sums.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from convcost.ops.called import Opaque
from convcost.ops.maps import Norm
from convcost.ops.op import Composite, Op, Shape, Wanted
from convcost.training.gradients import NONE

if TYPE_CHECKING:
    from fractions import Fraction


class RaisesError(Exception):
    """What a tool raises on a call, in its own words."""


class Call(NamedTuple):
    """An op as a profiler meets it: its shapes without the batch, the batch, and when it comes.

    `again` says that the module which is called is called again later, `shared` that its weights
    are those of a call before, `scattered` that what it reads does not lie in order in memory.
    `beside` are parameters that its module holds, and other calls have. `operands` are the sizes of
    all that captured code calls it with, whole, where tools go by them. `wanted` are the gradients
    that a training step computes of it.
    """

    op: Op
    input: Shape
    output: Shape
    batch: int
    order: int = 0
    again: bool = False
    shared: bool = False
    scattered: bool = False
    beside: int = 0
    operands: tuple[tuple[int, ...], ...] = ()
    wanted: Wanted = NONE

    @property
    def params(self) -> int:
        """Trainable parameters that are its own."""
        return 0 if self.shared else self.op.params

    @property
    def leaf_params(self) -> int:
        """Those of modules without children."""
        return 0 if self.shared else self.op.leaf_params


@dataclass(frozen=True, eq=False)
class Quantity:
    """A number to be had of a call, of an op of these classes or of any, and the words for it."""

    name: str
    meaning: str
    of: Callable[[Call], int | Fraction]
    ops: tuple[type[Op], ...] = ()


@dataclass(frozen=True)
class Rule:
    """A sum of quantities, each so many times.

    Attributes:
        terms: factors and quantities; none at all is zero on purpose.
        defect: why the figure is not what it claims to be, where it is not.
    """

    terms: tuple[tuple[int | Fraction, Quantity], ...] = ()
    defect: str = ""

    def __rmul__(self, factor: int | Fraction) -> Rule:
        return replace(self, terms=tuple([(factor * times, each) for times, each in self.terms]))

    def __add__(self, other: Rule) -> Rule:
        return Rule(self.terms + other.terms, self.defect or other.defect)

    def __str__(self) -> str:
        words = [
            each.name if times == 1 else f"{times_words(times)} {each.name}"
            for times, each in self.terms
        ]
        return " + ".join(words) or "0"

    def of(self, call: Call) -> int | Fraction:
        """The figure of one call, which the tool may have with a fraction."""
        return sum([times * each.of(call) for times, each in self.terms])

    def but(self, defect: str) -> Rule:
        """The same rule, named a defect."""
        return replace(self, defect=defect)


QUANTITIES: list[Quantity] = []
"""Every quantity, for the page that explains them."""


def quantity(
    name: str, meaning: str, *ops: type[Op]
) -> Callable[[Callable[[Call], int | Fraction]], Rule]:
    """Make a rule of a function of a call: once the quantity of that name.

    If only `ops` have it, a rule that asks for it of another op raises.
    """

    def decorate(function: Callable[[Call], int | Fraction]) -> Rule:
        def checked(call: Call) -> int | Fraction:
            if not isinstance(call.op, ops):
                raise RaisesError(f"there is no '{name}' of {call.op}")
            return function(call)

        QUANTITIES.append(Quantity(name, meaning, checked if ops else function, ops))
        return Rule(((1, QUANTITIES[-1]),))

    return decorate


def times_words(times: int | Fraction) -> str:
    """A factor as rules print it: `2`, `0.5`, `1/3`."""
    if isinstance(times, int):
        return str(times)
    exact = 10**6 % times.denominator == 0
    return f"{times.numerator / times.denominator:.6f}".rstrip("0") if exact else str(times)


ZERO = Rule()
"""Zero on purpose: the tool knows the op and counts nothing."""


@quantity("MACs", "multiply-accumulates, of the whole batch; a bias adds none")
def MACS(call: Call) -> int:
    """Multiply-accumulates."""
    if isinstance(call.op, Opaque):
        raise RaisesError(f"the MACs of {call.op.function} are unknown")
    return call.op.macs(call.output) * call.batch


@quantity("dX", "multiply-accumulates of the gradients of inputs, of those that are wanted")
def INPUT_GRADS(call: Call) -> int:
    """Of each product once more, where what is read leads to something that is trained."""
    return call.op.input_macs(call.output, call.wanted) * call.batch


@quantity("dW", "multiply-accumulates of the gradients of weights, of those that are trained")
def WEIGHT_GRADS(call: Call) -> int:
    """Of each product once more."""
    return call.op.weight_macs(call.output, call.wanted) * call.batch


@quantity("g·dW", "multiply-accumulates of the gradients of weights, as if there were no groups")
def UNGROUPED_WEIGHT_GRADS(call: Call) -> int:
    """Those times the groups."""
    groups = getattr(call.op, "groups", 1)
    return call.op.weight_macs(call.output, call.wanted) * groups * call.batch


@quantity("|X|", "elements of the (first) input, batch included")
def X(call: Call) -> int:
    """Elements read."""
    return prod(call.input) * call.batch


@quantity("|Y|", "elements of the output, batch included")
def Y(call: Call) -> int:
    """Elements written."""
    return prod(call.output) * call.batch


@quantity("bias", "|Y| where there is a bias, else 0")
def BIAS(call: Call) -> int:
    """One addition for each output element that a bias is added to, also inside of a module."""
    if isinstance(call.op, Composite):
        inner = call.op.inner(call.output)
        return sum([prod(y) for op, _, y, *_ in inner if getattr(op, "bias", False)]) * call.batch
    return prod(call.output) * call.batch if getattr(call.op, "bias", False) else 0


@quantity("affine", "|X| where the norm has a scale and a shift, else 0")
def AFFINE(call: Call) -> int:
    """Elements that a norm scales and shifts."""
    return prod(call.input) * call.batch if getattr(call.op, "affine", False) else 0


@quantity("statistics", "|X| where a batch norm has to find mean and variance itself, else 0")
def STATISTICS(call: Call) -> int:
    """Elements that are averaged because there are no running statistics."""
    finds = isinstance(call.op, Norm) and not call.op.stats
    return prod(call.input) * call.batch if finds else 0


@quantity("N·params", "parameters, once for each sample")
def PARAMS(call: Call) -> int:
    """Parameters times batch."""
    return call.op.params * call.batch
