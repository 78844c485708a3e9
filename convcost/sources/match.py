"""What to match, from flags or configs: printed figures, and the inputs to try."""

from __future__ import annotations

from collections.abc import Mapping

from convcost.counting.match import Size, Subject
from convcost.errors import ConvcostError, Problem
from convcost.networks.figures import Printed, PrintedType, Published
from convcost.networks.sizes import SizesType
from convcost.sources.flags import flag_name
from convcost.sources.request import Request, read_request


def read_match(
    request: Request, sizes: str, printed: Mapping[str, str]
) -> tuple[list[Subject], tuple[Size, ...]]:
    """The subjects with their printed figures, and the sizes to try them at.

    Args:
        request: networks or a kind.
        sizes: of inputs, such as `32..1024/32`.
        printed: figures of the one row that the request is about, in place of those that its
            configs publish; empty texts are none.

    Raises:
        ConvcostError: everything that is wrong with the flags; or nothing was printed, or
            something for more than one row.
    """
    tried = _read_sizes(sizes)
    if not request.configs and len(tried) > 1:
        # What flags describe has no size of its own but the first of these.
        own = "x".join(map(str, tried[1] or ()))
        request = request._replace(given={**request.given, "hw": own})
    subjects = _read_subjects(request, _read_figures(printed))
    others = [size for size in tried[1:] if any(each.at(size) != each.input for each in subjects)]
    return subjects, (None, *others)


def _read_sizes(text: str) -> tuple[Size, ...]:
    """The subjects' own size, and those of the flag."""
    try:
        return (None, *(SizesType().parse(text) if text else ()))
    except ValueError as error:
        raise ConvcostError(Problem("--hw", str(error))) from None


def _read_figures(printed: Mapping[str, str]) -> dict[str, Printed]:
    """The figures of the flags that were given."""
    figures, problems = {}, []
    for name, text in printed.items():
        try:
            if text:
                figures[name] = PrintedType().parse(text)
        except ValueError as error:
            problems.append(Problem(flag_name(name), str(error)))
    if problems:
        raise ConvcostError(*problems)
    return figures


def _read_subjects(request: Request, figures: Mapping[str, Printed]) -> list[Subject]:
    """A subject for each source of figures of each row."""
    uses = [(case, use) for case in read_request(request).cases for use in case.uses]
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
