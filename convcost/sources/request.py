"""What a command is asked about: the cases of configs, or one case that flags describe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from convcost.errors import ConvcostError, Problem
from convcost.kinds.catalogue import is_kind
from convcost.kinds.registry import Kind
from convcost.networks.cases import Case
from convcost.networks.parameters import CASE_PARAMS, input_shape
from convcost.ops.op import Shape
from convcost.sources.flags import (
    NOT_TRAINED,
    CodeWords,
    TrainingWords,
    flag_name,
    read_case,
    read_code,
    read_flags,
    read_kinds,
)
from convcost.sources.patterns import is_code, is_file, is_onnx_path

if TYPE_CHECKING:
    from convcost.values.code import Code


KNOWN = tuple(name for name in CASE_PARAMS if name != "fuse")
"""What a kind that is taken apart may be given beside its own parameters."""


class Request(NamedTuple):
    """What a command is asked about: configs, or one case by its parameters.

    Attributes:
        configs: paths.
        kinds: names of kinds.
        given: parameters of cases and kinds, as typed: `{"in": "24", "hw": "112"}`.
        settings: `name=value` for networks.
        only: names of cases and networks.
        code: options of what is code among the configs.
        training: how it is trained, if that is asked.
        design: `path=option` for the choices of networks.
    """

    configs: list[str]
    kinds: list[str]
    given: dict[str, Any]
    settings: list[str]
    only: list[str]
    code: CodeWords = CodeWords()
    training: TrainingWords = NOT_TRAINED
    design: Sequence[str] = ()

    def with_kinds(self) -> Request:
        """The same with those of its subjects as kinds that are kinds, and no files.

        Raises:
            ConvcostError: only some of them are.
        """
        kinds = [word for word in self.configs if _is_kind(word)]
        others = [word for word in self.configs if word not in kinds]
        if kinds and others:
            from convcost.sources.files import read_configs

            read_configs(others)  # which says what is wrong with them, if anything is
            message = f"is no kind, as {kinds[0]} is; a run is about kinds, or about networks"
            raise ConvcostError(Problem(others[0], message))
        return self._replace(configs=others, kinds=[*self.kinds, *kinds])

    @property
    def changes(self) -> bool:
        """Whether flags make networks other ones than their files say, as variants are."""
        return bool(self.settings or self.design) or "hw" in self.given

    def refuse_flags_of_configs(self, words: str) -> None:
        """Raise `ConvcostError` with these words if --set, --design or --only are given."""
        flags = ("--set", self.settings), ("--design", self.design), ("--only", self.only)
        for flag, given in flags:
            if given:
                raise ConvcostError(Problem(flag, words))


class Chosen(NamedTuple):
    """The cases that a request is about, and how many variants were left out of them."""

    cases: list[Case]
    left_out: int = 0


def read_request(request: Request, variants: bool = False) -> Chosen:
    """The cases of the configs, or the one case that the flags describe.

    Networks that --set or --hw change go without their variants, unless `only` names some; shipped
    ones, which are named one by one, have theirs if these are asked for.

    Raises:
        ConvcostError: something is wrong with the configs or the flags.
    """
    cases = _read(request, variants)
    return _without_variants(cases) if request.changes and not request.only else Chosen(cases)


def read_networks(request: Request) -> Chosen:
    """The networks of the configs, without their variants unless `only` names some.

    Raises:
        ConvcostError: something is wrong with the configs, or there are no networks.
    """
    cases = [case for case in _read(request) if case.network]
    if not cases:
        message = "has no networks; show takes a kind, or networks"
        raise ConvcostError(Problem(request.configs[0], message))
    return Chosen(cases) if request.only else _without_variants(cases)


def read_kind(request: Request) -> tuple[Kind, Shape, dict[str, Any]]:
    """The one kind that a request is about, its input of C x spatial, and its parameters.

    Raises:
        ConvcostError: something is wrong with the flags.
    """
    request.refuse_flags_of_configs("is for networks")
    [chosen] = read_kinds(request.kinds, "KIND")
    values = read_flags(request.given, [chosen], known=KNOWN)
    return chosen, input_shape(values), values


def _read(request: Request, variants: bool = False) -> list[Case]:
    request = request.with_kinds()
    configs, kinds, given, settings, only, *_ = request
    code = _code_of(request)
    if not configs:
        request.refuse_flags_of_configs("is for networks and configs")
        return [read_case(kinds, given)]
    from convcost.sources.designs import take
    from convcost.sources.files import alone, pick_from, with_variants
    from convcost.sources.selection import CHANGES, change

    around = with_variants if variants else alone
    cases = pick_from(configs, only, around=around, code=code).cases
    fixed = [name for name in given if name not in CHANGES]
    if kinds or fixed:
        flag = "--kinds" if kinds else flag_name(fixed[0])
        what = "taken for a config" if is_file(configs[0]) else "a network"
        raise ConvcostError(Problem(configs[0], f"is {what}, which goes without {flag}"))
    return take(change(cases, settings, given), request.design)


def _code_of(request: Request) -> Code | None:
    """How code among the configs is to be captured; None where there is none."""
    typed = request.code.given()
    if any(map(is_code, request.configs)):
        mode = request.given.get("mode")  # no mode of code: it was taken for that of an upsample
        mode = mode or ("train" if request.training.train and not request.code.mode else None)
        words = request.code._replace(mode=mode) if mode else request.code
        return read_code(words, request.given.get("batch", ""))
    others = [word for word in typed if word.startswith("--") and word != "--input"]
    if any(map(is_onnx_path, request.configs)) and not others:
        return read_code(request.code)
    if typed:
        typed = others or typed
        other = _MEANT.get(typed[0], "")
        message = f"is for torch modules, package.module:attribute{other and '; '}{other}"
        raise ConvcostError(Problem(typed[0], message))
    return None


_MEANT = {
    "--input": "--in is the input's channels, --hw its sizes",
    "--arg": "--set NAME=VALUE sets a network's parameter",
}
"""What may be meant where there is no torch module."""


def _is_kind(word: str) -> bool:
    """Whether a subject is a kind: a file that is there comes first."""
    return not is_file(word) and is_kind(word)


def _without_variants(cases: list[Case]) -> Chosen:
    kept = [case for case in cases if not case.variant]
    return Chosen(kept, len(cases) - len(kept))
