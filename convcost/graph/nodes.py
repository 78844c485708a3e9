"""The graph: a flat list of nodes in execution order.

A node names its sources by index, so residual sums, squeeze-excite and concatenation need no
special case. Every question is one loop over `Graph.nodes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import NamedTuple

from convcost.ops.op import Contraction, Op, Shape


class Origin(NamedTuple):
    """Where a node comes from in captured code.

    Attributes:
        cls: of the module that calls it, or is it: `torchvision.models.resnet.Bottleneck`.
        call: what is called, such as `torch.nn.functional.conv2d`.
        line: where the code says so, such as `torchvision/models/resnet.py:147`.
    """

    cls: str = ""
    call: str = ""
    line: str = ""


class Seen(NamedTuple):
    """What tools see of a node of captured code beside its op.

    Attributes:
        inside: what is around it that torch or a tool may take as a whole, one of `calls.WHOLE`.
        weights: elements of the weights and biases that a module reads which is no layer of torch,
            each as often as the module writes rows for a sample; on its last node.
        beside: parameters that the module which the node is holds, beside those of its nodes.
        places: at how many places of the tree of modules that module stands, or what calls the op.
        given: how code gives arguments, where a tool trips over that; one of `calls.GIVEN`.
        size_products: products of sizes, `x.shape[0] * 2`, that were made for its arguments.
    """

    inside: str = ""
    weights: int = 0
    beside: int = 0
    places: int = 1
    size_products: int = 0
    given: str = ""


UNSEEN = Seen()
"""Nothing beside the op: of what was built, not captured."""


FROZEN = ("", "all", "weights", "biases")
"""Which parameters of a node are not trained: none; all; those that it multiplies with; or all
others."""


class Node(NamedTuple):
    """One op in place: what it reads (indices of earlier nodes), the shape it writes, its name.

    Attributes:
        form: how the source would call it, one of `calls.FORMS`: profilers tell the forms apart.
        owner: the index of the node whose weights it uses, where those are not its own.
        run: whether it is run; if not, its weights are there and are all that it costs.
        origin: where captured code calls it.
        seen: what else tools see of it, where it was captured.
        frozen: which of its parameters are not trained, one of `FROZEN`.
        stopped: whether code computes no gradients there, so that none passes this call.
    """

    op: Op
    sources: tuple[int, ...]
    shape: Shape
    path: str
    form: str = "module"
    owner: int | None = None
    run: bool = True
    origin: Origin | None = None
    seen: Seen = UNSEEN
    frozen: str = ""
    stopped: bool = False

    @property
    def params(self) -> int:
        """Trainable parameters that are its own."""
        return self.op.params if self.owner is None else 0

    @property
    def weight_params(self) -> int:
        """Those of them that it multiplies with; biases are none."""
        if self.owner is not None or not isinstance(self.op, Contraction):
            return 0
        return sum([prod(each) for each in self.op.rows(self.shape)])

    @property
    def frozen_params(self) -> int:
        """Those that are not trained."""
        if self.frozen in ("weights", "biases"):
            weights = self.weight_params
            return weights if self.frozen == "weights" else self.params - weights
        return self.params if self.frozen == "all" else 0


class Scattered(NamedTuple):
    """The nodes that write what does not lie in order; or not, the tokens before the samples."""

    samples_first: frozenset[int]
    tokens_first: frozenset[int]


class Graph(NamedTuple):
    """Nodes in execution order, of which the first is the first input.

    Attributes:
        nodes: the inputs among them.
        last: the index of the node whose map the last layer writes.
        named: the indices of the nodes that are outputs, by name, where they are not that one.
        scattered: what does not lie in order in memory, where the code was seen to run.
        frozen: parameters that are not trained.
        repeated: parameters of modules without children that are those of another, too.
        of_layer: whether it is of a layer, which stands in a network: gradients of its input are
            wanted, too.
    """

    nodes: tuple[Node, ...]
    last: int = -1
    named: Mapping[str, int] = {}
    scattered: Scattered | None = None
    frozen: int = 0
    repeated: int = 0
    of_layer: bool = False

    @property
    def of_code(self) -> bool:
        """Whether it was captured, so that paths are those of modules."""
        return self.scattered is not None

    def read_by(self, node: Node) -> Shape:
        """The shape of the first of what a node reads; of one that reads nothing, of nothing."""
        return self.nodes[node.sources[0]].shape if node.sources else (0,)

    @property
    def input(self) -> Shape:
        """C x spatial of the first input."""
        return self.nodes[0].shape

    @property
    def output(self) -> Shape:
        """C x spatial of what the last layer writes."""
        return self.nodes[self.last].shape

    @property
    def outputs(self) -> tuple[int, ...]:
        """The indices of the nodes whose maps are outputs."""
        return tuple(self.named.values()) or (self.last % len(self.nodes),)
