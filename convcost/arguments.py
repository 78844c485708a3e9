"""What a command was asked for: its flags, or its configs, as cases."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convcost.cases import (
    CASE_PARAMS,
    Case,
    Comparison,
    input_shape,
    make_case,
    read_values,
    run,
    shape_problems,
    show_value,
)
from convcost.errors import ConvcostError, Problem
from convcost.kinds import KINDS, compared_kinds, find
from convcost.ops import Shape
from convcost.options import Request, flag_name
from convcost.printer import say
from convcost.registry import Kind

if TYPE_CHECKING:
    from convcost.conventions import Convention
    from convcost.matching import Size, Subject


def read_comparisons(request: Request) -> list[Comparison]:
    """Run the cases of the configs, or the one case that the flags describe.

    Raises:
        ConvcostError: something is wrong with them, a network cannot be built, or not one row can.
    """
    comparisons = _run(_cases(request), alone=request.changes and not request.only)
    rows = [(case, row) for case, rows in comparisons for row in rows]
    if not any(row.built for _, row in rows):
        raise ConvcostError(*[Problem(case.place, f"{r.label}: {r.error}") for case, r in rows])
    return comparisons


def read_networks(request: Request) -> list[Comparison]:
    """The networks of configs, built; without their variants unless some are named.

    Raises:
        ConvcostError: there are none, or one cannot be built.
    """
    cases = [case for case in _cases(request) if case.network]
    if not cases:
        message = "has no networks; show takes a kind, or networks"
        raise ConvcostError(Problem(request.configs[0], message))
    return _run(cases, alone=not request.only)


def read_configs(
    paths: list[str], only: list[str], commit: str | None = None
) -> tuple[list[Comparison], list[Case]]:
    """The cases and networks of configs, as they are or as git has them at a commit.

    Returns what is called for, and the cases that are not.

    Raises:
        ConvcostError: something is wrong with them, or a network cannot be built.
    """
    from convcost.picking import pick

    cases = _read(paths, commit)
    picked = pick(cases, only)
    kept = set(map(id, picked))
    return _run(picked), [case for case in cases if id(case) not in kept]


def usual_configs() -> list[str]:
    """What is guarded unless configs are named: `convcost.yaml`, or else all in `configs/`.

    Raises:
        ConvcostError: there is neither.
    """
    if Path("convcost.yaml").is_file():
        return ["convcost.yaml"]
    if not os.path.isdir("configs"):
        raise ConvcostError("no configs: there is no convcost.yaml and nothing in configs/ here")
    return configs_in("configs")


def configs_in(folder: str) -> list[str]:
    """The YAML files of a folder.

    Raises:
        ConvcostError: there are none.
    """
    paths = [path for path in Path(folder).iterdir() if path.suffix in SUFFIXES]
    found = sorted(str(path) for path in paths if not path.name.startswith("."))
    if not found:
        raise ConvcostError(Problem(folder, "no YAML files in here"))
    return found


SUFFIXES = (".yaml", ".yml")


def _run(cases: list[Case], alone: bool = False) -> list[Comparison]:
    """Run cases; a network that cannot be built is an error, a kind among others is not.

    With `alone`, networks go without their variants, which is said.
    """
    comparisons = [run(case) for case in cases if not (alone and case.variant)]
    failed = [
        Problem(row.place or case.place, f"{row.label}: {row.error}")
        for case, rows in comparisons
        for row in rows
        if case.network and not row.built
    ]
    if failed:
        raise ConvcostError(*failed)
    if len(comparisons) < len(cases):
        count = len(cases) - len(comparisons)
        variants = "a variant is" if count == 1 else f"{count} variants are"
        say(f"{variants} left out; --only '*' takes all, --only NAME some")
    return comparisons


def _cases(request: Request) -> list[Case]:
    """The cases that a request is about."""
    if request.configs:
        return _configured(request)
    for flag, given in (("--set", request.settings), ("--only", request.only)):
        if given:
            raise ConvcostError(Problem(flag, "is for configs"))
    return [_case(request.kinds, request.given)]


CHANGES = ("hw", "batch", "dtype")
"""Parameters of cases that may be changed of a network in a config."""


def _configured(request: Request) -> list[Case]:
    """The cases of all configs; what is wrong with any of them is reported at once."""
    configs, kinds, given, settings, only = request
    fixed = [name for name in given if name not in CHANGES]
    if kinds or fixed:
        flag = "--kinds" if kinds else flag_name(fixed[0])
        message = f"is taken for a config, which goes without {flag}"
        known = configs[0] in KINDS
        raise ConvcostError(
            Problem(configs[0], message + f"; a kind is --kinds {configs[0]}" * known)
        )
    from convcost.picking import change, pick

    return change(pick(_read(configs), only), settings, given)


def _read(paths: list[str], commit: str | None = None) -> list[Case]:
    """The cases of configs, as they are or at a commit; their problems are reported together."""
    from convcost.history import text_at
    from convcost.spec import parse_cases, read_cases

    cases: list[Case] = []
    problems: list[Problem] = []
    for path in dict.fromkeys(paths):
        try:
            if commit is None:
                cases += read_cases(path)
                continue
            text = text_at(commit, path)
            if text is None:
                raise ConvcostError(Problem(path, f"is not there at {commit[:12]}"))
            cases += parse_cases(text, path)
        except ConvcostError as error:
            problems += error.problems
    if problems:
        raise ConvcostError(*problems)
    return cases


def _case(kinds: list[str], given: dict[str, Any]) -> Case:
    names = [name.strip() for words in kinds for name in words.split(",")]
    chosen = read_kinds(names, "--kinds") if kinds else compared_kinds()
    values = read_flags(given, chosen)
    words = " ".join(f"{name}={show_value(value)}" for name, value in values.items())
    return make_case(words, values, [(kind, {}) for kind in chosen])


def read_conventions(names: list[str], place: str = "--as") -> tuple[Convention, ...]:
    """Conventions by `tool@version`; `all` is the newest of every tool."""
    if not names:
        return ()
    from convcost.profilers import TOOLS, find_convention

    found: list[Convention] = []
    problems: list[Problem] = []
    for name in [each for words in names for each in words.split(",")]:
        try:
            found += TOOLS.values() if name.strip() == "all" else [find_convention(name)]
        except ValueError as error:
            problems.append(Problem(place, str(error)))
    if problems:
        raise ConvcostError(*problems)
    return tuple(dict.fromkeys(found))


def read_sizes(text: str) -> tuple[Size, ...]:
    """The sizes to match at: the subjects' own, and those of the flag."""
    from convcost.printed import SizesType

    try:
        return (None, *(SizesType().parse(text) if text else ()))
    except ValueError as error:
        raise ConvcostError(Problem("--hw", str(error))) from None


def read_subjects(request: Request, printed: Mapping[str, str]) -> list[Subject]:
    """What to match, with the figures of the flags (for one row) or of the configs."""
    from convcost.matching import Subject
    from convcost.printed import PrintedType
    from convcost.published import Published

    figures, problems = {}, []
    for name, text in printed.items():
        try:
            if text:
                figures[name] = PrintedType().parse(text)
        except ValueError as error:
            problems.append(Problem(flag_name(name), str(error)))
    if problems:
        raise ConvcostError(*problems)
    cases = _cases(request)
    if request.changes and not request.only:
        cases = [case for case in cases if not case.variant]
    uses = [(case, use) for case in cases for use in case.uses]
    if figures and len(uses) > 1:
        names = ", ".join(use.label for _, use in uses)
        flags = " and ".join(map(flag_name, figures))
        hint = "; name one with --only" if request.configs else "; name one with --kinds"
        raise ConvcostError(f"{flags}: of one network or kind, not of {names}{hint}")
    subjects: dict[str, Subject] = {}
    for case, use in uses:
        for entry in (Published(figures),) if figures else use.published:
            label = use.label
            if label in subjects:
                label = f"{use.label}, {entry.source or len(subjects) + 1}"
            own = (use.kind, use.given, case.input, case.batch, entry.figures)
            subjects[label] = Subject(label, *own)
    if not subjects:
        raise ConvcostError("no printed figure: give --macs, or published in the config")
    return list(subjects.values())


def read_kinds(names: list[str], place: str) -> list[Kind]:
    """Kinds by their names; all names that are wrong are reported at once."""
    found: list[Kind] = []
    problems: list[Problem] = []
    for name in names:
        try:
            found.append(find(name))
        except ValueError as error:
            problems.append(Problem(place, str(error)))
    if problems:
        raise ConvcostError(*problems)
    return found


def read_kind(name: str, request: Request) -> tuple[Kind, Shape, dict[str, Any]]:
    """One kind, its input and its parameters."""
    for flag, given in (("--set", request.settings), ("--only", request.only)):
        if given:
            raise ConvcostError(Problem(flag, "is for networks in a config"))
    [chosen] = read_kinds([name], "KIND")
    values = read_flags(request.given, [chosen], known=("in", "hw", "dims", "batch"))
    return chosen, input_shape(values), values


def read_flags(
    given: dict[str, Any], kinds: list[Kind], known: Iterable[str] = CASE_PARAMS
) -> dict[str, Any]:
    """Parse the flags that were given; all that is wrong with them is reported at once."""
    values, problems = read_values(given, kinds, known)
    # What was given but could not be parsed is reported already, and not missing.
    shape = shape_problems(values)
    problems += [each for each in shape if each[0] in values or each[0] not in given]
    if problems:
        raise ConvcostError(*[Problem(flag_name(name), message) for name, message in problems])
    return values
