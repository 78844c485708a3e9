"""Tables as they were asked for: columns, order and unit."""

import json
import os
import pty
import sys

import pytest

from tests.support.program import Program


def lines(convcost: Program, arguments: str) -> list[list[str]]:
    """The rows of the first table of an answer as CSV."""
    ran = convcost(*arguments.split(), "--format", "csv")
    assert ran.code == 0, ran.err
    return [line.split(",") for line in ran.out.splitlines()]


def test_columns(convcost: Program) -> None:
    """The first column and those that are named, in that order, however they are spelt."""
    head, *rows = lines(convcost, "compare resnet50 vgg16 --columns output,MACs,flops/byte,params")
    assert head[:6] == ["case", "network", "output", "MACs", "FLOPs/byte", "params"]
    assert rows[0][:4] == ["networks", "ResNet-50", "1000", "4089184256"]
    head, *_ = lines(convcost, "show resnet50 --as thop --as torch --columns thop,torch,macs")
    assert head == ["network", "path", "thop@0.1.1", "torch@2.13.0 FLOPs", "MACs"]
    head, *_ = lines(convcost, "compare --in 8 --hw 4 --columns macs_ratio,activation-bytes")
    assert head[:4] == ["case", "kind", "MACs ratio", "activation bytes"]


def test_sort(convcost: Program) -> None:
    """The largest comes first, the smallest behind a minus; totals stay at the end."""
    _, *rows = lines(convcost, "show resnet50 --sort macs --columns params")
    figures = {row[1]: int(row[2]) for row in rows}
    assert next(iter(figures)) == "6.bottleneck"
    assert list(figures)[-1] == "total"
    _, *rows = lines(convcost, "show resnet50 --sort -params --columns params")
    params = [int(row[2]) for row in rows[:-1]]
    assert params == sorted(params)
    _, *rows = lines(convcost, "networks --sort network --only resnet-1*")
    names = [row[1] for row in rows]
    assert names == sorted(names)


def test_sorted_remarks(convcost: Program) -> None:
    """A row that could not be built comes last, and keeps its remark."""
    ran = convcost("compare", "--in", 3, "--hw", 4, "--sort", "params")
    assert "group: 3 input channels cannot be divided into 2 groups" in ran.out
    assert ran.out.splitlines()[4].startswith("standard")
    rows = [line.split() for line in ran.out.splitlines()[4:12]]
    assert rows[-1][0] == "group"


def test_units(convcost: Program) -> None:
    """People read figures in the unit, which the titles say; machines read what was counted."""
    arguments = ("show", "vgg", "--by", "kind", "--units", "M")
    ran = convcost(*arguments)
    assert "params (M)   MACs (M)" in ran.out
    total = next(line for line in ran.out.splitlines() if line.startswith("total"))
    assert total.split()[2:4] == ["138.36", "15,470.26"]
    raw = convcost(*arguments, "--format", "csv")
    assert "138357544,15470264320" in raw.out
    assert "138357544" in convcost(*arguments, "--format", "json").out
    assert "conv 1x1" in convcost("show", "pointwise", "--in", 8, "--hw", 4, "--units", "k").out


def test_counts_have_no_unit(convcost: Program) -> None:
    """How many figures or entries there are is counted one by one."""
    ran = convcost("check", "--published", "resnet50", "--units", "M")
    assert "figures  hold" in ran.out
    ran = convcost("diff", "resnet50", "resnet101", "--units", "M")
    assert "  new  gone" in ran.out.splitlines()[0]


def test_json_has_everything(convcost: Program) -> None:
    """JSON is not about tables: it is the same."""
    plain = convcost("compare", "vgg", "--format", "json").out
    asked = ("--columns", "macs", "--sort", "macs", "--units", "G", "--format", "json")
    assert json.loads(convcost("compare", "vgg", *asked).out) == json.loads(plain)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("compare vgg --columns mac", "--columns: no column 'mac'; did you mean 'macs'?"),
        ("show vgg --sort foo", "--sort: no column 'foo'; it is one of path, op, output"),
        ("networks --units Q", "--units: no unit 'Q'; it is one of k, M, G, T"),
        ("kinds --columns zzz", "--columns: no column 'zzz'; it is one of kind, what-it-is"),
    ],
)
def test_mistakes(convcost: Program, arguments: str, line: str) -> None:
    """A column that no table has is refused with those that there are."""
    ran = convcost(*arguments.split())
    assert (ran.code, ran.out) == (2, "")
    assert line in ran.err


@pytest.mark.parametrize(
    ("arguments", "titles"),
    [
        ("show resnet50 --as thop --as fvcore", ["params", "MACs", "thop@0.1.1", "fvcore@0.1.5"]),
        ("compare --in 24 --hw 112", ["params", "MACs", "FLOPs"]),
        ("compare resnet50 mobilenet_v2", ["input", "params", "MACs", "FLOPs"]),
        ("compare --in 24 --hw 112 --dtype int8", ["activation bytes", "weight bytes"]),
        ("compare resnet50 --columns receptive-field,output", ["receptive field", "output"]),
        ("match --macs 3.8G", ["counts like", "figures", "strength"]),
        ("networks", ["params", "MACs", "source"]),
    ],
)
def test_eighty_columns(arguments: str, titles: list[str]) -> None:
    """On 80 columns stands what a flag asked for, and the figures; no digit is cut."""
    shown = on_terminal(arguments, 80)
    head = next(line for line in shown.splitlines() if titles[0] in line and titles[-1] in line)
    assert all(title in head for title in titles), head


def on_terminal(arguments: str, width: int) -> str:
    """What a command prints on a terminal of that width."""
    environment = {"COLUMNS": str(width), "NO_COLOR": "1", "TERM": "dumb"}
    program = [sys.executable, "-m", "convcost", *arguments.split()]
    child, terminal = pty.fork()
    if child == 0:
        os.execvpe(program[0], program, {**os.environ, **environment})
    parts = []
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:
            break
        if not part:
            break
        parts.append(part)
    os.waitpid(child, 0)
    return b"".join(parts).decode()
