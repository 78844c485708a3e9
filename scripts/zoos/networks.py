"""The networks of three zoos: their names, and each made with inputs to call it.

Weights are drawn at random, as none are downloaded; costs do not depend on them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from convcost.pytorch import boxes
from convcost.pytorch.capture.loading import prepare_torchvision, usual_size

Made = tuple[nn.Module, tuple[Tensor, ...]]


class Zoo(NamedTuple):
    """A package of networks.

    Attributes:
        list_families: returns the names of its networks, by family.
        make_network: makes a network, and inputs that are a batch of one.
    """

    list_families: Callable[[], dict[str, list[str]]]
    make_network: Callable[[str], Made]

    def make(self, name: str) -> Made:
        """A network, and inputs that are a batch of one."""
        _import_torchvision()
        return self.make_network(name)

    def names(self, one_of_each: bool) -> list[str]:
        """All networks; or one of each family, a small one by its name if there is one."""
        _import_torchvision()
        families = self.list_families().values()
        if not one_of_each:
            return sorted(name for names in families for name in names)
        return sorted(next((n for n in names if _is_small(n)), names[0]) for names in families)


_SMALL = ("tiny", "small", "nano", "atto", "femto", "_xs", "xxs", "18", "s0", "_t")


def _import_torchvision() -> None:
    """Import it, which timm and transformers do too, also where it does not fit torch."""
    prepare_torchvision()
    import torchvision  # noqa: F401

    boxes.prepare()


def _is_small(name: str) -> bool:
    return any(word in name for word in _SMALL)


def _by_family(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for family, name in sorted(pairs):
        found.setdefault(family, []).append(name)
    return found


def _of_torchvision() -> dict[str, list[str]]:
    """Those that are not quantised; a family is what stands in one file."""
    from torchvision import models

    names = set(models.list_models()) - set(models.list_models(models.quantization))
    return _by_family((models.get_model_builder(name).__module__, name) for name in names)


def _make_of_torchvision(name: str) -> Made:
    from torchvision import models

    family = models.get_model_builder(name).__module__.removeprefix("torchvision.models.")
    task = family.partition(".")[0]
    none = dict.fromkeys(["weights", *["weights_backbone"] * (task in _ON_BACKBONES)])
    inputs = _inputs(_SIZES.get(name) or _SIZES.get(task) or (3, 224, 224))
    return models.get_model(name, **none), inputs * (2 if task == "optical_flow" else 1)


_ON_BACKBONES = ("detection", "segmentation")
_SIZES = {
    "inception_v3": (3, 299, 299),
    "detection": (3, 320, 320),
    "optical_flow": (3, 128, 128),
    "video": (3, 16, 224, 224),
    "s3d": (3, 16, 224, 224),
}


def _of_timm() -> dict[str, list[str]]:
    import timm

    return _by_family(
        (family.rpartition(".")[2], name)
        for family in timm.list_modules()
        for name in timm.list_models(module=family)
    )


def _make_of_timm(name: str) -> Made:
    import timm

    module = timm.create_model(name)
    return module, _inputs(usual_size(module) or (3, 224, 224))


def _of_transformers() -> dict[str, list[str]]:
    """The families that classify images, each in the size that its configuration has."""
    from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING_NAMES

    names = MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING_NAMES.keys() - _NONE_OF_ITS_OWN
    return {name: [name] for name in sorted(names)}


_NONE_OF_ITS_OWN = {"shieldgemma2", "timm_wrapper"}
"""A language model, and what wraps a network of timm."""


def _make_of_transformers(name: str) -> Made:
    from transformers import AutoConfig, AutoModelForImageClassification

    config: Any = AutoConfig.for_model(name)
    module = AutoModelForImageClassification.from_config(config)
    vision = getattr(config, "vision_config", config)
    size, channels = getattr(vision, "image_size", 224), getattr(vision, "num_channels", 3)
    sizes = size if isinstance(size, list | tuple) else (size, size)
    return _Plain(module), _inputs((channels, *sizes))


class _Plain(nn.Module):
    """A network that returns a tensor, as tools that trace want no classes of outputs."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: Tensor) -> Any:
        """The first that the network returns."""
        return self.network(pixels, return_dict=False)[0]


def _inputs(sizes: tuple[int, ...]) -> tuple[Tensor, ...]:
    return (torch.rand(1, *sizes),)


ZOOS = {
    "torchvision": Zoo(_of_torchvision, _make_of_torchvision),
    "timm": Zoo(_of_timm, _make_of_timm),
    "transformers": Zoo(_of_transformers, _make_of_transformers),
}
"""The zoos by the name of their package."""
