"""A case (kinds at one shape) and its comparison: a row of figures per kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from convcost.cost import DTYPES, Cost, cost, receptive_field
from convcost.errors import ConvcostError, Problem, no_such
from convcost.graph import Graph
from convcost.kinds import KINDS
from convcost.ops import Axes, Shape, times
from convcost.published import NO_BUDGET, Budget, Published
from convcost.registry import BUNDLED_PARAMS, Bundled, Kind, Param
from convcost.settings import LayerError
from convcost.values import Choice, Numbers, PaddingType, PerAxis, Whole

CASE_PARAMS = {
    "in": Param("in", Whole(), "input channels", None, None),
    "hw": Param("hw", PerAxis(), "input size: 112 for 112x112, 112x96, 8x112x112", None, None),
    "dims": Param("dims", Whole(1, 3), "spatial axes, where hw is one number", None, 2),
    "batch": Param("batch", Whole(), "samples; multiplies all but params", None, 1),
    "dtype": Param("dtype", Choice(tuple(DTYPES), "dtype"), "of weights and maps", None, "float32"),
}
"""The parameters of a case itself; all others belong to its kinds."""

KIND_PARAMS = {name: param for kind in KINDS.values() for name, param in kind.params.items()}
"""Every parameter of every kind; those of one name are of one type, which the registry checks."""

PARAMS = CASE_PARAMS | KIND_PARAMS
"""Everything that a case can say, by name."""


class Use(NamedTuple):
    """A kind as one row of a case, with all parameters of the case; it picks out those it takes.

    `published` has what was printed for it.
    """

    label: str
    kind: Kind
    given: Mapping[str, Any]
    published: tuple[Published, ...] = ()


class Case(NamedTuple):
    """Kinds to be compared on one input of C x spatial, or one network.

    A `variant` of a network has settings of its own beside those of the network before it. `budget`
    is what it may cost.
    """

    name: str
    input: Shape
    uses: tuple[Use, ...]
    batch: int = 1
    dtype: str = "float32"
    place: str = ""
    network: bool = False
    variant: bool = False
    budget: Budget = NO_BUDGET


class Built(NamedTuple):
    """What a row knows of a kind that could be built."""

    graph: Graph
    cost: Cost
    standard: Cost | None


class Row(NamedTuple):
    """A kind's figures in a comparison, or the reason (`error`) why it cannot be built.

    Asking a row that could not be built for a figure raises `ConvcostError` with the reason.
    """

    label: str
    kind: Kind
    built: Built | None
    error: str = ""
    place: str = ""

    def __repr__(self) -> str:
        figures = (
            f"{self.cost.params:,} params, {self.cost.macs:,} MACs" if self.built else self.error
        )
        return f"<row {self.label}: {figures}>"

    def _figures(self) -> Built:
        if self.built is None:
            raise ConvcostError(Problem(self.label, self.error))
        return self.built

    @property
    def graph(self) -> Graph:
        """The kind's ops."""
        return self._figures().graph

    @property
    def cost(self) -> Cost:
        """Params, MACs and the rest."""
        return self._figures().cost

    @property
    def output(self) -> Shape:
        """C x spatial of the output."""
        return self._figures().graph.output

    @property
    def receptive_field(self) -> Axes:
        """Input positions that one output position sees, per axis."""
        return receptive_field(self._figures().graph)

    @property
    def params_ratio(self) -> float | None:
        """Params over those of `standard` to the same output; None if that cannot be built."""
        _, own, standard = self._figures()
        return own.params / standard.params if standard else None

    @property
    def macs_ratio(self) -> float | None:
        """MACs over those of `standard` to the same output; None if that cannot be built."""
        _, own, standard = self._figures()
        return own.macs / standard.macs if standard else None


class Comparison(NamedTuple):
    """A case and its rows."""

    case: Case
    rows: tuple[Row, ...]

    def __repr__(self) -> str:
        labels = ", ".join(row.label for row in self.rows)
        return f"<comparison {self.case.name} on {times(self.case.input)}: {labels}>"


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
        if not own:
            uses.append(Use(kind.name, kind, values))
            continue
        words = ", ".join(f"{key}={show_value(value)}" for key, value in own.items())
        uses.append(Use(f"{kind.name} ({words})", kind, {**values, **own}))
    batch, dtype = values.get("batch", 1), values.get("dtype", "float32")
    return Case(name, input_shape(values), tuple(uses), batch, dtype, place)


def input_shape(values: Mapping[str, Any]) -> Shape:
    """C x spatial from `in`, `hw` and `dims`, which have no `shape_problems`."""
    hw = values["hw"]
    return (values["in"], *((hw,) * (values.get("dims") or 2) if isinstance(hw, int) else hw))


Problems = list[tuple[str, str]]
"""Names of parameters, each with what is wrong."""


def read_values(
    raw: Mapping[str, object], kinds: Iterable[Kind], known: Iterable[str] = CASE_PARAMS
) -> tuple[dict[str, Any], Problems]:
    """Parse parameters of cases and kinds; None is "not given".

    `known` are the parameters of cases that are welcome; those of kinds are if a kind takes them.
    """
    values: dict[str, Any] = {}
    problems: Problems = []
    chosen, own = list(kinds), dict.fromkeys(known)
    taken = own | {name: None for kind in chosen for name in kind.params}
    for name, value in raw.items():
        if name not in own and name not in KIND_PARAMS:
            problems.append((name, no_such("parameter", name, taken)))
        elif value is not None:
            try:
                values[name] = PARAMS[name].type.parse(value)
            except ValueError as error:
                problems.append((name, str(error)))
    return values, problems + unused(values, chosen)


def shape_problems(values: Mapping[str, Any]) -> Problems:
    """Parameters that are missing or do not fit the number of spatial axes."""
    missing = [name for name in ("in", "hw") if name not in values]
    if missing:
        return [(name, f"is missing ({PARAMS[name].help})") for name in missing]
    if values["hw"] is None:  # given, and refused already
        return []
    axes, dims = len(input_shape(values)) - 1, values.get("dims")
    if dims not in (None, axes):
        return [("hw", f"has {axes} numbers for {dims} dims")]
    return [
        (name, f"has {len(value)} numbers for {axes} spatial axes")
        for name, value in values.items()
        if isinstance(value, tuple) and isinstance(PARAMS[name].type, PerAxis | PaddingType)
        if len(value) != axes
    ]


def unused(names: Iterable[str], kinds: Iterable[Kind]) -> Problems:
    """The parameters that none of the kinds takes."""
    chosen = list(kinds)
    taken = {name for kind in chosen for name in kind.params} | CASE_PARAMS.keys()
    who = ", ".join(kind.name for kind in chosen)
    return [(name, f"is not taken by {who}") for name in names if name not in taken]


def show_value(value: object) -> str:
    """A parameter's value as it is typed."""
    if isinstance(value, tuple):
        sizes = isinstance(value[0] if value else "", int) and not isinstance(value, Numbers)
        return ("x" if sizes else ",").join(map(str, value)) or "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def default_of(name: str, kinds: Iterable[Kind]) -> str:
    """A parameter's default as it is typed; nothing where there is none, or kinds differ in it."""
    params = [kind.params[name] for kind in kinds if name in kind.params]
    params = params or [kind.params[name] for kind in KINDS.values() if name in kind.params]
    shown = {
        "" if param.required or param.default is None else show_value(param.default)
        for param in params or [PARAMS[name]]
    } - {""}
    return shown.pop() if len(shown) == 1 else ""


def run(case: Case) -> Comparison:
    """Build and count every kind of a case."""
    bundled: dict[int, Bundled] = {}
    standards: dict[tuple[int, int], Cost | None] = {}
    rows = []
    for label, kind, given, _ in case.uses:
        # Most kinds of a case share one mapping of parameters.
        shared = bundled.get(id(given))
        if shared is None:
            names = map(given.get, BUNDLED_PARAMS)
            shared = bundled[id(given)] = _bundled(len(case.input) - 1, tuple(names))
        try:
            graph = kind.build(case.input, given, shared)
        except ValueError as error:
            place = error.place if isinstance(error, LayerError) else ""
            rows.append(Row(label, kind, None, str(error), place))
            continue
        own, standard = cost(graph, case.batch), None
        if kind.compared:
            key = (id(given), graph.output[0])
            if key not in standards:
                is_standard = kind.name == "standard"
                standards[key] = own if is_standard else _standard(case, given, key[1], shared)
            standard = standards[key]
        rows.append(Row(label, kind, Built(graph, own, standard)))
    return Comparison(case, tuple(rows))


@lru_cache(maxsize=256)
def _bundled(dims: int, values: tuple[Any, ...]) -> Bundled:
    """Where windows and the like are kept that these values of `BUNDLED_PARAMS` make.

    The cases of a sweep differ in their sizes more than in these.
    """
    return {}


def _standard(case: Case, given: Mapping[str, Any], out: int, bundled: Bundled) -> Cost | None:
    """The cost of `standard` to as many outputs, None where that cannot be built."""
    try:
        graph = KINDS["standard"].build(case.input, {**given, "out": out}, bundled)
    except ValueError:
        return None
    return cost(graph, case.batch)
