"""The committed table of costs: one entry a line, sorted, the same bytes for the same costs.

The last line has the format, the convention and the revision of its counting rules. There is no
date, commit, host or version in it, so that locking twice writes the same file, and two branches
that change different entries merge.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest
from json import JSONDecodeError, dumps, loads
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from convcost.errors import ConvcostError, Problem, shorten
from convcost.graph.cost import CONVENTION
from convcost.networks.figures import EXACT, FIGURES
from convcost.sources.guarded import LOCK

if TYPE_CHECKING:
    from convcost.counting.conventions import Convention

NAME = LOCK
"""What the file is called, and the key of its last line, which no entry may have."""
FORMAT = 1
RULES = 4
"""Revision of the counting rules: one more whenever a locked figure comes to be another.

2: a PReLU has a slope for each channel; it had one for all.
3: each PReLU of a block is a module of its own; torchstat counted the last of them only.
   calflops has no figure for a model without parameters, on which it raises.
4: of a training step: a position bias that is trained, where queries, keys and values are frozen,
   has the gradient of attention's weights before it, which is a product.
"""
MAX_BYTES = 10_000_000
"""Some hundred thousand entries; a lock has hundreds."""

LONGEST_NAME = 800
"""Characters of an entry's name."""

OWN = {"params", "macs", "activations"}
OF_TOOLS = {"params", "macs"}, {"params", "flops"}
"""What is locked of an entry: as convcost counts, and as tools do."""

Figures = Mapping[str, int]
"""What is locked of an entry: any of `figures.FIGURES`."""


class Lock(NamedTuple):
    """What a lock file says.

    Attributes:
        entries: figures by the entries' names.
        convention: how they were counted, `convcost`, `tool@version`, or one's own way with the
            digest of its rules.
        rules: the revision of the rules by which they were.
    """

    entries: Mapping[str, Figures]
    convention: str = CONVENTION
    rules: int = RULES

    def text(self) -> str:
        """The file, whole."""
        last = {"format": FORMAT, "convention": self.convention, "rules": self.rules}
        lines = [_line(name, _ordered(self.entries[name])) for name in sorted(self.entries)]
        return "\n".join(["{", *[f"{line}," for line in lines], _line(NAME, last), "}"]) + "\n"


def _ordered(figures: Figures) -> Figures:
    return {figure: figures[figure] for figure in FIGURES if figure in figures}


def _line(name: str, values: Mapping[str, Any]) -> str:
    return f"{dumps(name, ensure_ascii=False)}: {dumps(values)}"


def read_lock(path: str) -> Lock | None:
    """The lock file, or None if there is none.

    Raises:
        ConvcostError: it cannot be read, or is not what convcost writes; one line with its place.
    """
    try:
        if os.path.islink(path):
            raise OSError(0, "is a symbolic link; name the file itself with --lockfile")
        if not stat.S_ISREG(os.stat(path).st_mode) and not os.path.isdir(path):
            raise OSError(0, "is no regular file")
        with Path(path).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConvcostError(Problem(path, reason[0].lower() + reason[1:])) from None
    if len(data) > MAX_BYTES:
        raise ConvcostError(Problem(path, f"larger than {MAX_BYTES:,} bytes, not a lock"))
    try:
        return parse_lock(data.decode("utf-8"), path)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ConvcostError(Problem(f"{path}:{line}", "not UTF-8 text")) from None


def require_lock(path: str, convention: Convention | None, configs: Sequence[str] = ()) -> Lock:
    """The lock file, which has to be there and to count as is asked for.

    Raises:
        ConvcostError: there is none, or it counts otherwise.
    """
    lock = read_lock(path)
    if lock is None:
        import shlex

        command = ["convcost", "lock", *configs]
        command += ["--lockfile", path] if path != NAME else []
        if convention is not None:
            command += ["--as", f"{convention.name}.yaml" if convention.digest else convention.name]
        message = f"there is no lock; make one with: {shlex.join(command)}"
        raise ConvcostError(Problem(path, message))
    require_counting(lock, path, convention)
    return lock


def require_counting(lock: Lock, path: str, convention: Convention | None) -> None:
    """Refuse a lock that was counted otherwise: its figures say nothing of growth."""
    name = convention.signature if convention else CONVENTION
    if lock.convention != name:
        own = lock.convention.partition(" (rules ")
        ask = f"check with --as {lock.convention}" if lock.convention != CONVENTION else "drop --as"
        if own[1]:
            ask = f"check with --as and the file of {own[0]} as it was"
        message = f"is counted as {lock.convention}, not as {name}; {ask}, or lock all again"
        raise ConvcostError(Problem(path, message))
    if lock.rules != RULES:
        message = (
            f"is counted by revision {lock.rules} of the rules, this convcost has {RULES}: other "
            "figures do not mean that a network grew; lock all again"
        )
        raise ConvcostError(Problem(path, message))


def parse_lock(text: str, path: str) -> Lock:
    """The lock that this text is; `path` stands in front of every place.

    Raises:
        ConvcostError: it is not what convcost writes.
    """
    text = text.replace("\r\n", "\n")  # as git may have it on Windows

    def refuse(place: str, message: str) -> NoReturn:
        hint = "; remove it, and convcost lock writes it anew" if f'"{NAME}"' in text else ""
        raise ConvcostError(Problem(place, message + (hint or "; is it a lock of convcost?")))

    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith(("<<<<<<<", "|||||||", "=======", ">>>>>>>")):
            refuse(f"{path}:{number}", "a merge conflict; solve that of the configs")
    try:
        entries = loads(text, object_pairs_hook=lambda pairs: _once(pairs, refuse, path, text))
    except JSONDecodeError as error:
        refuse(f"{path}:{error.lineno}:{error.colno}", f"not JSON: {error.msg.lower()}")
    except (RecursionError, ValueError) as error:  # a number of thousands of digits
        refuse(path, f"not JSON: {shorten(str(error))}")
    if not isinstance(entries, dict):
        refuse(path, "not a mapping of entries")
    last = entries.pop(NAME, None)
    if not isinstance(last, dict) or not isinstance(last.get("format"), int):
        refuse(path, f"no last line '{NAME}' with the format: truncated?")
    if last["format"] != FORMAT:
        message = f"format {shorten(str(last['format']))}, which this convcost does not know"
        raise ConvcostError(Problem(_place(path, text, NAME), message))
    for name, figures in entries.items():
        try:
            _check(name, figures, last.get("convention"))
        except ValueError as error:
            refuse(_place(path, text, name), f"'{shorten(name)}' {error}")
    convention, rules = last.get("convention"), last.get("rules")
    if not isinstance(convention, str) or type(rules) is not int or not convention.isprintable():
        refuse(_place(path, text, NAME), "no convention and rules")
    lock = Lock(entries, convention, rules)
    written = lock.text()
    if written != text:
        pairs = zip_longest(written.split("\n"), text.split("\n"))
        number = next(number for number, (own, found) in enumerate(pairs, 1) if own != found)
        refuse(f"{path}:{number}", "not as convcost writes it (edited by hand?)")
    return lock


def _once(
    pairs: list[tuple[str, Any]], refuse: Callable[[str, str], NoReturn], path: str, text: str
) -> dict[str, Any]:
    """A mapping whose names are there once each."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            refuse(_place(path, text, name), f"'{shorten(name)}' is here twice")
        found[name] = value
    return found


def _check(name: str, figures: object, convention: object) -> None:
    """Raise `ValueError` for what cannot be an entry."""
    if not name.isprintable() or len(name) > LONGEST_NAME:
        raise ValueError(f"is no name, which is one line of at most {LONGEST_NAME:,} characters")
    if not isinstance(figures, dict) or not figures:
        raise ValueError("has no figures")
    for figure, value in figures.items():
        if figure not in FIGURES:
            raise ValueError(f"has '{shorten(figure)}', which is no figure")
        if type(value) is not int:
            raise ValueError(f"{figure} must be a whole number, got {shorten(str(value))}")
        if not EXACT.minimum <= value <= EXACT.maximum:
            raise ValueError(f"{figure} must be from 0 to 10^18, got {shorten(str(value))}")
    if set(figures) not in ((OWN,) if convention == CONVENTION else OF_TOOLS):
        raise ValueError(f"has {', '.join(figures)}, which are not all or too many")


def _place(path: str, text: str, name: str) -> str:
    """The line of an entry."""
    before, found, _ = text.partition(f"\n{dumps(name, ensure_ascii=False)}:")
    return f"{path}:{before.count(chr(10)) + 2}" if found else path
