"""convcost fit: which value of a parameter comes to a figure."""

from typing import Annotated

import typer

from convcost.cli.options import (
    Batch,
    Format,
    Fuse,
    InputSize,
    On,
    Only,
    Output,
    Settings,
    Times,
)
from convcost.cli.printer import Printer
from convcost.cli.progress import exploring
from convcost.cli.requests import network_request


def fit_command(
    subject: Annotated[str, typer.Argument(metavar="NETWORK|CONFIG", help="A network.")],
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="FIGURE:VALUE",
            help="The figure, to the digits that are given, or from one to another: macs:300M, "
            "params:3.50M, macs:290M..310M, thop:300M.",
        ),
    ],
    vary: Annotated[
        list[str],
        typer.Option(
            "--vary",
            metavar="NAME=VALUES",
            help="What varies, if the file has no choices: width=0.25..2:0.01, hw=128..256:32, "
            "block=plain,xsep. Repeatable.",
        ),
    ] = [],  # noqa: B006
    within: Annotated[
        list[str],
        typer.Option(
            "--within", metavar="FIGURE:A..B", help="Only what has this as well. Repeatable."
        ),
    ] = [],  # noqa: B006
    on: On = None,
    times: Times = "",
    settings: Settings = [],  # noqa: B006
    hw: InputSize = "",
    batch: Batch = "",
    fuse: Fuse = False,
    only: Only = [],  # noqa: B006
    format: Format = "",
    output: Output = "",
) -> int:
    """Find the value of a parameter that comes to a figure, and the nearest below and above.

    Says how the figure moves with it: it may fall where channels are rounded. Of several parameters
    all that meet the figure. Exit 1 if nothing meets it, and not both sides are reached either.
    """
    from convcost.report.spaces.fit import fit_report
    from convcost.sources.spaces.space import SpaceWords, read_space, read_target, spans_of
    from convcost.spaces.asked import read_window
    from convcost.spaces.fit import fit

    request = network_request(subject, settings, only, hw=hw, batch=batch, fuse=fuse)
    windows = [read_window(text) for text in within]
    with Printer(format, output) as printer:
        key = to.rpartition(":")[0] or to
        keys = [*[window.key for window in windows], key]
        words = SpaceWords(vary, [], on or "", times)
        with exploring() as told:
            space = read_space(request, words, keys, told.steps)
        found = fit(space, read_target(space, to), spans_of(space, windows))
        printer.show(fit_report(space, found))
    alone = len(space.choices) == 1 and found.below is not None and found.above is not None
    return 0 if found.met or alone else 1
