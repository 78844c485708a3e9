"""What is asked of a space: windows, and which single designs within them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from convcost.errors import ConvcostError, Problem
from convcost.sources.spaces.scores import MAX_BYTES, read_scores
from convcost.sources.spaces.space import aims_of, spans_of
from convcost.sources.tree import read_bytes
from convcost.spaces.asked import Aim, Window, read_aims, read_window
from convcost.spaces.best import Spans
from convcost.spaces.designs import Design
from convcost.spaces.scores import Scored, Scores
from convcost.spaces.space import Space, listed_designs

Each = TypeVar("Each")


class Question(NamedTuple):
    """What is asked, as typed.

    Attributes:
        within: windows, `macs:290M..310M`.
        best: a figure, `-figure` for the least of it.
        front: figures with commas between them.
        points: of a front at most so many.
        sample: how many designs are drawn.
        seed: of what is drawn.
        every: whether all designs are listed.
        design: a number, or options by path.
        scores: a CSV file.
    """

    within: Sequence[str] = ()
    best: str = ""
    front: str = ""
    points: int = 1_000
    sample: int = 0
    seed: int = 0
    every: bool = False
    design: Sequence[str] = ()
    scores: str = ""

    @property
    def asked(self) -> str:
        """The flag that asks for single designs; nothing if all of the space is asked about.

        Raises:
            ConvcostError: there are several, or one that does not go with scores.
        """
        flags = {
            "--best": self.best,
            "--front": self.front,
            "--sample": self.sample,
            "--list": self.every,
            "--design": self.design,
        }
        given = [flag for flag, value in flags.items() if value]
        if len(given) > 1:
            raise ConvcostError(Problem(given[1], f"goes without {given[0]}"))
        if self.scores and given and given[0] not in ("--best", "--front", "--list"):
            raise ConvcostError(Problem("--scores", f"goes without {given[0]}"))
        return given[0] if given else "--list" if self.scores else ""

    @property
    def aims(self) -> list[Aim]:
        """What is wanted of which figures.

        Raises:
            ConvcostError: they are no figures, or more than one is to be best.
        """
        if not self.best:
            return read_aims(self.front, "--front") if self.front else []
        aims = read_aims(self.best, "--best")
        if len(aims) > 1:
            raise ConvcostError(Problem("--best", "is of one figure; --front is of several"))
        return aims

    @property
    def windows(self) -> list[Window]:
        """The windows."""
        return [read_window(text) for text in self.within]

    def figures(self) -> list[str]:
        """The figures that it needs, but for scores."""
        scores = _header(self.scores) if self.scores else []
        keys = [window.key for window in self.windows] + [aim.key for aim in self.aims]
        return [key for key in keys if key not in scores]


class Found(NamedTuple):
    """The designs that were asked for, of those within spans."""

    spans: Spans
    designs: Sequence[Scored]


def find(space: Space, question: Question) -> Found:
    """The designs that a question asks for; none where it is about the whole space.

    Raises:
        ConvcostError: there are too many, or a file of scores is wrong.
    """
    scores = _header(question.scores) if question.scores else []
    windows = question.windows
    spans = spans_of(space, [each for each in windows if each.key not in scores])
    if question.scores:
        known = read_scores(question.scores, space, spans)
        known = known.within([each for each in windows if each.key in scores])
        return Found(spans, _scored(known, question))
    return Found(spans, [Scored(each) for each in _designs(space, question, spans)])


def _designs(space: Space, question: Question, spans: Spans) -> Sequence[Design]:
    if question.sample:
        return space.sample(question.sample, question.seed, spans)
    if question.every:
        return listed_designs(space, spans)
    if question.best:
        [(column, sign)] = aims_of(space, question.aims).items()
        single = space.best(column, sign, spans)
        return [] if single is None else [single]
    if question.front:
        return thinned(space.front(aims_of(space, question.aims), spans), question.points)
    return []


def _scored(scores: Scores, question: Question) -> Sequence[Scored]:
    aims = question.aims
    if not aims:
        return sorted(scores.rows, key=lambda row: row.design.number)
    found = scores.best(aims)
    return found[:1] if question.best else thinned(found, question.points)


def thinned(designs: Sequence[Each], most: int) -> list[Each]:
    """Not more of them than that, evenly, with the first and the last."""
    if len(designs) <= most:
        return list(designs)
    last = len(designs) - 1
    return [designs[round(number * last / (most - 1))] for number in range(most)]


def _header(path: str) -> list[str]:
    """The columns of a CSV file."""
    head = read_bytes(path, MAX_BYTES, "no table of scores").split(b"\n", 1)[0]
    try:
        found = next(csv.reader([head.decode("utf-8-sig", "replace")]), [])
    except csv.Error as error:
        raise ConvcostError(Problem(f"{path}:1", str(error))) from None
    return [each.strip() for each in found]
