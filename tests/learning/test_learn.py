"""Rules from the figures that they print: known tools, those but for a call, and new ones."""

from collections.abc import Sequence

import pytest

from convcost.counting.conventions import Convention
from convcost.counting.counts import tally
from convcost.counting.profilers import find_convention
from convcost.learning.figures import Line
from convcost.learning.learn import BUT_FOR, KNOWN, NEW, Options, learn
from convcost.networks.figures import PrintedType
from convcost.sources.figures.writing import convention_text
from convcost.sources.reading.conventions import parse_convention
from tests.support.learning import NETWORKS, judge, learned, printed, table, with_unit

FEW = NETWORKS[:9]


def own(text: str) -> Convention:
    """A convention of a file's text."""
    return parse_convention(text, "own.yaml")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tool", "digits", "falsified"),
    [
        *(("macs", 3, 3), ("conv-only", 3, 0), ("fvcore@0.1.5", 6, 0), ("thop@0.1.1", 4, 0)),
        *(("flops", 4, 0), ("ptflops-aten@0.7.5", 4, 0)),
    ],
)
def test_recovered_blind(tool: str, digits: int, falsified: int) -> None:
    """Without any known tool the rule of one is found, or what it does not say is left open."""
    convention = find_convention(tool)
    lines, wrong = table(convention, digits, falsified)
    found = learned(lines)
    judged = judge(found, lines, convention, wrong)
    assert judged.named
    assert judged.verdict in ("the rule", "open"), judged
    assert found.strength == "strong"


def test_a_known_tool_is_the_answer() -> None:
    """A tool that prints all figures comes before any new rule, with all that print the same."""
    lines, _ = table(find_convention("thop@0.1.1"), 4, names=FEW)
    found = learn(lines, Options(solver=False))
    assert (found.kind, found.explained.missed) == (KNOWN, ())
    assert "thop@0.1.1" in [each.name for each in found.alike]


def test_a_known_tool_and_figures_that_are_wrong() -> None:
    """Falsified figures are named, and do not make a tool another rule."""
    lines, wrong = table(find_convention("fvcore@0.1.5"), 4, 3, NETWORKS[:12])
    found = learn(lines, Options(effort=0.3))
    assert (found.kind, list(found.explained.missed)) == (KNOWN, wrong)


@pytest.mark.parametrize("rule", ["2 |X|", "0", "0.5 |X| + 3 |Y|"])
def test_a_known_tool_but_for_one_call(rule: str) -> None:
    """Where one call is counted otherwise, the tool and that rule are the answer, unsolved."""
    truth = own(f"extends: thop@0.1.1\nrules: {{nn.BatchNorm2d: {rule}, nn.MaxPool2d: 0}}")
    lines, _ = table(truth, 6, names=FEW)
    found = learn(lines, Options(solver=False))
    assert (found.kind, found.explained.but) == (BUT_FOR, "nn.BatchNorm2d")
    assert found.explained.missed == ()
    assert found.explained.written is not None
    assert found.explained.convention.extends is not None
    factors = sum(times for times, _ in find_terms(found.explained.convention))
    assert factors == {"2 |X|": 2, "0": 0, "0.5 |X| + 3 |Y|": 3.5}[rule]


def find_terms(convention: Convention) -> Sequence[tuple[object, object]]:
    """The terms of the rule for batch norms."""
    return convention.rules["nn.BatchNorm2d"].terms


def test_halves_and_cut_off_figures() -> None:
    """Factors of a half are found, and figures that are cut off and not rounded."""
    truth = own("extends: macs\nrules: {nn.BatchNorm2d: 2.5 |X|, relu: 1 |X|, nn.Linear: 1 MACs}")
    lines, _ = table(truth, 6, names=FEW)
    cut = [
        line._replace(printed=PrintedType().parse(cut_off(exact)))
        for line, exact in zip(lines, counted(lines, truth), strict=True)
    ]
    found = learn(cut, Options(conventions=(), effort=0.5))
    assert found.explained.rounding == "truncated"
    assert found.explained.missed == ()
    assert str(found.explained.convention.rules["nn.BatchNorm2d"]) == "2.5 |X|"


def counted(lines: Sequence[Line], convention: Convention) -> list[int | None]:
    """What a convention counts for each network."""
    return [tally(line.survey, convention, 1).total for line in lines]


def cut_off(exact: int | None) -> str:
    """A figure of which four digits are printed."""
    return with_unit(exact or 0, 5)


def test_a_file_that_counts_so() -> None:
    """The rule as a file, read again, counts each network as was said."""
    lines, _ = table(own("extends: macs\nrules: {nn.BatchNorm2d: 3 |X|}"), 4, names=FEW)
    found = learned(lines)
    assert found.kind == NEW
    text = convention_text(found, "found", "a table")
    again = own(text)
    assert again.source == "a table"
    assert counted(lines, again) == list(found.counted)
    assert "# open: " in text


def test_figures_of_no_rule() -> None:
    """Of figures without any rule behind them none is claimed."""
    lines, _ = table(find_convention("macs"), 3, names=FEW)
    odd = [
        line._replace(printed=PrintedType().parse(f"{n * n + 3}.{n}3M"))
        for n, line in enumerate(lines, 1)
    ]
    assert not learn(odd, Options(effort=0.2)).fits


def test_figures_without_one_of_them() -> None:
    """The rule of exact macs is given by any figures but one for that one."""
    lines, _ = table(find_convention("macs"), 6, names=FEW)
    assert learned(lines).predicted == dict.fromkeys(range(len(FEW)), True)


def test_printing() -> None:
    """Figures are rounded to their digits."""
    assert printed(1_824_033_792, 4) == "1.824G"
    assert printed(569_740_352, 3) == "570M"
    assert printed(12_345, 6) == "12345"
