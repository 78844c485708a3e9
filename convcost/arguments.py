"""What a command was asked for: its flags, or its configs, as cases."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from convcost.cases import (
    CASE_PARAMS,
    Case,
    Comparison,
    make_case,
    read_values,
    run,
    shape_problems,
    show_value,
)
from convcost.errors import ConvcostError, Problem
from convcost.kinds import compared_kinds, find
from convcost.ops import Shape
from convcost.options import flag_name
from convcost.registry import Kind

if TYPE_CHECKING:
    from convcost.conventions import Convention
    from convcost.matching import Subject


def read_comparisons(
    configs: list[str], kinds: list[str], given: dict[str, Any]
) -> list[Comparison]:
    """Run the cases of the configs, or the one case that the flags describe.

    Raises:
        ConvcostError: something is wrong with them, or not a single row can be built.
    """
    cases = _configured(configs, kinds, given) if configs else [_case(kinds, given)]
    comparisons = [run(case) for case in cases]
    rows = [(case, row) for case, rows in comparisons for row in rows]
    if not any(row.built for _, row in rows):
        raise ConvcostError(*[Problem(case.place, f"{r.label}: {r.error}") for case, r in rows])
    return comparisons


def _configured(configs: list[str], kinds: list[str], given: dict[str, Any]) -> list[Case]:
    """The cases of all configs; what is wrong with any of them is reported at once."""
    if kinds or given:
        flag = "--kinds" if kinds else flag_name(next(iter(given)))
        message = f"is taken for a config, which goes without {flag}"
        raise ConvcostError(Problem(configs[0], message))
    from convcost.spec import read_cases

    cases: list[Case] = []
    problems: list[Problem] = []
    for path in configs:
        try:
            cases += read_cases(path)
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


def read_inputs(
    configs: list[str], kinds: list[str], given: dict[str, Any], sizes: str
) -> tuple[list[Case], list[Shape]]:
    """What to match, and the inputs to try: those of `sizes`, or the cases' own."""
    from convcost.printed import SizesType

    try:
        squares = SizesType().parse(sizes) if sizes else ()
    except ValueError as error:
        raise ConvcostError(Problem("--hw", str(error))) from None
    if configs:
        cases = _configured(configs, kinds, given)
    else:
        cases = [_case(kinds, {**given, "hw": str(squares[0])} if squares else given)]
    shapes = {case.input for case in cases}
    if squares:
        if len({(shape[0], len(shape)) for shape in shapes}) > 1:
            raise ConvcostError(Problem("--hw", "needs cases of equal channels and axes"))
        channels, *axes = next(iter(shapes))
        return cases, [(channels, *[size] * len(axes)) for size in squares]
    if len(shapes) > 1:
        raise ConvcostError(Problem("--hw", "is needed where the cases have different inputs"))
    return cases, list(shapes)


def read_subjects(cases: list[Case], macs: str, params: str) -> list[Subject]:
    """The figures that were printed: the flags', of the one case row there is, or the configs'."""
    from convcost.matching import Subject
    from convcost.printed import PrintedType

    uses = [(case, use) for case in cases for use in case.uses]
    printed, problems = {}, []
    for flag, name, text in (("--macs", "macs", macs), ("--params", "params", params)):
        try:
            if text:
                printed[name] = PrintedType().parse(text)
        except ValueError as error:
            problems.append(Problem(flag, str(error)))
    if problems:
        raise ConvcostError(*problems)
    if printed and len(uses) > 1:
        names = ", ".join(use.label for _, use in uses)
        raise ConvcostError(f"--macs and --params are of one network or kind, not of {names}")
    subjects = [
        Subject(use.label, use.kind, use.given, case.batch, printed or use.published)
        for case, use in uses
    ]
    if not any(subject.printed for subject in subjects):
        raise ConvcostError("no printed figure: give --macs, or published in the config")
    return subjects


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
