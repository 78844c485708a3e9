"""A file of what ops were measured to take, on one machine, to be used again."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from convcost.errors import ConvcostError, Problem, shorten
from convcost.sources.tree import read_bytes

FORMAT = 1
MAX_BYTES = 50_000_000

FACTS = (("machine", str), ("threads", int), ("torch", str))
"""What a file says at the least of what it was measured on."""

Quartiles = tuple[float, float, float]
"""Seconds: a quarter of the runs took less than the first, half less than the second, …"""


class Timings(NamedTuple):
    """A table of times.

    Attributes:
        machine: facts of what was measured on, and how.
        ops: times by what the ops are.
    """

    machine: Mapping[str, Any]
    ops: Mapping[str, Quartiles]


def read_timings(path: str, machine: Mapping[str, Any]) -> dict[str, Quartiles]:
    """The times of ops in a file, by what they are; none if there is no file.

    Raises:
        ConvcostError: it is no such file, or was measured on another machine or otherwise.
    """
    if not os.path.lexists(path):
        return {}
    own, times = read_table(path)
    for name in [*machine, *own]:
        if own.get(name) != machine.get(name):
            is_, was = (shorten(str(each.get(name))) for each in (machine, own))
            words = f"has times of {name} '{was}', not '{is_}'; name another file, or remove it"
            raise ConvcostError(Problem(path, words))
    return dict(times)


def read_table(path: str) -> Timings:
    """The times of ops in a file.

    Raises:
        ConvcostError: there is no such file, or it is none of times.
    """
    try:
        text = read_bytes(path, MAX_BYTES, "no table of times").decode("utf-8")
    except UnicodeDecodeError:
        raise ConvcostError(Problem(path, "not UTF-8 text")) from None
    try:
        found = json.loads(text)
        own, ops = found["measured_on"], found["ops"]
        times = {str(name): _quartiles(each) for name, each in ops.items()}
        if found["format"] != FORMAT or not all(
            isinstance(own[name], each) for name, each in FACTS
        ):
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ConvcostError(Problem(path, "is no table of times; --table writes one")) from None
    return Timings(own, times)


def _quartiles(each: Sequence[Any]) -> Quartiles:
    first, middle, last = (float(value) for value in each)
    if not 0 < first <= middle <= last < 10**6:
        raise ValueError
    return first, middle, last


def timings_text(machine: Mapping[str, Any], ops: Mapping[str, Quartiles]) -> str:
    """The file, a line for each op."""
    lines = [f"{json.dumps(name)}: {json.dumps(ops[name])}" for name in sorted(ops)]
    head = f'{{"format": {FORMAT}, "measured_on": {json.dumps(dict(machine))}, "ops": {{'
    return "\n".join([head, ",\n".join(lines), "}}"]) + "\n"
