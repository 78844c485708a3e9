"""The Python API: the commands as functions.

An input is C x spatial without the batch, such as `(24, 112, 112)`; parameters of the kinds (`k`,
`stride`, `norm`, …; `convcost kinds` lists them) are keywords. What is wrong with an argument is
raised as `ConvcostError`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from convcost.cases import CASE_PARAMS, PARAMS, Comparison, make_case, run, shape_problems, unused
from convcost.cost import Cost
from convcost.cost import cost as graph_cost
from convcost.errors import ConvcostError, Problem, no_such
from convcost.graph import Graph
from convcost.kinds import KINDS, find
from convcost.ops import Shape
from convcost.registry import Kind

if TYPE_CHECKING:
    from torch import nn

    from convcost.verify import Verified


def build(kind: str, input: Sequence[int], **params: Any) -> Graph:
    """The graph of one kind: a flat list of ops with their shapes.

    Raises:
        ConvcostError: an argument is wrong, or the kind cannot be built at this shape.
    """
    chosen = _kind(kind)
    shape, values = _read(input, params, [chosen])
    try:
        return chosen.build(shape, values)
    except ValueError as error:
        raise ConvcostError(Problem(kind, str(error))) from None


def cost(kind: str, input: Sequence[int], *, batch: int = 1, **params: Any) -> Cost:
    """Params, MACs, FLOPs and activations of one kind.

    Raises:
        ConvcostError: an argument is wrong, or the kind cannot be built at this shape.
    """
    _read(input, {"batch": batch}, [])
    return graph_cost(build(kind, input, **params), batch)


def compare(
    input: Sequence[int],
    out: int | None = None,
    *,
    kinds: Iterable[str] | None = None,
    name: str = "",
    **params: Any,
) -> Comparison:
    """One row of figures per kind; a kind that cannot be built is a row with its `error`.

    Args:
        input: C x spatial.
        out: output channels; as many as come in if None.
        kinds: names of kinds; all if None.
        name: the case's name in tables.
        **params: parameters of the kinds, `batch`, and `dtype` for the bytes.

    Raises:
        ConvcostError: an argument is wrong, or taken by none of the kinds.
    """
    chosen = list(KINDS.values()) if kinds is None else [_kind(each) for each in kinds]
    shape, values = _read(input, params if out is None else {**params, "out": out}, chosen)
    values |= {"in": shape[0], "hw": shape[1:]}
    return run(make_case(name, values, [(kind, {}) for kind in chosen]))


def load(path: str) -> list[Comparison]:
    """Compare every case of a YAML config.

    Raises:
        ConvcostError: everything that is wrong with the file, with file:line:col.
    """
    from convcost.spec import read_cases

    return [run(case) for case in read_cases(path)]


def table(comparisons: Comparison | Sequence[Comparison], format: str = "text") -> str:
    """Comparisons as `text`, `markdown`, `csv`, `json` or `latex`.

    Raises:
        ConvcostError: there is no such format.
    """
    from convcost.render import FORMATS
    from convcost.reports import compare_report

    if format not in FORMATS:
        raise ConvcostError(no_such("format", format, FORMATS))
    several = [comparisons] if isinstance(comparisons, Comparison) else comparisons
    return FORMATS[format](compare_report(several))


def formulas(kind: str, input: Sequence[int], **params: Any) -> dict[str, str]:
    """The formulas of `params` and `macs`, and their ratios to `standard` where that exists.

    Raises:
        ConvcostError: an argument is wrong, or the kind cannot be built at this shape.
    """
    from convcost.show import show_report

    build(kind, input, **params)
    chosen = _kind(kind)
    shape, values = _read(input, params, [chosen])
    found = show_report(chosen, shape, values).data["formulas"]
    return {name: entry["symbols"] for name, entry in found.items()}


def cross_check(comparison: Comparison) -> list[Verified]:
    """Check every row against torch and thop; each result `holds` or shows the difference.

    Raises:
        ConvcostError: torch or thop is not installed.
    """
    from convcost.verify import verify

    return [verified for _, verified in verify([comparison])]


def to_torch(kind: str, input: Sequence[int], **params: Any) -> nn.Module:
    """The kind as a torch module that takes N x C x spatial.

    Raises:
        ConvcostError: an argument is wrong, the kind cannot be built, or torch is not installed.
    """
    from convcost.verify import require

    require("torch")
    from convcost.modules import GraphModule

    return GraphModule(build(kind, input, **params))


def _kind(name: str) -> Kind:
    try:
        return find(name)
    except ValueError as error:
        raise ConvcostError(str(error)) from None


def _read(
    input: Sequence[int], params: dict[str, Any], kinds: list[Kind]
) -> tuple[Shape, dict[str, Any]]:
    """The input and the parameters, checked; all problems at once."""
    problems, values = [], {}
    for name, value in params.items():
        try:
            if name not in PARAMS:
                raise ValueError(no_such("parameter", name, PARAMS))
            values[name] = PARAMS[name].parse(value)
        except ValueError as error:
            problems.append(Problem("", str(error)))
    shape: list[int] = []
    try:
        if not 2 <= len(input) <= 4:
            raise ValueError(f"must be channels and 1 to 3 spatial sizes, got {tuple(input)}")
        shape = [CASE_PARAMS["in"].type.parse(size) for size in input]
    except (ValueError, TypeError) as error:
        problems.append(Problem("", f"input {error}"))
    problems += [Problem("", f"{name} is {message}") for name, message in unused(values, kinds)]
    if shape:
        found = shape_problems({**values, "in": shape[0], "hw": tuple(shape[1:])})
        problems += [Problem("", f"{name} {message}") for name, message in found]
    if problems:
        raise ConvcostError(*problems)
    return tuple(shape), values
