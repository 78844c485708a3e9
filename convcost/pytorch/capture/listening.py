"""One forward pass, listened to at three levels: modules, functions, kernels.

Hooks are torch's global ones, and modes are entered and left: the module itself is not touched.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import lru_cache
from types import FunctionType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook
from torch.overrides import TorchFunctionMode, resolve_name
from torch.utils._python_dispatch import TorchDispatchMode

from convcost.graph.nodes import Graph
from convcost.pytorch.capture.calls import FunctionCall
from convcost.pytorch.capture.dataflow import tensors_in
from convcost.pytorch.capture.kernels import Kernel, kernel_of
from convcost.pytorch.capture.lines import current_line, is_scripted
from convcost.pytorch.capture.meta import run_kernel
from convcost.pytorch.capture.readers.reading import read_of
from convcost.pytorch.capture.references import WATCHED, References
from convcost.pytorch.capture.sizes import READING, forgotten, remembered
from convcost.pytorch.capture.tracing import Tracer


class _Kernels(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Keeps the kernels that are run."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.seen: list[Kernel] = []
        self.running = False
        """Whether one runs now, which is called as a function, too."""

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        self.running = True
        try:
            written = run_kernel(func, args, kwargs or {})
        finally:
            self.running = False
        self.seen.append(kernel_of(func, args, written))
        return written

    def taken(self) -> list[Kernel]:
        """Those since this was asked for last."""
        seen, self.seen = self.seen, []
        return seen


class _Functions(TorchFunctionMode):
    """Tells a tracer of each function that is called."""

    def __init__(self, tracer: Tracer, kernels: _Kernels, references: References) -> None:
        super().__init__()
        self.references = references
        self.tracer = tracer
        self.kernels = kernels

    def __torch_function__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        if self.kernels.running:
            return func(*args, **kwargs)
        if func is torch._C._set_grad_enabled:
            return self._switched(*args)
        func, noted = self.references.original(func), self.references.taken()
        before = self.kernels.taken()
        opened = self._opened(func, args, kwargs)
        if opened is not None:
            self.kernels.seen = before
            with self:
                return opened(*args, **kwargs)
        written = func(*forgotten(args), **forgotten(kwargs))
        found = self.kernels.taken()
        self.kernels.seen = before
        told = func is _SETITEM or any(True for _ in tensors_in(written))
        if self.tracer.frames and told:
            frame, name = sys._getframe(1), _name_of(func)
            by_name = noted.by_name or name not in WATCHED
            how = current_line(frame), by_name, noted.given, is_scripted(frame)
            self.tracer.call(FunctionCall(name, args, kwargs, written, found, *how))
        elif isinstance(written, int | torch.Size) and _name_of(func) in READING:
            return remembered(written)
        return written

    def _switched(self, enabled: bool) -> None:
        """Code says whether it wants gradients; within its own functions torch wants none."""
        before = torch.is_grad_enabled()
        torch._C._set_grad_enabled(enabled)
        if enabled or before:
            self.tracer.flow.stopped = not enabled

    def _opened(self, func: Any, args: Any, kwargs: Any) -> Any:
        """A function that no reader knows and that calls others, which are then told of instead."""
        if getattr(func, "__module__", "") != functional.__name__ or not self.tracer.frames:
            return None
        name = _name_of(func)
        plain = isinstance(func, FunctionType) and name not in WATCHED
        if not plain or func.__closure__ or read_of(name, forgotten(args), forgotten(kwargs)):
            return None
        opened = FunctionType(func.__code__, {**func.__globals__, **_BLIND}, func.__name__)
        opened.__defaults__, opened.__kwdefaults__ = func.__defaults__, func.__kwdefaults__
        return opened


_SETITEM = Tensor.__setitem__

_BLIND = dict.fromkeys(
    [f"has_torch_function{kind}" for kind in ("", "_unary", "_variadic")], lambda *_: False
)
"""What functions ask for whether a mode is to be told of them."""

_PRODUCT = ("torch.spmm", "torch.dsmm", "torch.hsmm")
"""Other names of `torch.mm`."""


@lru_cache(maxsize=4096)
def _resolved(func: Callable[..., Any]) -> str:
    name = resolve_name(func)
    if name:
        return "torch.mm" if name in _PRODUCT else str(name)
    library = getattr(func, "_qualified_op_name", "")
    place = getattr(func, "__module__", None) or "torch"
    return str(library) or f"{place}.{getattr(func, '__name__', 'function')}"


def _name_of(func: Callable[..., Any]) -> str:
    try:
        return _resolved(func)
    except TypeError:  # what cannot be hashed
        return str(getattr(func, "__name__", "function"))


def listen(module: nn.Module, args: Sequence[Any], kwargs: Mapping[str, Any], batch: int) -> Graph:
    """Run a module once, and return what it did as a graph; its inputs are those with tensors."""
    tracer = Tracer(module, batch)
    for parameter in module.parameters():  # so that torch keeps nothing for a backward pass
        if parameter.is_leaf:
            parameter.requires_grad_(False)
    for name, tensor in named_tensors([*args], kwargs).items():
        tracer.input(name, tensor)
    kernels = _Kernels()

    def enter(called: nn.Module, given: Any) -> None:
        with torch._C.DisableTorchFunction():
            tracer.enter(called)

    def leave(called: nn.Module, *given: Any) -> None:  # of one that raised there are fewer
        with torch._C.DisableTorchFunction():  # what is asked for here is no call of the code's
            if tracer.frames:
                tracer.leave(given[:-1], given[-1], kernels.taken())
                kernels.taken()

    with ExitStack() as stack:
        stack.callback(register_module_forward_pre_hook(enter).remove)
        hook = register_module_forward_hook(leave, with_kwargs=True, always_call=True)
        stack.callback(hook.remove)
        stack.enter_context(torch.enable_grad())  # as code is told which asks
        references = References()
        stack.enter_context(references.noted())
        stack.enter_context(_Functions(tracer, kernels, references))
        stack.enter_context(kernels)
        written = module(*args, **kwargs)
    tracer.append_unused(module)
    return tracer.graph(outputs_of(written))


def named_tensors(args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Tensor]:
    """The tensors that a module is called with, by name: `input`, or `input0` of several."""
    found: dict[str, Tensor] = {}
    plain = list(tensors_in(args))
    for number, tensor in enumerate(plain):
        found["input" if len(plain) == 1 and not kwargs else f"input{number}"] = tensor
    for name, value in kwargs.items():
        several = list(tensors_in(value))
        for number, tensor in enumerate(several):
            found[name if len(several) == 1 else f"{name}.{number}"] = tensor
    return found


def outputs_of(written: Any) -> dict[str, Tensor]:
    """The tensors that a module returns, by name: keys of mappings, numbers of tuples."""
    found: dict[str, Tensor] = {}
    _collect(written, "", found)
    return found


def _collect(value: Any, name: str, found: dict[str, Tensor]) -> None:
    if isinstance(value, Tensor):
        found[name or "output"] = value
        return
    if isinstance(value, Mapping):
        pairs = [(str(key), each) for key, each in value.items()]
    elif isinstance(value, list | tuple):
        names = getattr(value, "_fields", None) or [str(number) for number in range(len(value))]
        pairs = list(zip(names, value, strict=True))
    elif hasattr(value, "__dataclass_fields__"):
        pairs = [(key, getattr(value, key, None)) for key in value.__dataclass_fields__]
    else:
        return
    for key, each in pairs:
        _collect(each, f"{name}.{key}".lstrip("."), found)
