"""The cross-check: the engine's figures beside what torch and thop measure on the real module.

All torch work happens in one worker process that imports torch and thop once and then forks for
each module. A fork sees what was imported and nothing of the forks before it, so hooks, buffers
and patched functions that a profiler leaves behind end with their own case.
"""

from __future__ import annotations

import copy
import os
import pickle
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib import metadata, util
from types import TracebackType
from typing import IO, Any, NamedTuple

from convcost.cases import Comparison, Row
from convcost.errors import ConvcostError, shorten
from convcost.graph import Graph
from convcost.ops import times
from convcost.profilers import THOP, count

EXTRA = 'pip install "convcost[torch]"'


class Check(NamedTuple):
    """One figure of the engine beside the measured one."""

    what: str
    expected: int | tuple[int, ...]
    measured: int | tuple[int, ...]

    @property
    def holds(self) -> bool:
        """Whether the two are equal to the last digit."""
        return self.expected == self.measured


class Verified(NamedTuple):
    """A row's checks, or why torch could not run it, and the nodes that thop does not know."""

    row: Row
    checks: tuple[Check, ...]
    unknown: tuple[str, ...] = ()
    error: str = ""

    @property
    def holds(self) -> bool:
        """Whether torch ran it and every check holds."""
        return not self.error and all(check.holds for check in self.checks)


def require(*packages: str) -> None:
    """Raise `ConvcostError`, saying what to install, unless all packages are there."""
    missing = [name for name in packages if util.find_spec(name) is None]
    if missing:
        raise ConvcostError(f"not installed: {', '.join(missing)}; {EXTRA}")


def require_thop() -> None:
    """Raise `ConvcostError` unless torch and the thop of our table are installed."""
    require("torch", "thop", "numpy")
    try:
        installed = metadata.version("thop")
    except metadata.PackageNotFoundError:
        installed = "of another package (ultralytics-thop?)"
    known = THOP.name.partition("@")[2]
    if re.split(r"[.-](?=post|\d{4})", installed)[0] != known:
        raise ConvcostError(f"thop {installed} is installed, the table is for {known}; {EXTRA}")


def verify(comparisons: Sequence[Comparison]) -> Iterator[Verified | None]:
    """Check the rows of all comparisons in turn; None for a row that could not be built.

    Raises:
        ConvcostError: torch or thop is missing, or the worker cannot start.
    """
    require_thop()
    with Worker() as worker:
        for case, rows in comparisons:
            for row in rows:
                yield None if row.error else judge(row, case.batch, worker)


def judge(row: Row, batch: int, worker: Worker) -> Verified:
    """Lay the figures of a row beside the measured ones."""
    measured = worker.measure(row.graph, batch)
    if "error" in measured:
        return Verified(row, (), error=measured["error"])
    thop = count(row.graph, THOP, batch)
    expected: tuple[Any, ...] = (
        row.cost.params,
        row.output,
        row.cost.flops,
        thop.total,
        thop.params,
    )
    checks = [Check(what, own, measured[what]) for what, own in zip(CHECKS, expected, strict=True)]
    return Verified(row, tuple(checks), thop.unknown)


CHECKS = ("torch params", "torch output", "torch FLOPs", "thop MACs", "thop params")


class Worker:
    """A process that has torch and thop imported and measures graphs, each in a fork of its own."""

    def __enter__(self) -> Worker:
        self.errors: IO[bytes] = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", "from convcost.verify import serve; serve()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.communicate()
        self.errors.close()

    def measure(self, graph: Graph, batch: int) -> dict[str, Any]:
        """What torch and thop say of a graph: a figure for each of `CHECKS`, or an `error`."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            pickle.dump((graph, batch), self.process.stdin)
            self.process.stdin.flush()
            answer: dict[str, Any] = pickle.load(self.process.stdout)
        except (EOFError, BrokenPipeError):
            self.errors.seek(0)
            lines = self.errors.read().decode(errors="replace").strip().splitlines()
            reason = lines[-1] if lines else "it said nothing"
            raise ConvcostError(f"torch and thop could not be started: {reason}") from None
        return answer


def serve() -> None:
    """The worker's loop: a pickled graph in, a pickled answer out, until the input ends."""
    import thop  # noqa: F401  # imported once, here, for all the forks
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False):  # its first convolution imports a second's worth
        torch.nn.Conv1d(1, 1, 1, device="meta")(torch.empty(1, 1, 1, device="meta"))
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what tools print must not mix with the answers
    while True:
        try:
            graph, batch = pickle.load(requests)
        except EOFError:
            return
        if not hasattr(os, "fork"):  # Windows: one process for all
            pickle.dump(_attempt(graph, batch), answers)
        else:
            child = os.fork()
            if child == 0:
                pickle.dump(_attempt(graph, batch), answers)
                answers.flush()
                os._exit(0)
            _, status = os.waitpid(child, 0)
            if status:
                signal = os.waitstatus_to_exitcode(status)
                pickle.dump({"error": f"its process ended with {signal}; out of memory?"}, answers)
        answers.flush()


def _attempt(graph: Graph, batch: int) -> dict[str, Any]:
    try:
        return measure(graph, batch)
    except Exception as error:  # whatever torch raises is this row's answer
        first, *_ = str(error).strip().splitlines() or [repr(error)]
        return {"error": f"torch: {shorten(first, 200)}"}


def measure(graph: Graph, batch: int) -> dict[str, Any]:
    """Run torch and thop on the module of a graph, in this process."""
    import thop
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from convcost.modules import GraphModule

    shape = (batch, *graph.input)
    module = GraphModule(graph).eval()
    data = torch.rand(shape)
    with torch.no_grad():
        output = module(data)
        with FlopCounterMode(display=False) as counter:
            copy.deepcopy(module).to("meta")(data.to("meta"))
    macs, params = thop.profile(copy.deepcopy(module), (data,), verbose=False)
    figures = (
        sum(parameter.numel() for parameter in module.parameters()),
        tuple(output.shape[1:]),
        counter.get_total_flops(),
        int(macs),
        int(params),
    )
    if output.shape[0] != batch:
        raise RuntimeError(f"batch {batch} came out as {times(tuple(output.shape))}")
    return dict(zip(CHECKS, figures, strict=True))
