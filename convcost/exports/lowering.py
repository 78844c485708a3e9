"""A graph in the ops of ONNX, as data: nothing here needs onnx."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from convcost.exports import attention, elements, layers, maps, tokens  # noqa: F401  # they register
from convcost.exports.steps import Emitter, NoOnnxError, Sizes, Step, emit
from convcost.graph.captured import names_of
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
        outputs: the names of what goes out, each with the index of its node.
        sizes: of that, the batch among them.
        words: the names of inputs that are numbers of words.
        strange: paths of nodes for which ONNX has no op.
    """

    steps: list[tuple[int, Step]]
    main: set[int]
    weights: dict[str, Sizes]
    names: list[str]
    outputs: list[tuple[str, int]]
    sizes: list[Sizes]
    words: set[str]
    strange: list[str]


Sound = Callable[[Emitter], bool]
"""Whether the steps of a node write what it writes."""


def lowered(graph: Graph, batch: int, sound: Sound = lambda emitter: True) -> Lowered:
    """A graph of so many samples in the ops of ONNX.

    A record says less than code: of captured graphs only what is `sound` stands as ONNX's own ops.
    """
    sizes = [sizes_of(node.shape, batch) for node in graph.nodes]
    names = names_of(graph)
    found = Lowered([], set(), {}, names, [], sizes, _words(graph, names), [])
    for index, node in enumerate(graph.nodes):
        if not isinstance(node.op, Input):
            _lower(found, graph, index, node, sound)
    for place, index in enumerate(graph.outputs):
        name = names[index]
        if isinstance(graph.nodes[index].op, Input) or index in graph.outputs[:place]:
            name = f"{name}:out{place}"  # a name goes out once, and is not what comes in
            found.steps.append((index, Step("Identity", (names[index],), (name,), {})))
        found.outputs.append((name, index))
    return found


def _lower(found: Lowered, graph: Graph, index: int, node: Node, sound: Sound) -> None:
    """Take down a node."""
    names = found.names
    if not node.run:
        found.weights.update({f"{names[index]}.weight": (node.params,)} if node.params else {})
        return
    try:
        emitter = _emitter(found, index, node)
        written = emit(node.op, emitter)
        if graph.of_code and not (_reads_all(emitter, written) and sound(emitter)):
            raise NoOnnxError(str(node.op))
    except (NoOnnxError, ValueError, IndexError):
        found.strange.append(node.path)
        emitter = _emitter(found, index, node)
        written = _strange(node, emitter)
    if written in emitter.inputs:
        written = emitter.add("Identity", written)
    start = len(found.steps)
    renamed = {written: names[index]}
    found.steps.extend([(index, _renamed(step, renamed)) for step in emitter.steps])
    found.main.add(start + _main(emitter.steps))
    found.weights.update(emitter.weights)


def _reads_all(emitter: Emitter, written: str) -> bool:
    """Whether the steps of a node read all that it reads."""
    return {*emitter.inputs} <= {name for step in emitter.steps for name in step.inputs} | {written}


def _emitter(found: Lowered, index: int, node: Node) -> Emitter:
    """What takes down the steps of a node."""
    names, sizes = found.names, found.sizes
    read = [names[source] for source in node.sources], [sizes[source] for source in node.sources]
    emitter = Emitter(names[index], *read, sizes[index])
    emitter.axes = len(node.shape)
    if node.owner is not None:
        emitter.owner = names[node.owner]
    return emitter


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


def _words(graph: Graph, names: list[str]) -> set[str]:
    """The inputs that embeddings read."""
    nodes = [node for node in graph.nodes if isinstance(node.op, Embedding)]
    return {names[source] for node in nodes for source in node.sources}
