"""The process in which torch and the real profilers run.

It imports torch and the tools once and then forks for each measurement. A fork sees what was
imported and nothing of the forks before it, so hooks, buffers and patched functions that a profiler
leaves behind end with their own case.
"""

from __future__ import annotations

import gc
import os
import pickle
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from convcost.graph.nodes import Graph
from convcost.ops.op import Input, times
from convcost.ops.tokens import Embedding
from convcost.pytorch.probes import PROBES, probe
from convcost.pytorch.processes import Process, answer, said, streams
from convcost.pytorch.vision import import_vision

if TYPE_CHECKING:
    from torch import Tensor

    from convcost.pytorch.modules import GraphModule

MODULE = "module"
"""What the worker is asked for to run the module itself."""


class Worker(Process):
    """A process with torch and tools imported, that measures graphs in a fork each."""

    def __init__(self, tools: Sequence[str]) -> None:
        """Name the tools that it is to import."""
        super().__init__("from convcost.pytorch.worker import serve; serve()", tools)
        self._broken: dict[str, str] | None = None

    @property
    def broken(self) -> dict[str, str]:
        """Tools that cannot be imported, and why; they are not run."""
        if self._broken is None:
            self._broken = self.read()
        return self._broken

    def measure(self, tool: str, graph: Graph, batch: int) -> tuple[Any, ...] | str:
        """What a tool prints for a graph, or the error that it raises.

        `MODULE` stands for torch itself: parameters, and C x spatial of each output.
        """
        if tool in self.broken:
            return f"cannot be imported: {self.broken[tool]}"
        found = self.ask((tool, graph, batch))
        if isinstance(found, str):
            return found
        return tuple([tuple(each) if isinstance(each, list) else each for each in found])


def serve() -> None:
    """The worker's loop: a pickled request in, a line of JSON out, until the input ends."""
    requests, answers = streams()
    answer(answers, _import_all(sys.argv[1:]))
    gc.freeze()  # a collection in a fork would touch, and so copy, all that was imported
    while True:
        try:
            tool, graph, batch = pickle.load(requests)
        except EOFError:
            return
        import_vision(graph)  # once, here, for all the forks
        if not hasattr(os, "fork"):  # Windows: one process for all
            answer(answers, _attempt(tool, graph, batch))
        else:
            child = os.fork()
            if child == 0:
                answer(answers, _attempt(tool, graph, batch))
                os._exit(0)
            _, status = os.waitpid(child, 0)
            if status:
                signal = os.waitstatus_to_exitcode(status)
                answer(answers, f"its process ended with {signal}; out of memory?")


def _import_all(tools: Sequence[str]) -> dict[str, str]:
    """Import once what all the forks will want; returns the tools that cannot be, and why."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    import convcost.pytorch.modules  # noqa: F401
    from convcost.pytorch.capture.loading import prepare_torchvision

    prepare_torchvision()
    broken = {}
    for tool in tools:
        try:
            for name in PROBES[tool].imports:
                import_module(name)
        except Exception as error:  # whatever it is, the others can be run
            broken[tool] = said(error)
    with FlopCounterMode(display=False):  # its first convolution imports a second's worth
        torch.nn.Conv1d(1, 1, 1, device="meta")(torch.empty(1, 1, 1, device="meta"))
    return broken


def _attempt(tool: str, graph: Graph, batch: int) -> tuple[Any, ...] | str:
    try:
        return measure(tool, graph, batch)
    except Exception as error:  # whatever is raised is this row's answer
        return said(error)


def _module(graph: Graph) -> GraphModule:
    """The module of a graph with weights of zeros: to draw them takes long, and nothing asks."""
    import torch

    from convcost.pytorch.modules import GraphModule

    with torch.device("meta"):
        module = GraphModule(graph)
    zeros = {name: _zeros(tensor) for name, tensor in module.state_dict().items()}
    module.load_state_dict(zeros, assign=True)
    return module


def _zeros(like: Tensor) -> Tensor:
    """A tensor of zeros in new memory, which the system provides only where it is written to."""
    import torch

    return torch.frombuffer(bytearray(like.nbytes), dtype=like.dtype).reshape(like.shape)


def measure(tool: str, graph: Graph, batch: int) -> tuple[Any, ...]:
    """Run the module of a graph, or a tool on it, in this process."""
    import torch

    module = _module(graph).eval()
    words = {node.sources[0] for node in graph.nodes if isinstance(node.op, Embedding)}
    shapes = [(batch, *node.shape) for node in graph.nodes if isinstance(node.op, Input)]
    inputs = tuple(
        torch.zeros(shape, dtype=torch.long) if index in words else torch.rand(shape)
        for index, shape in enumerate(shapes)
    )
    if tool != MODULE:
        return probe(tool, module, inputs)
    with torch.no_grad():
        found = module(*inputs)
    outputs = [tuple(each.shape) for each in (found if isinstance(found, tuple) else (found,))]
    for shape in outputs:
        if shape[0] != batch:
            raise RuntimeError(f"batch {batch} came out as {times(shape)}")
    params = sum(parameter.numel() for parameter in module.parameters())
    return params, *[shape[1:] for shape in outputs]
