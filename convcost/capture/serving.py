"""The process in which the user's code runs: a request in JSON in, an answer in JSON out.

What the code prints goes to stderr; what it raises, its exit, a crash or a hang is the answer.
"""

from __future__ import annotations

import faulthandler
import json
import os
import sys
import traceback
from types import TracebackType
from typing import Any

from convcost.capture.lines import shown


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
    from convcost.capture.loading import LoadError
    from convcost.capture.running import NotOnMetaError

    try:
        return {"graph": _captured(request)}
    except LoadError as error:
        return {"error": str(error.args[0]), "known": list(error.args[1:])}
    except NotOnMetaError as error:
        cause = error.__cause__
        assert cause is not None
        words = f"{_said(cause)}; if it needs numbers, --real runs it with some"
        return {"error": words, "line": last_line(cause.__traceback__)}
    except SystemExit as error:
        return {"error": f"it exits ({error.code})", "line": last_line(error.__traceback__)}
    except BaseException as error:
        return {"error": _said(error), "line": last_line(error.__traceback__)}


def _captured(request: dict[str, Any]) -> str:
    """The graph file of what is asked for."""
    from convcost.capture.loading import load, prepare_torchvision, usual_size
    from convcost.capture.running import Given, run

    prepare_torchvision()
    real = request["real"]
    module = load(request["code"], request["args"], real)
    given = [Given(tuple(each["sizes"]), each["name"], each["dtype"]) for each in request["inputs"]]
    size = usual_size(module)
    if not given and size:
        given = [Given(size)]
    about = {**request["about"]}
    if size and not request["inputs"]:
        about["inputs"] = "x".join(map(str, size))
    return run(
        module,
        given,
        request["name"],
        batch=request["batch"],
        train=request["train"],
        real=real,
        about=about,
    ).text()


def _said(error: BaseException) -> str:
    first, *_ = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def last_line(trace: TracebackType | None) -> str:
    """The last line of the user's code that a traceback goes through."""
    frames = [(shown(frame.filename), frame.lineno) for frame in traceback.extract_tb(trace)]
    own = [f"{name}:{line}" for name, line in frames if name]
    return own[-1] if own else ""


if __name__ == "__main__":
    serve()
    sys.exit(0)
