"""What training costs, as tables and JSON have it: FLOPs of a step, and memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from convcost.errors import ConvcostError, Problem, listed
from convcost.formats.document import AtLeast, Cell, Column
from convcost.graph.nodes import Graph, Node
from convcost.networks.cases import Case, Comparison
from convcost.training.gradients import Step
from convcost.training.plan import Trained, Training
from convcost.values.sizes import bytes_text

STEP_COLUMNS = (
    Column("forward", 2),
    Column("input gradient", 1),
    Column("weight gradient", 1),
    Column("training FLOPs"),
    Column("saved bytes"),
)
AGAIN = Column("recomputed")
PEAK = Column("peak bytes")
LIMIT_COLUMNS = (Column("fits", numeric=False), Column("largest batch"))

DTYPES = ("float64", "float32", "tf32", "float16", "bfloat16")
"""In which something can be trained."""

MOST_SAID = 3
"""Ops that a sentence names."""


class Trainer(NamedTuple):
    """How everything in a report is trained, and how much memory there is for it."""

    training: Training
    limit: int | None = None

    @property
    def words(self) -> str:
        """What a title says of it."""
        training = self.training
        kernels = training.kernels
        words = [f"trained by {training.optimizer}"]
        words += [f"mixed precision in {kernels.amp}"] if kernels.amp else []
        words += ["attention as products"] if not kernels.fused else []
        words += ["kernels of CUDA"] if kernels.device == "cuda" else []
        return ", ".join(words)

    @property
    def data(self) -> dict[str, Any]:
        """The same as JSON has it."""
        training = self.training
        kernels = training.kernels
        data: dict[str, Any] = {"optimizer": training.optimizer, "device": kernels.device}
        data |= {"amp": kernels.amp} if kernels.amp else {}
        data["attention"] = "fused" if kernels.fused else "math"
        data |= {"checkpoint": list(training.checkpoint)} if training.checkpoint else {}
        return {"training": data}

    @property
    def columns(self) -> tuple[Column, ...]:
        """Those of a part of a network."""
        *steps, kept = STEP_COLUMNS
        again = [AGAIN] if self.training.checkpoint else []
        return (*steps[:-1], *again, steps[-1], kept)

    @property
    def whole_columns(self) -> tuple[Column, ...]:
        """Those of a whole graph."""
        return (*self.columns, PEAK, *(LIMIT_COLUMNS if self.limit else ()))

    def of(self, graph: Graph, case: Case) -> TrainedRow:
        """How a graph of a case is trained.

        Raises:
            ConvcostError: its numbers are stored as none that could be trained, or it is a graph
                file that does not say what is frozen.
        """
        precision = case.precision
        if precision.weights or precision.of_maps not in DTYPES:
            message = f"is for {listed(DTYPES)}, not for {precision}; --amp is mixed precision"
            raise ConvcostError(Problem("--train", message))
        known = sum([node.frozen_params for node in graph.nodes])
        if graph.of_code and graph.frozen and not known:
            message = "does not say which of its params are frozen; capture it again"
            raise ConvcostError(Problem(case.place or case.name, message))
        kernels = self.training.kernels._replace(dtype=precision.of_maps)
        training = self.training._replace(kernels=kernels)
        return TrainedRow(Trained(graph, case.batch, training), self)

    def all_fit(self, comparisons: Sequence[Comparison]) -> bool:
        """Whether a step of each takes no more memory than there is."""
        if self.limit is None:
            return True
        rows = [(case, row) for case, rows in comparisons for row in rows if row.built]
        return all(self.of(row.graph, case).fits for case, row in rows)


class TrainedRow:
    """A graph that is trained, as a row has it, and rows of its parts."""

    def __init__(self, trained: Trained, how: Trainer) -> None:
        self.trained, self.how = trained, how

    def cells(self, nodes: Iterable[Node] | None = None) -> tuple[Cell, ...]:
        """Those of some nodes, or of all."""
        chosen = None if nodes is None else list(nodes)
        step = self.trained.step(chosen)
        again = [_sum(step, step.recomputed)] if self.how.training.checkpoint else []
        figures = step.forward, step.input_grad, step.weight_grad
        return (
            *[_sum(step, each) for each in figures],
            *again,
            _sum(step, step.total),
            self._saved(chosen),
        )

    def _saved(self, nodes: list[Node] | None) -> int:
        saved = self.trained.saved(nodes)
        unknown = self.trained.unknown(nodes)
        return AtLeast(saved) if unknown else saved

    @property
    def whole_cells(self) -> tuple[Cell, ...]:
        """Those of the whole graph."""
        memory = self.trained.memory
        peak = AtLeast(memory.peak) if memory.unknown else memory.peak
        cells = (*self.cells(), peak)
        if self.how.limit is None:
            return cells
        return (*cells, "yes" if self.fits else "no", self.largest_batch)

    @property
    def fits(self) -> bool:
        """Whether a step takes no more memory than there is."""
        return self.how.limit is None or self.trained.memory.peak <= self.how.limit

    @property
    def largest_batch(self) -> int:
        """The largest batch whose step does."""
        assert self.how.limit is not None
        return self.trained.largest_batch(self.how.limit)

    def data(self, nodes: Iterable[Node] | None = None) -> dict[str, Any]:
        """FLOPs of some nodes, or of all, as JSON has them."""
        chosen = None if nodes is None else list(nodes)
        step = self.trained.step(chosen)
        found: dict[str, Any] = {
            "forward": step.forward,
            "input_grad": step.input_grad,
            "weight_grad": step.weight_grad,
        }
        found |= {"recomputed": step.recomputed} if self.how.training.checkpoint else {}
        found |= {"total": step.total, "saved_bytes": self.trained.saved(chosen)}
        return {"train": found | ({"unknown_ops": step.unknown} if step.unknown else {})}

    @property
    def whole_data(self) -> dict[str, Any]:
        """FLOPs and memory of the whole graph as JSON has them."""
        memory = self.trained.memory
        found = {
            "params": memory.params,
            "buffers": memory.buffers,
            "gradients": memory.gradients,
            "optimizer": memory.optimizer,
            "saved": memory.saved,
            "peak": memory.peak,
            "peak_at": memory.at,
            "peak_backward": memory.backward,
        }
        found |= {"unknown": list(memory.unknown)} if memory.unknown else {}
        found |= {"overwritten": list(memory.overwritten)} if memory.overwritten else {}
        if self.how.limit is not None:
            found |= {"limit": self.how.limit, "fits": self.fits}
            found |= {"largest_batch": self.largest_batch}
        data = self.data()
        return {"train": data["train"] | {"memory": found}}

    @property
    def sentences(self) -> tuple[str, ...]:
        """What there is to say below a table of the whole graph."""
        memory, step = self.trained.memory, self.trained.step()
        ratio = f", {step.total / step.forward:.2f} x forward" if step.forward else ""
        parts = {
            "parameters": memory.params,
            "buffers": memory.buffers,
            "gradients": memory.gradients,
            f"{self.how.training.optimizer}'s state": memory.optimizer,
            "saved for the backward pass": memory.saved,
        }
        words = ", ".join(f"{name} {bytes_text(size)}" for name, size in parts.items() if size)
        where = f"{'backward' if memory.backward else 'forward'} at {memory.at}"
        least = "at least " if memory.unknown else ""
        said = [
            f"a training step is {step.total:,} FLOPs{ratio}",
            f"memory: {words}; {least}{bytes_text(memory.peak)} at once, {where}, without what "
            "kernels need while they run and what an allocator keeps",
        ]
        if self.how.limit is not None:
            size = bytes_text(self.how.limit)
            verdict = "fits" if self.fits else "does not fit"
            said.append(f"it {verdict} in {size}; the largest batch that does is {self._largest}")
        return (*said, *self.remarks)

    @property
    def _largest(self) -> str:
        return f"{self.largest_batch:,}" if self.largest_batch else "none"

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is not known, or cannot be trained."""
        memory, graph, found = self.trained.memory, self.trained.graph, []
        partly = graph.frozen - sum([node.frozen_params for node in graph.nodes])
        if partly > 0:
            words = "of ops that are trained in part, and count as trained"
            found.append(f"{partly:,} frozen params are {words}")
        if memory.unknown:
            keep = "keeps" if len(memory.unknown) == 1 else "keep"
            found.append(f"{_some(memory.unknown)} {keep} more than is known, which is in no sum")
        if memory.overwritten:
            words = "what the backward pass needs is overwritten, on which torch raises: by"
            found.append(f"{words} {_some(memory.overwritten)}")
        return tuple(found)


def _some(paths: tuple[str, ...]) -> str:
    """Some paths, and how many more there are."""
    more = len(paths) - MOST_SAID
    return listed([*paths[:MOST_SAID], *([f"{more} more"] if more > 0 else [])])


def _sum(step: Step, figure: int) -> int:
    return AtLeast(figure) if step.unknown else figure
