"""What is asked of a space, as text: `macs:290M..310M`, `params,-macs`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from convcost.errors import ConvcostError, Problem, shorten
from convcost.networks.figures import EXACT
from convcost.spaces.figures import Figure
from convcost.spaces.front import LESS, MORE
from convcost.spaces.tally import Span
from convcost.values.rates import TimeType


class Window(NamedTuple):
    """A figure, and the values that it may have, as text."""

    key: str
    least: str
    most: str

    def span(self, figure: Figure, place: str = "--within") -> Span:
        """The values.

        Raises:
            ConvcostError: they are no values of this figure, or the last is less than the first.
        """
        how = TimeType() if figure.unit else EXACT
        try:
            least, most = (how.parse(text) if text else None for text in self[1:])
        except ValueError as error:
            raise ConvcostError(Problem(place, f"{self.key} {error}")) from None
        if None not in (least, most) and most < least:  # type: ignore[operator]
            words = f"{self.key} from {self.least} to {self.most} has nothing in it"
            raise ConvcostError(Problem(place, words))
        return Span(
            None if least is None else figure.least(least),
            None if most is None else figure.most(most),
        )


def read_window(text: str, place: str = "--within") -> Window:
    """A window of `FIGURE:FIRST..LAST`, of which one end may be missing.

    Raises:
        ConvcostError: it is none.
    """
    key, colon, values = text.rpartition(":")
    least, dots, most = (each.strip() for each in values.partition(".."))
    if not (key.strip() and colon and dots and (least or most)):
        words = f"is a figure and its values, such as macs:290M..310M, not '{shorten(text)}'"
        raise ConvcostError(Problem(place, words))
    return Window(key.strip(), least, most)


class Aim(NamedTuple):
    """A figure of which more is wanted, or less."""

    key: str
    sign: int


def read_aims(text: str, place: str) -> list[Aim]:
    """Figures with commas between them; `-` in front is for less.

    Raises:
        ConvcostError: there is none, or one twice.
    """
    words = [word.strip() for word in text.split(",")]
    aims = [
        Aim(word.removeprefix("-").strip(), LESS if word[:1] == "-" else MORE) for word in words
    ]
    keys = [aim.key.lower() for aim in aims]
    if "" in keys or len({*keys}) < len(keys):
        words_ = f"is figures, -FIGURE of which less is better, not '{shorten(text)}'"
        raise ConvcostError(Problem(place, words_))
    return aims


def only_less(aims: Sequence[Aim]) -> bool:
    """Whether less of everything is wanted, which the smallest design has."""
    return len(aims) > 1 and all(aim.sign == LESS for aim in aims)
