"""One kind taken apart: a row per op, and the formulas of its params and MACs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from convcost.counting.conventions import Convention
from convcost.counting.counts import tally
from convcost.counting.survey import Survey, Surveyor
from convcost.formats.document import (
    ABOUT,
    VERSION,
    Cell,
    Column,
    Document,
    Equation,
    Equations,
    Table,
)
from convcost.graph.cost import CONVENTION, Cost, cost
from convcost.graph.nodes import Graph, Node
from convcost.kinds.registry import Kind
from convcost.networks.formula import Formula
from convcost.networks.parameters import show_value
from convcost.networks.symbols import LATEX, TEXT, Traced, expression, write, write_ratio
from convcost.ops.op import Shape, times
from convcost.report.cases import layout_data
from convcost.report.traffic import FLOAT32_ALONE, Machine, Moved

if TYPE_CHECKING:
    from convcost.report.training import TrainedRow
    from convcost.training.gradients import Step

SHOW_COLUMNS = (
    Column("path", numeric=False),
    Column("op", 1, numeric=False, narrow=22),
    Column("input", 4),
    Column("output", 2),
    Column("params"),
    Column("MACs"),
    Column("activations", 3),
)


class _Row(NamedTuple):
    """An op, or all of them."""

    path: str
    op: str
    read: Shape
    wrote: Shape
    own: Cost
    moved: Moved
    printed: Sequence[int | None]
    nodes: Sequence[Node]

    def cells(self, trained: TrainedRow | None) -> tuple[Cell, ...]:
        """Its cells, the last of them of training, if that is asked, or of bytes."""
        own = self.own.params, self.own.macs, self.own.activations
        more = trained.cells(self.nodes) if trained else self.moved.cells
        return (self.path, self.op, times(self.read), times(self.wrote), *own, *self.printed, *more)

    def data(self, names: Sequence[str], trained: TrainedRow | None) -> dict[str, Any]:
        """What JSON has of it; tools print what they do under these names."""
        printed = dict(zip(names, self.printed, strict=True))
        return {
            "path": self.path,
            "op": self.op,
            "input": list(self.read),
            "output": list(self.wrote),
            **layout_data(self.wrote),
            "params": self.own.params,
            "macs": self.own.macs,
            "flops": self.own.flops,
            "activations": self.own.activations,
            **self.moved.data,
            **(trained.data(self.nodes) if trained else {}),
            **({"as": printed} if names else {}),
        }


def show_report(
    kind: Kind,
    graph: Graph,
    traced: Formula,
    given: Mapping[str, Any],
    batch: int = 1,
    conventions: Sequence[Convention] = (),
    machine: Machine = FLOAT32_ALONE,
    trained: TrainedRow | None = None,
) -> Document:
    """One kind taken apart: a row per op, and the formulas of its params and MACs.

    With conventions, a column for each: what the tool counts for the op; None if it sees none. If
    it is trained, what each op adds to a step, and the formulas of that.
    """
    rows = list(_rows(graph, batch, conventions, machine))
    words = ", ".join(f"{n}={show_value(given[n])}" for n in kind.params if n in given)
    title = f"{kind.name}{f' ({words})' if words else ''}: {kind.summary}"
    title += f" Batch {batch}." if batch > 1 else ""
    how = trained.how.words if trained else ""
    said = filter(None, (str(machine.precision), machine.words, how))
    title += "".join(f" {words[0].upper()}{words[1:]}." for words in said)
    more = trained.how.columns if trained else machine.columns
    columns = (*SHOW_COLUMNS, *map(tool_column, conventions), *more)
    cells = tuple([row.cells(trained) for row in rows])
    below = trained.sentences if trained else ()
    names = [each.name for each in conventions]
    data = {
        "version": VERSION,
        "convention": CONVENTION,
        "kind": kind.name,
        "input": list(graph.input),
        **layout_data(graph.input),
        "batch": batch,
        **machine.data,
        **(trained.how.data | trained.whole_data if trained else {}),
        "rows": [row.data(names, trained) for row in rows],
        **formula_data(traced),
    }
    table = Table(kind.name, title, columns, cells, below=below, summed=True)
    return Document(data, (table, _equations(traced)), group="kind")


def _rows(
    graph: Graph, batch: int, conventions: Sequence[Convention], machine: Machine
) -> Iterator[_Row]:
    """A row for each op, and one for all."""
    surveyor = Surveyor(graph, batch)
    for node in graph.nodes[1:]:
        own = cost(graph, batch, [node])
        printed = [as_tool(surveyor.survey([node]), each, batch) for each in conventions]
        moved, read = machine.moved(graph, batch, own, [node]), _input(graph, node.sources)
        yield _Row(node.path, str(node.op), read, node.shape, own, moved, printed, [node])
    groups, total = surveyor.survey(graph.nodes), cost(graph, batch)
    totals = [tally(groups, each, batch).total for each in conventions]
    moved, every = machine.moved(graph, batch, total), graph.nodes
    yield _Row("total", "", graph.input, graph.output, total, moved, totals, every)


def tool_column(convention: Convention) -> Column:
    """A tool's column: its name, and its unit where that is not what the column of MACs has."""
    unit = "" if convention.unit == "MACs" else f" {convention.unit}"
    return Column(convention.name + unit)


def as_tool(groups: Survey, convention: Convention, batch: int) -> int | None:
    """What a tool counts for some ops; None if it sees none of them."""
    found = tally(groups, convention, batch)
    return found.total if found.parts else None


def _input(graph: Graph, sources: tuple[int, ...]) -> Shape:
    return graph.nodes[sources[0]].shape


def _ratio_steps(own: int, standard: int, values: Mapping[str, int], latex: bool) -> list[str]:
    style = LATEX if latex else TEXT
    above, below = expression(own), expression(standard)
    steps = [write_ratio(above, below, style, numbers) for numbers in (None, values)]
    ratio = int(own) / int(standard)
    about = "" if float(f"{ratio:.4g}") == ratio else ABOUT
    number = rf"\num{{{ratio:.4g}}}" if latex else f"{ratio:.4g}"
    return list(dict.fromkeys([*steps, about + number]))


def _steps(value: int, values: Mapping[str, int], latex: bool) -> list[str]:
    style = LATEX if latex else TEXT
    steps = [write(expression(value), style, numbers) for numbers in (None, values)]
    number = rf"\num{{{int(value)}}}" if latex else f"{int(value):,}"
    return [*dict.fromkeys(steps), number] if isinstance(value, Traced) else [number]


def _equations(traced: Formula) -> Equations:
    values = traced.sizes.values
    equations = []
    for name, latex_name, value in (
        ("params", r"\text{params}", traced.cost.params),
        ("MACs", r"\text{MACs}", traced.cost.macs),
        *[(n, LATEX.name(n), _defined(traced, n)) for n in traced.sizes.definitions],
        *[(f"{n} of standard", rf"{LATEX.name(n)}", values[n]) for n in traced.borrowed],
    ):
        text, latex = _steps(value, values, False), _steps(value, values, True)
        equations.append(Equation(name, tuple(text), latex_name, tuple(latex)))
    if traced.step is not None:
        equations += _of_training(traced, traced.step)
    if traced.standard is not None:
        for what in ("params", "macs"):
            own, base = getattr(traced.cost, what), getattr(traced.standard, what)
            name = {"params": "params / standard", "macs": "MACs / standard"}[what]
            text, latex = (_ratio_steps(own, base, values, flag) for flag in (False, True))
            equations.append(Equation(name, tuple(text), rf"\text{{{name}}}", tuple(latex)))
    return Equations(tuple(equations))


def _of_training(traced: Formula, step: Step) -> Iterator[Equation]:
    """The FLOPs of a step, each with its formula; and how often those of forward they are."""
    values = traced.sizes.values
    named = {
        "forward": step.forward,
        "input gradient": step.input_grad,
        "weight gradient": step.weight_grad,
        "training FLOPs": step.total,
    }
    if int(traced.ungrouped) != int(step.weight_grad):
        named["weight gradient, as torch prints it"] = traced.ungrouped
    for name, value in named.items():
        text, latex = _steps(value, values, False), _steps(value, values, True)
        yield Equation(name, tuple(text), rf"\text{{{name}}}", tuple(latex))
    total = step.total
    ratios = {"training / forward": total}
    if int(traced.ungrouped) != int(step.weight_grad):
        ratios["torch-train / forward"] = total - step.weight_grad + traced.ungrouped
    for name, value in ratios.items():
        if int(step.forward):
            text, latex = (_ratio_steps(value, step.forward, values, f) for f in (False, True))
            yield Equation(name, tuple(text), rf"\text{{{name}}}", tuple(latex))


def _defined(traced: Formula, name: str) -> int:
    return Traced(traced.sizes.values[name], traced.sizes.definitions[name])


def formula_data(traced: Formula) -> dict[str, Any]:
    """Formulas as JSON has them, with symbols, with numbers and as LaTeX, and the sizes in them."""
    values = traced.sizes.values

    def entry(steps: Sequence[str], latex: Sequence[str], value: float) -> dict[str, Any]:
        numbers = steps[min(1, len(steps) - 1)]
        return {"symbols": steps[0], "numbers": numbers, "latex": latex[0], "value": value}

    formulas = {}
    for what in ("params", "macs"):
        value = getattr(traced.cost, what)
        formulas[what] = entry(
            _steps(value, values, False), _steps(value, values, True), int(value)
        )
        if traced.standard is not None:
            base = getattr(traced.standard, what)
            text, latex = (_ratio_steps(value, base, values, flag) for flag in (False, True))
            formulas[f"{what}_ratio"] = entry(text, latex, int(value) / int(base))
    definitions = {name: write(expr) for name, expr in traced.sizes.definitions.items()}
    return {"formulas": formulas, "sizes": dict(values), "definitions": definitions}
