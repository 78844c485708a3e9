"""What to install for torch and for the tools, where it is missing."""

from __future__ import annotations

from importlib import util

from convcost.errors import ConvcostError

EXTRA = 'pip install "convcost[torch]"'
EXTRAS = {
    "torch": EXTRA,
    "thop": EXTRA,
    "ultralytics-thop": "pip install ultralytics-thop, which takes the place of thop",
    "calflops": "pip install calflops transformers",
    "deepspeed": "pip install deepspeed",
    "onnx-tool": 'pip install "convcost[onnx]" onnx-tool',
}
"""By tool, where it is not `PROFILERS_EXTRA`; calflops and deepspeed are too large for an extra."""
VISION_EXTRA = 'pip install "convcost[vision]"'
PROFILERS_EXTRA = 'pip install "convcost[profilers]"'


def require(*packages: str, extra: str = EXTRA) -> None:
    """Raise `ConvcostError`, saying what to install, unless all packages are there."""
    missing = [name for name in packages if util.find_spec(name) is None]
    if missing:
        raise ConvcostError(f"not installed: {', '.join(missing)}; {extra}")
