"""The formula of a kind: the engine run on traced integers, with a name for every size."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from convcost.graph.builder import Builder
from convcost.graph.cost import Cost, cost
from convcost.graph.nodes import Graph
from convcost.kinds.catalogue import find
from convcost.kinds.registry import Kind
from convcost.networks.symbols import Expr, Traced, expression
from convcost.ops.convolutions import Conv
from convcost.ops.layouts import Tokens
from convcost.ops.op import Op, Shape
from convcost.training.gradients import Step, step_of, wanted


class Sizes:
    """The named sizes of a trace: what they are, and how those that a layer makes are defined."""

    def __init__(self, shape: Shape) -> None:
        """Name the input's channels and axes: C_in, H, W; of tokens T and D."""
        self.tokens = isinstance(shape, Tokens)
        self.of = shape.of if isinstance(shape, Tokens) else ()
        self.axes = () if self.tokens else ("D", "H", "W")[4 - len(shape) :]
        self.names = ("T", "D") if self.tokens else ("C_in", *self.axes)
        self.values: dict[str, int] = dict(zip(self.names, shape, strict=True))
        self.definitions: dict[str, Expr] = {}

    def named(self, name: str, value: int) -> Traced:
        """A size called `name`."""
        self.values[name] = value
        return Traced.named(name, value)

    @property
    def input(self) -> Shape:
        """The input's shape, by name."""
        named = [Traced.named(name, self.values[name]) for name in self.names]
        return Tokens(named, self.of) if self.tokens else tuple(named)

    @property
    def channels(self) -> int:
        """The channels that come in."""
        return self.values[self.names[-1 if self.tokens else 0]]

    def output(self, axis: int, size: int) -> Traced:
        """Name the size that a convolution leaves on an axis: H, H_out, H_out2 and so on.

        Sizes share a name only if they are computed alike, not if they happen to be equal.
        """
        label, expr = self.axes[axis], expression(size)
        for name in (label, *self.definitions):
            if expr == Expr.symbol(name):
                return self.named(name, int(size))
        for name in (f"{label}_out", *(f"{label}_out{n}" for n in range(2, 100))):
            if self.definitions.setdefault(name, expr) == expr:
                return self.named(name, int(size))
        raise AssertionError("a kind changes one axis fewer than 100 times")


class Formula(NamedTuple):
    """A kind's cost as traced integers, that of `standard` at the same shape, and their sizes."""

    cost: Cost
    standard: Cost | None
    sizes: Sizes
    borrowed: tuple[str, ...] = ()
    """Parameters that only `standard` has, by symbol."""
    step: Step | None = None
    """FLOPs of a training step, if they were asked for."""
    ungrouped: int = 0
    """FLOPs of its gradients of weights, as if there were no groups."""


def formula(
    kind: Kind,
    shape: Shape,
    given: Mapping[str, Any],
    batch: int = 1,
    trained: Callable[[Graph], Graph] | None = None,
) -> Formula:
    """Trace the cost of a kind on an input of C x spatial.

    Also that of a training step, if it is to be `trained`: as the graph that this makes of it.

    Raises:
        ValueError: the kind cannot be built at this shape.
    """
    sizes = Sizes(shape)
    graph, out = _trace(kind, sizes, given)
    samples = sizes.named("N", batch) if batch > 1 else 1
    found = _formula(kind, given, sizes, cost(graph, samples), out, samples)
    if trained is None:
        return found
    step, ungrouped = _step(trained(graph), samples)
    return found._replace(step=step, ungrouped=ungrouped)


def _formula(
    kind: Kind,
    given: Mapping[str, Any],
    sizes: Sizes,
    own: Cost,
    out: int,
    samples: int,
) -> Formula:
    """A cost with that of a standard convolution beside it."""
    known = set(sizes.values)
    if kind.tokens and sizes.tokens:
        return Formula(own, _convolution(sizes, given.get("k", 3), samples), sizes, ("K",))
    if not kind.compared:
        return Formula(own, None, sizes)
    dense = find("standard")
    try:
        graph, _ = _trace(dense, sizes, {**given, "out": out})
    except ValueError:
        return Formula(own, None, sizes)
    standard = cost(graph, samples)
    symbols = [param.symbol for name, param in dense.params.items() if name != "out"]
    borrowed = [n for n in sizes.values if n not in known and n.partition("_")[0] in symbols]
    return Formula(own, standard, sizes, tuple(borrowed))


def _step(graph: Graph, samples: int) -> tuple[Step, int]:
    """FLOPs of a step, and of its gradients of weights as if there were no groups."""
    total, ungrouped = Step(), 0
    for node, own in zip(graph.nodes, wanted(graph), strict=True):
        step = step_of(node, own, samples)
        total += step
        ungrouped += step.weight_grad * getattr(node.op, "groups", 1)
    return total, ungrouped


def _convolution(sizes: Sizes, kernel: int, samples: int) -> Cost:
    """The cost of a K x K convolution that keeps the channels, at a position for each token."""
    tokens, channels = sizes.input
    side = sizes.named("K", kernel)
    params = channels * channels * side * side
    return Cost(params, tokens * params * samples)


def _trace(kind: Kind, sizes: Sizes, given: Mapping[str, Any]) -> tuple[Graph, int]:
    """The traced graph of a kind, and its output channels."""

    class Tracer(Builder):
        def add(self, path: str, op: Op, *sources: int, form: str = "") -> None:
            super().add(path, op, *sources, form=form)
            if isinstance(op, Conv):
                # The sizes that it leaves get names. They are defined for this kernel: as numbers
                # stand for its stride and padding, one stands for K.
                node = self.nodes[-1]
                concrete = op._replace(kernel=tuple(map(int, op.kernel)))
                channels, *spatial = concrete.output(self.nodes[node.sources[0]].shape)
                named = [sizes.output(axis, size) for axis, size in enumerate(spatial)]
                self.nodes[-1] = node._replace(shape=(channels, *named))

    traced = {name: given[name] for name in kind.params if name in given}
    for name, param in kind.params.items():
        value = given.get(name, sizes.channels if param.required else param.default)
        if param.symbol and isinstance(value, int | tuple) and not isinstance(value, Traced):
            traced[name] = _named(sizes, param.symbol, value)
    net = Tracer(sizes.input)
    kind.append(net, traced, {})
    return net.graph(), net.channels


def _named(sizes: Sizes, symbol: str, value: int | tuple[int, ...]) -> Any:
    if isinstance(value, int):
        # One group or a multiplier of 1 would only clutter the formula.
        return sizes.named(symbol, value) if value > 1 or symbol[0] in "CK" else value
    if len(set(value)) == 1:
        return (sizes.named(symbol, value[0]),) * len(value)
    axes = [f"{symbol}_{axis.lower()}" for axis in sizes.axes]
    return tuple(sizes.named(*each) for each in zip(axes, value, strict=True))
