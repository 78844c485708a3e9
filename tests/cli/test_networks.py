"""Networks that are shipped, on the command line."""

import json
from pathlib import Path

import pytest

from tests.support.paths import CONFIGS
from tests.support.program import Program

RESNET = "4,089,184,256"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no configs/ where these run."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "arguments",
    [
        ["show", "resnet50"],
        ["show", "ResNet_50", "--by", "kind"],
        ["compare", "ResNet-50", "mobilenet_v2"],
        ["compare", "resnet 50", "--as", "macs"],
        ["explain", "RESNET50", "--as", "macs", "--as", "thop"],
        ["compare", "resnet50", "--swap", "standard=depthwise-separable"],
        ["networks"],
    ],
)
def test_by_name(convcost: Program, arguments: list[str]) -> None:
    """Every command takes a network by its name, however it is spelt, where there is no file."""
    ran = convcost(*arguments)
    assert ran.code == 0, ran.err
    assert RESNET in ran.out


def test_gate(convcost: Program) -> None:
    """A shipped network can be locked, checked and compared with another."""
    assert convcost("lock", "resnet50", "vgg").code == 0
    assert convcost("check", "ResNet50", "vgg16").code == 0
    assert convcost("check", "resnet_50", "--published").code == 0
    ran = convcost("diff", "resnet50", "resnet101", "--format", "json")
    assert {each["entry"] for each in json.loads(ran.out)["changes"]} == {"ResNet-50", "ResNet-101"}


def test_variants(convcost: Program) -> None:
    """A variant that is named is no variant: --set and --hw change it."""
    ran = convcost("compare", "resnet34", "--hw", 160, "--format", "json")
    assert ran.code == 0
    [case] = json.loads(ran.out)["cases"]
    assert (case["name"], case["input"]) == ("ResNet-34", [3, 160, 160])
    ran = convcost("show", "mobilenet_v2", "--set", "width=1.4", "--format", "json")
    assert json.loads(ran.out)["networks"][0]["macs"] == 582195824


def test_which_comes_first(convcost: Program, tmp_path: Path) -> None:
    """A file that exists comes first, then kinds, then networks."""
    assert "'out=" not in convcost("show", "standard", "--in", 3, "--hw", 4).out
    assert "--in: is missing" in convcost("show", "standard").err
    text = (CONFIGS / "vgg.yaml").read_text(encoding="utf-8")
    for name in ("resnet50", "standard"):
        (tmp_path / name).write_text(text)
        assert "VGG-16" in convcost("show", name).out
        (tmp_path / name).unlink()
        (tmp_path / name).mkdir()
    assert "ResNet-50" in convcost("show", "resnet50").out


def test_kinds_as_subjects(convcost: Program) -> None:
    """Kinds may stand where networks do, but not beside them."""
    both = convcost("compare", "--in", 8, "--hw", 4, "standard", "Group")
    assert both.out == convcost("compare", "--in", 8, "--hw", 4, "--kinds", "standard,group").out
    ran = convcost("compare", "standard", "resnet50")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("resnet50: is no kind, as standard is")


def test_list(convcost: Program) -> None:
    """The list has every network with its figures and source, or those that --only names."""
    ran = convcost("networks", "--only", "ResNet-50,regnetx*", "--format", "json")
    assert ran.code == 0
    first, *others = json.loads(ran.out)["networks"]
    assert len(others) == 8
    assert others[0]["name"] == "RegNetX-200MF" or first["name"] == "RegNetX-200MF"
    [own] = [each for each in (first, *others) if each["name"] == "ResNet-50"]
    assert (own["params"], own["macs"], own["family"]) == (25557032, 4089184256, "resnet50")
    assert "1512.03385" in own["source"]


def test_file_to_begin_from(convcost: Program, tmp_path: Path) -> None:
    """The family's file is written, or printed, and is a config that costs the same."""
    mine = tmp_path / "mine.yaml"
    ran = convcost("networks", "resnet_101", "--output", mine)
    assert (ran.code, ran.out) == (0, "")
    assert mine.read_text(encoding="utf-8") == (CONFIGS / "resnet.yaml").read_text(encoding="utf-8")
    assert convcost("networks", "resnet101").out == mine.read_text(encoding="utf-8")
    assert "7,801,405,440" in convcost("show", mine, "--only", "ResNet-101").out
    ran = convcost("networks", "vgg", "--output", mine)
    assert (ran.code, mine.read_text(encoding="utf-8")) == (2, convcost("networks", "resnet").out)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("show resnet51x", "resnet51x: no kind, file or network is called so; did you mean"),
        (
            "show standrad",
            "standrad: no kind, file or network is called so; did you mean 'standard'",
        ),
        ("show retention", "called so; convcost kinds and convcost networks list them"),
        ("show mamba", "called so; convcost kinds and convcost networks list them"),
        (
            "compare rwkv --in 3 --hw 4",
            "rwkv: no kind, file or network is called so; convcost kinds",
        ),
        ("explain nofile --as thop --as fvcore", "nofile: no kind, file or network is called so"),
        ("show model.tflite", "model.tflite: convcost reads YAML configs, graph files and ONNX"),
        ("show model.onnx", "model.onnx: no such file or directory"),
        (
            "compare net.pt resnet50",
            "net.pt: holds weights, and may hold code that would run: it is never loaded",
        ),
        ("show resnet50.yaml", "resnet50.yaml: no such file or directory; 'ResNet-50' is a"),
        ("show configs/vgg.yml", "configs/vgg.yml: no such file or directory; 'VGG-16' is a net"),
        ("show a/resnet50", "a/resnet50: no such file or directory"),
        ("compare resnet50 --k 3", "resnet50: is a network, which goes without --k"),
        ("compare resnet50 --kinds group", "resnet50: is a network, which goes without --kinds"),
        ("networks resnet51x", "NETWORK: none is called 'resnet51x'; did you mean"),
        ("networks zzz", "NETWORK: none is called 'zzz'; convcost networks lists them"),
        ("networks vgg --format json", "--format: is for the list, not for one network's file"),
        ("networks vgg --only x", "--only: is for the list, not for one network's file"),
        ("lock standard", "standard: is a kind of layer, no network and no config"),
        ("diff resnet50 resnet51x", "resnet51x: no config, lock file, network, commit of this"),
    ],
)
def test_mistakes(convcost: Program, arguments: str, line: str) -> None:
    """What is nobody's name is named, with what may be meant if that is near; exit 2."""
    ran = convcost(*arguments.split())
    assert (ran.code, ran.out) == (2, "")
    assert line in ran.err
    assert len(ran.err.splitlines()) == 1


def test_model_that_is_there(convcost: Program, tmp_path: Path) -> None:
    """A model's file that exists is no config either, and nothing of it is read."""
    (tmp_path / "net.tflite").write_bytes(b"\x08\x07")
    assert "convcost reads YAML configs" in convcost("show", "net.tflite").err


def test_only_picks_from_the_family(convcost: Program) -> None:
    """With --only the name of a shipped network stands for all of its file, variants too."""
    assert "9,109,994 params" in convcost("show", "efficientnet", "--only", "EfficientNet-B2").out
    assert "6,108,776" in convcost("compare", "mobilenet_v2", "--only", "*1.4").out
    ran = convcost("compare", "resnet50", "vgg16", "--only", "vgg*", "--format", "json")
    assert [case["name"][:3] for case in json.loads(ran.out)["cases"]] == ["VGG"] * 8
    twice = convcost("compare", "vgg16", "vgg11", "--only", "vgg*", "--format", "json")
    assert json.loads(twice.out) == json.loads(ran.out)
    nobody = convcost("compare", "vgg16", "--only", "VGG-12")
    assert (nobody.code, nobody.out) == (2, "")
    assert "no case or network 'vgg-12'" in nobody.err
