"""The page of ONNX files: what is read of what torch exports, and onnx-tool beside its table."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from .examples import ROOT
from .markdown import page, rows, text

_REDUCED = "onnx-tool takes what ReduceL2 writes for a single number"

REASONS = {
    ("RetinaNet", "params"): "its batch norms are frozen: no params in the module",
    ("XSepMobileNetV3", "params"): "a linear layer with a bias had a batch norm",
    ("timm nfnet", "params"): "vectors that its exporter made to standardize weights have names",
    ("timm nfnet", "onnx-tool"): "nodes that compute weights, from no input",
    ("torchvision googlenet", "params"): "its auxiliary classifiers are only run in training",
    ("timm edgenext", "onnx-tool"): _REDUCED,
    ("timm xcit", "onnx-tool"): _REDUCED,
    ("SwinV2", "onnx-tool"): _REDUCED,
}
"""Why figures differ, by how a network's name begins, where the file does not say so."""


def onnx_page() -> dict[str, str]:
    """The text of the page by its path."""
    found = json.loads((ROOT / "scripts" / "onnx_models.json").read_text(encoding="utf-8"))
    read = {name: each for name, each in found.items() if "error" not in each}
    failed = {name: each["error"] for name, each in found.items() if "error" in each}
    macs = sum(each["macs"][0] == each["macs"][1] for each in read.values())
    params = sum(each["params"][0] + each["folded"] == each["params"][1] for each in read.values())
    exact = sum(each["tool"][0] == each["tool"][1] for each in read.values())
    sizes = sum(_by_sizes(each) for each in read.values())
    return {
        "docs/reference/onnx.md": page(
            "ONNX files beside what they were exported from",
            "Measured by `scripts/onnx_models.py`: networks with random weights, exported by "
            "`torch.onnx.export`, its first exporter (`script`) and its second (`dynamo`); "
            "[ONNX files](../onnx-files.md) has the rules.",
            f"{len(read)} files were read. Their multiply-adds are the module's for {macs}. Their "
            "params and those that were folded, as convcost says, are the module's for "
            f"{params}. The convention `onnx-tool` prints what onnx-tool does for {exact}; for "
            f"{sizes} more the difference is what nodes count that compute sizes.",
            "## Where they differ",
            rows(("file", "what", "convcost", "beside", "difference", "why"), _misses(read)),
            "## What an exporter refused",
            rows(("file", "why"), _refused(failed)),
        )
    }


def _by_sizes(each: Mapping[str, Any]) -> bool:
    """Whether onnx-tool's figure is larger by what nodes compute of sizes."""
    own, printed = each["tool"]
    return isinstance(printed, int) and own != printed and (own or 0) + each["sizes"] == printed


def _misses(read: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for name, each in read.items():
        for what in ("macs", "params"):
            own, module = each[what]
            more = own + (each["folded"] if what == "params" else 0)
            if more != module:
                yield (
                    text(name),
                    what,
                    f"{more:,}",
                    f"{module:,}",
                    f"{more - module:+,}",
                    _why(name, each),
                )
        own, printed = each["tool"]
        if own == printed or _by_sizes(each):
            continue
        if isinstance(printed, int):
            ends = f"{own or 0:,}", f"{printed:,}", f"{(own or 0) - printed:+,}"
        else:
            ends = f"{own:,}" if own else "raises", text(printed), "–"
        yield text(name), "onnx-tool", *ends, _reason(name, "onnx-tool")


def _why(name: str, each: Mapping[str, Any]) -> str:
    """Why params differ: what convcost says of the file, or what is known of the network."""
    known = _reason(name, "params")
    if known or not each["constants"]:
        return known or "convolutions with a bias had a batch norm, which takes its place"
    return f"computed: {text(each['constants'])}"


def _reason(name: str, what: str) -> str:
    found = [
        why
        for (begins, of), why in REASONS.items()
        if (name.startswith(begins), of) == (True, what)
    ]
    return found[0] if found else ""


def _refused(failed: Mapping[str, str]) -> list[tuple[str, ...]]:
    return [(text(name), text(error)) for name, error in failed.items()]
