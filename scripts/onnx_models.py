"""Hold what is read of ONNX files to the networks that torch exported them from.

    python scripts/onnx_models.py [--only NAME ...]

Writes scripts/onnx_models.json, of which a page of the docs is made, and goes on where it stopped.
Each shipped network is built in torch, given random weights, exported by both of torch's exporters
and read again: multiply-adds, params, and what is said to be folded. Needs convcost[dev].
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from convcost.formats.files import WholeFile  # noqa: E402
from convcost.networks.cases import run_all  # noqa: E402
from convcost.pytorch.modules import GraphModule  # noqa: E402
from convcost.sources.shipped import shipped_networks  # noqa: E402
from tests.support.onnx_files import export, held, inputs_of, randomized  # noqa: E402

RESULTS = ROOT / "scripts" / "onnx_models.json"


def main() -> None:
    """Hold all, and write the file after each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=[])
    only = parser.parse_args().only
    found: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for case, [row] in run_all(shipped_networks()):
        if case.variant or (only and case.name not in only):
            continue
        for exporter in ("script", "dynamo"):
            name = f"{case.name} {exporter}"
            if name in found and not only:
                continue
            start = time.time()
            with TemporaryDirectory() as folder:
                path = Path(folder) / "net.onnx"
                try:
                    module = randomized(GraphModule(row.graph))
                    export(module, inputs_of(row.graph), path, exporter)
                    found[name] = held(path, row.graph)
                except Exception as error:
                    found[name] = {"error": f"{type(error).__name__}: {error}"[:300]}
            print(name, found[name], round(time.time() - start, 1), flush=True)
            with WholeFile(str(RESULTS)) as file:
                file.write(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
