"""Networks that are shipped, by their names."""

import pytest

from convcost.sources.reading.configs import read_config
from convcost.sources.shipped import file_of, find_network, nearest_network, shipped_networks
from tests.support.paths import CONFIG_FILES

NETWORKS = list(shipped_networks())


def test_all_are_shipped() -> None:
    """Every network of configs/ is there, with a name of its own and where it is described."""
    named = [case.name for path in CONFIG_FILES for case in read_config(str(path)) if case.network]
    assert [case.name for case in NETWORKS] == named
    assert len(set(named)) == len(named)
    assert [case.name for case in NETWORKS if not case.source] == []


@pytest.mark.parametrize("name", [case.name for case in NETWORKS])
def test_spelling(name: str) -> None:
    """Each is found by its name in any case, with other separators, and with none."""
    spelt = (name.lower(), name.upper().replace(" ", "_"), name.replace("-", " "))
    for each in (name, *spelt, name.replace(" ", "").replace("-", ""), f" {name} "):
        found = find_network(each)
        assert found is not None, each
        assert (found.name, found.variant) == (name, False)


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("resnet50", "ResNet-50"),
        ("RegNetX-1.6GF", "RegNetX-1.6GF"),
        ("regnet_x_1_6gf", "RegNetX-1.6GF"),
        ("regnet_x_16gf", "RegNetX-16GF"),
        ("RegNetX 16GF", "RegNetX-16GF"),
        ("resnext101_32x8d", "ResNeXt-101 32x8d"),
        ("resnext5032x4d", "ResNeXt-50 32x4d"),
        ("squeezenet1_1", "SqueezeNet 1.1"),
        ("mobilenet_v3_large", "MobileNetV3-Large 1.0"),
        ("mobilenet_v2", "MobileNetV2"),
        ("efficientnet_b3", "EfficientNet-B3"),
        ("efficientnet", "EfficientNet-B0"),
        ("efficientnet-v2", "EfficientNetV2-s"),
        ("alexnet", "AlexNet"),
        ("resnet", "ResNet-18"),
        ("resnet-cifar", "ResNet-20"),
        ("VGG", "VGG-16"),
        ("vit_b_16", "ViT-B/16"),
        ("vit-l/16 @384", "ViT-L/16 @384"),
        ("swin_v2_t", "SwinV2-T"),
        ("mobilevit_xxs", "MobileViT-XXS"),
        ("coatnet_0", "CoAtNet-0"),
        ("unetr", "UNETR"),
    ],
)
def test_names_of_the_field(word: str, name: str) -> None:
    """torchvision's names are found, a dot is never lost, and a family is its first network."""
    found = find_network(word)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    "word", ["", "-", "resnet 5 0", "resnet-5.0", "regnetx1 16gf", "mobile-stage", "stem", "5"]
)
def test_nobody(word: str) -> None:
    """What is nobody's name is found nowhere: layers, files without networks, and less."""
    assert find_network(word) is None


def test_nearest() -> None:
    """A slip is told from a name that is far from all."""
    assert nearest_network("Mobilnet_V2") == "MobileNetV2"
    assert nearest_network("attention") == ""


def test_file() -> None:
    """A variant's file is that of its family."""
    found = find_network("resnet101 v1")
    assert found is not None
    assert file_of(found).name == "resnet.yaml"
    assert found.place.startswith("convcost/configs/resnet.yaml:")
