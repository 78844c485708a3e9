"""The tables held to the real tools, on any network."""

from collections.abc import Sequence
from importlib import util

from convcost.counting.counts import tally
from convcost.counting.survey import survey
from convcost.pytorch.probes import PROBES
from convcost.pytorch.verify import choose
from convcost.pytorch.worker import MODULE, Worker
from tests.support.strategies import DrawnNetwork


def _is_installed(tool: str) -> bool:
    return all(util.find_spec(name.partition(".")[0]) for name in PROBES[tool].imports)


APART = ("calflops", "deepspeed")
"""Those that no extra has, and that leave functions of theirs in the place of torch's."""

TOOLS = [
    tool
    for tool in PROBES
    if tool not in ("ultralytics-thop", "onnx-tool") and (tool not in APART or _is_installed(tool))
]
"""All but the one in the place of thop and the one for files, and of those that no extra has what
is installed."""

REFUSED_BY_TORCH = "Expected more than 1 value per channel when training"
"""A batch norm that has to find its own statistics of a single value: no module, no figure."""


def check(worker: Worker, drawn: DrawnNetwork, tools: Sequence[str] = TOOLS) -> None:
    """Hold tools to their tables on one network, unless that is none for torch."""
    groups = survey(drawn.graph, drawn.batch)
    for convention in choose(tools).conventions:
        expected = tally(groups, convention, drawn.batch)
        printed = expected.total, expected.params
        measured = worker.measure(convention.tool, drawn.graph, drawn.batch)
        raises = expected.total is None or not groups  # there is nothing to say it of
        if raises and isinstance(measured, str):
            continue
        if measured != printed:
            itself = worker.measure(MODULE, drawn.graph, drawn.batch)
            refused = REFUSED_BY_TORCH in measured or REFUSED_BY_TORCH in itself
            assert refused, (convention.name, measured, printed, drawn.layers)
