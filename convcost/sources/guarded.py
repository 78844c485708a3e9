"""Which configs are guarded unless some are named, here or at a commit.

They are those that `convcost.yaml` lists as patterns under `configs`, and what it has itself; or
else all in `configs/`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from convcost.errors import ConvcostError, Problem, shorten
from convcost.sources.patterns import GRAPH, ONNX, path_fits
from convcost.sources.tree import Tree, parse_tree, read_tree

CONFIG, FOLDER, LOCK = "convcost.yaml", "configs", "convcost.lock"
SUFFIXES = (".yaml", ".yml", GRAPH, ONNX)

MOST_FILES = 100_000
"""Files and folders that are looked through for those that a pattern means."""

HINT = f'name them, or list them in {CONFIG}: configs: ["models/**/*.yaml"]'


def usual_configs(lockfile: str = "") -> list[str]:
    """What is guarded here: `convcost.yaml`, or else all in `configs/`.

    Raises:
        ConvcostError: there is neither, though there may be the lock file.
    """
    found = find_usual()
    if found:
        return found
    if Path(FOLDER).is_dir():
        return configs_in(FOLDER)  # which says that there are none
    absent = f"there is no {CONFIG} and nothing in {FOLDER}/ here"
    if lockfile and Path(lockfile).exists():
        raise ConvcostError(Problem(lockfile, f"is here, but no configs are: {absent}; {HINT}"))
    above = next((folder for folder in Path.cwd().parents if (folder / LOCK).is_file()), None)
    if above is not None:
        absent += f"; {LOCK} lies in {above}"
    raise ConvcostError(f"no configs: {absent}; {HINT}")


def find_usual() -> list[str]:
    """The same; nothing if there is neither."""
    if Path(CONFIG).is_file():
        return [CONFIG]
    if os.path.lexists(CONFIG):
        raise ConvcostError(Problem(CONFIG, "is no file"))
    return _yaml_in(FOLDER) if Path(FOLDER).is_dir() else []


def usual_configs_at(commit: str) -> list[str]:
    """What is guarded at a commit; nothing if there are no configs."""
    from convcost.sources.history import files_at

    names = files_at(commit, CONFIG, f"{FOLDER}/")
    if CONFIG in names:
        return [CONFIG]
    return sorted(
        n for n in names if n.count("/") == 1 and _is_config(n.removeprefix(f"{FOLDER}/"))
    )


def configs_in(folder: str) -> list[str]:
    """The YAML, graph and ONNX files of a folder, sorted.

    Raises:
        ConvcostError: there are none.
    """
    found = _yaml_in(folder)
    if not found:
        raise ConvcostError(Problem(folder, "no YAML, graph or ONNX files in here"))
    return found


def _yaml_in(folder: str) -> list[str]:
    paths = [path for path in Path(folder).iterdir() if _is_config(path.name)]
    return sorted(str(path) for path in paths if path.is_file())  # a pipe would wait for ever


def with_listed(paths: Iterable[str], commit: str | None = None) -> list[str]:
    """The paths, each with those that it lists if it is a `convcost.yaml`; every file once.

    Raises:
        ConvcostError: a pattern means no file, or there are too many to look through.
    """
    found: dict[str, None] = {}
    left = list(reversed(list(paths)))
    while left:
        path = left.pop()
        if path not in found:
            found[path] = None
            left += reversed(_listed(path, commit))
    return list(found)


def patterns_of(tree: Tree, problems: list[Problem]) -> list[tuple[str, str]]:
    """What a file lists under `configs`, each with its place; `problems` takes what is wrong."""
    if not tree.items:
        what = "is empty" if tree.items == [] else f"is a list of patterns, not {tree.kind}"
        problems.append(Problem(tree.place, f"configs {what}"))
    found = []
    for item in tree.items or ():
        pattern = (item.text or "").removeprefix("./")
        parts = pattern.split("/")
        if ".." in parts or "" in parts or "\\" in pattern or pattern[:1] == "~":
            message = "must be a pattern of files below this one, such as models/**/*.yaml"
            problems.append(Problem(item.place, f"{message}, not {item.kind}"))
        else:
            found.append((pattern, item.place))
    return found


def _listed(path: str, commit: str | None) -> list[str]:
    """The configs that a `convcost.yaml` lists; none of a file that has another name or mistakes.

    What is wrong with it is said where it is read.
    """
    if os.path.basename(path) != CONFIG:
        return []
    tree = _tree(path, commit)
    listed = tree and (tree.entries or {}).get("configs")
    if not listed:
        return []
    folder = os.path.dirname(path)
    names = list(_here(folder)) if commit is None else _at(commit, folder)
    found: dict[str, None] = {}
    for pattern, place in patterns_of(listed, []):
        own = sorted(name for name in names if path_fits(name, pattern))
        if not own and commit is None:
            raise ConvcostError(Problem(place, f"there is no file {shorten(pattern, 80)}"))
        found |= dict.fromkeys(os.path.join(folder, *name.split("/")) for name in own)
    return [each for each in found if each != path]


def _tree(path: str, commit: str | None) -> Tree | None:
    """A file as it is or as git has it; None if it cannot be read."""
    try:
        if commit is None:
            return read_tree(path, [])
        from convcost.sources.history import text_at

        return parse_tree(text_at(commit, path) or "", path, [])
    except ConvcostError:
        return None


def _here(folder: str) -> Iterator[str]:
    """The YAML files below a folder, by their paths from it; hidden ones and links are left out."""
    seen = 0
    for root, folders, files in os.walk(folder or "."):
        folders[:] = sorted(name for name in folders if not _is_hidden(name))
        seen += len(folders) + len(files)
        if seen > MOST_FILES:
            message = f"more than {MOST_FILES:,} files lie below; put it where there are fewer"
            raise ConvcostError(Problem(os.path.join(folder, CONFIG), message))
        for name in files:
            path = os.path.join(root, name)
            if _is_config(name) and os.path.isfile(path) and not os.path.islink(path):
                yield os.path.relpath(path, folder or ".").replace(os.sep, "/")


def _at(commit: str, folder: str) -> list[str]:
    """The same as git has them at a commit."""
    from convcost.sources.history import files_at

    found = files_at(commit, *[f"{folder}/"] * bool(folder), links=False)
    names = [os.path.relpath(path, folder or ".").replace(os.sep, "/") for path in found]
    return [
        name for name in names if not any(map(_is_hidden, name.split("/"))) and _is_config(name)
    ]


def _is_config(name: str) -> bool:
    return name.endswith(SUFFIXES) and not _is_hidden(name)


def _is_hidden(name: str) -> bool:
    return name.startswith(".")
