"""Networks that were captured: graph files, and code that a command line names."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convcost.errors import ConvcostError, Problem, listed, no_such, shorten
from convcost.graph.builder import Builder
from convcost.graph.captured import Captured, parse
from convcost.graph.nodes import Graph
from convcost.kinds.registry import Kind
from convcost.networks.cases import Case, Use
from convcost.networks.inputs import written
from convcost.networks.parameters import CASE_PARAMS
from convcost.ops.op import Input as InputOp
from convcost.sources.patterns import GRAPH
from convcost.sources.tree import Tree, parse_tree
from convcost.values.code import Code, Input

if TYPE_CHECKING:
    from convcost.sources.request import CodeWords

MODES = ("eval", "train")

LARGEST = 10**12
"""Elements of an input."""

MAX_BYTES = 30_000_000
"""Some 100,000 nodes; a network has a few hundred, or thousands."""


def read_graph(path: str) -> Captured:
    """The captured graph in a file.

    Raises:
        ConvcostError: it cannot be read, or is no graph file; one line with its place.
    """
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConvcostError(Problem(shorten(path, 200), reason.lower())) from None
    if len(data) > MAX_BYTES:
        raise ConvcostError(Problem(path, f"larger than {MAX_BYTES:,} bytes, no graph file"))
    return decoded(data, path)


def decoded(data: bytes, path: str) -> Captured:
    """The captured graph that a file's bytes are."""
    try:
        return parse(data.decode("utf-8"), path)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ConvcostError(Problem(f"{path}:{line}", "not UTF-8 text")) from None


def remarks(captured: Captured) -> list[str]:
    """What is to be known of how a network was captured."""
    nodes = captured.graph.nodes
    idle = [node for node in nodes if not node.run and node.params]
    found = []
    if captured.about.get("device") == "cpu":
        found.append("it ran with numbers on the CPU, as of --real; others may take other ways")
    if captured.frozen:
        found.append(f"{captured.frozen:,} of the params are frozen")
    if idle:
        names = listed([node.path for node in idle])
        found.append(f"{sum(n.params for n in idle):,} params are used by no call: {names}")
    return found


def case_of(captured: Captured, place: str, code: Code | None = None) -> Case:
    """A captured network as a case; `place` is where it comes from, `code` what it was now."""
    graph = captured.graph
    inputs = {node.path: node.shape for node in graph.nodes if isinstance(node.op, InputOp)}
    kind = _kind_of(captured.name, graph, inputs)
    use = Use(captured.name, kind, {})
    return Case(
        captured.name,
        inputs,
        (use,),
        captured.batch,
        place=place,
        network=True,
        code=code,
        remarks=tuple(remarks(captured)),
    )


def _kind_of(name: str, graph: Graph, inputs: Mapping[str, Any]) -> Kind:
    """The network as what appends its nodes."""

    def append(net: Builder) -> None:
        given = {node.path: node.shape for node in net.nodes[: net.inputs]}
        if given != inputs:
            raise ValueError(
                f"it was captured with {written(inputs)}; of another size it is another graph, "
                "which convcost capture --input makes"
            )
        net.take(graph)

    return Kind(name, append, "A network that was captured.", {}, (), ())


def read_code(words: CodeWords, batch: str = "") -> Code:
    """The options of code, read; which code it is is still to be said (`word`).

    Raises:
        ConvcostError: what is wrong with any of them.
    """
    problems: list[Problem] = []
    inputs, args, samples = [], {}, 1
    for text in words.inputs:
        try:
            inputs.append(_input(text))
        except ValueError as error:
            problems.append(Problem("--input", str(error)))
    for text in words.args:
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier() or name in args:
            twice = f"{name} is given twice" if name in args else "is NAME=VALUE"
            problems.append(Problem("--arg", f"{twice}, not '{shorten(text)}'"))
            continue
        args[name] = _argument(value, problems)
    try:
        samples = CASE_PARAMS["batch"].type.parse(batch) if batch else 1
    except ValueError as error:
        problems.append(Problem("--batch", str(error)))
    if words.mode not in ("", *MODES):
        problems.append(Problem("--mode", no_such("mode", words.mode, MODES)))
    if words.timeout < 1:
        problems.append(Problem("--timeout", f"must be 1 second or more, got {words.timeout}"))
    if problems:
        raise ConvcostError(*problems)
    train = words.mode == "train"
    typed = words.given() + (["--batch", batch] if batch else [])
    return Code("", args, inputs, samples, train, words.real, words.timeout, typed)


_INPUT = re.compile(r"(?:([A-Za-z_]\w*)=)?(?:([a-z]+\d*):)?(\d+(?:x\d+)*)", re.ASCII)


def _input(text: str) -> Input:
    """An input such as `3x224x224`, `mask=int64:1x128`."""
    match = _INPUT.fullmatch(text.strip())
    if match is None:
        raise ValueError(
            f"is [NAME=][DTYPE:]SIZES without the batch, such as 3x224x224 or mask=int64:1x128, "
            f"not '{shorten(text)}'"
        )
    name, dtype, sizes = match.groups(default="")
    numbers = tuple([CASE_PARAMS["in"].type.parse(size) for size in sizes.split("x")])
    if prod(numbers) > LARGEST:
        raise ValueError(f"'{shorten(text)}' has more than {LARGEST:,} elements")
    return Input(numbers, name, dtype)


def _argument(text: str, problems: list[Problem]) -> Any:
    """A value in YAML: a number, true, null, text, a list or a mapping."""
    tree = parse_tree(text, "--arg", problems)
    return _plain(tree)


def _plain(tree: Tree) -> Any:
    """What a value of YAML is in Python."""
    if tree.items is not None:
        return [_plain(each) for each in tree.items]
    if tree.entries is not None:
        return {key: _plain(value) for key, value in tree.entries.items()}
    text = tree.text or ""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if re.fullmatch(r"-?\d{1,18}", text, re.ASCII):
        return int(text)
    try:
        return float(text) if re.fullmatch(r"-?[\d.]+(e-?\d+)?", text, re.ASCII) else text
    except ValueError:
        return text


_CONSTANTS = {"true": True, "false": False, "null": None, "~": None}


def command_of(word: str, words: str = "") -> str:
    """The command that makes a graph file of code."""
    name = word.rpartition(":")[2].rpartition(".")[2]
    parts = ["convcost", "capture", shlex.quote(word), words, "--output", f"configs/{name}{GRAPH}"]
    return " ".join(filter(None, parts))
