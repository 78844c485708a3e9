"""The page of training: what torch counts and keeps beside convcost, and peaks."""

from __future__ import annotations

import json

from .examples import ROOT
from .markdown import page, rows, text


def training_page() -> dict[str, str]:
    """The text of the page by its path."""
    found = json.loads((ROOT / "scripts" / "training.json").read_text(encoding="utf-8"))
    networks = found["networks"]
    scores = {
        what: sum(each[what][0] == each[what][1] for each in networks.values())
        for what in ("flops", "kept")
    }
    cells = [
        (text(name), f"{flops[1]:,}", _differs(flops), f"{kept[1]:,}", _differs(kept))
        for name, each in networks.items()
        for flops, kept in [(each["flops"], each["kept"])]
    ]
    peaks = [
        (text(name), f"{batch}", f"{own:,}", f"{seen:,}", f"{own / seen - 1:+.1%}")
        for name, (batch, own, seen) in found["peaks"].items()
    ]
    total = len(networks)
    return {
        "docs/reference/training.md": page(
            "Training beside torch",
            f"Measured with torch {found['torch']} by `scripts/training.py`; "
            "[what training costs](../what-training-costs.md) has the rules.",
            "## A step of every network",
            "On the meta device, with a batch of two, on the network's own input: the FLOPs that "
            "`FlopCounterMode` prints for forward and backward, which are those of the convention "
            f"`torch-train` for {scores['flops']} of {total}, and the bytes that autograd keeps, "
            "storage by storage, parameters and buffers apart, which are convcost's for "
            f"{scores['kept']} of {total}. Attention is products there, as that device has no "
            "kernel of it.",
            rows(("network", "FLOPs", "convcost's", "bytes kept", "convcost's"), cells),
            "## The peak of five",
            "Bytes at once beside parameters and the input, on a CPU, as `torch.profiler` sees "
            "them. What convcost has less is what kernels need while they run, and gradients of "
            "slices, which torch fills with zeros to the size of what was sliced.",
            rows(("network", "batch", "convcost", "torch.profiler", "difference"), peaks),
        )
    }


def _differs(pair: list[int]) -> str:
    """Whether convcost's figure is the one measured."""
    return "the same" if pair[0] == pair[1] else f"{pair[0]:,}"
