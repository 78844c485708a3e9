"""Some of the cases of configs, and networks with other settings than their file gives them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from convcost.errors import ConvcostError, Problem, no_such, shorten
from convcost.networks.arithmetic import read_word, show
from convcost.networks.cases import Case, folded, precision_of
from convcost.networks.inputs import resized
from convcost.networks.parameters import CASE_PARAMS
from convcost.sources.patterns import fits

CHANGES = ("hw", "batch", "dtype", "weights", "activations", "fuse")
"""Parameters of cases that may be changed of a network in a config."""


MOST_WANTED = 1_000
"""Names of cases and networks that may be asked for."""


MOST_PATTERNS = 50
"""Of these with stars."""


class Picked(NamedTuple):
    """The cases that were asked for by name, and the others."""

    cases: list[Case]
    others: list[Case]


class Wanted:
    """Names that are asked for, whatever their letters' case; `*` stands for any text in them."""

    def __init__(self, names: Iterable[str]) -> None:
        words = dict.fromkeys(name.strip().lower() for name in names)
        if len(words) > MOST_WANTED:
            message = (
                f"names {len(words):,}, of which {MOST_WANTED:,} may be; * stands for any text"
            )
            raise ConvcostError(Problem("--only", message))
        if sum("*" in word for word in words) > MOST_PATTERNS:
            raise ConvcostError(Problem("--only", f"has more than {MOST_PATTERNS} names with *"))
        self.plain = dict.fromkeys(word for word in words if "*" not in word)
        self.patterns = [word for word in words if "*" in word]

    def __contains__(self, name: str) -> bool:
        """Whether a name is one of them."""
        name = name.lower()
        return name in self.plain or any(fits(name, pattern) for pattern in self.patterns)


def pick(cases: Sequence[Case], names: Sequence[str]) -> Picked:
    """The cases and networks of these names, in which `*` stands for any text; all if none.

    Raises:
        ConvcostError: one of the names is nobody's, or there are too many.
    """
    called = {case.name.lower() for case in cases}
    wanted = Wanted(name for words in names for name in _names(words.strip().lower(), called))
    problems = [
        Problem("--only", no_such("case or network", name, (case.name for case in cases)))
        for name in (*wanted.plain, *wanted.patterns)
        if name not in called and not any(fits(each, name) for each in called)
    ]
    if problems:
        raise ConvcostError(*problems)
    picked = Picked([], [])
    for case in cases:
        (picked.cases if not names or case.name in wanted else picked.others).append(case)
    return picked


def _names(words: str, called: Iterable[str]) -> list[str]:
    """One name, or several with commas between them; names may have commas themselves."""
    return [words] if words in called else [name.strip() for name in words.split(",")]


def change(cases: Sequence[Case], settings: Sequence[str], given: Mapping[str, str]) -> list[Case]:
    """Networks with other values for their parameters, and another input, batch or dtype.

    Raises:
        ConvcostError: a value is wrong, a name is no network's parameter, or a case is no network.
    """
    if not settings and not given:
        return list(cases)
    others = [case.name for case in cases if not case.network]
    if others:
        flag = "--set" if settings else f"--{next(iter(given))}"
        raise ConvcostError(Problem(flag, f"is for networks, not for cases such as {others[0]}"))
    values, changed = _settings(cases, settings), _given(given)
    return [_changed(case, values, changed) for case in cases]


def _settings(cases: Sequence[Case], settings: Sequence[str]) -> dict[str, Any]:
    """Names and values; every name is a parameter of one of the networks."""
    values: dict[str, Any] = {}
    problems = []
    kinds = [case.uses[0].kind for case in cases]
    known = {name: param for kind in kinds for name, param in kind.params.items()}
    for text in settings:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not value.strip():
            problems.append(f"is NAME=VALUE, not '{shorten(text)}'")
        elif not known:
            problems.append("there are no parameters to set in these networks")
        elif name not in known:
            problems.append(no_such("parameter", name, known))
        elif name in values:
            problems.append(f"{name} is set twice")
        else:
            values[name] = read_word(value.strip())
            default = known[name].default
            if is_number(default) and not is_number(values[name]):
                problems.append(f"{name} must be a number, got {show(values[name])}")
    if problems:
        raise ConvcostError(*[Problem("--set", problem) for problem in problems])
    return values


def is_number(value: Any) -> bool:
    """Whether a value of a parameter is a number, and not true or false."""
    return hasattr(value, "numerator") and not isinstance(value, bool)


def _given(given: Mapping[str, str]) -> dict[str, Any]:
    values, problems = {}, []
    for name, text in given.items():
        try:
            values[name] = CASE_PARAMS[name].type.parse(text)
        except ValueError as error:
            problems.append(Problem(f"--{name}", str(error)))
    if problems:
        raise ConvcostError(*problems)
    return values


def _changed(case: Case, values: Mapping[str, Any], changed: Mapping[str, Any]) -> Case:
    [use] = case.uses
    own = {name: value for name, value in values.items() if name in use.kind.params}
    if own:
        words = ", ".join(f"{name}={show(value).strip(chr(39))}" for name, value in own.items())
        label = f"{use.label} ({words})"
        use = use._replace(label=label, given={**use.given, **own})
        case = case._replace(name=label)
    inputs = case.inputs
    if "hw" in changed:
        try:
            inputs = resized(inputs, changed["hw"])
        except ValueError as error:
            raise ConvcostError(Problem("--hw", f"{error} ({case.name})")) from None
    # What was published is of the network as the file has it.
    case = case._replace(
        inputs=inputs,
        hw=None if "hw" in changed else case.hw,
        uses=(use._replace(published=()),),
        batch=changed.get("batch", case.batch),
        precision=precision_of(changed, case.precision),
    )
    return folded(case) if changed.get("fuse") else case
