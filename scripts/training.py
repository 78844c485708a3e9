"""Hold what training costs to torch: every shipped network, and the peak of five.

    python scripts/training.py

Writes scripts/training.json, of which a page of the docs is made. Of each network on its own input,
on the meta device: what FlopCounterMode prints for a step, and the bytes that autograd keeps. Of
five of them, on the CPU: the peak that torch.profiler sees. Needs convcost[torch].
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402
from torch.profiler import ProfilerActivity, profile  # noqa: E402

import convcost  # noqa: E402
from convcost.counting.counts import count  # noqa: E402
from convcost.counting.profilers import find_convention  # noqa: E402
from convcost.formats.files import WholeFile  # noqa: E402
from convcost.graph.nodes import Graph  # noqa: E402
from convcost.networks.cases import run_all  # noqa: E402
from convcost.pytorch.modules import GraphModule  # noqa: E402
from convcost.sources.shipped import shipped_networks  # noqa: E402
from convcost.training.saved import Kernels, saved  # noqa: E402
from tests.support.training import flops_of_step, kept_bytes  # noqa: E402

RESULTS = ROOT / "scripts" / "training.json"

PEAKS = {"resnet18": 4, "vgg16": 2, "mobilenet_v2": 4, "vit_b_16": 2, "densenet121": 2}
"""Networks whose peak is measured, and the batch."""


def peak_on_cpu(graph: Graph, batch: int) -> int:
    """The most bytes at once of a step beside parameters and the input, as torch.profiler says."""
    module = GraphModule(graph).train()
    given = torch.rand(batch, *graph.input)

    def step() -> None:
        module.zero_grad(set_to_none=True)
        written = module(given)
        torch.autograd.backward([written], [torch.ones_like(written)])

    step()  # as of the second one on
    module.zero_grad(set_to_none=True)
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiled:
        step()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "trace.json"
        profiled.export_chrome_trace(str(path))
        events = json.loads(path.read_text(encoding="utf-8"))["traceEvents"]
    moved = sorted((e["ts"], e["args"]["Bytes"]) for e in events if e.get("name") == "[memory]")
    now = most = 0
    for _, change in moved:
        now += change
        most = max(most, now)
    return most


def held(graph: Graph, batch: int = 2) -> dict[str, Any]:
    """A network's step: what torch prints and keeps, beside convcost's."""
    counted = count(graph, find_convention("torch-train"), batch).total
    kept = saved(graph, batch, Kernels(fused=False)).bytes
    printed = flops_of_step(graph, batch), kept_bytes(graph, batch, "meta")
    return {"flops": [counted, printed[0]], "kept": [kept, printed[1]]}


def main() -> None:
    """Hold all, and write the file."""
    networks = {}
    for comparison in run_all(shipped_networks()):
        case, [row] = comparison
        if not case.variant:
            networks[case.name] = held(row.graph)
            print(case.name, networks[case.name], flush=True)
    peaks = {}
    for name, batch in PEAKS.items():
        net = convcost.network(name)
        own = convcost.trained(net.graph, batch=batch).peak.bytes
        given = batch * 4 * torch.Size(net.input).numel()
        peaks[net.name] = [batch, own - given, peak_on_cpu(net.graph, batch)]
        print(net.name, peaks[net.name], flush=True)
    facts = {"torch": torch.__version__.partition("+")[0], "networks": networks, "peaks": peaks}
    with WholeFile(str(RESULTS)) as file:
        file.write(json.dumps(facts, indent=1) + "\n")


if __name__ == "__main__":
    main()
