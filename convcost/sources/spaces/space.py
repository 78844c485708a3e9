"""Spaces of designs: the one network that is asked about, what varies of it, what is counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import ConvcostError, Problem, listed, shorten
from convcost.graph.bound import PICOSECONDS
from convcost.networks.cases import Case
from convcost.networks.choices import HW
from convcost.networks.figures import PrintedType
from convcost.networks.settings import Options
from convcost.sources.request import Request, read_networks
from convcost.sources.spaces.recipes import ALONE, Crew, Recipe, count_by, stopped_tree
from convcost.sources.spaces.vary import vary
from convcost.sources.spaces.writing import text_of
from convcost.spaces.asked import Aim, Window, read_window
from convcost.spaces.chunks import StoppedError
from convcost.spaces.diagram import Diagram
from convcost.spaces.figures import USUAL, Figure, Given, Meter, find_figure
from convcost.spaces.fit import Target, target_of
from convcost.spaces.space import Space
from convcost.spaces.tally import Span

if TYPE_CHECKING:
    from convcost.graph.bound import Device


class SpaceWords(NamedTuple):
    """What is asked of a space, as typed.

    Attributes:
        vary: `name=values` for parameters of the network.
        figures: names of figures; the usual ones if there are none.
        on: the device of bounds.
        times: the file of times of ops.
    """

    vary: Sequence[str] = ()
    figures: Sequence[str] = ()
    on: str = ""
    times: str = ""


def read_space(
    request: Request,
    words: SpaceWords,
    others: Sequence[str] = (),
    progress: Callable[[int], None] | None = None,
    crew: Crew = ALONE,
) -> Space:
    """The space of the network that a request is about; `others` are figures that it needs too.

    The `crew` counts designs one by one, where figures do not add up.

    Raises:
        ConvcostError: something is wrong with it, or there are several networks.
    """
    if "hw" in request.given and any(each.partition("=")[0].strip() == HW for each in words.vary):
        raise ConvcostError(Problem("--vary", "hw varies, and is set by --hw too"))
    case = vary(one_network(request), words.vary)
    figures = _figures(case, words, others)
    if all(figure.adds for figure in figures) and crew == ALONE:
        return Space(case, figures, progress)
    recipe = _recipe(request, case, words, [figure.key for figure in figures])

    def listed(diagram: Diagram, meter: Meter) -> Diagram:
        try:
            return count_by(recipe, crew, diagram, meter)
        except StoppedError as stopped:
            return stopped_tree(diagram, stopped)

    return Space(case, figures, progress, listed)


def _recipe(request: Request, case: Case, words: SpaceWords, keys: Sequence[str]) -> Recipe:
    """How the space can be made elsewhere."""
    given = tuple([(name, str(value)) for name, value in request.given.items()])
    path, text = text_of(case)
    name = one_network(request._replace(settings=[], given={})).name
    needed = Given(_device(words.on), _times(words.times))
    varied = tuple(words.vary)
    return Recipe(text, path, name, tuple(request.settings), given, varied, tuple(keys), needed)


def one_network(request: Request) -> Case:
    """The one network that a request is about.

    Raises:
        ConvcostError: there are several, or none.
    """
    if request.kinds:
        message = "is a kind of layer, and has no choices; a space is of a network"
        raise ConvcostError(Problem(request.kinds[0], message))
    cases, _ = read_networks(request)
    if len(cases) > 1:
        choosing = [case for case in cases if not case.variant]
        cases = choosing if len(choosing) == 1 else cases
    if len(cases) > 1:
        names = listed([case.name for case in cases[:8]] + ["…"] * (len(cases) > 8))
        message = f"has {len(cases)} networks; --only takes one of {names}"
        raise ConvcostError(Problem(request.configs[0], message))
    return cases[0]


def _figures(case: Case, words: SpaceWords, others: Sequence[str]) -> list[Figure]:
    """The figures that are asked for by name, each once."""
    named = [key for text in words.figures for key in text.split(",")] or [*USUAL]
    given = Given(_device(words.on), _times(words.times))
    found = [find_figure(key, case, given) for key in dict.fromkeys([*named, *others])]
    return [*{figure.key: figure for figure in found}.values()]


def _device(word: str) -> Device | None:
    if not word:
        return None
    from convcost.sources.reading.devices import find_device

    return find_device(word)


def _times(path: str) -> dict[str, int] | None:
    """The median of each op of a table, in picoseconds."""
    if not path:
        return None
    from convcost.sources.timings import read_table

    return {op: round(each[1] * PICOSECONDS) for op, each in read_table(path).ops.items()}


def spans_of(space: Space, windows: Sequence[Window]) -> dict[int, Span]:
    """The values that figures may have, by column; of several windows of one figure all hold.

    Raises:
        ConvcostError: one is none of this figure.
    """
    spans: dict[int, Span] = {}
    for window in windows:
        column = space.column(window.key)
        spans[column] = window.span(space.figures[column]).and_(spans.get(column, Span()))
    return spans


def aims_of(space: Space, aims: Sequence[Aim]) -> dict[int, int]:
    """What is wanted of figures, by column."""
    return {space.column(aim.key): aim.sign for aim in aims}


def design_case(space: Space, choices: Mapping[str, str]) -> Case:
    """The network of one design."""
    from convcost.sources.designs import with_design

    case = space.case
    [use] = case.uses
    given = {
        name: value.values[value.words.index(choices[name])]
        if isinstance(value, Options)
        else value
        for name, value in use.given.items()
    }
    design = {path: word for path, word in choices.items() if path not in given}
    case = case._replace(uses=(use._replace(given=given, published=()),))
    return with_design(case, design)


def yaml_of(space: Space, words: Sequence[str]) -> str:
    """The YAML of one design, which is named by its number or by some of its options.

    Raises:
        ConvcostError: there is no such design.
    """
    from convcost.sources.designs import read_design
    from convcost.sources.spaces.writing import design_text

    if len(words) == 1 and words[0].strip().isdecimal():
        design = space.design(int(words[0]) if len(words[0]) < 1_000 else space.designs)
    else:
        design = space.chosen(read_design(words))
    places = {point.path: point.place for point in space.diagram.points}
    name = f"{space.case.name} (design {design.number})"
    return design_text(space.case, name, design.choices, places)


def read_target(space: Space, text: str, place: str = "--to") -> Target:
    """A figure that is wanted: `macs:300M`, to the digits that are given, or `macs:290M..310M`.

    Raises:
        ConvcostError: it is none.
    """
    key, colon, value = (each.strip() for each in text.rpartition(":"))
    if not (key and colon and value):
        message = f"is a figure and its value, such as macs:300M, not '{shorten(text)}'"
        raise ConvcostError(Problem(place, message))
    column = space.column(key)
    figure = space.figures[column]
    if ".." in value:
        span = read_window(text, place).span(figure, place)
        ends = [end for end in span if end is not None]
        return Target(column, value, span, sum(ends) // len(ends))
    if figure.unit:
        message = f"{figure.key} is a time: give it from one to another, {figure.key}:9ms..10ms"
        raise ConvcostError(Problem(place, message))
    try:
        return target_of(column, PrintedType().parse(value))
    except ValueError as error:
        raise ConvcostError(Problem(place, f"{key} {error}")) from None
