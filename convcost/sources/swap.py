"""Which kinds to swap, from flags."""

from __future__ import annotations

from contextlib import suppress

from convcost.errors import ConvcostError, Problem, shorten
from convcost.kinds.catalogue import find
from convcost.kinds.registry import Kind
from convcost.networks.parameters import read_values
from convcost.networks.swap import CONVOLUTIONS, Swap
from convcost.sources.flags import flag_name
from convcost.sources.request import Request
from convcost.sources.selection import CHANGES


def read_swaps(words: list[str], request: Request) -> tuple[dict[str, Swap], Request]:
    """Which kinds to swap, and the request without the parameters that the new ones are given."""
    pairs: dict[str, Kind] = {}
    problems = []
    if not request.configs:
        raise ConvcostError(Problem("--swap", "is for networks in configs"))
    for text in [each for each in ",".join(words).split(",") if each.strip()]:
        old, equals, new = map(str.strip, text.partition("="))
        if not equals or not old or not new:
            problems.append(f"is KIND=KIND, not '{shorten(text)}'")
            continue
        if old in pairs or old == new:
            problems.append(f"{old} is swapped {'twice' if old in pairs else 'for itself'}")
            continue
        with suppress(ValueError):  # it may be a block of the file
            old = find(old).name
        try:
            pairs[old] = find(new)
        except ValueError as error:
            problems.append(str(error))
            continue
        if old in CONVOLUTIONS and not pairs[old].compared:
            problems.append(f"{pairs[old].name} is no kind of convolution, as {old} is")
    if problems:
        raise ConvcostError(*[Problem("--swap", problem) for problem in problems])
    taken = {name for old, kind in pairs.items() for name in _own(old, kind)} - {*CHANGES}
    own = {name: value for name, value in request.given.items() if name in taken}
    values, wrong = read_values(own, pairs.values(), known=())
    if wrong:
        raise ConvcostError(*[Problem(flag_name(name), message) for name, message in wrong])
    left = {name: value for name, value in request.given.items() if name not in own}
    swaps = {
        old: Swap(old, kind, {name: v for name, v in values.items() if name in kind.params})
        for old, kind in pairs.items()
    }
    return swaps, request._replace(given=left)


def _own(old: str, kind: Kind) -> set[str]:
    """The parameters that a kind is given beside those of the layer whose place it takes.

    A convolution's window, norm and activation are those of the layer.
    """
    if old not in CONVOLUTIONS:
        return set(kind.params)
    return {*kind.own, "last_only"} - {"out", "stride"}
