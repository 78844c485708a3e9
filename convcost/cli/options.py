"""Options that several commands have."""

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from convcost.cli.printer import ASKED
from convcost.values.code import TIMEOUT

Configs = Annotated[
    list[str],
    typer.Argument(
        metavar="[NETWORK|CONFIG|KIND]...",
        help="Networks that are shipped (convcost networks lists them) or YAML configs, instead of "
        "the flags below; or kinds, with them.",
        show_default=False,
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
        metavar="TOOL[@VERSION]|FILE",
        help="Count as a profiler does, or by a file of rules; all: as each does. Repeatable.",
    ),
]
Settings = Annotated[
    list[str],
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="A parameter of networks, such as width=0.75. Repeatable (--design: a choice).",
    ),
]
Design = Annotated[
    list[str],
    typer.Option(
        "--design",
        metavar="PATH=VALUE",
        help="Of a choice in a network, this option. Repeatable.",
        hidden=True,  # where it is not what the command is about; --set speaks of it
    ),
]
Only = Annotated[
    list[str],
    typer.Option(
        "--only",
        metavar="NAME",
        help="Of configs and families of networks only what is called so; * is any text.",
    ),
]


Columns = Annotated[
    str,
    typer.Option(
        "--columns",
        metavar="TITLE[,…]",
        help="Of tables only these columns, in this order: params,macs,output.",
    ),
]
Sort = Annotated[
    str,
    typer.Option(
        "--sort", metavar="TITLE", help="Sort tables, the largest first; -TITLE the smallest."
    ),
]
Units = Annotated[
    str, typer.Option("--units", metavar="k|M|G|T", help="Figures of tables in this unit.")
]
TABLE_OPTIONS = {"columns": Columns, "sort": Sort, "units": Units}
"""Those of every command that prints tables; `with_tables` takes care of them."""


def with_tables(function: Callable[..., int]) -> Callable[..., int]:
    """A command that takes options for its tables, if it has a format."""
    signature = inspect.signature(function)
    if "format" not in signature.parameters:
        return function

    def command(*, columns: str, sort: str, units: str, **values: Any) -> int:
        if not (columns or sort or units):
            return function(**values)
        from convcost.formats.columns import Arrangement

        names = tuple(name for name in columns.split(",") if name.strip())
        token = ASKED.set(Arrangement(names, sort.strip(), units))
        try:
            return function(**values)
        finally:
            ASKED.reset(token)

    own = [named(name, annotation, "") for name, annotation in TABLE_OPTIONS.items()]
    kept = [each.replace(kind=own[0].kind) for each in signature.parameters.values()]
    command.__doc__ = function.__doc__
    command.__signature__ = signature.replace(parameters=[*kept, *own])  # type: ignore[attr-defined]
    command.__annotations__ = {each.name: each.annotation for each in [*kept, *own]}
    return command


On = Annotated[
    str | None,
    typer.Option(
        "--on",
        metavar="DEVICE|FILE",
        help="Bound on a device (see convcost devices).",
    ),
]

Device = Annotated[str, typer.Option("--device", metavar="cpu|cuda|mps", help="Where.")]
Threads = Annotated[
    int,
    typer.Option(
        "--threads", metavar="N", min=0, max=4096, help="Of a CPU; 0 are all.", show_default=False
    ),
]

Inputs = Annotated[
    list[str],
    typer.Option(
        "--input",
        metavar="[NAME=][DTYPE:]SIZES",
        help="Input of a torch module or ONNX file: 3x224x224.",
    ),
]
Arguments = Annotated[
    list[str],
    typer.Option("--arg", metavar="NAME=VALUE", help="What a torch module is made with."),
]
Batch = Annotated[str, typer.Option("--batch", metavar="N", help="Samples. [default: 1]")]
InputSize = Annotated[str, typer.Option("--hw", metavar="N[xN]", help="Another input size.")]
Fuse = Annotated[bool, typer.Option("--fuse", help="Fold batch norms into convolutions.")]
Times = Annotated[
    str, typer.Option("--times", metavar="FILE", help="A table of convcost time --table FILE.")
]
Mode = Annotated[
    str,
    typer.Option("--mode", metavar="eval|train", help="Of the module. [default: eval]"),
]
Real = Annotated[
    bool, typer.Option("--real", help="Run it with numbers, as where it looks at them.")
]
Timeout = Annotated[int, typer.Option("--timeout", metavar="SECONDS", help="How long it may take.")]
CODE_OPTIONS: dict[str, tuple[Any, Any]] = {
    "inputs": (Inputs, []),
    "args": (Arguments, []),
    "mode": (Mode, ""),
    "real": (Real, False),
    "timeout": (Timeout, TIMEOUT),
}
"""Those of commands that take torch modules, with their defaults."""


Train = Annotated[bool, typer.Option("--train", help="What training costs; see --train --help.")]
Freeze = Annotated[
    list[str],
    typer.Option(
        "--freeze",
        metavar="PATTERN",
        help="Layers that are not trained, such as 'layer[12]*'. Repeatable.",
    ),
]
TRAIN_OPTIONS: dict[str, tuple[Any, Any]] = {
    "train": (Train, False),
    "freeze": (Freeze, []),
    "checkpoint": (
        Annotated[
            list[str],
            typer.Option(
                "--checkpoint",
                metavar="PATTERN",
                help="Layers that are computed again in the backward pass. Repeatable.",
            ),
        ],
        [],
    ),
    "optimizer": (
        Annotated[
            str,
            typer.Option(
                "--optimizer",
                metavar="NAME",
                help="sgd, momentum, adam, adamw, adafactor or lion. [default: sgd]",
            ),
        ],
        "",
    ),
    "amp": (
        Annotated[str, typer.Option("--amp", metavar="float16|bfloat16", help="Mixed precision.")],
        "",
    ),
    "attention": (
        Annotated[
            str,
            typer.Option(
                "--attention",
                metavar="fused|math",
                help="As one kernel where there is one, or as products. [default: fused]",
            ),
        ],
        "",
    ),
    "device": (
        Annotated[
            str,
            typer.Option("--device", metavar="cpu|cuda", help="Whose kernels. [default: cpu]"),
        ],
        "",
    ),
    "fits": (
        Annotated[
            str,
            typer.Option(
                "--fits",
                metavar="SIZE",
                help="Whether it fits, such as 24GiB, and the largest batch that does.",
            ),
        ],
        "",
    ),
}
"""Those of commands that say what training costs, with their defaults."""

OF_MEMORY = tuple(name for name in TRAIN_OPTIONS if name not in ("train", "freeze"))
"""Those of them that FLOPs of a step do not depend on, or not as tools print them."""


def named(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    """An option of a command, by its name there."""
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
    )
