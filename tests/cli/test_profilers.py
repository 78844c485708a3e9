"""--as, explain, match and profilers, as a user types them."""

import json
from pathlib import Path

import pytest

from convcost.counting.profilers import CONVENTIONS, TOOLS
from tests.support.paths import CONFIGS
from tests.support.program import Program

PARAM = CONFIGS / "param-networks.yaml"


def test_compare_as(convcost: Program) -> None:
    """A row for each kind and tool, with the tool's own figure."""
    flags = ("--in", 24, "--hw", 112, "--kinds", "standard,group", "--norm", "bn", "--act", "relu")
    ran = convcost("compare", *flags, "--as", "thop@0.0.31", "--as", "ptflops@0.7.5,fvcore@0.1.5")
    rows = [line.split()[1:5] for line in ran.out.splitlines() if line.startswith("standard")]
    assert rows == [
        ["thop@0.0.31", "65,630,208", "MACs", "5,232"],
        ["ptflops@0.7.5", "66,232,320", "MACs", "5,232"],
        ["fvcore@0.1.5", "65,630,208", "MACs", "5,232"],
    ]


def test_compare_as_all(convcost: Program) -> None:
    """All is one row for each tool, its newest version."""
    ran = convcost("compare", CONFIGS / "resnet50.yaml", "--as", "all", "--format", "json")
    [case] = json.loads(ran.out)["cases"]
    assert [row["as"] for row in case["rows"]] == [each.name for each in TOOLS.values()]
    [row] = [row for row in case["rows"] if row["as"].startswith("mmengine@")]
    own = convcost("compare", CONFIGS / "resnet50.yaml", "--format", "json")
    assert row["activations"] == json.loads(own.out)["cases"][0]["rows"][0]["activations"]
    [row] = [row for row in case["rows"] if row["as"].startswith("thop@")]
    assert row["unknown"] == [
        {"call": "operator.iadd", "count": 16},
        {"call": "torch.flatten", "count": 1},
    ]


def test_show_as(convcost: Program) -> None:
    """A column for each tool, a dash where it does not see the op, and its own total."""
    flags = ("depthwise-separable", "--in", 24, "--hw", 112, "--norm", "bn", "--act", "gelu")
    ran = convcost("show", *flags, "--as", "thop@0.1.1", "--format", "json")
    rows = json.loads(ran.out)["rows"]
    assert [row["as"]["thop@0.1.1"] for row in rows] == [
        2_709_504,
        1_204_224,
        None,
        7_225_344,
        1_204_224,
        None,
        12_343_296,
    ]


def test_explain(convcost: Program) -> None:
    """The items of ResNet-50 between thop and fvcore, and their sum, with units at the top."""
    ran = convcost(
        "explain", CONFIGS / "resnet50.yaml", "--as", "thop@0.1.1", "--as", "fvcore@0.1.5"
    )
    assert (
        "thop@0.1.1 4,133,742,592 MACs, called MACs (the package's summary says FLOPs)" in ran.out
    )
    assert "fvcore@0.1.5 4,111,512,576 MACs, called flops, where a multiply-add is one" in ran.out
    lines = [line.split() for line in ran.out.splitlines()]
    added = {line[0]: int(line[-1].replace(",", "")) for line in lines[4:7]}
    difference = added.pop("difference")
    assert difference == 4_111_512_576 - 4_133_742_592 == sum(added.values())
    assert set(added) == {"nn.BatchNorm2d", "nn.AdaptiveAvgPool2d"}


def test_explain_names_defects(convcost: Program) -> None:
    """A rule that is a defect is called one."""
    flags = ("--kinds", "transposed", "--in", 8, "--out", 16, "--hw", "14x10")
    ran = convcost("explain", *flags, "--as", "thop@0.1.1", "--as", "fvcore@0.1.5")
    assert "a defect of thop@0.1.1: a transposed convolution counted by its output" in ran.out
    assert "-215,040" in ran.out


@pytest.mark.slow
def test_match_finds_section_a(convcost: Program) -> None:
    """The six printed figures are ptflops up to 0.7.0 or torchstat, at 416 x 416, no others."""
    ran = convcost("match", PARAM, "--hw", "32..1024", "--format", "json")
    found = json.loads(ran.out)
    best, second = found["hits"][:2]
    assert best["as"] == [
        "ptflops@0.6.3",
        "ptflops@0.6.4",
        "ptflops@0.6.5",
        "ptflops@0.6.6",
        "ptflops@0.6.7",
        "ptflops@0.6.9",
        "ptflops@0.7.0",
        "ptflops-modules@0.7.5",
        "torchstat@0.0.5",
        "torchstat@0.0.6",
        "torchstat@0.0.7",
    ]
    assert best["inputs"] == [[416, 416], [415, 415]]
    assert {fit["printed"] for fit in best["fits"]} == {
        *("258.55M", "5.93k", "69.57M", "1.56K", "186.9M", "4.25K")
    }
    assert best["strength"] == "strong"
    assert len(second["fits"]) < 6
    assert second["strength"] == "weak"


@pytest.mark.slow
def test_match_one_figure(convcost: Program) -> None:
    """A figure of ResNet-50 at its own input: thop's, and the versions that print the same."""
    ran = convcost("match", CONFIGS / "resnet50.yaml", "--macs", "4.134G", "--params", "25.56M")
    line = next(line for line in ran.out.splitlines() if line.startswith("2 of 2"))
    assert "thop@0.1.0" in line
    assert "strong" in line
    ran = convcost("match", CONFIGS / "resnet50.yaml", "--macs", "4G", "--hw", "32..1024/8")
    assert "no hit is strong" in ran.err


def test_match_nothing(convcost: Program) -> None:
    """Where nothing fits, that is the answer: exit 1."""
    ran = convcost("match", CONFIGS / "resnet50.yaml", "--macs", "77.7M")
    assert ran.code == 1
    assert "nothing fits: no convention gives the printed figure" in ran.err
    assert "3,529,152,000" in ran.out


def test_match_kind(convcost: Program) -> None:
    """A kind is matched by its flags, at sizes of its own."""
    flags = ("--kinds", "standard", "--in", 24, "--hw", "100..120", "--macs", "65.03M")
    ran = convcost("match", *flags)
    assert ran.code == 0
    assert " 112x112 " in ran.out
    assert "111x111" not in ran.out


def test_profilers(convcost: Program) -> None:
    """Every convention is listed; one alone is printed whole, with its defects."""
    ran = convcost("profilers")
    assert all(f"\n{each.name} " in ran.out for each in CONVENTIONS)
    ran = convcost("profilers", "thop@0.1.1")
    for words in (
        "2 |X| + 2 affine",
        "nn.BatchNorm1/2/3d",
        "0 on purpose",
        "unknown to it",
        "nn.GroupNorm",
        "stride² too many",
        "Counted by other rules in thop@0.1.1.post2207130030",
    ):
        assert words in ran.out
    ran = convcost("profilers", "ptflops", "--format", "json")
    assert json.loads(ran.out)["rules"]["F.relu"] == "|X|"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("compare --in 3 --hw 9 --as thob", "--as: no tool 'thob'; did you mean 'thop'?"),
        ("compare --in 3 --hw 9 --as thop@9", "--as: no table for version 9 of thop"),
        ("compare --in 3 --hw 9 --as thop --verify", "--verify: goes without --as"),
        ("explain --in 3 --hw 9", "--as: names a tool or more"),
        ("match --in 3 --hw 9 --kinds standard", "no printed figure: give --macs"),
        ("match --hw 9 --macs 5M --batch 2", "--in: is missing"),
        ("match --macs 5M --set width=2", "--set: is for networks that are named"),
        ("match", "no printed figure: give --macs, --flops or --params"),
        ("match --hw 32", "no printed figure: give --macs, --flops or --params"),
        ("match --in 3 --hw 1x2x3x4 --macs 5M", "--hw: must be sizes such as"),
        ("match --in 3 --kinds standard --macs 5M", "--hw: is missing"),
        ("match --in 3 --hw 9..2 --kinds standard --macs 5M", "--hw: goes from large to small"),
        ("match --in 3 --hw 9 --kinds standard --macs 5.123", "--macs: has digits below one"),
        ("match --in 3 --hw 9 --kinds standard --macs x", "--macs: must be a figure such as"),
        ("profilers thob", "TOOL: no tool 'thob'; did you mean 'thop'?"),
        ("verify --in 3 --hw 9 --with thob", "--with: no tool 'thob'; did you mean 'thop'?"),
    ],
)
def test_mistakes(convcost: Program, arguments: str, message: str) -> None:
    """One clear line, exit 2."""
    ran = convcost(*arguments.split())
    assert ran.code == 2
    assert ran.out == ""
    assert message in ran.err
    assert len(ran.err.splitlines()) == 1


def test_match_says_what_contradicts(convcost: Program) -> None:
    """MACs that fit with params that do not are no strong hit, and the real params are shown."""
    path = CONFIGS / "resnet50.yaml"
    ran = convcost("match", path, "--macs", 4_089_184_256, "--params", "11.7M")
    assert "contradicted" in ran.out
    assert "25,557,032  +118.44%  every tool" in ran.out
    assert "the printed params are not those of this network" in ran.err


@pytest.mark.parametrize(
    ("figure", "strength"), [("4M", "means nothing"), ("3M", "means nothing"), ("3.5M", "weak")]
)
def test_few_digits_mean_little(convcost: Program, figure: str, strength: str) -> None:
    """A figure that could stand for almost anything near is not called a find."""
    only = ("--only", "MobileNetV2")
    ran = convcost("match", CONFIGS / "mobilenet-v2.yaml", *only, "--params", figure)
    assert strength in ran.out
    assert ran.code == (strength == "means nothing")


def test_match_what_cannot_be_built(convcost: Program) -> None:
    """Where nothing can be built, that is the error; where some cannot, it is said."""
    ran = convcost("match", "--kinds", "group", "--in", 3, "--hw", 8, "--macs", "5k")
    assert (ran.code, ran.out) == (2, "")
    assert "3 input channels cannot be divided into 2 groups" in ran.err
    flags = ("--kinds", "standard", "--in", 3, "--k", 7, "--padding", "valid", "--macs", "441")
    ran = convcost("match", *flags, "--hw", "5..9")
    assert ran.code == 0
    assert "not built at 2 of 5 inputs" in ran.err


def test_a_figure_counts_once(convcost: Program) -> None:
    """The same file twice is the same evidence."""
    path = CONFIGS / "resnet50.yaml"
    assert convcost("match", path, path).out == convcost("match", path).out


def test_explain_units(convcost: Program) -> None:
    """Between MACs and FLOPs the unit is an item, and the rest are differences in counting."""
    for names, unit in ((("thop", "torch"), 4_089_184_256), (("torch", "thop"), -4_089_184_256)):
        flags = [word for name in names for word in ("--as", name)]
        ran = convcost("explain", CONFIGS / "resnet50.yaml", *flags, "--format", "json")
        [row] = json.loads(ran.out)["cases"][0]["rows"]
        items = {item["call"]: item["difference"] for item in row["items"]}
        assert sum(items.values()) == row["difference"]
        assert items["the unit"] == unit
        assert set(items) == {"the unit", "nn.BatchNorm2d", "nn.AdaptiveAvgPool2d"}


def test_explain_everything_adds_up(convcost: Program) -> None:
    """Between any two tools the items of a block add up, with nothing left over."""
    for name in TOOLS:
        others = [word for other in TOOLS if other != name for word in ("--as", other)]
        flags = ("--kinds", "inverted-residual", "--in", 8, "--hw", 9, "--as", name, *others)
        rows = json.loads(convcost("explain", *flags, "--format", "json").out)["cases"][0]["rows"]
        assert len(rows) == len(TOOLS) - 1
        for row in rows:
            assert sum(item["difference"] for item in row["items"]) == row["difference"]
            assert all(item["call"] != "rounding" for item in row["items"])
            assert row["difference"] == row["to"]["figure"] - row["from"]["figure"]


def test_explain_one_tool(convcost: Program) -> None:
    """A tool alone is explained against convcost's own count in its unit."""
    ran = convcost("explain", "resnet50", "--as", "thop", "--format", "json")
    [row] = json.loads(ran.out)["cases"][0]["rows"]
    assert (row["from"]["as"], row["to"]["as"]) == ("macs", "thop@0.1.1")
    assert row["difference"] == 44558336 == sum(item["difference"] for item in row["items"])
    ran = convcost("explain", "mobilenet_v2", "--as", "calflops", "--format", "json")
    [row] = json.loads(ran.out)["cases"][0]["rows"]
    assert (row["from"]["as"], row["from"]["unit"]) == ("flops", "FLOPs")
    assert "convcost's own count" in convcost("explain", "resnet50", "--as", "thop").out


def test_explain_says_what_rules_mean(convcost: Program) -> None:
    """Each rule is a sentence, with what its quantities are here, zeros among them."""
    ran = convcost("explain", "resnet50", "--as", "fvcore")
    assert (
        "fvcore@0.1.5 counts nn.BatchNorm2d as |X| + affine + 3 statistics; |X|: elements of the "
        "(first) input, batch included (here 11,113,984); affine: |X| where the norm has a scale "
        "and a shift, else 0 (here 11,113,984); statistics: |X| where a batch norm has to find "
        "mean and variance itself, else 0 (here 0)\n"
    ) in ran.out
    assert "fvcore@0.1.5 counts zero on purpose: 49 nn.ReLU\n" in ran.out
    assert "fvcore@0.1.5 does not see: nn.MaxPool2d, 16 operator.iadd\n" in ran.out
    ran = convcost("explain", "resnet50", "--as", "fvcore", "--format", "json")
    [item, _] = json.loads(ran.out)["cases"][0]["rows"][0]["items"]
    terms = [(term["times"], term["name"], term["value"]) for term in item["terms"][1]]
    assert terms == [(1, "|X|", 11113984), (1, "affine", 11113984), (3, "statistics", 0)]
    assert sum(times * value for times, _, value in terms) == item["figures"][1]


def test_explain_counts_what_the_tool_counts(convcost: Program) -> None:
    """Where only the last call of a module counts, the sentence says what those come to."""
    ran = convcost("explain", "resnet50", "--as", "torchstat")
    [sentence] = [line for line in ran.out.splitlines() if "counts nn.ReLU as |X|" in line]
    assert sentence.endswith("(here 6,322,176)")


def test_in_place_has_its_own_name(convcost: Program, tmp_path: Path) -> None:
    """torch.profiler counts x + y and not x += y: each is said under the name of its own."""
    path = tmp_path / "two.yaml"
    path.write_text("input: 8x4x4\nlayers: [basic-block, residual: [pointwise]]\n")
    ran = convcost("compare", path, "--as", "torch-profiler", "--format", "json")
    [row] = json.loads(ran.out)["cases"][0]["rows"]
    assert [each["call"] for each in row["besides"]] == ["operator.add"]
    unseen = [each["call"] for each in row["unknown"]]
    assert unseen == ["nn.BatchNorm2d", "nn.ReLU", "operator.iadd"]
