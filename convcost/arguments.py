"""What a command was asked for: its flags, or its configs, as cases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
from convcost.kinds import KINDS, compared_kinds, find
from convcost.options import flag_name
from convcost.registry import Kind

if TYPE_CHECKING:
    from convcost.conventions import Convention
    from convcost.matching import Size, Subject


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
        problems = [Problem(r.place or case.place, f"{r.label}: {r.error}") for case, r in rows]
        raise ConvcostError(*problems)
    return comparisons


def read_networks(config: str, given: dict[str, Any]) -> list[Comparison]:
    """The networks of a config, built.

    Raises:
        ConvcostError: it has none, or not a single one can be built.
    """
    networks = [
        comparison
        for comparison in read_comparisons([config], [], given)
        if not any(row.kind.name in KINDS for row in comparison.rows)
    ]
    if not networks:
        raise ConvcostError(Problem(config, "has no networks; show takes a kind, or networks"))
    return networks


def _configured(configs: list[str], kinds: list[str], given: dict[str, Any]) -> list[Case]:
    """The cases of all configs; what is wrong with any of them is reported at once."""
    if kinds or given:
        flag = "--kinds" if kinds else flag_name(next(iter(given)))
        message = f"is taken for a config, which goes without {flag}"
        raise ConvcostError(Problem(configs[0], message))
    from convcost.spec import read_cases

    cases: list[Case] = []
    problems: list[Problem] = []
    for path in dict.fromkeys(configs):
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


def read_sizes(text: str) -> tuple[Size, ...]:
    """The sizes to match at: the subjects' own, and those of the flag."""
    from convcost.printed import SizesType

    try:
        return (None, *(SizesType().parse(text) if text else ()))
    except ValueError as error:
        raise ConvcostError(Problem("--hw", str(error))) from None


def read_subjects(
    configs: list[str], kinds: list[str], given: dict[str, Any], printed: Mapping[str, str]
) -> list[Subject]:
    """What to match, with the figures of the flags (for one row) or of the configs."""
    from convcost.matching import Subject
    from convcost.printed import PrintedType

    figures, problems = {}, []
    for name, text in printed.items():
        try:
            if text:
                figures[name] = PrintedType().parse(text)
        except ValueError as error:
            problems.append(Problem(flag_name(name), str(error)))
    if problems:
        raise ConvcostError(*problems)
    cases = _configured(configs, kinds, given) if configs else [_case(kinds, given)]
    uses = [(case, use) for case in cases for use in case.uses]
    if figures and len(uses) > 1:
        names = ", ".join(use.label for _, use in uses)
        flags = " and ".join(map(flag_name, figures))
        hint = "" if configs else "; name one with --kinds"
        raise ConvcostError(f"{flags}: of one network or kind, not of {names}{hint}")
    subjects = [
        Subject(use.label, use.kind, use.given, case.input, case.batch, figures or use.published)
        for case, use in uses
    ]
    subjects = [subject for subject in subjects if subject.printed]
    if not subjects:
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
