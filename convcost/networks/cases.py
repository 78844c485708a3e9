"""A case (kinds at one shape) and its comparison: a row of figures per kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from convcost.errors import ConvcostError, LayerError, Problem
from convcost.graph.builder import Builder
from convcost.graph.cost import Cost, cost
from convcost.graph.nodes import Graph
from convcost.graph.receptive_field import receptive_field
from convcost.kinds.catalogue import find
from convcost.kinds.registry import BUNDLED_PARAMS, Bundled, Kind
from convcost.networks.inputs import INPUT, OUTPUT, Inputs, axes_of, written
from convcost.networks.parameters import input_shape, show_value
from convcost.ops.op import Axes, Shape
from convcost.values.dtypes import FLOAT32, Precision

if TYPE_CHECKING:
    from convcost.networks.figures import Most, Published
    from convcost.networks.settings import Options
    from convcost.values.code import Code


class Use(NamedTuple):
    """A kind as one row of a case, with all parameters of the case; it picks out those it takes.

    `published` has what was printed for it.
    """

    label: str
    kind: Kind
    given: Mapping[str, Any]
    published: tuple[Published, ...] = ()


class Case(NamedTuple):
    """Kinds to be compared on one input of C x spatial, or one network with all that comes in.

    A `variant` of a network has settings of its own beside those of the network before it. `budget`
    is what it may cost, `source` where it is described. `every_kind` is true if no kinds were
    named: they are those that there are. `precision` is how numbers are stored, `fuse` whether
    batch norms are folded into what is before them. One that was captured has its `code`, if that
    was run now, and `remarks` on how. `hw` are sizes of its map of which one is chosen, `design`
    is what is picked where its file leaves a choice.
    """

    name: str
    inputs: Inputs
    uses: tuple[Use, ...]
    batch: int = 1
    precision: Precision = FLOAT32
    place: str = ""
    network: bool = False
    variant: bool = False
    budget: Mapping[str, Most] = {}
    source: str = ""
    every_kind: bool = False
    fuse: bool = False
    code: Code | None = None
    remarks: tuple[str, ...] = ()
    hw: Options | None = None
    design: Mapping[str, str] = {}

    @property
    def input(self) -> Shape:
        """C x spatial of the first input."""
        return next(iter(self.inputs.values()))

    @property
    def dtype(self) -> str:
        """Of all that `precision` says nothing else of."""
        return self.precision.dtype


class Built(NamedTuple):
    """What a row knows of a kind that could be built."""

    graph: Graph
    cost: Cost
    standard: Cost | None


class Row(NamedTuple):
    """A kind's figures in a comparison, or the reason (`error`) why it cannot be built.

    Asking a row that could not be built for a figure raises `ConvcostError` with the reason. `work`
    is what was done to build it, or to try; `first` is whether the first option was taken anywhere
    for want of a design.
    """

    label: str
    kind: Kind
    built: Built | None
    error: str = ""
    place: str = ""
    work: int = 0
    first: bool = False

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
        """C x spatial of what the last layer writes."""
        return self._figures().graph.output

    @property
    def outputs(self) -> Inputs:
        """C x spatial of each output by name; of one that has none, as `output`."""
        graph = self._figures().graph
        return {name: graph.nodes[index].shape for name, index in graph.named.items()} or {
            OUTPUT: graph.output
        }

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
        return f"<comparison {self.case.name} on {written(self.case.inputs)}: {labels}>"


def make_case(
    name: str,
    values: Mapping[str, Any],
    kinds: Iterable[tuple[Kind, Mapping[str, Any]]],
    place: str = "",
) -> Case:
    """A case from parsed values: those of the case, and those that its kinds share.

    `kinds` pairs each kind with parameters of its own, which win over the shared ones.
    """
    uses, fuse = [], values.get("fuse", False)
    for kind, own in [(kind.fold() if fuse else kind, own) for kind, own in kinds]:
        if not own:
            uses.append(Use(kind.name, kind, values))
            continue
        words = ", ".join(f"{key}={show_value(value)}" for key, value in own.items())
        uses.append(Use(f"{kind.name} ({words})", kind, {**values, **own}))
    how = precision_of(values)
    inputs = {INPUT: input_shape(values)}
    return Case(name, inputs, tuple(uses), values.get("batch", 1), how, place, fuse=fuse)


def precision_of(values: Mapping[str, Any], before: Precision = FLOAT32) -> Precision:
    """How numbers are stored by what is said of it, or else as `before`."""
    given = {name: values[name] for name in Precision._fields if values.get(name) is not None}
    return before._replace(**given)


def folded(case: Case) -> Case:
    """The case with batch norms folded into the convolutions before them."""
    return case._replace(
        uses=tuple([use._replace(kind=use.kind.fold()) for use in case.uses]), fuse=True
    )


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
            shared = bundled[id(given)] = _bundled(axes_of(case.input), tuple(names))
        net = Builder(case.inputs)
        try:
            kind.append(net, given, shared)
        except ValueError as error:
            place = error.place if isinstance(error, LayerError) else ""
            rows.append(Row(label, kind, None, str(error), place, net.work))
            continue
        graph = net.graph()
        own, standard = cost(graph, case.batch), None
        if kind.compared:
            key = (id(given), graph.output[0])
            if key not in standards:
                is_standard = kind.name == "standard"
                standards[key] = own if is_standard else _standard(case, given, key[1], shared)
            standard = standards[key]
        first = net.choices is not None and net.choices.first
        rows.append(Row(label, kind, Built(graph, own, standard), work=net.work, first=first))
    return Comparison(case, tuple(rows))


MOST_WORK = 400_000
"""Ops and steps of all that is in one config; a sweep of 10,000 cases has some 200,000."""


def run_all(cases: Iterable[Case]) -> list[Comparison]:
    """Build and count cases; a kind that cannot be built is a row with its error.

    Raises:
        ConvcostError: every network that cannot be built, with the place of the layer; or the cases
            of one file are too much together.
    """
    comparisons = []
    work: dict[str, int] = {}
    for case in cases:
        comparisons.append(run(case))
        file = case.place.rsplit(":", 2)[0]
        work[file] = work.get(file, 0) + sum(row.work for row in comparisons[-1].rows)
        if work[file] > MOST_WORK:
            message = f"these are more than {MOST_WORK:,} layers and ops in one file"
            raise ConvcostError(Problem(case.place, message))
    failed = [
        Problem(row.place or case.place, f"{row.label}: {row.error}")
        for case, rows in comparisons
        for row in rows
        if case.network and not row.built
    ]
    if failed:
        raise ConvcostError(*failed)
    return comparisons


@lru_cache(maxsize=256)
def _bundled(dims: int, values: tuple[Any, ...]) -> Bundled:
    """Where windows and the like are kept that these values of `BUNDLED_PARAMS` make.

    The cases of a sweep differ in their sizes more than in these.
    """
    return {}


def _standard(case: Case, given: Mapping[str, Any], out: int, bundled: Bundled) -> Cost | None:
    """The cost of `standard` to as many outputs, None where that cannot be built."""
    try:
        standard = find("standard").fold() if case.fuse else find("standard")
        graph = standard.build(case.input, {**given, "out": out}, bundled)
    except ValueError:
        return None
    return cost(graph, case.batch)
