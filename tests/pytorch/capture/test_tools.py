"""Captured modules against the real tools, run on the same modules."""

from __future__ import annotations

import copy
import os
import pickle
from contextlib import redirect_stderr, redirect_stdout
from functools import lru_cache
from importlib import import_module, util
from typing import Any

import pytest
import torch

from convcost.counting.counts import tally
from convcost.counting.profilers import find_convention
from convcost.counting.survey import survey
from convcost.graph.reading import parse
from convcost.pytorch.capture.loading import prepare_torchvision
from convcost.pytorch.capture.running import Given, run
from convcost.pytorch.probes import PROBES
from tests.support.tool_cases import CASES
from tests.support.tools import APART, TOOLS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # of tools, of what they do to torch
    pytest.mark.skipif(
        any(util.find_spec(each) is None for each in ("ptflops", "fvcore", "torchprofile")),
        reason="needs the profilers",
    ),
]

_AGAIN = "params of the parents again, by the order of their calls"

OUT_OF_REACH = {
    ("at_several_places", "torchinfo"): _AGAIN,
    ("function_at_two_places", "torchinfo"): _AGAIN,
    ("in_place", "torch-train"): "torch raises, as a slice of what is kept is overwritten",
    ("sampled", "torch-train"): "affine_grid is one kernel, and its backward pass a product",
    ("einsum_of_one", "torchprofile"): "its einsum multiplies, however many inputs there are",
}
"""Figures that are not those of the tool, and why."""

Printed = dict[str, tuple[int | None, int | None]]


@pytest.mark.parametrize("name", CASES)
def test_captured_modules_cost_what_tools_print(name: str) -> None:
    """A captured module has the figure and the params that each tool prints for the module."""
    torch.manual_seed(0)
    module, inputs = CASES[name]()
    printed = _in_a_process_of_its_own(module.eval(), inputs, *set(TOOLS).difference(APART))
    for tool in set(TOOLS).intersection(APART):
        printed |= _in_a_process_of_its_own(module, inputs, tool)
    counted = _counted(module, inputs)
    for tool in TOOLS:
        if printed[tool][1] is None:
            counted[tool] = (counted[tool][0], None)
    wrong = {tool for tool in TOOLS if printed[tool] != counted[tool]}
    known = {tool for case, tool in OUT_OF_REACH if case == name}
    assert wrong == known, {tool: (printed[tool], counted[tool]) for tool in wrong ^ known}


def _counted(module: torch.nn.Module, inputs: tuple[Any, ...]) -> Printed:
    """What convcost has for the graph file of a module under each tool's convention."""
    batch, found = len(inputs[0]), Printed()
    given = [Given((), tensor=each) for each in inputs]
    for train in (False, True):
        written = run(module, given, "module", batch=batch, train=train).text()
        captured = parse(written, "module")
        assert captured.text() == written
        groups = survey(captured.graph, batch)
        for tool in TOOLS:
            if tool.endswith("-train") == train:
                own = tally(groups, find_convention(tool), batch)
                found[tool] = (None, None) if own.total is None else (own.total, own.params)
    return found


@lru_cache(maxsize=1)
def _imported() -> None:
    """Import what tools are in, once for all forks."""
    prepare_torchvision()  # which ptflops imports
    for name in {name for tool in TOOLS for name in PROBES[tool].imports}:
        import_module(name)


def _in_a_process_of_its_own(
    module: torch.nn.Module, inputs: tuple[Any, ...], *tools: str
) -> Printed:
    """What each tool prints for a copy of a module, in a fork, as tools leave hooks behind."""
    _imported()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        torch.set_num_threads(1)
        with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
            printed = {tool: _printed(tool, copy.deepcopy(module), inputs) for tool in tools}
        os.write(writing, pickle.dumps(printed))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        found: Printed = pickle.loads(answer.read())
    os.waitpid(child, 0)
    return found


def _printed(tool: str, module: torch.nn.Module, inputs: tuple[Any, ...]) -> Any:
    """What a tool prints; no figure where it raises."""
    from torch.utils.flop_counter import FlopCounterMode

    try:
        if tool != "torch":
            module.train(tool.endswith("-train"))
            return PROBES[tool].run(module, inputs)  # type: ignore[arg-type]
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            module(*inputs)
    except Exception:
        return (None, None)
    return counter.get_total_flops(), None


def test_what_is_out_of_reach_is_a_case() -> None:
    """Each figure that is listed as out of reach is one of a case and of a tool that is run."""
    cases = {case for case, _ in OUT_OF_REACH if not case.startswith("timm_")}
    assert cases <= set(CASES)
    assert {tool for _, tool in OUT_OF_REACH} <= {*TOOLS, *APART}
