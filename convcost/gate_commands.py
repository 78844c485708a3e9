"""The commands that guard figures: check."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from convcost.arguments import read_configs, usual_configs
from convcost.errors import ConvcostError
from convcost.options import Format, Only, Output
from convcost.printer import Printer

GuardedConfigs = Annotated[
    list[str],
    typer.Argument(
        metavar="[CONFIG]...",
        help="YAML configs. [default: convcost.yaml, or else all in configs/]",
        show_default=False,
    ),
]


def check_command(
    configs: GuardedConfigs = [],  # noqa: B006  # typer copies it
    every: Annotated[
        bool, typer.Option("--all", help="Show every figure, not only how many hold.")
    ] = False,
    only: Only = [],  # noqa: B006
    format: Format = "",
    output: Output = "",
) -> int:
    """Recompute the figures that configs say were published, and fail if one does not hold.

    A figure that is known not to be reproducible is recorded with what was found instead; if that
    changes, or the figure starts to fit, the check fails as well. Exit 1 if anything fails.
    """
    with Printer(format, output) as printer:
        from convcost.checked import check_report
        from convcost.checking import check_published

        paths = configs or usual_configs()
        verdicts = check_published(read_configs(paths, only))
        if not verdicts:
            raise ConvcostError(f"nothing was published in {', '.join(paths)}: nothing to check")
        printer.show(check_report(verdicts, every))
    failed = [verdict for verdict in verdicts if not verdict.passes]
    for verdict in failed:
        print(f"{verdict.place}: {verdict}", file=sys.stderr)
    return 1 if failed else 0
