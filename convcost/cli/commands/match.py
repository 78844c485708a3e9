"""convcost match: how a printed figure was counted."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli.options import Format, Output
from convcost.cli.parameters import takes_request
from convcost.cli.printer import Printer, say
from convcost.errors import ConvcostError, Problem
from convcost.sources.conventions import read_conventions
from convcost.sources.request import Request
from convcost.values.dtypes import Precision

if TYPE_CHECKING:
    from convcost.counting.trials import Subject

TriedAs = Annotated[
    list[str],
    typer.Option(
        "--as",
        metavar="TOOL[@VERSION]|FILE",
        help="Try only these, or a file of rules. Repeatable. [default: all that are known]",
        show_default=False,
    ),
]


@takes_request("hw", *Precision._fields)
def match_command(
    request: Request,
    macs: Annotated[
        list[str], typer.Option("--macs", metavar="FIGURE", help="MACs as printed: 258.55M.")
    ] = [],  # noqa: B006
    flops: Annotated[
        list[str],
        typer.Option("--flops", metavar="FIGURE", help="FLOPs as printed, whatever is meant."),
    ] = [],  # noqa: B006
    printed_params: Annotated[
        list[str], typer.Option("--params", metavar="FIGURE", help="Params as printed: 5.93k.")
    ] = [],  # noqa: B006
    sizes: Annotated[
        str,
        typer.Option(
            "--hw",
            metavar="N[xN[xN]]|N..N[/STEP]",
            help="Input sizes to try beside the network's own: 416, 32..1024, 32..1024/32.",
        ),
    ] = "",
    as_: TriedAs = [],  # noqa: B006
    format: Format = "",
    output: Output = "",
) -> int:
    """Find out how a printed figure was counted.

    Tries every convention on a network and its variants, or a kind, rounded and cut off at the
    printed digits, and at a range of inputs; on all networks that are shipped, if none is named.
    Figures may stand in the config, under published (activations are left out), or be given here in
    their place. Exit 1 if nothing fits that means anything.
    """
    with Printer(format, output) as printer:
        from convcost.counting.match import match
        from convcost.report.printed.match import match_report, to_learn, verdict
        from convcost.sources.match import read_match

        given = {"macs": macs, "flops": flops, "params": printed_params}
        printed = {name: _one(name, texts) for name, texts in given.items()}
        subjects, tried, noun, named = read_match(request, sizes, printed)
        conventions = read_conventions(as_)
        own = {"conventions": conventions} if conventions else {}
        matched = match(subjects, tried, apart=bool(noun), **own)
        printer.show(match_report(matched, subjects, noun))
    say(*verdict(matched, subjects))
    if not any(printed.values()):
        say(*to_learn(matched, request.configs))
    found = {hit.strength for hit in matched.hits}
    if named and not as_ and not found & {"strong", "published"}:
        _say_elsewhere(subjects)
    return 0 if found - {"means nothing"} else 1


def _one(name: str, texts: Sequence[str]) -> str:
    """The figure of a flag that may be given once."""
    if len(texts) > 1:
        message = "is given twice; several figures stand in a config, under published"
        raise ConvcostError(Problem(f"--{name}", message))
    return texts[0] if texts else ""


def _say_elsewhere(subjects: "Sequence[Subject]") -> None:
    """Say which other network explains the figures, if one that is shipped does."""
    from convcost.counting.match import match
    from convcost.report.printed.match import elsewhere
    from convcost.sources.match import shipped_subjects

    others = shipped_subjects(subjects[0].printed, subjects)
    [hit] = match(others, [None], apart=True).hits[:1] or [None]
    if hit is not None and hit.strength in ("strong", "published"):
        say(elsewhere(hit))
