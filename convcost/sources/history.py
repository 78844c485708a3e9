"""Files as git has them at another commit."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence

from convcost.errors import ConvcostError, Problem, shorten


def resolve(ref: str) -> str | None:
    """The commit that a branch, tag or commit stands for; None if git knows none."""
    if ref.startswith("-"):
        return None
    found = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    commit = (found or "").strip()
    return commit if re.fullmatch("[0-9a-f]+", commit) else None  # ^HEAD is all but one


def last_change(path: str) -> str | None:
    """The commit that last changed a file as it is in `HEAD`; None if git has none."""
    found = _git("log", "-1", "--format=%H", "--", path)
    return found.strip() or None if found is not None else None


def is_shallow() -> bool:
    """Whether older commits were left behind when this repository was cloned."""
    return (_git("rev-parse", "--is-shallow-repository") or "").strip() == "true"


def text_at(commit: str, path: str) -> str | None:
    """A file's text at a commit; None if it is not there."""
    return _git("show", f"{commit}:./{os.path.relpath(path)}")


def bytes_at(commit: str, path: str) -> bytes | None:
    """A file's bytes at a commit; None if it is not there."""
    return _run("show", f"{commit}:./{os.path.relpath(path)}")


def files_at(commit: str, *where: str, links: bool = True) -> list[str]:
    """Every file at a commit that is one of some paths, or below them; all from here if none.

    Without `links` those are left out that are symbolic links.
    """
    lines = (_git("ls-tree", "-r", "-z", commit, "--", *where) or "").split("\0")
    found = [line.partition("\t") for line in lines if line]
    return [name for mode, _, name in found if links or not mode.startswith("120000")]


def in_repository(path: str) -> str:
    """A path from the top of the repository; as it is where there is none, or it is outside."""
    top = (_git("rev-parse", "--show-toplevel") or "").rstrip("\n")
    own = os.path.relpath(os.path.realpath(path), top) if top else path
    return path if own.startswith("..") else own.replace(os.sep, "/")


def not_a_commit(word: str, others: Sequence[str] = ()) -> ConvcostError:
    """The error for what is neither a file nor a commit."""
    what = ", ".join([*others, "commit"])
    return ConvcostError(Problem(shorten(word, 80), f"no {what} of this name here"))


def _git(*arguments: str) -> str | None:
    """What git prints; None if it is not installed, or says that it cannot."""
    printed = _run(*arguments)
    try:
        return None if printed is None else printed.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _run(*arguments: str) -> bytes | None:
    """The bytes that git prints."""
    try:
        ran = subprocess.run(["git", *arguments], capture_output=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return None
    return ran.stdout
