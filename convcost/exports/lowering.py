"""A graph in the ops of ONNX, as data: nothing here needs onnx."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from convcost.exports import attention, elements, layers, maps, tokens  # noqa: F401  # they register
from convcost.exports.steps import Emitter, NoOnnxError, Sizes, Step, emit
from convcost.graph.memory import sizes_of
from convcost.graph.nodes import Graph, Node
from convcost.ops.op import Input
from convcost.ops.tokens import Embedding

STRANGE = "convcost"
"""The domain of ops that ONNX does not have."""


class Lowered(NamedTuple):
    """A graph in the ops of ONNX.

    Attributes:
        steps: each with the index of its node.
        main: the indices of the steps that stand for their nodes.
        weights: sizes of parameters by name.
        names: of what each node writes.
        sizes: of that, the batch among them.
        words: the names of inputs that are numbers of words.
        strange: paths of nodes for which ONNX has no op.
    """

    steps: list[tuple[int, Step]]
    main: set[int]
    weights: dict[str, Sizes]
    names: list[str]
    sizes: list[Sizes]
    words: set[str]
    strange: list[str]


def lowered(graph: Graph, batch: int) -> Lowered:
    """A graph of so many samples in the ops of ONNX."""
    sizes = [sizes_of(node.shape, batch) for node in graph.nodes]
    names = names_of(graph)
    found = Lowered([], set(), {}, names, sizes, _words(graph, names), [])
    for index, node in enumerate(graph.nodes):
        if not isinstance(node.op, Input):
            _lower(found, graph, index, node)
    return found


def _lower(found: Lowered, graph: Graph, index: int, node: Node) -> None:
    """Take down a node."""
    names, sizes = found.names, found.sizes
    owner = index if node.owner is None else node.owner
    read = [names[source] for source in node.sources], [sizes[source] for source in node.sources]
    emitter = Emitter(names[index], *read, sizes[index], names[owner])
    if not node.run:
        found.weights[f"{names[index]}.weight"] = (node.params,)
        return
    try:
        written = emit(node.op, emitter)
    except NoOnnxError:
        found.strange.append(node.path)
        emitter = Emitter(names[index], *read, sizes[index], names[owner])
        written = _strange(node, emitter)
    if written in emitter.inputs:
        written = emitter.add("Identity", written)
    start = len(found.steps)
    renamed = {written: names[index]}
    found.steps.extend([(index, _renamed(step, renamed)) for step in emitter.steps])
    found.main.add(start + _main(emitter.steps))
    found.weights.update(emitter.weights)


def _strange(node: Node, e: Emitter) -> str:
    """An op of a domain of convcost's own, which can be looked at and not run."""
    weights = [e.weight("weight", node.op.params)] if node.op.params else []
    name = type(node.op).__name__ if not hasattr(node.op, "function") else str(node.op.function)
    step = Step(name, (*e.inputs, *weights), (f"{e.path}:0",), {}, STRANGE)
    e.steps.append(step)
    return step.outputs[0]


_MULTIPLY = frozenset(("Conv", "ConvTranspose", "DeformConv", "Gemm", "MatMul", "Einsum"))


def _main(steps: list[Step]) -> int:
    """Which of a node's steps stands for it: the first that multiplies, or else the last."""
    found = [place for place, step in enumerate(steps) if step.type in _MULTIPLY]
    return found[0] if found else len(steps) - 1


def _renamed(step: Step, names: Mapping[str, str]) -> Step:
    """A step with another name for what it writes."""
    return step._replace(outputs=tuple([names.get(name, name) for name in step.outputs]))


def names_of(graph: Graph) -> list[str]:
    """A name for each node: its path, with a number behind one that is there already."""
    seen: dict[str, int] = {}
    found = []
    for node in graph.nodes:
        path = node.path or "net"
        seen[path] = seen.get(path, 0) + 1
        found.append(path if seen[path] == 1 else f"{path}#{seen[path]}")
    return found


def _words(graph: Graph, names: list[str]) -> set[str]:
    """The inputs that embeddings read."""
    nodes = [node for node in graph.nodes if isinstance(node.op, Embedding)]
    return {names[source] for node in nodes for source in node.sources}
