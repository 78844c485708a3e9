"""One case, or one kind, that flags describe."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from convcost.errors import ConvcostError, Problem
from convcost.kinds.catalogue import compared_kinds, find
from convcost.kinds.registry import Kind
from convcost.networks.cases import Case, make_case
from convcost.networks.parameters import CASE_PARAMS, read_values, shape_problems, show_value


def flag_name(name: str) -> str:
    """The command line's spelling of a parameter: `--last-only`."""
    return "--" + name.replace("_", "-")


def read_case(kinds: list[str], given: dict[str, Any]) -> Case:
    """The case of these kinds (the compared ones if none are named) with these parameters.

    Raises:
        ConvcostError: everything that is wrong with the kinds, or with the flags.
    """
    names = [name.strip() for words in kinds for name in words.split(",")]
    chosen = read_kinds(names, "--kinds") if kinds else compared_kinds()
    values = read_flags(given, chosen)
    words = " ".join(f"{name}={show_value(value)}" for name, value in values.items())
    return make_case(words, values, [(kind, {}) for kind in chosen])


def read_kinds(names: list[str], place: str) -> list[Kind]:
    """Kinds by their names; `place` is the flag that has them.

    Raises:
        ConvcostError: every name that is wrong.
    """
    found: list[Kind] = []
    problems: list[Problem] = []
    for name in names:
        try:
            found.append(find(name))
        except ValueError as error:
            every = name.lower() in ("all", "*")
            hint = "no kind 'all'; without --kinds all are taken that compare lists"
            problems.append(Problem(place, hint if every else str(error)))
    if problems:
        raise ConvcostError(*problems)
    return found


def read_flags(
    given: dict[str, Any], kinds: list[Kind], known: Iterable[str] = CASE_PARAMS
) -> dict[str, Any]:
    """The values of flags; `known` are the parameters of cases that are welcome.

    Raises:
        ConvcostError: everything that is wrong with them.
    """
    values, problems = read_values(given, kinds, known)
    # What was given but could not be parsed is reported already, and not missing.
    shape = shape_problems(values, kinds)
    problems += [each for each in shape if each[0] in values or each[0] not in given]
    if problems:
        raise ConvcostError(*[Problem(flag_name(name), message) for name, message in problems])
    return values
