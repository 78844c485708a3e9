"""What flags describe: one case, one kind, or how code is run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from convcost.errors import ConvcostError, Problem, no_such, shorten
from convcost.kinds.catalogue import compared_kinds, find
from convcost.kinds.registry import Kind
from convcost.networks.cases import Case, make_case
from convcost.networks.parameters import CASE_PARAMS, read_values, shape_problems, show_value
from convcost.values.code import TIMEOUT, Code, Input

if TYPE_CHECKING:
    from convcost.sources.tree import Tree


MODES = ("eval", "train")
"""Of a torch module."""

LARGEST = 10**12
"""Elements of an input."""


def flag_name(name: str) -> str:
    """The command line's spelling of a parameter: `--last-only`."""
    return "--" + name.replace("_", "-")


def read_case(kinds: list[str], given: dict[str, Any]) -> Case:
    """The case of these kinds (the compared ones if none are named) with these parameters.

    Raises:
        ConvcostError: everything that is wrong with the kinds, or with the flags.
    """
    names = [name.strip() for words in kinds for name in words.split(",")]
    chosen = read_kinds(names, "--kinds") if kinds else compared_kinds()
    values = read_flags(given, chosen)
    words = " ".join(f"{name}={show_value(value)}" for name, value in values.items())
    return make_case(words, values, [(kind, {}) for kind in chosen])


def read_kinds(names: list[str], place: str) -> list[Kind]:
    """Kinds by their names; `place` is the flag that has them.

    Raises:
        ConvcostError: every name that is wrong.
    """
    found: list[Kind] = []
    problems: list[Problem] = []
    for name in names:
        try:
            found.append(find(name))
        except ValueError as error:
            every = name.lower() in ("all", "*")
            hint = "no kind 'all'; without --kinds all are taken that compare lists"
            problems.append(Problem(place, hint if every else str(error)))
    if problems:
        raise ConvcostError(*problems)
    return found


def read_flags(
    given: dict[str, Any], kinds: list[Kind], known: Iterable[str] = CASE_PARAMS
) -> dict[str, Any]:
    """The values of flags; `known` are the parameters of cases that are welcome.

    Raises:
        ConvcostError: everything that is wrong with them.
    """
    values, problems = read_values(given, kinds, known)
    # What was given but could not be parsed is reported already, and not missing.
    shape = shape_problems(values, kinds)
    problems += [each for each in shape if each[0] in values or each[0] not in given]
    if problems:
        raise ConvcostError(*[Problem(flag_name(name), message) for name, message in problems])
    return values


class CodeWords(NamedTuple):
    """The options of code that is a subject, as typed."""

    inputs: Sequence[str] = ()
    args: Sequence[str] = ()
    mode: str = ""
    real: bool = False
    timeout: int = TIMEOUT

    def given(self) -> list[str]:
        """Those that were given, as they are typed."""
        words = [word for each in self.inputs for word in ("--input", each)]
        words += [word for each in self.args for word in ("--arg", each)]
        words += ["--mode", self.mode] if self.mode else []
        return words + ["--real"] * self.real


class TrainingWords(NamedTuple):
    """The options of training, as typed; nothing where they are not."""

    train: bool = False
    freeze: tuple[str, ...] = ()
    checkpoint: tuple[str, ...] = ()
    optimizer: str = ""
    amp: str = ""
    attention: str = ""
    device: str = ""
    fits: str = ""


NOT_TRAINED = TrainingWords()
"""Where nothing is asked of training."""


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


_INPUT = re.compile(r"(?:([^\s=][^=]*)=)?(?:([a-z]+\d*):)?(\d+(?:x\d+)*)", re.ASCII)


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
    from convcost.sources.tree import parse_tree  # and with it PyYAML

    return _plain(parse_tree(text, "--arg", problems))


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
