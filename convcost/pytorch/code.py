"""Code that a command line names, run in a process of its own: its graph, or a tool's figure."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from convcost.errors import ConvcostError, Problem, nearest, shorten
from convcost.graph.captured import Captured
from convcost.graph.reading import parse
from convcost.pytorch.extras import require
from convcost.values.code import Code

SERVE = "from convcost.pytorch.serving import serve; serve()"

GRACE = 30
"""Seconds that the process has beside those of the code."""


def capture(code: Code) -> Captured:
    """The graph of what the module does.

    What the code prints goes to stderr.

    Raises:
        ConvcostError: torch is not installed, or the code raises, exits, crashes or hangs; one line
            with the last line of the code.
    """
    require("torch")
    answer = _ask(code, {"options": shorten(" ".join(code.options), 250)})
    if "graph" in answer:
        return parse(answer["graph"], code.word)
    raise ConvcostError(Problem(code.word, _error(answer, code.word)))


def measure(code: Code, tools: Sequence[str]) -> dict[str, tuple[Any, ...] | str]:
    """What tools print for the module, or why they print nothing; see `worker.Worker.measure`."""
    answer = _ask(code, {"tools": list(tools)})
    found = answer.get("figures")
    if not isinstance(found, dict):
        return dict.fromkeys(tools, _error(answer, code.word))
    return {tool: _figures(found.get(tool), code.word) for tool in tools}


def _figures(found: Any, word: str) -> tuple[Any, ...] | str:
    """The figures of one tool, or its error."""
    if not isinstance(found, list):
        return _error(found if isinstance(found, dict) else {"error": "no answer"}, word)
    return tuple([tuple(each) if isinstance(each, list) else each for each in found])


def _error(answer: dict[str, Any], word: str) -> str:
    """What went wrong, with the line of the code, or with the name that may be meant."""
    message = shorten(str(answer.get("error")), 300)
    near = nearest(word.rpartition(":")[2], map(str, answer.get("known", ())))
    message += f"; did you mean '{near}'?" if near else ""
    line = answer.get("line")
    return f"{message} ({line})" if line else message


def _ask(code: Code, more: dict[str, Any]) -> dict[str, Any]:
    """What the process answers; where it ends without an answer, why."""
    request = {**code._asdict(), "inputs": [each._asdict() for each in code.inputs], **more}
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder, "trace")
        request |= {"trace": str(trace), "name": code.name}
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        command = [sys.executable, "-P", "-c", SERVE]
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            start_new_session=True,  # so that what it has started ends with it
        ) as process:
            try:
                wait = code.timeout * (1 + len(more.get("tools", ()))) + GRACE
                text, _ = process.communicate(json.dumps(request).encode(), wait)
            except subprocess.TimeoutExpired:  # its own clock did not stop it
                _kill(process)
                return {"error": _too_long(code)}
            except BaseException:
                _kill(process)
                raise
        try:
            answer = json.loads(text)
        except ValueError:
            return _ended(process.returncode, trace, code)
        return answer if isinstance(answer, dict) else {"error": "no answer"}


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it has started."""
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


def _too_long(code: Code) -> str:
    return f"takes longer than {code.timeout} seconds (--timeout)"


def _ended(status: int, trace: Path, code: Code) -> dict[str, Any]:
    """Why a process ended without an answer, and in which line of the user's code."""
    from convcost.pytorch.capture.lines import shown

    text = trace.read_text(errors="replace") if trace.exists() else ""
    frames = re.findall(r'^  File "(.*)", line (\d+) in ', text, re.MULTILINE)
    lines = [f"{shown(file)}:{line}" for file, line in frames if shown(file)]
    if text.startswith("Timeout"):
        said = _too_long(code)
    elif status < 0:
        said = f"crashes: its process ended with signal {-status}; out of memory?"
    else:
        said = f"ends the process (exit code {status})"
    return {"error": said, "line": lines[0] if lines else ""}
