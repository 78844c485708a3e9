"""convcost match without a subject, with variants, and for kinds of any number of axes."""

import json

import pytest

from tests.support.paths import CONFIGS
from tests.support.program import Program

CONV1D = "--in 32 --out 32 --dims 1 --hw 128 --k 3 --padding 4 --stride 2 --bias"


def test_all_that_is_shipped(convcost: Program) -> None:
    """Without a subject every shipped network is tried; one that published the figure is first."""
    ran = convcost("match", "--macs", "3.8G", "--format", "json")
    assert ran.code == 0
    first = json.loads(ran.out)["hits"][0]
    [fit] = first["fits"]
    assert (fit["label"], fit["exact"]) == ("ResNet-50 v1", 3857973248)
    assert (first["as"], first["strength"]) == (["macs"], "published")
    assert first["published_by"] == "ResNet, arXiv 1512.03385, table 1"


def test_exact_figure_of_nobody_published(convcost: Program) -> None:
    """An exact figure names its network, and the tools that count like it."""
    ran = convcost("match", "--macs", 4133742592, "--format", "json")
    [hit] = json.loads(ran.out)["hits"]
    assert [fit["label"] for fit in hit["fits"]] == ["ResNet-50"]
    assert hit["strength"] == "strong"
    assert "thop@0.1.1" in hit["as"]


def test_sizes_of_all_that_is_shipped(convcost: Program) -> None:
    """They are tried at other inputs too, as far as those are not too many."""
    ran = convcost("match", "--macs", 5340348416, "--hw", "256", "--format", "json")
    assert ran.code == 0
    [hit] = json.loads(ran.out)["hits"][:1]
    assert (hit["fits"][0]["label"], hit["inputs"]) == ("ResNet-50", [[256, 256]])
    assert convcost("match", "--macs", "3.8G", "--hw", "32..1024").code == 2


def test_only(convcost: Program) -> None:
    """--only says which of the shipped networks are tried."""
    ran = convcost("match", "--macs", "300M", "--only", "mobilenetv2*", "--format", "json")
    labels = {fit["label"] for hit in json.loads(ran.out)["hits"] for fit in hit["fits"]}
    assert labels <= {"MobileNetV2", "MobileNetV2 1.0 (1001 classes)"}
    assert labels


@pytest.mark.parametrize("subject", ["mobilenet_v2", CONFIGS / "mobilenet-v2.yaml"])
def test_variants(convcost: Program, subject: object) -> None:
    """Variants of a network are tried as well, shipped or in a file."""
    ran = convcost("match", subject, "--macs", "610.1M", "--format", "json")
    first = json.loads(ran.out)["hits"][0]
    assert first["fits"][0]["label"] == "MobileNetV2 1.4"
    assert first["fits"][0]["exact"] == 610097600
    assert "ptflops@0.6.3" in first["as"]


def test_another_network_explains(convcost: Program) -> None:
    """Where the network that was named does not explain a figure, one that does is named."""
    ran = convcost("match", "resnet50", "--macs", "3.8G")
    assert ran.code == 1
    assert "ResNet-50 v1, macs 3.8G = 3,857,973,248 truncated, counted like macs" in ran.err
    assert "another network" not in convcost("match", "resnet50", "--macs", "4.09G").err
    ran = convcost("match", CONFIGS / "vgg.yaml", "--macs", 4133742592)
    assert "another network that is shipped explains it: ResNet-50, macs 4133742592" in ran.err


def test_known_not_to_hold(convcost: Program) -> None:
    """A figure that was published and is known not to hold is told so, with what was counted."""
    ran = convcost("match", "mobilenet_v2", "--macs", "585M")
    assert ran.code == 1
    assert "macs 585M is what MobileNetV2, arXiv 1801.04381, table 4 has for" in ran.err
    assert "known not to hold: 582,195,824 was counted" in ran.err


@pytest.mark.parametrize(
    ("flags", "macs", "inputs"),
    [
        (f"--kinds standard {CONV1D}", 205824, [[128]]),
        (f"standard {CONV1D}", 205824, [[128]]),
        (f"standard {CONV1D}".replace("128", "64,120..130"), 205824, [[128], [127]]),
        ("standard --in 8 --dims 3 --hw 8x14x14", 2709504, [[8, 14, 14]]),
        ("standard --in 8 --hw 8x14x14", 2709504, [[8, 14, 14]]),
        ("standard --in 8 --dims 3 --hw 4..20", 64 * 27 * 12**3, [[12, 12, 12]]),
        ("standard --in 8 --hw 14x28", 9 * 64 * 14 * 28, [[14, 28]]),
    ],
)
def test_axes(convcost: Program, flags: str, macs: int, inputs: list[list[int]]) -> None:
    """A kind is matched in one, two and three dims; one number is for every axis."""
    ran = convcost("match", *flags.split(), "--macs", macs, "--format", "json")
    assert ran.code == 0, ran.err
    hits = json.loads(ran.out)["hits"]
    assert [hit["inputs"] for hit in hits if "macs" in hit["as"]] == [inputs]
    assert hits[0]["fits"][0]["exact"] == macs


@pytest.mark.parametrize(
    ("subject", "figure", "tool"),
    [
        ("resnet50", ("--macs", 4142713856), "thop@0.0.23.post1907011323"),
        ("resnet50", ("--macs", 4111514624), "thop@0.0.31"),
        ("resnet50", ("--flops", 8227340288), "torch-flops@0.4.1"),
        ("resnet50", ("--macs", 4118537216), "torchstat@0.0.7"),
        ("mobilenet_v2", ("--flops", 601764928), "torch-profiler@2.13.0"),
        ("resnet50", ("--flops", 8219637272), "torchstat-madd@0.0.7"),
        (
            "standard --in 3 --out 2 --hw 10 --padding valid --bias",
            ("--flops", "7.04k"),
            "tensorflow@2.21.0",
        ),
    ],
)
def test_tools(convcost: Program, subject: str, figure: tuple[str, object], tool: str) -> None:
    """Figures that old releases, torchstat, torch-flops, torch.profiler and TensorFlow print."""
    ran = convcost("match", *subject.split(), *figure, "--format", "json")
    assert ran.code == 0
    first = json.loads(ran.out)["hits"][0]
    assert tool in first["as"]
    assert first["strength"] == "strong"


def test_kinds_apart(convcost: Program) -> None:
    """A figure that one of several kinds has is found in that one."""
    ran = convcost("match", "--in", 24, "--hw", 112, "--macs", "65.03M", "--format", "json")
    found = [(hit["fits"][0]["label"], hit["as"][0]) for hit in json.loads(ran.out)["hits"]]
    assert found == [("standard", "macs"), ("group", "flops")]


def test_too_few_axes(convcost: Program, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A size with more numbers than a network has axes is not tried, and that is said."""
    path = tmp_path_factory.mktemp("n") / "signal.yaml"
    path.write_text("{name: s, input: 4x16, layers: [{standard: {out: 8}}]}")
    ran = convcost("match", path, "--macs", 4 * 8 * 3 * 32, "--hw", "32,8x8")
    assert ran.code == 0
    assert "not built at 1 of 3 inputs: s: a size of 2 numbers is for more axes" in ran.err
    assert " 32 " in ran.out


def test_words(convcost: Program) -> None:
    """A hit counts like a tool, which it is not said to be; long lists of tools are cut."""
    ran = convcost("match", "standard", "--in", 8, "--hw", 12, "--macs", 82944)
    assert "counts like" in ran.out
    assert max(map(len, ran.out.splitlines())) < 160
    assert " more  12x12" in ran.out


def test_own_size_once(convcost: Program) -> None:
    """A size that is tried and is a variant's own is named once, and counted once."""
    asked = ("match", "mobilenet_v2", "--macs", "221M", "--hw", "192,224")
    first, *_ = json.loads(convcost(*asked, "--format", "json").out)["hits"]
    assert first["fits"][0]["label"] == "MobileNetV2 1.0 @192 (1001 classes)"
    assert first["inputs"] == [[192, 192]]
    row = next(line for line in convcost(*asked).out.splitlines() if "@192" in line)
    assert row.count("192x192") == 1


@pytest.mark.parametrize("column", ["nearest", "published by", "off by"])
def test_columns_that_may_come(column: str, convcost: Program) -> None:
    """A column of other answers of the command may be asked for."""
    assert convcost("match", "resnet50", "--macs", "4.1337G", "--columns", column).code == 0


def test_activations_are_left_out(convcost: Program) -> None:
    """Published activations are no MACs: what pycls printed is explained whole without them."""
    ran = convcost("match", "resnet50", "--format", "json")
    first, *_ = json.loads(ran.out)["hits"]
    assert {fit["figure"] for fit in first["fits"]} == {"params", "macs", "flops"}
    assert "activations" not in ran.out


def test_a_figure_twice(convcost: Program) -> None:
    """A figure that is given twice is refused, and never half forgotten."""
    ran = convcost("match", "resnet50", "--macs", "4.13G", "--macs", "4.11G")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("--macs: is given twice; several figures stand in a config")


@pytest.mark.parametrize("figure", [("--params", "5.3M"), ("--flops", "0.39B")])
def test_published_params_and_flops(figure: tuple[str, str], convcost: Program) -> None:
    """Params are known to be published too, and MACs that their source calls FLOPs."""
    ran = convcost("match", *figure, "--format", "json")
    first, *_ = json.loads(ran.out)["hits"]
    assert (ran.code, first["strength"]) == (0, "published")
    assert first["published_by"] == "EfficientNet, arXiv 1905.11946, table 2"


def test_several_figures_of_one_source(convcost: Program) -> None:
    """Where published figures are left that nothing explains, learn is pointed to."""
    config = str(CONFIGS / "hrnet.yaml")
    ran = convcost("match", config)
    assert f"a rule may be behind those of one source: convcost learn {config}" in ran.err
    assert "convcost learn" not in convcost("match", "resnet-18", "--macs", "1.814G").err
