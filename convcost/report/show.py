"""One kind taken apart: a row per op, and the formulas of its params and MACs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convcost.counting.conventions import Convention
from convcost.counting.counts import tally
from convcost.counting.survey import Survey, Surveyor
from convcost.formats.document import ABOUT, VERSION, Column, Document, Equation, Equations, Table
from convcost.graph.cost import CONVENTION, Cost, cost
from convcost.graph.nodes import Graph
from convcost.kinds.registry import Kind
from convcost.networks.formula import Formula
from convcost.networks.parameters import show_value
from convcost.networks.symbols import LATEX, TEXT, Traced, expression, write, write_ratio
from convcost.ops.op import Shape, times
from convcost.report.cases import layout_data
from convcost.report.traffic import FLOAT32_ALONE, Machine

SHOW_COLUMNS = (
    Column("path", numeric=False),
    Column("op", 1, numeric=False, narrow=22),
    Column("input", 4),
    Column("output", 2),
    Column("params"),
    Column("MACs"),
    Column("activations", 3),
)


def show_report(
    kind: Kind,
    graph: Graph,
    traced: Formula,
    given: Mapping[str, Any],
    batch: int = 1,
    conventions: Sequence[Convention] = (),
    machine: Machine = FLOAT32_ALONE,
) -> Document:
    """One kind taken apart: a row per op, and the formulas of its params and MACs.

    With conventions, a column for each: what the tool counts for the op; None if it sees none.
    """
    total, surveyor = cost(graph, batch), Surveyor(graph, batch)
    rows = [
        (
            node.path,
            str(node.op),
            _input(graph, node.sources),
            node.shape,
            own,
            machine.moved(graph, batch, own, [node]),
            [as_tool(surveyor.survey([node]), each, batch) for each in conventions],
        )
        for node in graph.nodes[1:]
        for own in [cost(graph, batch, [node])]
    ]
    groups = surveyor.survey(graph.nodes)
    totals = [tally(groups, each, batch).total for each in conventions]
    moved = machine.moved(graph, batch, total)
    rows.append(("total", "", graph.input, graph.output, total, moved, totals))
    words = ", ".join(f"{n}={show_value(given[n])}" for n in kind.params if n in given)
    title = f"{kind.name}{f' ({words})' if words else ''}: {kind.summary}"
    title += f" Batch {batch}." if batch > 1 else ""
    said = filter(None, (str(machine.precision), machine.words))
    title += "".join(f" {words[0].upper()}{words[1:]}." for words in said)
    table = Table(
        kind.name,
        title,
        (*SHOW_COLUMNS, *map(tool_column, conventions), *machine.columns),
        tuple(
            (path, op, times(read), times(wrote), *_own(own), *printed, *moved.cells)
            for path, op, read, wrote, own, moved, printed in rows
        ),
    )
    names = [each.name for each in conventions]
    data = {
        "version": VERSION,
        "convention": CONVENTION,
        "kind": kind.name,
        "input": list(graph.input),
        **layout_data(graph.input),
        "batch": batch,
        **machine.data,
        "rows": [
            {
                "path": path,
                "op": op,
                "input": list(read),
                "output": list(wrote),
                **layout_data(wrote),
                "params": own.params,
                "macs": own.macs,
                "flops": own.flops,
                "activations": own.activations,
                **moved.data,
            }
            | ({"as": dict(zip(names, printed, strict=True))} if names else {})
            for path, op, read, wrote, own, moved, printed in rows
        ],
        **formula_data(traced),
    }
    return Document(data, (table, _equations(traced)), group="kind")


def tool_column(convention: Convention) -> Column:
    """A tool's column: its name, and its unit where that is not what the column of MACs has."""
    unit = "" if convention.unit == "MACs" else f" {convention.unit}"
    return Column(convention.name + unit)


def as_tool(groups: Survey, convention: Convention, batch: int) -> int | None:
    """What a tool counts for some ops; None if it sees none of them."""
    found = tally(groups, convention, batch)
    return found.total if found.parts else None


def _own(own: Cost) -> tuple[int, int, int]:
    return own.params, own.macs, own.activations


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
    if traced.standard is not None:
        for what in ("params", "macs"):
            own, base = getattr(traced.cost, what), getattr(traced.standard, what)
            name = {"params": "params / standard", "macs": "MACs / standard"}[what]
            text, latex = (_ratio_steps(own, base, values, flag) for flag in (False, True))
            equations.append(Equation(name, tuple(text), rf"\text{{{name}}}", tuple(latex)))
    return Equations(tuple(equations))


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
