"""What is to be known of a file that was read: what exporters folded, and what is not sure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from convcost.errors import listed, shorten
from convcost.graph.nodes import Node
from convcost.ops.convolutions import Conv
from convcost.ops.op import times
from convcost.ops.products import Linear
from convcost.ops.transposed import TransposedConv
from convcost.sources.onnx.names import is_folded
from convcost.sources.onnx.readers.reading import Read
from convcost.sources.onnx.values import FLOATS, Held, Sizes, Value

if TYPE_CHECKING:
    from onnx import GraphProto, NodeProto

_RULE = "pkg.onnxscript.rewriter.rule_name"


class Notes:
    """Collects what is worth a sentence while the nodes are read."""

    def __init__(self, graph: GraphProto) -> None:
        """Start with nothing to say."""
        self.folded: dict[str, int] = {}
        """Channels of the convolutions into which a batch norm was folded, by their paths, and
        whether they are left with a bias."""
        self.biased = 0
        self.unbiased = 0
        """Biases of linear layers that were zeros and were left out."""
        self.perhaps = 0
        """Convolutions of which there may have been some."""
        self.again: dict[str, Held] = {}
        self.unsure: list[NodeProto] = []
        self.other: list[str] = []
        self.different = 0

    def note(self, node: NodeProto, read: Read, made: Node) -> None:
        """Keep what a node tells of its exporter."""
        rules = [each.value for each in node.metadata_props if each.key == _RULE]
        if isinstance(made.op, Linear) and any("OptionalBias" in rule for rule in rules):
            self.unbiased += made.op.out_features
        if not isinstance(made.op, Conv | TransposedConv):
            return
        names = [value.held.name for value in read.weights if value.held]
        if not made.op.bias and any("OptionalBias" in rule for rule in rules):
            self.perhaps += "FuseBatchNorm" not in "".join(rules)
        if any(map(is_folded, names[:1])) or any("FuseBatchNorm" in rule for rule in rules):
            self.folded[made.path] = made.op.out_channels
            self.biased += made.op.out_channels * bool(made.op.bias)

    def identity(self, value: Value, name: str) -> Value:
        """What an Identity writes; of an initialiser of one axis a parameter with the same numbers.

        torch's first exporter stores equal parameters once, as those of norms are before training.
        """
        held = value.held
        if held is None or held.dtype not in FLOATS or not held.is_vector:
            return value
        own = held._replace(name=name)
        self.again[name] = own
        return value._replace(held=own)

    def compare(self, node: NodeProto, sizes: Sizes, declared: tuple[int | None, ...]) -> None:
        """Keep that a file declares other sizes than follow."""
        if len(sizes) == len(declared) and all(
            other in (None, own) for own, other in zip(sizes, declared, strict=True)
        ):
            return
        self.different += 1
        if len(self.other) < 3:
            said = "x".join(["?" if size is None else str(size) for size in declared])
            name = shorten(node.name or node.output[0], 60)
            self.other.append(f"{name} writes {times(sizes)}, the file says {said}")

    def sentences(self, held_again: Sequence[Held], computed: Sequence[Held]) -> list[str]:
        """All of it, a sentence each.

        `held_again` are vectors that are stored once with equal ones, `computed` what the exporter
        made of others.
        """
        found = []
        if self.folded:
            channels = sum(self.folded.values())
            more = 2 * channels - self.biased
            words = "norm is" if len(self.folded) == 1 else "norms are"
            found.append(
                f"{len(self.folded)} batch {words} folded into convolutions: tools on the torch "
                f"module print more, and it has {more:,} more params where they are trained"
            )
        if self.unbiased or self.perhaps:
            convs = f"perhaps those of {self.perhaps} convolutions" * bool(self.perhaps)
            linear = f"{self.unbiased:,} params of linear layers" * bool(self.unbiased)
            words = ", and ".join(filter(None, (linear, convs)))
            found.append(f"the exporter left out biases that are zeros: {words}")
        if held_again:
            count = sum([held.elements for held in held_again])
            found.append(
                f"{len(held_again)} vectors are stored once with others that are equal; each "
                f"counts as a parameter of its own, {count:,} in all"
            )
        if computed:
            names = listed([f"{held.name} ({held.elements:,})" for held in computed])
            words = "taken for constants, as the exporter computed them, perhaps of parameters"
            found.append(f"{words}: {names}")
        if self.unsure:
            names = listed([f"{node.name or node.op_type}" for node in self.unsure])
            found.append(f"sizes that depend on numbers are taken as 1, from here on: {names}")
        if self.different:
            more_words = f"; {self.different - len(self.other)} more" * (self.different > 3)
            found.append(f"sizes differ: {'; '.join(self.other)}{more_words}")
        return found
