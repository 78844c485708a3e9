"""Parameters of networks that the command line makes choices: `width=0.25..2:0.05`."""

from __future__ import annotations

from collections.abc import Sequence

from convcost.errors import ConvcostError, Problem, no_such, shorten
from convcost.networks.arithmetic import read_word, show
from convcost.networks.cases import Case
from convcost.networks.choices import HW
from convcost.networks.inputs import resized
from convcost.networks.settings import Options
from convcost.sources.ranges import values_of
from convcost.sources.selection import is_number
from convcost.values.axes import PerAxis

FLAG = "--vary"


def vary(case: Case, words: Sequence[str]) -> Case:
    """The network with choices of parameters, or of the size of its map (`hw`).

    Raises:
        ConvcostError: there is no such parameter, or its values are none.
    """
    problems = []
    named: set[str] = set()
    for text in words:
        name, equals, values = (each.strip() for each in text.partition("="))
        try:
            if not (name and equals and values):
                raise ValueError(f"is NAME=VALUES, not '{shorten(text)}'")
            if name in named:
                raise ValueError(f"{name} is varied twice")
            case = _varied(case, name, values)
        except ValueError as error:
            problems.append(Problem(FLAG, str(error)))
        named.add(name)
    if problems:
        raise ConvcostError(*problems)
    return case


def _varied(case: Case, name: str, text: str) -> Case:
    [use] = case.uses
    try:
        found = tuple(values_of(text))
        if name == HW and name not in use.kind.params:
            sizes = tuple([PerAxis().parse(word) for word in found])
            for size in sizes:
                resized(case.inputs, size)
            return case._replace(hw=Options(name, sizes, found, FLAG))
    except ValueError as error:
        raise ValueError(f"{name} {error}") from None
    if name not in use.kind.params:
        raise ValueError(no_such("parameter", name, [HW, *use.kind.params]))
    values = tuple(map(read_word, found))
    if name in use.given and not isinstance(use.given[name], Options):
        raise ValueError(f"{name} varies, and is set to {show(use.given[name])} too")
    if is_number(use.kind.params[name].default) and not all(map(is_number, values)):
        odd = next(word for word, value in zip(found, values, strict=True) if not is_number(value))
        raise ValueError(f"{name} must be a number, got '{shorten(odd)}'")
    options = Options(name, values, found, FLAG)
    use = use._replace(given={**use.given, name: options}, published=())
    return case._replace(uses=(use,))
