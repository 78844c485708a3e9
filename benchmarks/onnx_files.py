"""An ONNX file of VGG-16 with its weights, read, against `onnx.load` and onnx-tool; and memory.

    python benchmarks/onnx_files.py [--rounds 7]

The file is 553 MB. Each way runs in a process of its own, which says how long it took after its
imports, and what it had in memory at most beyond them; rounds go in turn, and each figure is a
median. Needs convcost[dev].
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

WAYS = {
    "onnx.load": ("import onnx", "onnx.load({path!r})"),
    "onnx-tool": (
        "import onnx_tool",
        "graph = onnx_tool.Model({path!r}).graph; graph.graph_reorder_nodes(); "
        "graph.shape_infer(None); graph.profile()",
    ),
    "convcost": (
        "import onnx; from convcost.sources.onnx.reading import read_model; "
        "from convcost.graph.cost import cost",
        "found = read_model({path!r}).captured; cost(found.graph, found.batch)",
    ),
}

PROGRAM = """
import resource, time
{imports}
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.perf_counter()
{work}
took = time.perf_counter() - start
print(took, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


def main() -> None:
    """Run all, in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in WAYS}
    with TemporaryDirectory() as folder:
        path = str(Path(folder) / "vgg16.onnx")
        export = [sys.executable, "-m", "convcost", "export", "vgg16", "--output", path]
        subprocess.run([*export, "--with-weights"], check=True)
        for _ in range(rounds):
            for name, (imports, work) in WAYS.items():
                program = PROGRAM.format(imports=imports, work=work.format(path=path))
                run = subprocess.run(
                    [sys.executable, "-c", program], capture_output=True, text=True
                )
                took, memory = map(float, run.stdout.split())
                found[name].append((took, memory))
    medians = {
        name: [statistics.median(each) for each in zip(*runs, strict=True)]
        for name, runs in found.items()
    }
    for name, (took, memory) in medians.items():
        ratio = took / medians["convcost"][0]
        print(
            f"{name}: {1000 * took:,.0f} ms, {ratio:,.1f} times convcost's, {memory:,.0f} MB more"
        )


if __name__ == "__main__":
    main()
