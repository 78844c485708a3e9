"""The options of commands about kinds and networks, read off the parameters of cases and kinds."""

import inspect
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from convcost.cli.options import (
    CODE_OPTIONS,
    TABLE_OPTIONS,
    TRAIN_OPTIONS,
    Configs,
    Design,
    KindNames,
    Only,
    Settings,
    named,
)
from convcost.kinds.catalogue import compared_kinds
from convcost.kinds.registry import PARAMS, Param
from convcost.networks.parameters import CASE_PARAMS, default_of, every_param
from convcost.sources.flags import MODES, CodeWords, TrainingWords, flag_name
from convcost.sources.request import Request
from convcost.values.words import Flag, MapName

IN_HELP = ("inputs", "args")
"""The help texts of other commands than capture have no more of them."""

HELP = frozenset(("-h", "--help"))


_LISTED = [name for name in Request._fields if name not in ("given", "code", "training")]


class RequestCommand:
    """A command whose first argument is a `Request`, which is made of its options.

    Those are configs and kinds, unless the command says itself what it is about (it takes
    `subject`), and an option for each parameter of cases and kinds but those in `without`.
    """

    def __init__(self, function: Callable[..., int], without: Sequence[str] = ()) -> None:
        """Read the command's own options off its signature."""
        self.function = function
        self.without = without
        [_, *own] = inspect.signature(function, eval_str=True).parameters.values()
        subject = [each for each in own if each.name == "subject"]
        self.own = [
            *(subject or [_listed("configs", Configs), _listed("kinds", KindNames)]),
            *[each for each in own if each.name not in ("subject", "train")],
            *[_listed("settings", Settings), _listed("design", Design), _listed("only", Only)],
        ]
        self.trains = any(each.name == "train" for each in own)
        self.of_training = {
            name: named(name, *option)
            for name, option in TRAIN_OPTIONS.items()
            if name not in without
        }
        self.of_code = {name: named(name, *option) for name, option in CODE_OPTIONS.items()}

    def with_options(self, arguments: Sequence[str]) -> Callable[..., int]:
        """The command as typer takes it, with options for the parameters that are named."""
        params = {_identifier(name): param for name, param in self._params_in(arguments).items()}
        of_code, of_training = self._of_code(arguments), self._of_training(arguments)

        def command(**values: Any) -> int:
            raw = {params[each].name: values.pop(each) for each in params}
            given = {name: value for name, value in raw.items() if value is not None}
            words = CodeWords(**{each: values.pop(each) for each in of_code})
            if words.mode and words.mode not in MODES:  # of an upsample
                given["mode"], words = words.mode, words._replace(mode="")
            typed = {each: values.pop(each) for each in of_training}
            listed = {name: values.pop(name, []) for name in _LISTED}
            lists = {name: tuple(value) for name, value in typed.items() if isinstance(value, list)}
            training = TrainingWords(**(typed | lists))
            request = Request(given=given, code=words, training=training, **listed)
            return self.function(request, **values)

        kept = [*self.own, *of_training.values(), *of_code.values(), *map(_option, params.values())]
        command.__doc__ = self.function.__doc__
        command.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in kept]
        )
        command.__annotations__ = {each.name: each.annotation for each in kept}
        return command

    def _of_code(self, arguments: Sequence[str]) -> dict[str, inspect.Parameter]:
        """The options of torch modules, if one is named or may be meant; some in the help text."""
        if not HELP.isdisjoint(arguments):
            return {name: self.of_code[name] for name in IN_HELP}
        flags = _flags_in(arguments)
        named = flags & {flag for each in self.of_code.values() for flag in _declared(each)}
        return self.of_code if named or self._has_slip(flags) else {}

    def _of_training(self, arguments: Sequence[str]) -> dict[str, inspect.Parameter]:
        """The options of training, if one is named; of the help text the first, if none is."""
        if not self.trains:
            return {}
        flags = _flags_in(arguments)
        own = {flag for each in self.of_training.values() for flag in _declared(each)}
        if flags & own or (self._has_slip(flags) and HELP.isdisjoint(arguments)):
            return self.of_training
        return {"train": self.of_training["train"]}

    def _params_in(self, arguments: Sequence[str]) -> dict[str, Param]:
        """The parameters whose flags are among the arguments, or all of them.

        The help text has those of the kinds that `compare` lists. All where a flag is neither the
        command's own nor one of theirs: it may be that of another kind, or a slip, for which the
        nearest is suggested.
        """
        flags = _flags_in(arguments)
        params = self._taken(CASE_PARAMS | PARAMS)
        if not HELP.isdisjoint(arguments):
            compared = {name for kind in compared_kinds() for name in kind.params}
            return {name: p for name, p in params.items() if name in CASE_PARAMS.keys() | compared}
        if self._has_slip(flags):
            return self._taken(every_param())
        return {name: param for name, param in params.items() if flags & {*_flags(param)}}

    def _has_slip(self, flags: set[str]) -> bool:
        """Whether one of these flags is neither the command's own nor that of a usual kind."""
        tables = [named(name, annotation, "") for name, annotation in TABLE_OPTIONS.items()]
        own = [*self.own, *tables, *self.of_code.values()]
        own += self.of_training.values() if self.trains else ()
        known = {flag for each in own for flag in _declared(each)}
        for param in self._taken(CASE_PARAMS | PARAMS).values():
            known.update(_flags(param))
        return not flags <= known

    def _taken(self, params: dict[str, Param]) -> dict[str, Param]:
        """The parameters less those that the command goes without, or that name other layers."""
        return {
            name: param
            for name, param in params.items()
            if name not in (*self.without, "mode") and not isinstance(param.type, MapName)
        }


def _flags_in(arguments: Sequence[str]) -> set[str]:
    """The flags among arguments, without their values."""
    return {word.partition("=")[0] for word in arguments if word.startswith("--")}


def takes_request(*without: str) -> Callable[[Callable[..., int]], RequestCommand]:
    """Give a command the options of a `Request`, but for these parameters."""
    return lambda function: RequestCommand(function, without)


def _listed(name: str, annotation: Any) -> inspect.Parameter:
    return named(name, annotation, [])


def _declared(parameter: inspect.Parameter) -> list[str]:
    """The flags of a command's own option; none of an argument."""
    [info] = parameter.annotation.__metadata__
    if not isinstance(info, typer.models.OptionInfo):
        return []
    # What stands first in typer.Option(…) is its `default` there, also where it is a flag.
    written = [str(each) for each in (info.default, *(info.param_decls or ()))]
    flags = [each for each in written if each.startswith("--")]
    return flags or [flag_name(parameter.name)]


def _flags(param: Param) -> list[str]:
    """How a parameter is given: `--k`, or `--bias` and `--no-bias`."""
    flag = flag_name(param.name)
    return [flag, f"--no-{flag[2:]}"] if isinstance(param.type, Flag) else [flag]


def _option(param: Param) -> inspect.Parameter:
    default = default_of(param.name, compared_kinds())
    words = param.help[0].upper() + param.help[1:] + "."
    if default not in ("", "none", "false"):
        words += f" [default: {default}]"
    flags = "/".join(_flags(param))
    if isinstance(param.type, Flag):
        annotation: Any = bool | None
        option = typer.Option(flags, help=words, show_default=False)
    else:
        annotation = str | None
        option = typer.Option(flags, help=words, metavar=param.type.metavar, show_default=False)
    return inspect.Parameter(
        _identifier(param.name),
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[annotation, option],
    )


def _identifier(name: str) -> str:
    return "in_" if name == "in" else name
