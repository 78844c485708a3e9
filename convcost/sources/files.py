"""Which configs a command is about, and all that is in them."""

from __future__ import annotations

from pathlib import Path

from convcost.errors import ConvcostError, Problem
from convcost.networks.cases import Case
from convcost.sources.configs import parse_config, read_config

SUFFIXES = (".yaml", ".yml")


def usual_configs() -> list[str]:
    """What is guarded unless configs are named: `convcost.yaml`, or else all in `configs/`.

    Raises:
        ConvcostError: there is neither.
    """
    if Path("convcost.yaml").is_file():
        return ["convcost.yaml"]
    if not Path("configs").is_dir():
        raise ConvcostError("no configs: there is no convcost.yaml and nothing in configs/ here")
    return configs_in("configs")


def configs_in(folder: str) -> list[str]:
    """The YAML files of a folder, sorted.

    Raises:
        ConvcostError: there are none.
    """
    paths = [path for path in Path(folder).iterdir() if path.suffix in SUFFIXES]
    # Nothing that is listed may keep a reader waiting, as a pipe does.
    found = sorted(str(p) for p in paths if not p.name.startswith(".") and p.is_file())
    if not found:
        raise ConvcostError(Problem(folder, "no YAML files in here"))
    return found


def read_configs(paths: list[str], commit: str | None = None) -> list[Case]:
    """The cases of configs, as they are or as git has them at a commit; each file once.

    Raises:
        ConvcostError: everything that is wrong with any of them.
    """
    cases: list[Case] = []
    problems: list[Problem] = []
    for path in dict.fromkeys(paths):
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
