"""Hold what is read of ONNX files to the networks that torch exported them from.

    python scripts/onnx_models.py [--only NAME ...]

Writes scripts/onnx_models.json, of which a page of the docs is made, and goes on where it stopped.
Each shipped network, built in torch, and some of torchvision and timm are given random weights,
exported by both of torch's exporters and read again: multiply-adds and params beside the module's,
and the figure of onnx-tool beside its own. Needs convcost[dev].
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402

from convcost import capture  # noqa: E402
from convcost.formats.files import WholeFile  # noqa: E402
from convcost.graph.nodes import Graph  # noqa: E402
from convcost.networks.cases import run_all  # noqa: E402
from convcost.pytorch.capture.loading import prepare_torchvision  # noqa: E402
from convcost.pytorch.modules import GraphModule  # noqa: E402
from convcost.sources.shipped import shipped_networks  # noqa: E402
from tests.support.onnx_files import export, held, inputs_of, randomized  # noqa: E402

RESULTS = ROOT / "scripts" / "onnx_models.json"

TORCHVISION = """
    alexnet densenet121 efficientnet_b0 googlenet mnasnet0_5 mobilenet_v3_small regnet_y_400mf
    shufflenet_v2_x1_0 squeezenet1_0 swin_t maxvit_t vgg11_bn
"""
TIMM = """
    cait_xxs24_224 coat_tiny convmixer_768_32 davit_tiny edgenext_xx_small efficientvit_b0
    fastvit_t8 levit_128s mixer_s32_224 mobileone_s0 nfnet_l0 resnest14d skresnet18
    tf_efficientnet_b0 tiny_vit_5m_224 vit_tiny_patch16_224 xcit_nano_12_p16_224
"""


def subjects(only: list[str]) -> Iterator[tuple[str, torch.nn.Module, Graph]]:
    """Each network with the module to export and the graph that it is held to."""
    for case, [row] in run_all(shipped_networks()):
        if not case.variant and (not only or case.name in only):
            yield case.name, GraphModule(row.graph), row.graph
    prepare_torchvision()
    import timm
    import torchvision

    for name in TORCHVISION.split():
        if not only or name in only:
            yield from _captured(
                "torchvision", name, torchvision.models.get_model(name, weights=None)
            )
    for name in TIMM.split():
        if not only or name in only:
            yield from _captured("timm", name, timm.create_model(name))


def _captured(library: str, name: str, module: Any) -> Iterator[tuple[str, torch.nn.Module, Graph]]:
    size = getattr(module, "default_cfg", {}).get("input_size", (3, 224, 224))
    yield f"{library} {name}", module, capture(module.eval(), size).graph


def main() -> None:
    """Hold all, and write the file after each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=[])
    only = parser.parse_args().only
    found: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for name, module, graph in subjects(only):
        for exporter in ("script", "dynamo"):
            key = f"{name} | {exporter}"
            if key in found and not only:
                continue
            with TemporaryDirectory() as folder:
                path = Path(folder) / "net.onnx"
                try:
                    export(randomized(module), inputs_of(graph), path, exporter)
                    found[key] = held(path, graph)
                except Exception as error:
                    found[key] = {"error": f"{type(error).__name__}: {error}".splitlines()[0][:200]}
            print(key, found[key], flush=True)
            with WholeFile(str(RESULTS)) as file:
                file.write(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
