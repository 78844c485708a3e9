"""All that is in the configs that a command is about."""

from __future__ import annotations

from convcost.errors import ConvcostError, Problem
from convcost.networks.cases import Case
from convcost.sources.configs import parse_config, read_config
from convcost.sources.guarded import with_listed


def read_configs(paths: list[str], commit: str | None = None) -> list[Case]:
    """The cases of configs and of those that they list, here or at a commit; each file once.

    Raises:
        ConvcostError: everything that is wrong with any of them.
    """
    cases: list[Case] = []
    problems: list[Problem] = []
    for path in with_listed(paths, commit):
        try:
            cases += read_config(path) if commit is None else _read_at(commit, path)
        except ConvcostError as error:
            problems += error.problems
    if problems:
        raise ConvcostError(*problems)
    return cases


def _read_at(commit: str, path: str) -> list[Case]:
    """The cases of a config at a commit."""
    from convcost.sources.history import text_at  # which runs git, as most commands do not

    text = text_at(commit, path)
    if text is None:
        raise ConvcostError(Problem(path, f"is not there at {commit[:12]}"))
    return parse_config(text, path)
