"""All that is in the configs that a command is about: files, and networks that are shipped."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from convcost.errors import ConvcostError, Problem, nearest, shorten
from convcost.kinds.catalogue import every_kind, is_kind
from convcost.networks.cases import Case
from convcost.sources.guarded import SUFFIXES, with_listed
from convcost.sources.patterns import (
    GRAPH,
    SHOWN,
    is_code,
    is_file,
    is_graph_path,
    is_onnx_path,
)
from convcost.sources.reading.configs import parse_config, read_config
from convcost.sources.selection import Picked, pick
from convcost.sources.shipped import family_of, find_network, nearest_network, variants_of
from convcost.sources.tree import read_bytes

if TYPE_CHECKING:
    from convcost.graph.captured import Captured
    from convcost.values.code import Code

WEIGHTS = (".pt", ".pth", ".pt2", ".ckpt", ".safetensors", ".bin", ".pkl", ".torchscript")
"""Endings of files of weights, of which some run code when they are loaded."""

MODELS = (
    *WEIGHTS,
    *(".tflite", ".pb", ".h5", ".keras", ".mlmodel", ".mlpackage", ".engine", ".prototxt"),
    *(".caffemodel", ".weights", ".py", ".ipynb"),
)
"""Endings of files of models and code, which are taken for subjects."""


Around = Callable[[Case], Iterable[Case]]
"""What the name of a shipped network stands for."""


def alone(network: Case) -> Iterable[Case]:
    """The network and no other."""
    return (network,)


def with_variants(network: Case) -> Iterable[Case]:
    """The network, and its variants behind it."""
    return (network, *variants_of(network))


def pick_from(
    paths: list[str],
    only: Sequence[str],
    commit: str | None = None,
    around: Around = alone,
    code: Code | None = None,
) -> Picked:
    """The cases of configs that are called so; of a shipped network's name, any of its family.

    Raises:
        ConvcostError: everything that is wrong with any config, or a name is nobody's.
    """
    return pick(read_configs(paths, commit, family_of if only else around, code), only)


def read_configs(
    paths: list[str], commit: str | None = None, around: Around = alone, code: Code | None = None
) -> list[Case]:
    """The cases of configs and of those that they list, here or at a commit; each file once.

    What is no file may be the name of a network that is shipped, which is the same at any commit,
    or name code, which runs if it is said how (`code`). Its inputs are also those of ONNX files.

    Raises:
        ConvcostError: everything that is wrong with any of them.
    """
    cases: list[Case] = []
    problems: list[Problem] = []
    shipped: set[tuple[str, str]] = set()
    for path in with_listed(paths, commit):
        try:
            if is_code(path):
                read = [_read_code(path, code)]
            elif is_onnx_path(path):
                read = [_read_onnx(path, code, commit)]
            elif commit is None:
                read = _read(path, around)
            else:
                read = _read_at(commit, path, around)
            # Two names may stand for one family.
            cases += [case for case in read if (case.place, case.name) not in shipped]
            shipped |= {(case.place, case.name) for case in read if case.place.startswith(SHOWN)}
        except ConvcostError as error:
            problems += error.problems
    if problems:
        raise ConvcostError(*problems)
    return cases


def _read_code(word: str, code: Code | None) -> Case:
    """What code is, captured; where it is not to run, what to do instead."""
    from convcost.networks.captured import case_of
    from convcost.pytorch.code import capture

    if code is None:
        message = f"is code, and this takes files; make its graph file: {_command_of(word)}"
        raise ConvcostError(Problem(word, message))
    code = code._replace(word=word)
    return case_of(capture(code), word, code)


def _read_onnx(path: str, code: Code | None, commit: str | None) -> Case:
    """The network in an ONNX file, here or at a commit."""
    from convcost.networks.captured import case_of
    from convcost.sources.onnx.model import open_model, parse_model
    from convcost.sources.onnx.reading import model_of

    if commit is None:
        model = open_model(path)
    else:
        from convcost.sources.history import bytes_at

        data = bytes_at(commit, path)
        if data is None:
            raise ConvcostError(Problem(path, f"is not there at {commit[:12]}"))
        model = parse_model(memoryview(data), path)
    found = model_of(model, path, code.inputs if code else ())
    captured = found.captured
    case = case_of(captured, path)
    said = tuple([f"{captured.name}: {remark}" for remark in found.remarks])
    return case._replace(precision=found.precision, remarks=(*case.remarks, *said))


def _read(path: str, around: Around) -> list[Case]:
    if path.lower().endswith(MODELS):
        raise ConvcostError(Problem(shorten(path, 200), _no_config(path.lower())))
    if is_file(path):
        return _read_graph(path) if is_graph_path(path) else read_config(path)
    if is_kind(path):
        raise ConvcostError(Problem(path, "is a kind of layer, no network and no config"))
    network = find_network(path)
    if network is not None:
        return [*around(network)]
    if path.endswith(SUFFIXES) or os.sep in path or os.path.isdir(path):
        return _read_absent(path)
    raise ConvcostError(Problem(shorten(path, 200), _nothing_called(path)))


def _no_config(path: str) -> str:
    """Why a file of a model is none that is read, and what to name instead."""
    if path.endswith(".py"):
        return f"is code: name what makes the network too, {os.path.basename(path)}:Network"
    if path.endswith(WEIGHTS):
        return (
            "holds weights, and may hold code that would run: it is never loaded; name the code "
            "that makes the network, package.module:attribute, or its graph file"
        )
    return (
        "convcost reads YAML configs, graph files and ONNX files; export the model as ONNX, or "
        "name the code of a torch module, package.module:attribute"
    )


def _read_absent(path: str) -> list[Case]:
    """Raise why a file cannot be read, with the shipped network that may be meant."""
    try:
        return read_config(path)
    except ConvcostError as error:
        network = find_network(os.path.splitext(os.path.basename(path))[0])
        if network is None:
            raise
        place, message = error.problems[0]
        hint = f"{message}; '{network.name}' is a network that is shipped"
        raise ConvcostError(Problem(place, hint)) from None


def _nothing_called(word: str) -> str:
    """That nothing is called so, and what may be meant."""
    if word.lower() in ("true", "false", "yes", "no"):
        return "no kind, file or network is called so; a flag such as --bias takes no value"
    near = nearest(word, every_kind()) or nearest_network(word)
    hint = f"did you mean '{near}'?" if near else "convcost kinds and convcost networks list them"
    return f"no kind, file or network is called so; {hint}"


def _read_at(commit: str, path: str, around: Around) -> list[Case]:
    """The cases of a config at a commit."""
    from convcost.sources.history import text_at  # which runs git, as most commands do not

    text = text_at(commit, path)
    if text is None:
        network = None if is_file(path) else find_network(path)
        if network is not None:
            return [*around(network)]
        raise ConvcostError(Problem(path, f"is not there at {commit[:12]}"))
    if is_graph_path(path):
        from convcost.graph.reading import parse
        from convcost.networks.captured import case_of

        return [case_of(parse(text, path), path)]
    return parse_config(text, path)


def _read_graph(path: str) -> list[Case]:
    """The network in a graph file."""
    from convcost.networks.captured import case_of

    return [case_of(read_graph(path), path)]


def read_graph(path: str) -> Captured:
    """The captured graph in a file.

    Raises:
        ConvcostError: it cannot be read, or is no graph file; one line with its place.
    """
    from convcost.graph.reading import MAX_BYTES, decoded

    return decoded(read_bytes(path, MAX_BYTES, "no graph file"), path)


def _command_of(word: str) -> str:
    """The command that makes a graph file of code."""
    name = word.rpartition(":")[2].rpartition(".")[2]
    return shlex.join(["convcost", "capture", word, "--output", f"configs/{name}{GRAPH}"])
