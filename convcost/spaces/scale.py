"""Sums of costs as indices: small whole numbers that add up along a path as the costs do.

Of each figure what all designs have in common is taken off, and the rest is divided by what all
of it can be divided by. Several figures make one index, as digits make a number. Where there would
be too many indices they are cut to buckets, and it is known by how much a sum may be off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd, prod

from convcost.spaces.diagram import Diagram
from convcost.spaces.figures import Values


@dataclass(slots=True)
class Scale:
    """The indices of sums of some figures.

    Attributes:
        low: the least sum of each figure at the end.
        unit: what one more of its digit stands for.
        size: how many digits there are.
        slack: by how much a sum may be greater than its index says; zeros if nothing is cut.
        steps: by point, what each step adds to the index.
        widths: by point, and of the end, how many indices there may be.
    """

    low: Values
    unit: Values
    size: Values
    slack: Values
    steps: list[list[int]]
    widths: list[int]

    @property
    def exact(self) -> bool:
        """Whether no index stands for different sums."""
        return not any(self.slack)

    def digits(self, index: int) -> Values:
        """The digit of each figure."""
        found = []
        for size in self.size:
            index, digit = divmod(index, size)
            found.append(digit)
        return tuple(found)


def scale_of(diagram: Diagram, columns: Sequence[int], most: int = 0) -> Scale:
    """The indices of sums of these figures; `most` is how many there may be, 0 however many."""
    axes = [_Axis(diagram, column) for column in columns]
    if most:
        _widen(axes, most)
    radix = [prod([axis.size for axis in axes[:number]]) for number in range(len(axes))]
    steps = []
    for place in range(len(diagram.points)):
        own = [axis.steps[place] for axis in axes]
        steps.append([sum(map(int.__mul__, radix, each)) for each in zip(*own, strict=True)])
    widths = [0] * (diagram.end + 1)
    for place, point in enumerate(diagram.points):
        for step, more in zip(point.steps, steps[place], strict=True):
            widths[step.to] = max(widths[step.to], widths[place] + more)
    return Scale(
        tuple([axis.low for axis in axes]),
        tuple([axis.unit for axis in axes]),
        tuple([axis.size for axis in axes]),
        tuple([axis.slack for axis in axes]),
        steps,
        [width + 1 for width in widths],
    )


def _widen(axes: Sequence[_Axis], most: int) -> None:
    """Cut the axes to buckets, the longest first, until there are no more indices than may be."""
    while prod([axis.size for axis in axes]) > most:
        longest = max(axes, key=lambda axis: axis.size)
        others = prod([axis.size for axis in axes if axis is not longest])
        wanted = max(most // others, longest.size // 16, 2)
        longest.cut(-(-longest.size // wanted) + (longest.size <= 2))


class _Axis:
    """One figure of the steps, from the least that has been spent where each begins."""

    def __init__(self, diagram: Diagram, column: int) -> None:
        end = diagram.end
        least: list[int | None] = [None] * (end + 1)
        least[0] = diagram.base[column]
        for place, point in enumerate(diagram.points):
            so_far = least[place]
            assert so_far is not None
            for step in point.steps:
                sum_ = so_far + step.cost[column]
                other = least[step.to]
                least[step.to] = sum_ if other is None else min(other, sum_)
        lows = [low or 0 for low in least]
        self.diagram = diagram
        self.offsets = [
            [lows[place] + step.cost[column] - lows[step.to] for step in point.steps]
            for place, point in enumerate(diagram.points)
        ]
        self.low = lows[end]
        self.unit = gcd(*[each for own in self.offsets for each in own]) or 1
        self.cut(1)

    def cut(self, times: int) -> None:
        """Have so many times fewer digits."""
        self.unit *= times
        ends = self.diagram.end + 1
        high, slack = [0] * ends, [0] * ends
        self.steps = [[each // self.unit for each in own] for own in self.offsets]
        for place, point in enumerate(self.diagram.points):
            for step, digit, offset in zip(
                point.steps, self.steps[place], self.offsets[place], strict=True
            ):
                high[step.to] = max(high[step.to], high[place] + digit)
                slack[step.to] = max(slack[step.to], slack[place] + offset % self.unit)
        self.size, self.slack = high[-1] + 1, slack[-1]
