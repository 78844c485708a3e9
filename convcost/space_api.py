"""Spaces of designs in Python: a network with choices, and what can be asked of all of it.

>>> import convcost
>>> space = convcost.space("mobilenet-v2", vary={"width": [0.5, 1], "hw": [192, 224]})
>>> len(space), space.best("macs").choices
(4, {'hw': '224', 'width': '1'})
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from convcost.errors import ConvcostError, Problem
from convcost.networks.arithmetic import show
from convcost.report.notebook import Answer
from convcost.sources.request import Request
from convcost.sources.spaces.space import (
    SpaceWords,
    aims_of,
    design_case,
    read_space,
    read_target,
    spans_of,
    yaml_of,
)
from convcost.spaces import designs
from convcost.spaces import space as spaces
from convcost.spaces.asked import read_aims, read_window
from convcost.spaces.fit import Fit, fit
from convcost.spaces.spread import Option, Spread
from convcost.spaces.tally import Between, Span

if TYPE_CHECKING:
    from convcost.formats.document import Document
    from convcost.network_api import Network
    from convcost.report.notebook import Chart


def space(
    name: str | PathLike[str],
    *,
    vary: Mapping[str, Any] | None = None,
    figures: Sequence[str] = (),
    hw: int | tuple[int, ...] | None = None,
    set: Mapping[str, Any] | None = None,
    batch: int | None = None,
    only: str = "",
    fuse: bool = False,
    on: str = "",
    times: str | PathLike[str] = "",
) -> Designs:
    """All designs of a network with choices, or of one whose parameters vary.

    Args:
        name: of a shipped network, or a path.
        vary: values of parameters, or of `hw`: `{"width": [0.5, 1], "hw": "128..224:32"}`.
        figures: what is counted: `params`, `macs`, `flops`, `activations`, `bytes`,
            `unfused-bytes`, `bound`, `time`, `peak` or a tool, `thop@0.1.1`.
        hw: another input size.
        set: other values for parameters of the network.
        batch: samples.
        only: which one, where a file has several networks.
        fuse: whether batch norms are folded into the convolutions before them.
        on: the device of bounds.
        times: a table of measured ops, as `convcost time --table` writes it.

    Raises:
        ConvcostError: there is no such network or figure, or no design of it can be built.
    """
    changed = {"hw": hw, "batch": batch, "fuse": fuse or None}
    given = {key: value for key, value in changed.items() if value is not None}
    settings = [f"{key}={_word(value)}" for key, value in (set or {}).items()]
    request = Request([fspath(name)], [], given, settings, [only] if only else [])
    varied = [f"{key}={_words(values)}" for key, values in (vary or {}).items()]
    words = SpaceWords(varied, figures, on, fspath(times))
    try:
        return Designs(read_space(request, words))
    except ConvcostError as error:  # in which flags are keywords here
        problems = [Problem(place.removeprefix("--"), text) for place, text in error.problems]
        raise ConvcostError(*problems) from None


def _words(values: Any) -> str:
    """Values of a choice as the command line has them: a range as text, or each of several."""
    return values if isinstance(values, str) else ",".join(map(_word, values))


def _word(value: Any) -> str:
    if isinstance(value, tuple):
        return "x".join(map(str, value))
    return value if isinstance(value, str) else str(value) if value is not True else show(value)


class Design:
    """One design of a space.

    Attributes:
        number: its place among all designs, from 0.
        choices: the option of each choice, by path.
        figures: what it costs, by figure.
    """

    def __init__(self, whole: spaces.Space, found: designs.Design) -> None:
        self._space = whole
        self.number: int = found.number
        self.choices: Mapping[str, str] = found.choices
        values = zip(whole.figures, found.values, strict=True)
        self.figures: Mapping[str, int] = {each.key: each.shown(value) for each, value in values}

    def __repr__(self) -> str:
        figures = ", ".join(f"{value:,} {key}" for key, value in self.figures.items())
        return f"<design {self.number}: {figures}>"

    def network(self) -> Network:
        """The network itself, built."""
        from convcost.network_api import Network
        from convcost.networks.cases import run_all

        [comparison] = run_all([design_case(self._space, self.choices)])
        return Network(comparison.case, comparison.rows[0])

    def yaml(self) -> str:
        """Its YAML, which every command takes."""
        return yaml_of(self._space, [str(self.number)])


class Designs(Answer):
    """The designs of a space, all of them or those within windows, in order.

    Attributes:
        name: of the network.
        choices: the options of each choice, by path.
    """

    def __init__(self, whole: spaces.Space, spans: Mapping[int, Span] | None = None) -> None:
        self._space = whole
        self._spans = spans or {}
        self.name: str = whole.case.name
        self.choices: Mapping[str, tuple[str, ...]] = whole.choices

    def __repr__(self) -> str:
        count = self.count
        said = f"{count.most:,}" if count.exact else f"{count.least:,} to {count.most:,}"
        return f"<{said} designs of {self.name}>"

    @property
    def count(self) -> Between:
        """How many there are at the least and at the most, which is the same if it is known."""
        return self._space.count(self._spans)

    def __len__(self) -> int:
        """How many there are.

        Raises:
            ConvcostError: it is not known exactly, or no length in Python; `count` has what is.
        """
        count = self.count
        if not count.exact or count.most > sys.maxsize:
            known = f"{count.most:,}" if count.exact else f"{count.least:,} to {count.most:,}"
            raise ConvcostError(f"there are {known}, which is no length; ask for count")
        return count.most

    def __iter__(self) -> Iterator[Design]:
        """Each of them, in order."""
        return map(self._design, self._space.each(self._spans))

    def __getitem__(self, number: int) -> Design:
        """The design of this number among all of the space."""
        return self._design(self._space.design(number))

    def within(self, *windows: str) -> Designs:
        """Those within windows, such as `macs:290M..310M`, ends included."""
        more = spans_of(self._space, [read_window(text, "within") for text in windows])
        spans = dict(self._spans)
        for column, span in more.items():
            spans[column] = span.and_(spans.get(column, Span()))
        return Designs(self._space, spans)

    def spread(self, figure: str) -> Spread | None:
        """How a figure is spread over them; None if there are none."""
        return self._space.spread(self._space.column(figure), self._spans)

    def options(self) -> list[Option]:
        """How often each option of each choice is taken by them."""
        return self._space.options(self._spans)

    def best(self, figure: str) -> Design | None:
        """The one with the most of a figure, or the least of `-figure`; None if there are none."""
        [aim] = read_aims(figure, "best")[:1]
        [(column, sign)] = aims_of(self._space, [aim]).items()
        found = self._space.best(column, sign, self._spans)
        return None if found is None else self._design(found)

    def front(self, aims: str) -> list[Design]:
        """Those than which none is better in all aims, such as `params,-macs`."""
        wanted = aims_of(self._space, read_aims(aims, "front"))
        return [self._design(found) for found in self._space.front(wanted, self._spans)]

    def sample(self, count: int, seed: int = 0) -> list[Design]:
        """Different ones drawn at random, each as likely as any other."""
        return [self._design(found) for found in self._space.sample(count, seed, self._spans)]

    def fit(self, target: str) -> Fit:
        """What comes to a figure, such as `macs:300M`, and what is next to it."""
        return fit(self._space, read_target(self._space, target, "fit"), self._spans)

    def plot(self, figure: str = "macs") -> Chart:
        """A histogram of a figure.

        Raises:
            ConvcostError: there is no such figure, or vl-convert is not installed.
        """
        from convcost.report.charts.histogram import histogram_chart
        from convcost.report.charts.images import require_vega
        from convcost.report.notebook import Chart

        require_vega()
        spread = self.spread(figure)
        if spread is None:
            raise ConvcostError("there are no designs to be drawn")
        return Chart(histogram_chart(spread))

    def _design(self, found: designs.Design) -> Design:
        return Design(self._space, found)

    def _document(self) -> Document:
        from convcost.report.spaces.space import answer_of, space_report

        return space_report(answer_of(self._space, self._spans))
