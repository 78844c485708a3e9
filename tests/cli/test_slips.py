"""Slips on the command line: what is meant is named, where it can be told."""

import pytest

from tests.support.program import Program


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("compare -k 3", "no option -k; --k is the kernel's size"),
        ("compare --in 3 --hw 4 --kernel 3", "no option --kernel; --k is the kernel's size"),
        ("show standard --in 3 --hw 4 --kernel-size=3", "no option --kernel-size; --k is the k"),
        ("compare --in 3 --hw 4 --json", "no option --json; --format json is the format"),
        ("diff --json", "no option --json; --format json is the format"),
        ("compare --channels 3", "no option --channels; --in is the input's channels"),
        ("compare resnet50 --tool thop", "no option --tool; --as counts as a tool does"),
        ("compare resnet50 --batch-size 2", "no option --batch-size; --batch is the number of"),
        (
            "compare --in 3 --hw 4 --dtype fp16",
            "--dtype: cannot be 'fp16'; did you mean 'float",
        ),
        (
            "compare --in 3 --hw 4 --dtype half",
            "--dtype: cannot be 'half'; did you mean 'float",
        ),
        ("compare --in 3 --hw 4 --kinds all", "--kinds: no kind 'all'; without --kinds all are"),
        ("compare --in 3 --hw 4 --strid 2", "no such option: --strid; did you mean --stride?"),
        ("check --lokced", "no such option: --lokced; did you mean --locked?"),
        ("compare --in 3 --hw 4 --verbose", "no such option: --verbose; convcost compare --help"),
        (
            "compare --in 3 --hw 4 --kinds rwkv",
            "--kinds: no kind 'rwkv'; convcost kinds lists them",
        ),
        ("compare --in 3 --hw 4 --kinds mamba", "no kind 'mamba'; convcost kinds lists"),
        (
            "compare --in 3 --hw 4 --kinds warp",
            "--kinds: no kind 'warp'; convcost kinds lists",
        ),
        ("compare --in 3 --hw 4 --kinds depthwise-seperable", "mean 'depthwise-separable'?"),
    ],
)
def test_slips(convcost: Program, arguments: str, line: str) -> None:
    """A slip is one line, exit 2, with what is meant; what is far from all gets no guess."""
    ran = convcost(*arguments.split())
    assert (ran.code, ran.out) == (2, "")
    assert line in ran.err
    assert len(ran.err.splitlines()) == 1


@pytest.mark.parametrize("command", ["", "compare", "show", "match", "networks", "lock"])
def test_help(convcost: Program, command: str) -> None:
    """-h is --help, and no help text is longer than people read."""
    ran = convcost(*command.split(), "-h")
    assert ran.code == 0
    assert ran.out == convcost(*command.split(), "--help").out
    assert "Usage: convcost" in ran.out
    assert len(ran.out.splitlines()) <= 100


def test_flags_of_other_kinds(convcost: Program) -> None:
    """Flags of kinds that compare does not list work, though its help is silent on them."""
    assert "--expand" not in convcost("compare", "--help").out
    ran = convcost("compare", "inverted-residual", "--in", 8, "--hw", 4, "--expand", 4)
    assert ran.code == 0, ran.err
