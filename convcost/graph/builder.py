"""The builder that makes a graph: it appends nodes and threads the shape through them.

Ops that many graphs go without are imported where they are appended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from convcost.graph.nodes import Graph, Node, Scattered
from convcost.ops.convolutions import SPELLED
from convcost.ops.layouts import CHANNELS_FIRST, Tokens, layout_of
from convcost.ops.op import Axes, Input, Op, Shape, times
from convcost.ops.windows import Sides, Window

LARGEST = 10**15
"""A size of a map is at most this, and a number of features; more is a typing error."""

MOST_OPS = 50_000
"""Ops of a graph; networks have some hundreds, or a few thousands."""
MOST_STEPS = 200_000
"""What is done to build a graph, see `Builder.spend`."""


class Finish(NamedTuple):
    """What belongs to a convolution besides its weights: a bias, then a norm and an activation.

    The activation may be a module that the block calls `again`, or may write `inplace`; all may be
    called in another `form`. `affine` and `norm_bias` are whether the norm has a scale and a shift,
    and with a scale a shift.
    """

    bias: bool = False
    norm: str = "none"
    act: str = "none"
    norm_groups: int = 32
    again: bool = False
    form: str = "module"
    inplace: bool = False
    affine: bool = True
    norm_bias: bool = True


PLAIN = Finish()
"""No bias, no norm, no activation."""


class Mark(NamedTuple):
    """A point in a graph under construction, to come back to; see `Builder.go_back`."""

    nodes: int
    last: int
    scope: str
    corners_asked: int
    steps: int


class Appended(Protocol):
    """What a network has as layers: a kind."""

    def append(self, net: Builder, given: Mapping[str, Any], bundled: dict[Any, Any], /) -> None:
        """Append the nodes of the kind to a graph under construction."""


class Builder:
    """Appends nodes and keeps track of the shape; what is appended reads the node before it.

    `last` is the index of that node: remember it to name it as a source later, or set it to go back
    to a node where a branch begins. `scope` stands before the paths of the nodes. `corners` are the
    directions of the 2 x 2 convolutions that ask for theirs, in their order.
    """

    def __init__(self, inputs: Shape | Mapping[str, Shape]) -> None:
        """Start a graph at an input of C x spatial, or at several by name."""
        named = inputs if isinstance(inputs, Mapping) else {"input": inputs}
        self.nodes = [Node(Input(), (), shape, name) for name, shape in named.items()]
        self.inputs = len(self.nodes)
        self.outputs: dict[str, int] = {}
        """The nodes that are outputs, by name, where they are not the last."""
        self.of_code: tuple[Scattered | None, int, int] = (None, 0, 0)
        """What only code says of a graph that was captured: the last fields of it."""
        self.of_layer = True
        """Whether it is a layer of some network, and no network itself."""
        self.folds = False
        """Whether batch norms are folded into the convolutions before them."""
        self.last = 0
        self.scope = ""
        self.corners: Sequence[str] = ()
        self.corners_asked = 0
        self.steps = 0
        """How much was done, also where it left no node."""
        self.choices: Any = None
        """Of a network: what is decided where its file leaves a choice, see `networks.choices`."""
        self.places: dict[str, str] = {}
        """Where the file says the layers of a network, by their scopes."""

    @property
    def shape(self) -> Shape:
        """C x spatial of the last node."""
        return self.nodes[self.last].shape

    @property
    def channels(self) -> int:
        """C of the last node."""
        shape = self.nodes[self.last].shape
        return shape[-1] if isinstance(shape, Tokens) else shape[0]

    @property
    def dims(self) -> int:
        """How many spatial axes the map has; features and tokens have none."""
        shape = self.nodes[self.last].shape
        return 0 if isinstance(shape, Tokens) else len(shape) - 1

    def graph(self) -> Graph:
        """The graph as built so far."""
        scattered, frozen, repeated = self.of_code
        frozen = frozen or sum([node.frozen_params for node in self.nodes if node.frozen])
        known = scattered, frozen, repeated, self.of_layer
        graph = Graph(tuple(self.nodes), self.last, self.outputs, *known)
        if not self.folds:
            return graph
        from convcost.graph.folding import fold

        return fold(graph)

    def take(self, graph: Graph) -> None:
        """Have the nodes of a graph that was captured, in the place of all that is there."""
        self.nodes = list(graph.nodes)
        self.last, self.outputs = graph.last, dict(graph.named)
        self.of_code = graph.scattered, graph.frozen, graph.repeated
        self.of_layer = False
        for node in graph.nodes:
            if node.origin is not None:
                self.places[f"{node.path}."] = node.origin.line

    def mark(self) -> Mark:
        """Where the graph stands."""
        return Mark(len(self.nodes), self.last, self.scope, self.corners_asked, self.steps)

    def go_back(self, mark: Mark) -> None:
        """Forget the nodes that were appended since the mark was made, and the steps taken.

        Where layers stand in their file is kept, which is the same however often they are built.
        """
        del self.nodes[mark.nodes :]
        _, self.last, self.scope, self.corners_asked, self.steps = mark

    @property
    def work(self) -> int:
        """How much was done to build it so far: ops, and steps, also those that left no op."""
        return len(self.nodes) + self.steps

    def spend(self, steps: int = 1) -> None:
        """Count what is done: layers, rows of loops that leave them out, branches and the like.

        Raises:
            ValueError: it is too much, as where loops within loops were mistyped.
        """
        self.steps += steps
        if self.steps > MOST_STEPS:
            raise ValueError(f"these are more than {MOST_STEPS:,} layers, rows and branches")

    def next_corner(self) -> str:
        """The direction of the next 2 x 2 convolution: right-bottom where `corners` has none."""
        asked, self.corners_asked = self.corners_asked, self.corners_asked + 1
        return self.corners[asked] if asked < len(self.corners) else "right-bottom"

    def add(self, path: str, op: Op, *sources: int, form: str = "") -> None:
        """Append `op`, reading `sources` (the last node if none are named), in a form of call.

        Raises:
            ValueError: the op cannot run on the shapes that it would read.
        """
        nodes = self.nodes
        sources = sources or (self.last,)
        path = self.scope + path
        shapes = [nodes[index].shape for index in sources]
        try:
            layout = None if {*map(type, shapes)} == CHANNELS_FIRST else layout_of(op, shapes)
            op.check(*shapes)
            shape = op.output(*shapes)
            if layout is not None and op.on_tokens == "kept" and type(shape) is tuple:
                shape = layout.like(shape)
            if min(shape) < 1:
                raise ValueError(op.empty(*shapes))
            if max(shape) > LARGEST:
                raise ValueError(f"it writes {times(shape)}, more than {LARGEST:,} along one axis")
        except ValueError as error:
            raise ValueError(
                f"{path}: {error}" if len(nodes) > self.inputs else str(error)
            ) from None
        self.last = len(nodes)
        if self.last > MOST_OPS:
            raise ValueError(f"{path}: these are more than {MOST_OPS:,} ops")
        nodes.append(Node(op, sources, shape, path, form or op.form))

    def conv(
        self, path: str, out: int, window: Window, finish: Finish = PLAIN, *, groups: int = 1
    ) -> None:
        """Append a convolution to `out` channels, with its padding, norm and activation."""
        shape = self.nodes[self.last].shape
        padding = window.padding if not window.spelled else window.before
        if padding is None:
            padding = self.pad(path, window.sides_for(shape[1:]))
        kernel, stride, dilation = window.kernel, window.stride, window.dilation
        make = SPELLED[window.spelled]
        op = make(shape[0], out, kernel, stride, padding, dilation, groups, finish.bias)
        self.add(path, op, form=finish.form)
        if finish != PLAIN:
            self.finish(path, finish)

    def layer(self, kind: Appended, given: Mapping[str, Any], bundled: dict[Any, Any]) -> None:
        """Append a layer of a network, which is a kind with its parameters."""
        kind.append(self, given, bundled)

    def linear(self, path: str, out: int, *, bias: bool = True, form: str = "") -> None:
        """Append a linear layer over the last axis."""
        from convcost.ops.products import Linear

        self.add(path, Linear(self.shape[-1], out, bias), form=form)

    def pad(self, path: str, sides: Sides) -> Axes:
        """Append what zeros a convolution cannot have itself; returns those that it can."""
        if all(before == after for before, after in sides):
            return tuple(before for before, _ in sides)
        from convcost.ops.padding import Pad

        self.add(f"{path}.pad", Pad(sides))
        return (0,) * len(sides)

    def finish(self, path: str, finish: Finish) -> None:
        """Append the norm and the activation that follow the convolution called `path`."""
        _, norm, act, _, again, form, inplace, _, _ = finish
        if norm != "none":
            self.norm(f"{path}.norm", finish)
        if act != "none":
            self.activation(f"{path}.act", act, "reused" if again else form, inplace)

    def norm(self, path: str, finish: Finish, stats: bool = True) -> None:
        """Append the norm of a finish; a layer norm goes over the channels, and needs them last."""
        from convcost.ops.maps import Norm

        _, norm, _, norm_groups, _, form, _, affine, bias = finish
        groups = norm_groups if norm == "group" else 1
        op = Norm(norm, self.channels, groups, affine, stats, bias)
        if norm not in ("layer", "rms") or not self.dims:
            self.add(path, op, form=form)
            return
        from convcost.ops.moves import ToFirst, ToLast

        self.add(f"{path}.to-last", ToLast())
        self.add(path, op, form=form)
        self.add(f"{path}.to-first", ToFirst())

    def activation(self, path: str, name: str, form: str = "", inplace: bool = False) -> None:
        """Append an activation.

        A PReLU has a slope for each channel, as `nn.PReLU(channels)`; `prelu-shared` is one with a
        single slope, as `nn.PReLU()`. What has slopes is no module that is called again.
        """
        from convcost.ops.maps import Activation

        shared = name == "prelu-shared"
        slopes = self.channels if name == "prelu" else 1
        op = Activation("prelu" if shared else name, slopes, inplace)
        self.add(path, op, form="module" if form == "reused" and op.params else form)
