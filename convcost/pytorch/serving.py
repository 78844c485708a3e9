"""The process in which the user's code runs: a request in JSON in, an answer in JSON out.

What the code prints goes to stderr; what it raises, its exit, a crash or a hang is the answer.
"""

from __future__ import annotations

import faulthandler
import inspect
import json
import os
from collections.abc import Sequence
from typing import Any

from convcost.errors import shorten
from convcost.pytorch.forks import in_a_fork, last_line, said
from convcost.values.code import Input


def serve() -> None:
    """Read one request, run the code, and write one answer."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the code prints must not mix with the answer
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    request = json.loads(requests.read())
    trace = open(request["trace"], "w")  # noqa: SIM115  # for as long as the process lives
    faulthandler.enable(trace)
    faulthandler.dump_traceback_later(request["timeout"], exit=True, file=trace)
    answer = _answer(request)
    faulthandler.cancel_dump_traceback_later()
    answers.write(json.dumps(answer).encode())
    answers.flush()
    os._exit(0)  # threads of the user's code do not keep it


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    from convcost.pytorch.capture.loading import LoadError
    from convcost.pytorch.capture.running import NotOnMetaError

    try:
        return _measured(request) if "tools" in request else _captured(request)
    except LoadError as error:
        return {"error": str(error.args[0]), "known": error.known}
    except NotOnMetaError as error:
        cause = error.__cause__ or error
        hint = "; --real runs it with numbers" if error.wants_numbers else ""
        words = shorten(said(cause), 150) + hint
        return {"error": words, "line": last_line(cause.__traceback__)}
    except SystemExit as error:
        return {"error": f"it exits ({error.code})", "line": last_line(error.__traceback__)}
    except BaseException as error:  # whatever it raises is the answer
        return {"error": said(error), "line": last_line(error.__traceback__)}


def _captured(request: dict[str, Any]) -> dict[str, str]:
    """The graph file of what is asked for."""
    from convcost.pytorch.capture.loading import load
    from convcost.pytorch.capture.running import run

    real = request["real"]
    module = load(request["word"], request["args"], real)
    given = given_for(_inputs(request), module)
    size = {} if request["inputs"] else {"input": "x".join(map(str, given[0].sizes))}
    about = {"code": request["word"], "options": request["options"], **size}
    how = {"batch": request["batch"], "train": request["train"], "real": real}
    return {"graph": run(module, given, request["name"], **how, about=about).text()}


def _inputs(request: dict[str, Any]) -> list[Input]:
    return [Input(tuple(each["sizes"]), each["name"], each["dtype"]) for each in request["inputs"]]


def given_for(inputs: Sequence[Input], module: Any) -> list[Any]:
    """The inputs that were asked for; else one of the size that timm says its networks are for."""
    from convcost.pytorch.capture.loading import LoadError, usual_size
    from convcost.pytorch.capture.running import Given

    size = usual_size(module)
    if not inputs and not size:
        raise LoadError("needs the size of its input without the batch, such as --input 3x224x224")
    return [Given(*each) for each in inputs] or [Given(size)]


def _measured(request: dict[str, Any]) -> dict[str, Any]:
    """What each tool prints for the module, in a fork of its own: tools leave hooks behind."""
    import torch

    from convcost.pytorch.capture.loading import load
    from convcost.pytorch.capture.modules import unwrapped
    from convcost.pytorch.capture.running import inputs_for

    # A fork has no threads but its own, and would wait for those that were there before.
    torch.set_num_threads(1)
    module = unwrapped(load(request["word"], request["args"], True)).train(request["train"])
    args, kwargs = inputs_for(given_for(_inputs(request), module), request["batch"], True)
    bound = inspect.signature(module.forward).bind(*args, **kwargs)
    timeout, train = (request["timeout"], request["trace"]), request["train"]
    return {
        "figures": {
            tool: in_a_fork(lambda tool=tool: _figures(tool, module, bound, train), *timeout)  # type: ignore[misc]
            for tool in request["tools"]
        }
    }


def _figures(tool: str, module: Any, bound: inspect.BoundArguments, train: bool) -> list[Any]:
    """What a tool prints for a module; or torch itself: its params, and shapes of outputs."""
    import torch

    from convcost.pytorch.capture.listening import outputs_of
    from convcost.pytorch.probes import probe
    from convcost.pytorch.worker import MODULE

    if tool != MODULE:
        return list(probe(tool, module, bound.args, train))
    with torch.no_grad():
        written = outputs_of(module(*bound.args, **bound.kwargs))
    params = sum(each.numel() for each in module.parameters())
    return [params, *[list(each.shape) for each in written.values()]]
