"""The cross-check: our figures beside what torch and real profilers measure on the module."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from importlib import metadata, util
from typing import Any, NamedTuple

from convcost.counting.conventions import Convention
from convcost.counting.counts import Count, tally, unseen
from convcost.counting.profilers import TOOLS, find_convention
from convcost.counting.survey import survey
from convcost.errors import ConvcostError, Problem, listed, no_such, one_of, shorten
from convcost.graph.nodes import Graph
from convcost.networks.cases import Case, Comparison, Row
from convcost.ops.op import Shape
from convcost.pytorch.code import measure as measure_code
from convcost.pytorch.extras import EXTRA, EXTRAS, PROFILERS_EXTRA, require
from convcost.pytorch.probes import PROBES, onnx_file_figure
from convcost.pytorch.vision import require_vision
from convcost.pytorch.worker import MODULE, Worker

DEFAULT_TOOLS = ("torch", "thop")


class Check(NamedTuple):
    """One figure of the engine beside the measured one."""

    what: str
    expected: int | str | tuple[int, ...]
    measured: int | str | tuple[int, ...]

    @property
    def holds(self) -> bool:
        """Whether the two are equal to the last digit."""
        return self.expected == self.measured


class Verified(NamedTuple):
    """A row's checks, or why torch could not run it, and what each tool does not know of it."""

    row: Row
    checks: tuple[Check, ...]
    unknown: tuple[tuple[str, str], ...] = ()
    error: str = ""

    @property
    def holds(self) -> bool:
        """Whether torch ran it and every check holds."""
        return not self.error and all(check.holds for check in self.checks)


class Chosen(NamedTuple):
    """The conventions to hold real tools to, and why others are not."""

    conventions: tuple[Convention, ...]
    skipped: tuple[str, ...]


def choose(tools: Sequence[str] = (), conventions: Sequence[Convention] = ()) -> Chosen:
    """The tools that are installed, each with the table of its version.

    Args:
        tools: names of tools, each held to the table of the version that is installed; torch and
            thop if there are neither tools nor conventions.
        conventions: tables that a tool is held to if that is its version.

    Raises:
        ConvcostError: there is no such tool, or none of them can be run.
    """
    wanted: list[tuple[str, Convention | None]] = [(tool, None) for tool in tools]
    wanted += [(each.tool, each) for each in conventions]
    usual = not wanted
    if usual:
        wanted = [(tool, None) for tool in DEFAULT_TOOLS]
    problems = [_not_run(tool) for tool, _ in wanted if tool not in PROBES]
    if problems:
        raise ConvcostError(*[Problem("--with", problem) for problem in problems])
    require("torch", "numpy", extra=_extra([tool for tool, _ in wanted]))
    chosen, skipped = [], []
    for tool, table in wanted:
        try:
            chosen.append(_installed(tool, table))
        except LookupError as error:
            if table is not None:
                raise ConvcostError(Problem("--as", str(error))) from None
            skipped.append(str(error))
    if not chosen or (usual and skipped):
        raise ConvcostError(*skipped)
    return Chosen(tuple(dict.fromkeys(chosen)), tuple(skipped))


def _extra(tools: Sequence[str]) -> str:
    """What to install for all of these tools."""
    return EXTRA if all(tool in EXTRAS for tool in tools) else PROFILERS_EXTRA


def _not_run(tool: str) -> str:
    """Why there is no running a tool of this name."""
    if tool in TOOLS:
        return f"{tool} is known, but cannot be run; {one_of('', PROBES)}"
    if "@" in tool:
        return f"takes tools without a version, not '{shorten(tool)}'; --as takes one"
    return no_such("tool", tool, PROBES)


def _installed(tool: str, table: Convention | None) -> Convention:
    """The table of the installed version of a tool; `LookupError` says why there is none."""
    package, imports, _ = PROBES[tool]
    needed = [name.partition(".")[0] for name in imports]
    missing = [name for name in needed if util.find_spec(name) is None]
    extra = EXTRAS.get(tool, PROFILERS_EXTRA)
    try:
        version = metadata.version(package)
    except metadata.PackageNotFoundError:
        missing = missing or [package]
    if missing:
        raise LookupError(f"not installed: {', '.join(missing)}; {extra}")
    release = re.sub(r"-(?=\d)", ".post", version.partition("+")[0])
    try:
        found = find_convention(f"{tool}@{release}")
    except ValueError as error:
        raise LookupError(f"{tool} {release} is installed: {error}") from None
    if table is not None and table is not found:
        raise LookupError(f"{tool} {release} is installed, which is not {table.name}")
    return found


def verify(
    comparisons: Sequence[Comparison],
    conventions: Sequence[Convention],
    skip: Callable[[str], None] = lambda reason: None,
) -> Iterator[Verified | None]:
    """Check the rows of all comparisons in turn; None for a row that could not be built.

    A tool that cannot be imported is left out; `skip` is told which, and why.

    Raises:
        ConvcostError: the worker cannot start, no tool can be imported, or a row needs torchvision,
            which is not there.
    """
    for case, _ in comparisons:
        _check_mode(case, conventions)
    rows = [row for comparison in comparisons for row in comparison.rows if not row.error]
    for row in rows:
        require_vision(row.graph)
    built = not all(row.graph.of_code for row in rows)
    with Worker([each.tool for each in conventions]) if built else nullcontext() as worker:
        left = list(conventions) if worker is None else _importable(worker, conventions, skip)
        for case, rows_ in comparisons:
            for row in rows_:
                yield None if row.error else judge(row, case, left, worker)


def _check_mode(case: Case, conventions: Sequence[Convention]) -> None:
    """Raise `ConvcostError` where a tool would run a module in another mode than was captured."""
    others = [each.tool for each in conventions if not each.tool.endswith("-train")]
    if case.code is not None and case.code.train and others:
        message = f"is for --with fvcore-train; {listed(others)} run modules in eval mode here"
        raise ConvcostError(Problem("--mode", message))


def _importable(
    worker: Worker, conventions: Sequence[Convention], skip: Callable[[str], None]
) -> list[Convention]:
    """The conventions of tools that can be imported; of the others is said why not."""
    reasons = [f"{tool} cannot be imported: {why}" for tool, why in worker.broken.items()]
    left = [each for each in conventions if each.tool not in worker.broken]
    if conventions and not left:
        raise ConvcostError(*reasons)
    for reason in reasons:
        skip(reason)
    return left


def judge(
    row: Row, case: Case, conventions: Sequence[Convention], worker: Worker | None
) -> Verified:
    """Lay the figures of a row beside those that are measured: of code, on the module itself."""
    if case.place.lower().endswith(".onnx"):
        return _judge_file(row, case, conventions)
    measure = _measures(row, case, conventions, worker)
    if measure is None:
        error = "a graph file has no code that could be run; name the code, file.py:attribute"
        return Verified(row, (), error=error)
    measured = measure(MODULE)
    if isinstance(measured, str):
        return Verified(row, (), error=f"torch: {measured}")
    checks = [Check("torch params", row.cost.params, measured[0])]
    if case.code is None:
        checks += _outputs(row.graph, measured[1:])
    unknown, groups = [], survey(row.graph, case.batch)
    for convention in conventions:
        expected = tally(groups, convention, case.batch)
        calls = unseen(expected)
        if calls:
            unknown.append((convention.tool, calls))
        checks += _checks(convention, expected, measure(convention.tool))
    return Verified(row, tuple(checks), tuple(unknown))


def _judge_file(row: Row, case: Case, conventions: Sequence[Convention]) -> Verified:
    """Lay what is read of an ONNX file beside what the tool for such files prints."""
    checks: list[Check] = []
    unknown: list[tuple[str, str]] = []
    groups = survey(row.graph, case.batch)
    for convention in conventions:
        if convention.tool != "onnx-tool":
            continue
        expected = tally(groups, convention, case.batch)
        calls = unseen(expected)
        if calls:
            unknown.append((convention.tool, calls))
        try:
            found: str | tuple[int, None] = (onnx_file_figure(case.place), None)
        except Exception as error:  # whatever the tool raises is what it prints
            found = f"{type(error).__name__}: {error}"
        checks += _checks(convention, expected, found)
    none = "" if checks else "a file is run by no tool but onnx-tool; name it, --with onnx-tool"
    return Verified(row, tuple(checks), tuple(unknown), error=none)


def _measures(
    row: Row, case: Case, conventions: Sequence[Convention], worker: Worker | None
) -> Callable[[str], tuple[Any, ...] | str] | None:
    """What tells what a tool prints for a row; None where there is nothing that could be run."""
    if case.code is not None:
        return measure_code(case.code, [MODULE, *[each.tool for each in conventions]]).__getitem__
    if worker is None or row.graph.of_code:
        return None
    return lambda tool: worker.measure(tool, row.graph, case.batch)


def _outputs(graph: Graph, measured: Sequence[Shape]) -> list[Check]:
    """The shape of the output, or of each by name."""
    names = [f"torch output {name}" for name in graph.named] or ["torch output"]
    shapes = [graph.nodes[index].shape for index in graph.outputs]
    return [Check(*each) for each in zip(names, shapes, measured, strict=True)]


def _checks(convention: Convention, expected: Count, found: str | tuple[Any, ...]) -> list[Check]:
    """A tool's figure and its params beside what its table says; it may say that it raises."""
    what, raises = f"{convention.tool} {convention.unit}", "an error"
    own = raises if expected.total is None else expected.total
    if isinstance(found, str):
        return [Check(what, own, raises if own == raises else found)]
    checks = [Check(what, own, found[0])]
    if expected.params is not None:
        checks.append(Check(f"{convention.tool} params", expected.params, found[1]))
    return checks
