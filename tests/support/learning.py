"""Figures that a convention prints, and whether the rule that is learned from them is that one."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

from convcost import network
from convcost.counting.conventions import Convention
from convcost.counting.counts import Count, tally
from convcost.counting.survey import Survey, survey
from convcost.learning.columns import columns_of
from convcost.learning.figures import Line
from convcost.learning.learn import Learned, Options, learn
from convcost.networks.figures import PrintedType

NETWORKS = (
    *("AlexNet", "ResNet-18", "ResNet-50", "VGG-16", "MobileNetV2", "MobileNetV3-Large 1.0"),
    *("EfficientNet-B0", "DenseNet-121", "GoogLeNet", "SqueezeNet 1.1", "RegNetX-200MF"),
    *("RegNetY-400MF", "ShuffleNetV2 1x", "MNASNet1.0", "GhostNet 1.0x", "MobileNetV1 1.0"),
    *("ConvNeXt-tiny", "ConvNeXt-iso-S", "ViT-B/16", "DeiT-B"),
)
"""Twenty shipped networks, in which each op that tools count apart is met in two."""

FALSIFIED = 3


class Judged(NamedTuple):
    """What a learned rule is to the one that printed the figures.

    Attributes:
        named: whether the figures that it does not explain are the falsified ones.
        wrong: calls that it says are settled, and that were counted otherwise.
        open: calls that were counted otherwise, but as it says they may be.
    """

    named: bool
    wrong: tuple[str, ...]
    open: tuple[str, ...]

    @property
    def verdict(self) -> str:
        """In a word."""
        if not self.named:
            return "misses figures"
        return "differs" if self.wrong else "open" if self.open else "the rule"


@cache
def seen(name: str) -> Survey:
    """A shipped network as profilers see it."""
    return survey(network(name).graph)


def printed(exact: int, digits: int) -> str:
    """A figure rounded to so many digits, as papers print it."""
    length = len(str(exact))
    if length <= digits:
        return str(exact)
    step = 10 ** (length - digits)
    rounded = (2 * exact + step) // (2 * step) * step
    return with_unit(rounded, digits)


def with_unit(rounded: int, digits: int) -> str:
    """A figure of so many digits, the first that it has, with a unit."""
    for unit, size in (("T", 12), ("G", 9), ("M", 6), ("k", 3)):
        if rounded >= 10**size:
            decimals = max(digits - (len(str(rounded)) - size), 0)
            whole, part = divmod(rounded, 10**size)
            shown = f"{part:0{size}d}"[:decimals]
            return f"{whole}.{shown}{unit}" if shown else f"{whole}{unit}"
    return str(rounded)


def table(
    convention: Convention, digits: int, falsified: int = 0, names: Sequence[str] = NETWORKS
) -> tuple[list[Line], list[int]]:
    """The figures that a convention prints, and which of them are 2 to 30 % off."""
    drawn = random.Random(f"{convention.name} {digits}")
    totals = [(name, tally(seen(name), convention, 1).total) for name in names]
    printing = [(name, total) for name, total in totals if total]
    wrong = sorted(drawn.sample(range(len(printing)), falsified))
    lines = []
    for n, (name, total) in enumerate(printing):
        if n in wrong:
            share = drawn.choice((-1, 1)) * drawn.uniform(0.02, 0.3)
            total = int(total * (1 + share))
        lines.append(Line(name, seen(name), 1, PrintedType().parse(printed(total, digits))))
    return lines, wrong


def learned(lines: Sequence[Line]) -> Learned:
    """The rule behind figures of which no tool is known."""
    return learn(lines, Options(conventions=()))


def judge(
    found: Learned, lines: Sequence[Line], convention: Convention, wrong: Sequence[int]
) -> Judged:
    """Compare the rule with the one that printed the figures, call by call."""
    kept = [n for n in range(len(lines)) if n not in wrong]
    truths = [_by_call(tally(lines[n].survey, convention, 1)) for n in kept]
    own = [_by_call(tally(lines[n].survey, found.explained.convention, 1)) for n in kept]
    calls = dict.fromkeys(call for each in (*truths, *own) for call in each)
    other = [c for c in calls if any(a.get(c, 0) != b.get(c, 0) for a, b in _pairs(truths, own))]
    reach = _reach(found, [lines[n] for n in kept])
    within = [c for c in other if c in reach and _is_within(c, truths, reach[c])]
    settled = tuple(call for call in other if call not in within)
    return Judged(list(found.explained.missed) == list(wrong), settled, tuple(within))


def _pairs(
    truths: Sequence[Mapping[str, int]], own: Sequence[Mapping[str, int]]
) -> zip[tuple[Mapping[str, int], Mapping[str, int]]]:
    return zip(truths, own, strict=True)


def _by_call(count: Count) -> dict[str, int]:
    """What is counted for each call; what a module calls is the module's."""
    found: dict[str, int] = {}
    for part in count.parts:
        call = part.group.within[0] if part.group.within else part.group.label
        found[call] = found.get(call, 0) + part.figure
    return found


def _reach(found: Learned, lines: Sequence[Line]) -> dict[str, list[tuple[int, int]]]:
    """Twice the least and the most that may be counted for each open call, by network."""
    spans = {
        (each.call, span.quantity.partition(" or ")[0]): (span.low, span.high)
        for each in found.open
        for span in each.spans
    }
    reach: dict[str, list[tuple[int, int]]] = {}
    for column in columns_of([line.survey for line in lines]):
        low, high = spans.get((column.call, column.quantity.name), (0, 0))
        if any(call == column.call for call, _ in spans):
            before = reach.get(column.call, [(0, 0)] * len(lines))
            reach[column.call] = [
                (least + low * each, most + high * each)
                for (least, most), each in zip(before, column.sums, strict=True)
            ]
    return reach


def _is_within(
    call: str, truths: Sequence[Mapping[str, int]], reach: Sequence[tuple[int, int]]
) -> bool:
    return all(
        low <= 2 * truth.get(call, 0) <= high
        for truth, (low, high) in zip(truths, reach, strict=True)
    )
