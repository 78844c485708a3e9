"""The names that a rule of one's own can be for: what a call of convcost's ops can be called."""

from __future__ import annotations

import re
from functools import lru_cache

from convcost.counting.counts import plain_class
from convcost.counting.profilers import CONVENTIONS
from convcost.counting.rules import Rule
from convcost.errors import nearest, shorten
from convcost.graph.calls import OF_CODE, ops_by_name
from convcost.ops.op import Op

_AXES = re.compile(r"([123](?:/[123])+)d\b")

_OF_TORCH = ("nn.", "F.", "operator.")
"""How names begin of which every one is known."""

_SHORTER = {"torch.nn.functional.": "F.", "torch.nn.": "nn."}
_SHORT = re.compile("|".join(map(re.escape, _SHORTER)))
"""Where torch's own modules are, and what they are called here."""

_OF_CODE = re.compile(r"[\w.:-]*(?:[.:]|\b[A-Z])[\w.:-]*")
"""Names that only somebody's own code may have: a class or a kernel with its place."""


def each_name(words: str) -> list[str]:
    """The names that words stand for: `nn.Conv1/2d` are `nn.Conv1d` and `nn.Conv2d`."""
    axes = _AXES.search(words)
    if axes is None:
        return [words]
    start, end = words[: axes.start()], words[axes.end() :]
    return [f"{start}{digit}d{end}" for digit in axes[1].split("/")]


def check_name(name: str) -> None:
    """Raise `ValueError` if no call is called so."""
    name = plain_class(name)
    if name in _known():
        return
    foreign = not name.startswith(_OF_TORCH) and _OF_CODE.fullmatch(name)
    spelled = _plain(_SHORT.sub(lambda place: _SHORTER[place[0]], name))
    near = next((each for each in _known() if _plain(each) == spelled), "")
    near = near or (f"nn.{name}" if f"nn.{name}" in _known() else "")
    if not near and not foreign:
        near = nearest(name, [each for each in _known() if each[:2] == name[:2]])
    if near:
        raise ValueError(f"no call '{shorten(name)}'; did you mean '{near}'?")
    if not foreign:
        usual = "such as nn.ReLU, F.relu or relu (convcost profilers TOOL lists a tool's)"
        raise ValueError(f"no call '{shorten(name)}'; calls have names {usual}")


def check_rule(name: str, rule: Rule) -> None:
    """Raise `ValueError` if what is called so has not all that the rule adds up."""
    ops = _known().get(plain_class(name))
    for _, quantity in rule.terms if ops else ():
        if quantity.ops and not any(isinstance(op, quantity.ops) for op in ops or ()):
            raise ValueError(f"{name} has no '{quantity.name}'")


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()


@lru_cache(maxsize=1)
def _known() -> dict[str, list[Op]]:
    """Every name that an op has or a tool listens for, and the ops that are called so, if known."""
    found: dict[str, list[Op]] = dict(ops_by_name())
    for table in [each for one in CONVENTIONS for each in (one.rules, *one.whole.values())]:
        for name in table:
            found.setdefault(name, [])
    for name in OF_CODE:
        found.setdefault(name, [])
    return found
