"""A call in a fork of its own: what tools leave behind ends with it."""

from __future__ import annotations

import faulthandler
import json
import os
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any

from convcost.pytorch.capture.lines import shown


def in_a_fork(call: Callable[[], Any], timeout: int, trace: str = os.devnull) -> Any:
    """What a call returns, as JSON has it, or its error as a mapping with `error` and `line`.

    On Windows, which has no forks, it runs in this process.

    Args:
        call: what to run.
        timeout: seconds after which it is given up.
        trace: a file for the stack that it was in then.
    """
    if not hasattr(os, "fork"):
        return _attempt(call)
    faulthandler.cancel_dump_traceback_later()  # a fork would wait for the thread of this one
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        faulthandler.dump_traceback_later(timeout, exit=True, file=open(trace, "w"))  # noqa: SIM115
        with os.fdopen(write, "wb") as answer:
            answer.write(json.dumps(_attempt(call)).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as answer:
        text = answer.read()
    _, status = os.waitpid(child, 0)
    if status or not text:
        ended = os.waitstatus_to_exitcode(status)
        return {"error": f"its process ended with {ended}; out of memory, or of time (--timeout)?"}
    return json.loads(text)


def _attempt(call: Callable[[], Any]) -> Any:
    """What a call returns; or what it raises, as an answer."""
    try:
        return call()
    except BaseException as error:  # whatever it raises is the answer
        return {"error": said(error), "line": last_line(error.__traceback__)}


def said(error: BaseException) -> str:
    """An error as a line."""
    first, *_ = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def last_line(trace: TracebackType | None) -> str:
    """The last line of the user's code that a traceback goes through."""
    frames = [(shown(frame.filename), frame.lineno) for frame in traceback.extract_tb(trace)]
    own = [f"{name}:{line}" for name, line in frames if name]
    return own[-1] if own else ""
