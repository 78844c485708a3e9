"""The process in which modules are timed: each once in turn, so that they share what disturbs.

What is in turn is timed as it runs in a network: what it reads was written just before, its weights
lie where others have been used since. A loop of one op alone finds everything in a cache.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils.benchmark.utils.timer import timer

from convcost.graph.memory import sizes_of
from convcost.graph.nodes import Graph
from convcost.ops.op import Input
from convcost.ops.tokens import Embedding
from convcost.pytorch.modules import GraphModule
from convcost.pytorch.processes import answer, said, streams
from convcost.pytorch.vision import import_vision
from convcost.values.code import Code

WARM = 3
"""Runs of each module before it is timed."""


class Setup(NamedTuple):
    """How modules are run.

    Attributes:
        device: `cpu`, `cuda` or `mps`.
        dtype: of weights and maps.
        threads: of a CPU; as many as torch takes if 0.
        channels_last: whether maps have their channels last in memory.
        compile: whether whole modules are compiled.
    """

    device: str = "cpu"
    dtype: str = "float32"
    threads: int = 0
    channels_last: bool = False
    compile: bool = False


class Runner(NamedTuple):
    """What is timed: a call, and what it reads, which is written anew before each run."""

    call: Callable[..., Any]
    inputs: tuple[Tensor, ...]
    named: dict[str, Tensor]


def serve() -> None:
    """The process's loop: make a module, run all in turn, or measure the machine itself."""
    requests, answers = streams()
    setup = Setup(**pickle.load(requests))
    try:
        facts = prepare(setup)
    except Exception as error:
        answer(answers, said(error))
        return
    answer(answers, facts)
    runners: list[Runner] = []
    with torch.inference_mode():
        while True:
            try:
                what, *given = pickle.load(requests)
            except EOFError:
                return
            try:
                answer(answers, _ANSWERS[what](runners, setup, *given))
            except Exception as error:  # whatever is raised is the answer
                answer(answers, said(error))


def prepare(setup: Setup) -> dict[str, Any]:
    """Set the threads, and say on what is measured."""
    if setup.threads:
        torch.set_num_threads(setup.threads)
    if setup.device == "cuda" and not torch.cuda.is_available():
        raise RuntimeError("torch finds no CUDA device here")
    if setup.device == "mps" and not torch.backends.mps.is_available():
        raise RuntimeError("torch finds no MPS device here")
    name = torch.cuda.get_device_name() if setup.device == "cuda" else ""
    return {
        "torch": torch.__version__.partition("+")[0],
        "threads": torch.get_num_threads(),
        "device": name,
    }


def add(runners: list[Runner], setup: Setup, subject: Graph | Code, batch: int) -> int:
    """Make the module of a graph, or that of code, and run it; returns its number."""
    if isinstance(subject, Code):
        runner = _of_code(subject, setup)
    else:
        import_vision(subject)
        runner = _of_graph(subject, setup, batch)
    for _ in range(WARM):
        runner.call(*runner.inputs, **runner.named)
    runners.append(runner)
    return len(runners) - 1


def turn(runners: list[Runner], setup: Setup, chosen: list[int]) -> list[float]:
    """Seconds of one run of each."""
    found = []
    for number in chosen:
        call, inputs, named = runners[number]
        for tensor in (*inputs, *named.values()):
            if tensor.is_floating_point():
                tensor.mul_(1)  # as what came before would have written it
        start = _now(setup)
        call(*inputs, **named)
        found.append(_now(setup) - start)
    return found


def _now(setup: Setup) -> float:
    """Seconds of a clock, once the device has done all that it was given."""
    if setup.device == "mps":  # for which torch's own clock does not wait in each version
        torch.mps.synchronize()
    return timer()


def clear(runners: list[Runner], setup: Setup) -> int:
    """Forget all modules; returns how many there were."""
    count = len(runners)
    runners.clear()
    return count


def product(runners: list[Runner], setup: Setup, size: int, dtype: str) -> float:
    """Operations a second of one product of square matrices."""
    one, other = (_tensor((size, size), setup._replace(dtype=dtype)) for _ in range(2))
    start = _now(setup)
    torch.matmul(one, other)
    return 2 * size**3 / (_now(setup) - start)


def stream(runners: list[Runner], setup: Setup, size: int) -> float:
    """Bytes a second of one sum of two tensors with so many elements, into a third."""
    one, other, third = (_tensor((size,), setup) for _ in range(3))
    start = _now(setup)
    torch.add(one, other, out=third)
    return 3 * one.nbytes / (_now(setup) - start)


_ANSWERS: dict[str, Callable[..., Any]] = {
    "add": add,
    "turn": turn,
    "clear": clear,
    "product": product,
    "stream": stream,
}


def _tensor(sizes: tuple[int, ...], setup: Setup, words: int = 0) -> Tensor:
    if words:
        return torch.randint(words, sizes, device=setup.device)
    return _moved(torch.rand(sizes), setup)


def _format(dims: int) -> torch.memory_format:
    return torch.channels_last if dims == 4 else torch.channels_last_3d


def _placed(module: nn.Module, setup: Setup) -> nn.Module:
    """The module on the device, in its dtype and layout."""
    module = module.eval().to(setup.device, getattr(torch, setup.dtype))
    dims = max([each.dim() for each in module.parameters()], default=0)
    if setup.channels_last and dims in (4, 5):
        module = module.to(memory_format=_format(dims))  # type: ignore[call-overload]
    return module


def _of_graph(graph: Graph, setup: Setup, batch: int) -> Runner:
    module = _placed(GraphModule(graph), setup)
    tables = [node for node in graph.nodes if isinstance(node.op, Embedding)]
    words = {node.sources[0]: node.op.words for node in tables if isinstance(node.op, Embedding)}
    inputs = [
        _tensor(sizes_of(node.shape, batch), setup, words.get(index, 0))
        for index, node in enumerate(graph.nodes)
        if isinstance(node.op, Input)
    ]
    call: Callable[..., Any] = module
    if len(graph.nodes) == len(inputs) + 1 and not setup.compile:
        # One op is called without what goes over all ops of a graph.
        name, function = module.steps[len(inputs)]  # type: ignore[index]
        child = module._modules[name] if name else None
        call = _together(child, function)
    elif setup.compile:
        call = torch.compile(module)
    return Runner(call, tuple(inputs), {})


def _together(child: nn.Module | None, function: Callable[..., Any] | None) -> Callable[..., Any]:
    if child is None or function is None:
        call = function or child
        assert call is not None
        return call
    return lambda *inputs: function(child, *inputs)


def _of_code(code: Code, setup: Setup) -> Runner:
    """The user's own module, with inputs of the sizes that were asked for."""
    from convcost.pytorch.capture.loading import load
    from convcost.pytorch.capture.modules import unwrapped
    from convcost.pytorch.capture.running import inputs_for
    from convcost.pytorch.serving import given_for

    module = _placed(unwrapped(load(code.word, code.args, True)), setup)
    args, kwargs = inputs_for(given_for(code.inputs, module), code.batch, True)
    moved = [_moved(each, setup) for each in args]
    named = {name: _moved(each, setup) for name, each in kwargs.items()}
    return Runner(torch.compile(module) if setup.compile else module, tuple(moved), named)


def _moved(tensor: Tensor, setup: Setup) -> Tensor:
    if not tensor.is_floating_point():
        return tensor.to(setup.device)
    tensor = tensor.to(setup.device, getattr(torch, setup.dtype))
    dims = tensor.dim()
    plain = not setup.channels_last or dims not in (4, 5)
    return tensor if plain else tensor.to(memory_format=_format(dims))
