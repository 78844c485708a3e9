"""The commands as a person types them: answers on stdout, sentences on stderr, exit codes."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from convcost.api import KINDS
from tests.support.paths import ROOT
from tests.support.program import Program

MAIN_JOB = ("compare", "--in", 24, "--out", 24, "--k", 3, "--hw", 112)
POSIX = pytest.mark.skipif(os.name == "nt", reason="redirections of a POSIX shell")
TWO_KINDS = ("compare", "--in", 3, "--hw", 10, "--kinds", "standard,group")


def test_main_job(convcost: Program) -> None:
    """The main job prints a line per kind with its params and MACs."""
    ran = convcost(*MAIN_JOB)
    lines = [line.split() for line in ran.out.splitlines()]
    found = {words[0]: words[1:3] for words in lines if len(words) > 5}
    assert ran.code == 0
    assert ran.err == ""
    assert found["standard"] == ["5,184", "65,028,096"]
    assert found["group"] == ["2,592", "32,514,048"]
    assert found["depthwise"] == ["216", "2,709,504"]
    assert found["pointwise"] == ["576", "7,225,344"]
    assert found["depthwise-separable"] == ["792", "9,934,848"]
    assert found["spatially-separable"] == ["3,456", "43,352,064"]
    assert found["spatially-separable-depthwise"] == ["720", "9,031,680"]
    assert found["xsepconv"] == ["816", "10,235,904"]


def test_json(convcost: Program) -> None:
    """JSON has the documented keys and raw integers; a kind that cannot be built has its error."""
    ran = convcost(*TWO_KINDS, "--format", "json")
    assert '"output": [3, 10, 10],\n' in ran.out
    document = json.loads(ran.out)
    [case] = document.pop("cases")
    assert document == {"version": 1, "convention": "convcost"}
    assert case["input"] == [3, 10, 10]
    standard, group = case["rows"]
    assert standard == {
        "kind": "standard",
        "label": "standard",
        "params": 81,
        "macs": 8100,
        "flops": 16200,
        "output": [3, 10, 10],
        "outputs": {"output": [3, 10, 10]},
        "activations": 300,
        "weight_bytes": 324,
        "activation_bytes": 1200,
        "arithmetic_intensity": 16200 / (4 * (81 + 300 + 300)),
        "receptive_field": [3, 3],
        "params_ratio": 1.0,
        "macs_ratio": 1.0,
        "bytes": 4 * (81 + 300 + 300),
        "unfused_bytes": 4 * (81 + 300 + 300),
    }
    assert group == {
        "kind": "group",
        "label": "group",
        "error": "3 input channels cannot be divided into 2 groups",
    }


def test_csv(convcost: Program) -> None:
    """CSV is one table with raw integers, the case first and a remark last."""
    ran = convcost(*TWO_KINDS, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(ran.out)))
    assert [row["params"] for row in rows] == ["81", ""]
    assert [row["case"] for row in rows] == ["in=3 hw=10"] * 2
    assert rows[1]["remark"] == "3 input channels cannot be divided into 2 groups"


def test_kind_that_cannot_be_built(convcost: Program) -> None:
    """A kind that cannot be built is listed with its reason and does not end the run."""
    ran = convcost("compare", "--in", 3, "--hw", 10)
    assert ran.code == 0
    assert "group: 3 input channels cannot be divided into 2 groups" in ran.out


def test_parameters_reach_the_engine(convcost: Program) -> None:
    """Every flag of compare changes the figures that it should change."""
    base = ("compare", "--in", 8, "--hw", 12, "--kinds", "standard", "--format", "json")

    def figures(*flags: object) -> tuple[int, int, list[int]]:
        row = json.loads(convcost(*base, *flags).out)["cases"][0]["rows"][0]
        return row["params"], row["macs"], row["output"]

    assert figures() == (576, 82944, [8, 12, 12])
    assert figures("--out", 16) == (1152, 165888, [16, 12, 12])
    assert figures("--k", "1x5") == (320, 46080, [8, 12, 12])
    assert figures("--stride", 2) == (576, 20736, [8, 6, 6])
    assert figures("--padding", "valid") == (576, 57600, [8, 10, 10])
    assert figures("--padding", "0x2") == (576, 80640, [8, 10, 14])
    assert figures("--dilation", 2, "--padding", "valid") == (576, 36864, [8, 8, 8])
    assert figures("--bias") == (584, 82944, [8, 12, 12])
    assert figures("--norm", "batch", "--act", "prelu") == (576 + 16 + 8, 82944, [8, 12, 12])
    assert figures("--act", "prelu-shared") == (576 + 1, 82944, [8, 12, 12])
    assert figures("--batch", 3) == (576, 3 * 82944, [8, 12, 12])
    assert figures("--dims", 1) == (192, 2304, [8, 12])
    assert figures("--dims", 3) == (1728, 2985984, [8, 12, 12, 12])


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("compare --in 0 --hw 4", "--in: must be at least 1, got 0"),
        ("compare --in -3 --hw 4", "--in: must be at least 1, got -3"),
        ("compare --in 1e400 --hw 4", "--in: must be at most 1,000,000,000, got 1e400"),
        ("compare --in 3 --hw 4x", "--hw: must be whole numbers, such as 3 or 3x5, got '4x'"),
        ("compare --in 3 --hw 1x2x3x4", "--hw: takes one number or one per axis (1 to 3), got 4"),
        ("compare --in 3", "--hw: is missing (input size"),
        ("compare --in 3 --hw 4 --k 3x3x3", "--k: has 3 numbers for 2 spatial axes"),
        ("compare --in 3 --hw 4 --hw 5x6 --dims 3", "--hw: has 2 numbers for 3 dims"),
        ("compare --in 3 --hw 4 --kinds standrad", "--kinds: no kind 'standrad'; did you mean"),
        ("compare --in 3 --hw 4 --norm btch", "--norm: cannot be 'btch'; did you mean 'batch'?"),
        ("compare --in 3 --hw 4 --padding vald", "--padding: cannot be 'vald'; did you mean"),
        ("compare --in 3 --hw 4 --kinds group", "group: 3 input channels cannot be divided into"),
        (
            "compare --k 9 --hw 4 --in 3 --padding valid --kinds standard",
            "standard: kernel 9x9 is larger than its padded input, 4x4",
        ),
        (
            "compare --k 5 --hw 8 --in 3 --padding valid --kinds standard --dilation 2",
            "kernel 5x5 (dilated to 9x9) is larger than its padded input, 8x8",
        ),
        ("compare --in 3 --hw 4 --kinds pointwise --k 3", "--k: is not taken by pointwise"),
        ("compare --in 3 --hw 4 --format jsn", "--format: no format 'jsn'; did you mean 'json'?"),
        ("compare --in 3 --hw 4 --output /no/such/folder/x", "/no/such/folder/x: cannot be writt"),
        ("compare --in 3 --hw 4 --output /", "/: cannot be written: is a directory"),
        ("compare /no/such.yaml", "/no/such.yaml: no such file or directory"),
        ("compare configs/vgg.yaml --in 3", "configs/vgg.yaml: is taken for a config, which goes"),
        ("compare --inn 3", "no such option: --inn"),
        (
            "compare --in 3 --hw 4 --kinds foo,group,standrd",
            "--kinds: no kind 'foo'; convcost kinds lists",
        ),
        ("compare --in 3 --hw 4 --kinds ,", "--kinds: no kind ''"),
        ("compare standard resnet50", "resnet50: is no kind, as standard is"),
        (
            "compare --in 3 --hw 4 --bias true",
            "true: no kind, file or network is called so; a flag",
        ),
        ("compare --in 3 --hw 4 --output x.tsv", "x.tsv: no format is known by '.tsv'"),
        ("explain --in 3 --hw 4 --dtype int8", "no such option: --dtype"),
        ("verify --in 3 --hw 4 --kinds group", "convcost: group: 3 input channels"),
        ("comapre", "no such command 'comapre'"),
        ("show", "missing argument"),
        (
            "show xsepcov --in 3 --hw 4",
            "xsepcov: no kind, file or network is called so; did you mean 'xsepconv'?",
        ),
        ("show group --in 3 --hw 4", "convcost: group: 3 input channels cannot be divided"),
        ("show depthwise --in 3 --out 4 --hw 4", "4 output channels cannot be divided into 3"),
        ("show depthwise --in 2 --out 4 --multiplier 3 --hw 4", "x multiplier 3 are not 4 output"),
        ("show xsepconv --in 6 --hw 4 --direction symmetric", "needs 4 equal channel groups"),
        ("show xsepconv --in 6 --hw 4 --dims 3", "xsepconv is defined for 2 spatial axes, not 3"),
        ("show standard --in 6 --hw 1 --norm instance", "over a single value"),
    ],
)
def test_mistakes(convcost: Program, arguments: str, line: str) -> None:
    """Each mistake is one clear line on stderr, exit 2, and nothing on stdout."""
    ran = convcost(*arguments.split())
    assert ran.code == 2
    assert ran.out == ""
    assert line in ran.err
    assert len(ran.err.splitlines()) <= 8  # one for each kind, where no kind fits
    assert "Traceback" not in ran.err


def test_all_wrong_flags_at_once(convcost: Program) -> None:
    """Several wrong flags are all reported together."""
    ran = convcost("compare", "--in", 0, "--k", "x", "--bias")
    assert [line.split(":")[0] for line in ran.err.splitlines()] == ["--in", "--k", "--hw"]


def test_configs(convcost: Program, tmp_path: Path) -> None:
    """Several configs are one answer, case after case."""
    paths = []
    for name in ("a", "b"):
        path = tmp_path / f"{name}.yaml"
        path.write_text(f"cases: [{{name: {name}, in: 8, hw: 9, kinds: [standard]}}]")
        paths.append(path)
    ran = convcost("compare", *paths, "--format", "json")
    assert [case["name"] for case in json.loads(ran.out)["cases"]] == ["a", "b"]


def test_config_without_any_row(convcost: Program, tmp_path: Path) -> None:
    """When no row at all can be built, every reason is given at its case, exit 2."""
    path = tmp_path / "c.yaml"
    path.write_text("cases:\n- {name: a, in: 3, hw: 9, kinds: [group]}\n")
    ran = convcost("compare", path)
    assert ran.code == 2
    assert ran.err == f"{path}:2:3: group: 3 input channels cannot be divided into 2 groups\n"


def test_output_file(convcost: Program, tmp_path: Path) -> None:
    """A file's name decides its format; stdout stays empty."""
    path = tmp_path / "t.md"
    ran = convcost(*MAIN_JOB, "--output", path)
    assert (ran.code, ran.out) == (0, "")
    assert "| standard | 5,184 | 65,028,096 |" in path.read_text(encoding="utf-8")


def test_show(convcost: Program) -> None:
    """Show prints a row per op, and the ratio 1/n + 1/k² with its numbers."""
    ran = convcost("show", "depthwise-separable", "--in", 24, "--out", 48, "--hw", 112)
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    shapes = "24x112x112 24x112x112 216 2,709,504 301,056 2,409,312 2,409,312"
    assert f"depthwise conv 3x3, padding 1, groups 24 {shapes}" in lines
    assert "MACs = C_in·K²·H·W + C_out·C_in·H·W" in lines
    assert "= 24·3²·112·112 + 48·24·112·112" in lines
    assert "= 17,160,192" in lines
    assert "MACs / standard = 1/C_out + 1/K²" in lines
    assert "= 1/48 + 1/3²" in lines
    assert "≈ 0.1319" in lines


def test_show_says_what_only_standard_has(convcost: Program) -> None:
    """The ratio of a kind without a kernel size says which one `standard` has."""
    lines = convcost("show", "pointwise", "--in", 24, "--hw", 9).out.splitlines()
    assert "K of standard     = 3" in lines
    assert "MACs / standard   = 1/K²" in lines
    assert "                  ≈ 0.1111" in lines


def test_show_names_ops(convcost: Program) -> None:
    """Ops are named with what makes them differ from a plain one."""
    ran = convcost("show", "xsepconv", "--in", 8, "--hw", 9, "--direction", "symmetric", "--bias")
    assert "2x2.left-top.channels      channels 4 to 5 " in ran.out
    assert "pad left 1, top 1 " in ran.out
    assert "conv 2x2, groups 2, bias " in ran.out


def test_show_latex(convcost: Program) -> None:
    """LaTeX has the same formulas."""
    ran = convcost("show", "group", "--in", 24, "--hw", 112, "--format", "latex")
    assert r"C_{\mathrm{out}} \cdot \frac{C_{\mathrm{in}}}{g} \cdot K^{2}" in ran.out
    assert r"\text{MACs / standard} &= \frac{1}{g}" in ran.out


def test_show_names_sizes(convcost: Program) -> None:
    """A size that a convolution changes gets a name and a definition."""
    ran = convcost("show", "standard", "--in", 3, "--hw", 112, "--stride", 2, "--format", "json")
    document = json.loads(ran.out)
    assert document["formulas"]["macs"]["symbols"] == "C_out·C_in·K²·H_out·W_out"
    assert document["definitions"]["H_out"] == "⌊(H - 1)/2⌋ + 1"
    assert document["sizes"]["H_out"] == 56


def test_kinds(convcost: Program) -> None:
    """Kinds lists all of them with every parameter."""
    ran = convcost("kinds", "--format", "json")
    kinds = {kind["kind"]: kind for kind in json.loads(ran.out)["kinds"]}
    assert list(kinds) == list(KINDS)
    names = [param["name"] for param in kinds["pointwise"]["parameters"]]
    assert names[:6] == ["out", "bias", "norm", "act", "norm_groups", "last_only"]
    assert names[6:] == ["form", "inplace", "affine", "norm_bias", "stride"]
    assert kinds["group"]["parameters"][-1]["default"] == 2


def test_help_names_every_parameter(convcost: Program) -> None:
    """Every parameter of every kind is an option with a help text."""
    ran = convcost("compare", "--help")
    assert ran.code == 0
    options = (
        *("--in", "--out", "--k", "--hw", "--kinds", "--stride", "--padding", "--dilation"),
        *("--groups", "--multiplier", "--bias", "--norm", "--act", "--batch", "--format"),
        *("--output", "--last-only", "--pointwise", "--direction", "--dims", "--dtype"),
    )
    assert all(f"  {option} " in ran.out for option in options)


def test_bare_call_and_version(convcost: Program) -> None:
    """Called alone it prints its help; --version prints the version."""
    assert convcost().out.startswith("Usage: convcost")
    assert convcost("--version").out == "convcost 0.1.0\n"


def run_python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python as a process of its own."""
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, **environment},
    )


def test_crash_exits_2() -> None:
    """A crash inside is one line and exit 2, not Python's 1; --debug shows the traceback."""
    broken = (
        "import convcost.cli.main as c, convcost.networks.cases as n\n"
        "n.run = lambda case: 1/0\n"
        "c.main()"
    )
    arguments = ["compare", "--in", "3", "--hw", "4"]
    ran = run_python("-c", broken, *arguments)
    assert ran.returncode == 2
    assert ran.stderr == (
        "convcost: internal error, ZeroDivisionError: division by zero; --debug shows where\n"
    )
    ran = run_python("-c", broken, *arguments, "--debug")
    assert "Traceback" in ran.stderr


def run_shell(command: str) -> subprocess.CompletedProcess[str]:
    """Run a line of bash in the repository's folder."""
    return subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=False, cwd=ROOT
    )


@POSIX
@pytest.mark.parametrize("reader", ["head -1", "true"])
@pytest.mark.parametrize(
    "arguments", ["compare configs/*.yaml", "kinds --format table", "compare --help"]
)
def test_closed_pipe(arguments: str, reader: str) -> None:
    """A reader that goes away, as `| head` does, is no error, and no "no" either."""
    ran = run_shell(f"{sys.executable} -m convcost {arguments} | {reader}; echo ${{PIPESTATUS[0]}}")
    assert ran.stdout.splitlines()[-1] == "0"
    assert ran.stderr == ""


@POSIX
def test_closed_streams() -> None:
    """Closed or full standard streams are no traceback, and never exit 1."""
    program = f"{sys.executable} -m convcost compare --in 24 --hw 8"
    for redirection, code in ((">&-", 2), (">/dev/full", 2), ("2>&-", 0)):
        ran = run_shell(f"{program} {redirection}")
        assert (ran.returncode, len(ran.stderr.splitlines())) == (code, int(code > 0))


def test_repeated_kinds(convcost: Program) -> None:
    """--kinds may be repeated, as names with commas or one by one."""
    ran = convcost(
        *("compare", "--in", 4, "--hw", 8, "--kinds", "standard,group", "--kinds", "xsepconv"),
        *("--format", "json"),
    )
    rows = json.loads(ran.out)["cases"][0]["rows"]
    assert [row["kind"] for row in rows] == ["standard", "group", "xsepconv"]


def test_empty_last_only(convcost: Program) -> None:
    """An empty list of parts is no parts, wherever it is given."""
    ran = convcost("compare", "--in", 4, "--hw", 8, "--last-only", "", "--kinds", "standard")
    assert ran.code == 0


def test_wrong_files_are_reported_together(convcost: Program, tmp_path: Path) -> None:
    """What is wrong with several configs is reported at once."""
    for name in ("a", "b"):
        (tmp_path / name).write_text("cases: 3")
    ran = convcost("compare", tmp_path / "a", tmp_path / "b")
    assert len(ran.err.splitlines()) == 2


def test_narrow_encoding() -> None:
    """A terminal that cannot show a sign gets a substitute, not a crash."""
    arguments = ("show", "standard", "--in", "3", "--hw", "4")
    ran = run_python("-m", "convcost", *arguments, PYTHONIOENCODING="ascii")
    assert ran.returncode == 0
    assert "MACs" in ran.stdout


@pytest.mark.parametrize("width", [20, 40, 60, 80, 140])
def test_terminal_never_cuts_a_digit(width: int) -> None:
    """On a terminal of any width each figure stands whole on one line, or its column is gone."""
    program = (
        "import sys, convcost.cli.main as c, rich.console as r\n"
        f"class Console(r.Console):\n    def __init__(self, **k): super().__init__(width={width}, "
        "force_terminal=True, **k)\n"
        "import convcost.formats.terminal as t; t.Console = Console; c.main()"
    )
    flags = ["compare", "--in", "24", "--hw", "112", "--format", "table"]
    ran = run_python("-c", program, *flags, NO_COLOR="1", TERM="xterm", LINES="24")
    plain = re.sub(r"\x1b\[\d*m", "", ran.stdout)
    lines = [line.split() for line in plain.splitlines()]
    assert ["standard", "5,184", "65,028,096"] in [words[:3] for words in lines]
    assert "…" not in plain
    if width >= 60:
        assert max(map(len, plain.splitlines())) <= width
    assert ("no room for" in ran.stderr) is (width < 140 or "weight bytes" not in plain)


def test_features(convcost: Program) -> None:
    """A linear layer alone needs no size: features have one position."""
    ran = convcost("compare", "--kinds", "linear", "--in", 10, "--out", 10, "--format", "json")
    [row] = json.loads(ran.out)["cases"][0]["rows"]
    assert (row["macs"], row["params"]) == (100, 110)
    ran = convcost("compare", "linear", "standard", "--in", 10)
    assert "--hw: is missing" in ran.err
