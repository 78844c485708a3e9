"""A case (kinds at one shape) and its comparison: a row of figures per kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from convcost.cost import DTYPES, Cost, cost, receptive_field
from convcost.graph import Graph
from convcost.kinds import KINDS
from convcost.ops import Axes, Shape
from convcost.registry import Kind, Made, Param
from convcost.values import Choice, PaddingType, PerAxis, Whole

CASE_PARAMS = {
    "in": Param("in", Whole(), "input channels", None, None),
    "hw": Param("hw", PerAxis(), "input size: 112 for 112x112, 112x96, 8x112x112", None, None),
    "dims": Param("dims", Whole(1, 3), "spatial axes, where hw is one number", None, 2),
    "batch": Param("batch", Whole(), "samples; multiplies all but params", None, 1),
    "dtype": Param("dtype", Choice(tuple(DTYPES), "dtype"), "of weights and maps", None, "float32"),
}
"""The parameters of a case itself; all others belong to its kinds."""

KIND_PARAMS = {name: param for kind in KINDS.values() for name, param in kind.params.items()}
"""Every parameter of every kind; kinds that share a name share its meaning."""

PARAMS = CASE_PARAMS | KIND_PARAMS
"""Everything that a case can say, by name."""


class Use(NamedTuple):
    """A kind as one row of a case, with all parameters of the case; it picks out those it takes."""

    label: str
    kind: Kind
    given: Mapping[str, Any]


class Case(NamedTuple):
    """Kinds to be compared on one input of C x spatial."""

    name: str
    input: Shape
    uses: tuple[Use, ...]
    batch: int = 1
    dtype: str = "float32"
    place: str = ""


class Row(NamedTuple):
    """A kind's figures in a comparison, or the reason why it cannot be built."""

    label: str
    kind: Kind
    graph: Graph | None
    cost: Cost
    standard: Cost | None
    error: str = ""

    @property
    def output(self) -> Shape:
        """C x spatial of the output."""
        assert self.graph is not None
        return self.graph.output

    @property
    def receptive_field(self) -> Axes:
        """Input positions that one output position sees, per axis."""
        assert self.graph is not None
        return receptive_field(self.graph)

    @property
    def params_ratio(self) -> float | None:
        """Params over those of `standard` at the same shape; None if that cannot be built."""
        return self.cost.params / self.standard.params if self.standard else None

    @property
    def macs_ratio(self) -> float | None:
        """MACs over those of `standard` at the same shape; None if that cannot be built."""
        return self.cost.macs / self.standard.macs if self.standard else None


class Comparison(NamedTuple):
    """A case and its rows."""

    case: Case
    rows: tuple[Row, ...]


def make_case(
    name: str,
    values: Mapping[str, Any],
    kinds: Iterable[tuple[Kind, Mapping[str, Any]]],
    place: str = "",
) -> Case:
    """A case from parsed values: those of the case, and those that its kinds share.

    `kinds` pairs each kind with parameters of its own, which win over the shared ones.
    """
    uses = []
    for kind, own in kinds:
        words = ", ".join(f"{key}={show_value(value)}" for key, value in own.items())
        label = f"{kind.name} ({words})" if words else kind.name
        uses.append(Use(label, kind, {**values, **own} if own else values))
    batch, dtype = values.get("batch", 1), values.get("dtype", "float32")
    return Case(name, input_shape(values), tuple(uses), batch, dtype, place)


def input_shape(values: Mapping[str, Any]) -> Shape:
    """C x spatial from `in`, `hw` and `dims`, which have no `shape_problems`."""
    hw = values["hw"]
    return (values["in"], *((hw,) * (values.get("dims") or 2) if isinstance(hw, int) else hw))


def shape_problems(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Parameters that are missing or do not fit the number of spatial axes, with what is wrong."""
    missing = [name for name in ("in", "hw") if name not in values]
    if missing:
        return [(name, f"is missing: {PARAMS[name].help}") for name in missing]
    axes, dims = len(input_shape(values)) - 1, values.get("dims")
    if dims not in (None, axes):
        return [("hw", f"has {axes} numbers for {dims} dims")]
    return [
        (name, f"has {len(value)} numbers for {axes} spatial axes")
        for name, value in values.items()
        if isinstance(value, tuple) and isinstance(PARAMS[name].type, PerAxis | PaddingType)
        if len(value) != axes
    ]


def unused(names: Iterable[str], kinds: Iterable[Kind]) -> list[tuple[str, str]]:
    """The parameters that no kind takes, each with a sentence that says so."""
    chosen = list(kinds)
    taken = {name for kind in chosen for name in kind.params} | CASE_PARAMS.keys()
    who = ", ".join(kind.name for kind in chosen)
    return [(name, f"not taken by {who}") for name in names if name not in taken]


def show_value(value: object) -> str:
    """A parameter's value as it is typed."""
    if isinstance(value, tuple):
        return ("x" if isinstance(value[0], int) else ",").join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def run(case: Case) -> Comparison:
    """Build and count every kind of a case."""
    made: dict[int, Made] = {}
    standards: dict[tuple[int, int], Cost | None] = {}
    rows = []
    for label, kind, given in case.uses:
        # Most kinds of a case share one mapping of parameters, and what is made of it.
        shared = made.setdefault(id(given), {})
        try:
            graph = kind.build(case.input, given, shared)
        except ValueError as error:
            rows.append(Row(label, kind, None, Cost(), None, str(error)))
            continue
        own, key = cost(graph, case.batch), (id(given), graph.output[0])
        if key not in standards:
            is_standard = kind.name == "standard"
            standards[key] = own if is_standard else _standard(case, given, key[1], shared)
        rows.append(Row(label, kind, graph, own, standards[key]))
    return Comparison(case, tuple(rows))


def _standard(case: Case, given: Mapping[str, Any], out: int, made: Made) -> Cost | None:
    """The cost of `standard` to as many outputs, None where that cannot be built."""
    try:
        graph = KINDS["standard"].build(case.input, {**given, "out": out}, made)
    except ValueError:
        return None
    return cost(graph, case.batch)
