"""The Python API: the commands as functions.

An input is C x spatial without the batch, such as `(24, 112, 112)`; four numbers are a volume, with
`dims=3`. Parameters of the kinds (`k`, `stride`, `norm`, …; `convcost kinds` lists them) are
keywords; T x C are `Tokens((197, 768))`. What is wrong is raised as `ConvcostError`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from convcost.errors import ConvcostError, Problem, no_such, shorten
from convcost.graph.cost import Cost
from convcost.graph.cost import cost as graph_cost
from convcost.graph.nodes import Graph
from convcost.kinds.catalogue import compared_kinds, every_kind, find
from convcost.kinds.registry import Kind
from convcost.networks import cases
from convcost.networks.parameters import CASE_PARAMS, read_values, shape_problems
from convcost.ops.layouts import Tokens
from convcost.ops.op import Shape
from convcost.report.notebook import Comparison

if TYPE_CHECKING:
    from torch import nn

    from convcost.counting.counts import Count
    from convcost.pytorch.verify import Verified

KINDS = every_kind()
"""Every kind of layer by name, in the order in which tables list them."""


def build(kind: str, input: Sequence[int], out: int | None = None, **params: Any) -> Graph:
    """The graph of one kind: a flat list of ops with their shapes.

    Raises:
        ConvcostError: an argument is wrong, or the kind cannot be built at this shape.
    """
    chosen = _kind(kind)
    shape, values = _read(input, {**params, "out": out}, [chosen])
    return _build(chosen, shape, values)


def cost(
    kind: str, input: Sequence[int], out: int | None = None, *, batch: int = 1, **params: Any
) -> Cost:
    """Params, MACs, FLOPs and activations of one kind.

    Raises:
        ConvcostError: an argument is wrong, or the kind cannot be built at this shape.
    """
    chosen = _kind(kind)
    given = {**params, "out": out, "batch": batch}
    shape, values = _read(input, given, [chosen], ("batch",))
    return graph_cost(_build(chosen, shape, values), values.get("batch", 1))


def compare(
    input: Sequence[int],
    out: int | None = None,
    *,
    kinds: str | Iterable[str] | Mapping[str, Mapping[str, Any]] | None = None,
    name: str = "",
    batch: int = 1,
    dtype: str = "float32",
    **params: Any,
) -> Comparison:
    """One row of figures per kind; a kind that cannot be built is a row with its `error`.

    Args:
        input: C x spatial.
        out: output channels; as many as come in if None.
        kinds: names of kinds, or a mapping of names to parameters of their own; all if None.
        name: the case's name in tables.
        batch: samples; multiplies all but params.
        dtype: of weights and maps, for the bytes in tables.
        **params: parameters of the kinds.

    Raises:
        ConvcostError: an argument is wrong, or taken by none of the kinds.
    """
    if not name.isprintable():
        raise ConvcostError(f"a name is one line of text, not {name!r}")
    uses = _uses(kinds)
    given = {**params, "out": out, "batch": batch, "dtype": dtype}
    shape, values = _read(input, given, [kind for kind, _ in uses], ("batch", "dtype"))
    return Comparison(*cases.run(cases.make_case(name, values | _sizes(shape), uses)))


def _uses(
    kinds: str | Iterable[str] | Mapping[str, Mapping[str, Any]] | None,
) -> list[tuple[Kind, dict[str, Any]]]:
    """Kinds, each with parameters of its own."""
    if kinds is None:
        return [(kind, {}) for kind in compared_kinds()]
    if not isinstance(kinds, Iterable):
        raise ConvcostError(f"kinds is a list of names, not {kinds!r}")
    uses = []
    for name in [kinds] if isinstance(kinds, str) else kinds:
        kind = _kind(name)
        own = kinds[name] if isinstance(kinds, Mapping) else {}
        values, problems = read_values(own, [kind], ())
        if problems:
            raise ConvcostError(*[Problem(kind.name, f"{n} {message}") for n, message in problems])
        uses.append((kind, values))
    if not uses:
        raise ConvcostError("kinds is empty")
    return uses


def load(path: str | PathLike[str]) -> list[Comparison]:
    """Compare every case of a YAML config.

    Raises:
        ConvcostError: everything that is wrong with the file, with file:line:col.
    """
    from convcost.sources.reading.configs import read_config

    return [Comparison(*cases.run(case)) for case in read_config(fspath(path))]


def table(comparisons: Comparison | Sequence[Comparison], format: str = "text") -> str:
    """Comparisons as `text`, `markdown`, `csv`, `json` or `latex`.

    Raises:
        ConvcostError: there is no such format.
    """
    from convcost.formats.names import FORMATS, write
    from convcost.report.compare import compare_report

    if format not in FORMATS:
        raise ConvcostError(no_such("format", format, FORMATS))
    return write(compare_report(_several(comparisons)), format)


def check(
    configs: str | PathLike[str] | Sequence[str | PathLike[str]] = (),
    lockfile: str | PathLike[str] = "convcost.lock",
    allow_new: bool = False,
    tolerance: str | Sequence[str] = (),
) -> list[str]:
    """What `convcost check` finds to fail, a line each with its place; nothing if all is well.

    Args:
        configs: a YAML file, or several; convcost.yaml or all in configs/ if none are named.
        lockfile: the table of costs to compare with.
        allow_new: whether entries that it does not have pass.
        tolerance: how much figures may grow, such as `macs:8%`; one, or several.

    Raises:
        ConvcostError: a config, the lock or a tolerance cannot be read, or there is no lock.
    """
    from convcost.counting.figures import check_published
    from convcost.gate.check import against_lock
    from convcost.gate.lock import require_lock
    from convcost.gate.sides import side_of
    from convcost.gate.tolerances import read_tolerances
    from convcost.report.gate.failures import sentences
    from convcost.sources.files import read_configs
    from convcost.sources.guarded import usual_configs
    from convcost.sources.selection import pick

    listed = [configs] if isinstance(configs, str | PathLike) else configs
    paths = [fspath(path) for path in listed] or usual_configs(fspath(lockfile))
    picked = pick(read_configs(paths), [])
    lock = require_lock(fspath(lockfile), None)
    side = side_of(picked, None)
    allowed = read_tolerances([tolerance] if isinstance(tolerance, str) else tolerance)
    gate = against_lock(side, lock.entries, allowed, allow_new=allow_new)
    return sentences(gate._replace(verdicts=check_published(side.comparisons)))


def _several(found: Comparison | Sequence[Comparison]) -> Sequence[cases.Comparison]:
    return [found] if isinstance(found, cases.Comparison) else found


def formulas(
    kind: str, input: Sequence[int], out: int | None = None, *, batch: int = 1, **params: Any
) -> dict[str, str]:
    """The formulas of `params` and `macs`, and their ratios to `standard` where that exists.

    Raises:
        ConvcostError: an argument is wrong, or the kind cannot be built at this shape.
    """
    from convcost.networks.formula import formula
    from convcost.report.show import formula_data

    chosen = _kind(kind)
    given = {**params, "out": out, "batch": batch}
    shape, values = _read(input, given, [chosen], ("batch",))
    _build(chosen, shape, values)  # which says what cannot be built
    found = formula_data(formula(chosen, shape, values, values.get("batch", 1)))["formulas"]
    return {name: entry["symbols"] for name, entry in found.items()}


def cross_check(
    comparisons: Comparison | Sequence[Comparison], tools: Sequence[str] = ()
) -> list[Verified]:
    """Check every row that could be built; each result `holds` or shows the difference.

    Args:
        comparisons: what to check.
        tools: the profilers to run, of those that are installed; torch and thop if none are named.

    Raises:
        ConvcostError: there is no such tool, or none of them is installed.
    """
    from convcost.pytorch.verify import choose, verify

    results = verify(_several(comparisons), choose(tools).conventions)
    return [verified for verified in results if verified is not None]


def printed_by(
    tool: str, kind: str, input: Sequence[int], out: int | None = None, **params: Any
) -> Count:
    """What a profiler, `tool` or `tool@version`, or a file of rules, prints for one kind.

    Raises:
        ConvcostError: there is no such tool, version or file, or as `cost` does.
    """
    from convcost.counting.counts import count
    from convcost.sources.reading.conventions import named_convention

    chosen = _kind(kind)
    shape, values = _read(input, {**params, "out": out}, [chosen], ("batch",))
    convention = named_convention(str(tool))
    return count(_build(chosen, shape, values), convention, values.get("batch", 1))


def to_torch(kind: str, input: Sequence[int], out: int | None = None, **params: Any) -> nn.Module:
    """The kind as a torch module that takes N x C x spatial.

    Raises:
        ConvcostError: an argument is wrong, the kind cannot be built, or torch is not installed.
    """
    from convcost.pytorch.extras import require

    require("torch")
    from convcost.pytorch.modules import GraphModule

    return GraphModule(build(kind, input, out, **params))


def _kind(name: str) -> Kind:
    try:
        return find(str(name))
    except ValueError as error:
        raise ConvcostError(str(error)) from None


def _build(kind: Kind, shape: Shape, values: dict[str, Any]) -> Graph:
    try:
        return kind.build(shape, values)
    except ValueError as error:
        raise ConvcostError(Problem(kind.name, str(error))) from None


def _read(
    input: Sequence[int], params: dict[str, Any], kinds: list[Kind], known: Iterable[str] = ()
) -> tuple[Shape, dict[str, Any]]:
    """The input and the parameters, checked; all problems at once."""
    values, problems = read_values(params, kinds, (*known, "dims"))
    shape: Shape = ()
    try:
        shape = _shape(input, values.get("dims"))
        problems += shape_problems({**values, **_sizes(shape)}, kinds)
    except ValueError as error:
        problems.append(("input", str(error)))
    if problems:
        raise ConvcostError(*[Problem("", f"{name} {message}") for name, message in problems])
    return shape, values


def _sizes(shape: Shape) -> dict[str, Any]:
    """A shape as the parameters of a case."""
    if isinstance(shape, Tokens):
        return {"in": shape[-1], "tokens": shape.of or shape[-2]}
    return {"in": shape[0], "hw": shape[1:]}


def _shape(input: Iterable[int], dims: object = None) -> Shape:
    if isinstance(input, Tokens):
        sizes_, of = ([CASE_PARAMS["in"].type.parse(n) for n in each] for each in (input, input.of))
        return Tokens(sizes_, tuple(of))
    sizes = () if isinstance(input, str) or not isinstance(input, Iterable) else tuple(input)
    if not 1 <= len(sizes) <= 4:
        raise ValueError(f"must be channels and up to 3 sizes, got {shorten(repr(input))}")
    if len(sizes) == 4 and dims is None:
        raise ValueError(
            f"has four numbers: C x D x H x W of a volume needs dims=3; N x C x H x W is "
            f"{sizes[1:]} with batch={sizes[0]}"
        )
    return tuple(CASE_PARAMS["in"].type.parse(size) for size in sizes)
