"""The options of the commands, read off the parameters of cases and kinds."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

import typer

from convcost.cases import PARAMS, default_of
from convcost.kinds import compared_kinds
from convcost.registry import Param
from convcost.values import Flag

Configs = Annotated[
    list[str],
    typer.Argument(
        metavar="[CONFIG]...", help="YAML configs, instead of the flags below.", show_default=False
    ),
]
KindNames = Annotated[
    list[str], typer.Option("--kinds", metavar="NAME[,…]", help="Which kinds. [default: all]")
]
Format = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help="table, text, markdown, csv, json or latex. [default: table on a terminal, text in a "
        "pipe, and as a file is called]",
    ),
]
Output = Annotated[
    str, typer.Option("--output", metavar="FILE", help="Write to a file, whole or not at all.")
]
As = Annotated[
    list[str],
    typer.Option(
        "--as",
        metavar="TOOL[@VERSION]",
        help="Count as a profiler does, or as all of them do: all. Repeatable; convcost profilers "
        "lists them.",
    ),
]


Settings = Annotated[
    list[str],
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="A parameter of the networks in the configs, such as width=0.75. Repeatable.",
    ),
]
Only = Annotated[
    list[str],
    typer.Option(
        "--only", metavar="NAME", help="Of the configs only what is called so; * is any text."
    ),
]


class Request(NamedTuple):
    """What a command is asked about: configs, or one case by its parameters.

    Attributes:
        configs: paths.
        kinds: names of kinds.
        given: parameters of cases and kinds, as typed.
        settings: `name=value` for networks.
        only: names of cases and networks.
    """

    configs: list[str]
    kinds: list[str]
    given: dict[str, Any]
    settings: list[str]
    only: list[str]

    @property
    def changes(self) -> bool:
        """Whether networks are to be other ones than their files say; variants are that already."""
        return bool(self.settings) or "hw" in self.given


def flag_name(name: str) -> str:
    """The command line's spelling of a parameter."""
    return "--" + name.replace("_", "-")


def takes_request(*without: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Give a command the options that make up a `Request`, its first argument.

    Those are configs and kinds, unless the command says itself what it is about (it takes
    `subject`), and an option for each parameter of cases and kinds but those named here.
    """
    params = {_identifier(name): param for name, param in PARAMS.items() if name not in without}

    def decorate(function: Callable[..., int]) -> Callable[..., int]:
        def command(**arguments: Any) -> int:
            raw = {params[each].name: arguments.pop(each) for each in params}
            given = {name: value for name, value in raw.items() if value is not None}
            listed = {name: arguments.pop(name, []) for name in Request._fields if name != "given"}
            return function(Request(given=given, **listed), **arguments)

        [_, *own] = inspect.signature(function, eval_str=True).parameters.values()
        subject = [each for each in own if each.name == "subject"]
        about = subject or [_listed("configs", Configs), _listed("kinds", KindNames)]
        kept = [*about, *[each for each in own if each.name != "subject"]]
        kept += [_listed("settings", Settings), _listed("only", Only)]
        kept += [_option(param) for param in params.values()]
        command.__doc__ = function.__doc__
        command.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in kept]
        )
        command.__annotations__ = {p.name: p.annotation for p in kept}
        return command

    return decorate


def _listed(name: str, annotation: Any) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=[], annotation=annotation
    )


def _option(param: Param) -> inspect.Parameter:
    flag = flag_name(param.name)
    default = default_of(param.name, compared_kinds())
    words = param.help[0].upper() + param.help[1:] + "."
    if default not in ("", "none", "false"):
        words += f" [default: {default}]"
    if isinstance(param.type, Flag):
        annotation: Any = bool | None
        option = typer.Option(f"{flag}/--no-{flag[2:]}", help=words, show_default=False)
    else:
        annotation = str | None
        option = typer.Option(flag, help=words, metavar=param.type.metavar, show_default=False)
    return inspect.Parameter(
        _identifier(param.name),
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[annotation, option],
    )


def _identifier(name: str) -> str:
    return "in_" if name == "in" else name
