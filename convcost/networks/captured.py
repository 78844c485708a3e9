"""Networks that were captured, as cases."""

from __future__ import annotations

from convcost.errors import listed
from convcost.graph.builder import Builder
from convcost.graph.captured import Captured
from convcost.graph.nodes import Graph
from convcost.kinds.registry import Kind
from convcost.networks.cases import Case, Use
from convcost.networks.inputs import Inputs, written
from convcost.ops.op import Input
from convcost.values.code import Code


def case_of(captured: Captured, place: str, code: Code | None = None) -> Case:
    """A captured network as a case; `place` is where it comes from, `code` what it was now."""
    graph = captured.graph
    inputs = {node.path: node.shape for node in graph.nodes if isinstance(node.op, Input)}
    another = "it is another graph, which convcost capture --input makes"
    if "onnx" in captured.about:
        another = "it is another graph; --input gives the sizes that an ONNX file leaves free"
    kind = _kind_of(captured.name, graph, inputs, another)
    use = Use(captured.name, kind, {})
    return Case(
        captured.name,
        inputs,
        (use,),
        captured.batch,
        place=place,
        network=True,
        code=code,
        remarks=tuple(remarks(captured)),
    )


def _kind_of(name: str, graph: Graph, inputs: Inputs, another: str) -> Kind:
    """The network as what appends its nodes; `another` is what it is of other inputs."""

    def append(net: Builder) -> None:
        given = {node.path: node.shape for node in net.nodes[: net.inputs]}
        if given != inputs:
            raise ValueError(f"it was captured with {written(inputs)}; of another size {another}")
        net.take(graph)

    return Kind(name, append, "A network that was captured.", {}, (), (), compared=False)


def remarks(captured: Captured) -> list[str]:
    """What is to be known of how a network was captured."""
    nodes = captured.graph.nodes
    idle = [node for node in nodes if not node.run and node.params]
    found = []
    if captured.about.get("device") == "cpu":
        found.append("it ran with numbers on the CPU, as of --real; others may take other ways")
    if captured.frozen:
        found.append(f"{captured.frozen:,} of the params are frozen")
    if idle:
        names = listed([node.path for node in idle])
        found.append(f"{sum(n.params for n in idle):,} params are used by no call: {names}")
    return found
