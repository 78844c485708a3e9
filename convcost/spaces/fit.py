"""Which values of what varies come to a figure that is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from convcost.errors import ConvcostError, Problem
from convcost.networks.figures import Printed
from convcost.spaces.best import Spans
from convcost.spaces.designs import Design
from convcost.spaces.space import MOST_LISTED, Space
from convcost.spaces.tally import Span


class Target(NamedTuple):
    """A figure that is wanted: as it is printed, to its last digit, or from one to another.

    Attributes:
        column: of the figure.
        text: as it was asked for.
        span: the values that meet it.
        value: the one that was asked for, in the middle.
    """

    column: int
    text: str
    span: Span
    value: int


class Move(NamedTuple):
    """Two neighbouring values of what varies, between which the figure falls, or stays."""

    before: Design
    after: Design


class Fit(NamedTuple):
    """What comes to a figure that is wanted.

    Attributes:
        target: the figure.
        designs: all that were tried, in order.
        met: those that meet it.
        below: the nearest below, of all that do not.
        above: the nearest above.
        falls: where more of what varies comes to less; of one parameter only.
        stays: where it comes to the same.
    """

    target: Target
    designs: Sequence[Design]
    met: Sequence[Design]
    below: Design | None
    above: Design | None
    falls: Sequence[Move]
    stays: Sequence[Move]


def target_of(column: int, printed: Printed) -> Target:
    """The values that are printed so: 300M are 299,500,000 to 300,500,000."""
    value, half = printed.value // 2, printed.step // 4
    return Target(column, printed.text, Span(value - half, value + half), value)


def fit(space: Space, target: Target, spans: Spans) -> Fit:
    """Try all designs within spans.

    Raises:
        ConvcostError: they are too many.
    """
    if not space.choices:
        raise ConvcostError(
            Problem(space.case.name, "has no choices; --vary NAME=VALUES makes some")
        )
    if space.designs > MOST_LISTED:
        words = f"has {space.designs:,} designs, and {MOST_LISTED:,} may be tried"
        message = f"{words}; convcost space --within finds those that fit"
        raise ConvcostError(Problem(space.case.name, message))
    at, designs = target.column, [*space.each(spans)]
    met = [each for each in designs if target.span.has(each.values[at])]
    least, most = target.span
    below = [each for each in designs if least is not None and each.values[at] < least]
    above = [each for each in designs if most is not None and each.values[at] > most]
    alone = len(space.choices) == 1
    moves = [Move(*pair) for pair in pairwise(designs)] if alone else []
    return Fit(
        target,
        designs,
        sorted(met, key=lambda each: abs(each.values[at] - target.value)),
        max(below, key=lambda each: each.values[at], default=None),
        min(above, key=lambda each: each.values[at], default=None),
        [each for each in moves if each.after.values[at] < each.before.values[at]],
        [each for each in moves if each.after.values[at] == each.before.values[at]],
    )
