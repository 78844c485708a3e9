"""convcost space: what all designs of a network cost, and which of them fit."""

from typing import Annotated

import typer

from convcost.cli.options import Format, On, Only, Output, Settings
from convcost.cli.printer import Printer, say
from convcost.cli.requests import exploring
from convcost.errors import ConvcostError, Problem
from convcost.sources.request import Request
from convcost.spaces.asked import only_less, read_aims, read_window

SMALLEST = "less of each is what the smallest design has: no choice between them is left"


def space_command(
    subject: Annotated[
        str,
        typer.Argument(
            metavar="NETWORK|CONFIG", help="A network with choices; or any, with --vary."
        ),
    ],
    vary: Annotated[
        list[str],
        typer.Option(
            "--vary",
            metavar="NAME=VALUES",
            help="Make a parameter a choice, or hw: width=0.25..2:0.05, block=plain,xsep. "
            "Repeatable.",
        ),
    ] = [],  # noqa: B006
    within: Annotated[
        list[str],
        typer.Option(
            "--within",
            metavar="FIGURE:A..B",
            help="Only designs with this, ends included: macs:290M..310M, params:..5M. Repeatable.",
        ),
    ] = [],  # noqa: B006
    figures: Annotated[
        list[str],
        typer.Option(
            "--figures",
            metavar="FIGURE[,…]",
            help="params, macs, flops, activations, bytes, unfused-bytes, bound (with --on), time "
            "(with --times), peak, or what a profiler prints: thop@0.1.1. [default: params,macs]",
            show_default=False,
        ),
    ] = [],  # noqa: B006
    best: Annotated[
        str,
        typer.Option(
            "--best", metavar="[-]FIGURE", help="The design with the most of it; -FIGURE the least."
        ),
    ] = "",
    front: Annotated[
        str,
        typer.Option(
            "--front",
            metavar="[-]FIGURE,…",
            help="Designs than which none is better in all: params,-macs are more params for fewer "
            "MACs.",
        ),
    ] = "",
    points: Annotated[
        int, typer.Option("--points", metavar="N", min=2, help="Of a front at most so many.")
    ] = 1_000,
    sample: Annotated[
        int, typer.Option("--sample", metavar="N", min=0, help="Draw designs, all alike likely.")
    ] = 0,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Of the sample.")] = 0,
    every: Annotated[
        bool, typer.Option("--list", help="List all designs, if they are few.")
    ] = False,
    design: Annotated[
        list[str],
        typer.Option(
            "--design",
            metavar="ID|PATH=VALUE",
            help="The YAML of one design: by its number, or by options (else the first). "
            "Repeatable.",
        ),
    ] = [],  # noqa: B006
    on: On = None,
    times: Annotated[
        str,
        typer.Option("--times", metavar="FILE", help="A table of convcost time --table FILE."),
    ] = "",
    workers: Annotated[
        int,
        typer.Option(
            "--workers",
            metavar="N",
            min=0,
            max=256,
            help="Processes that count what cannot be added up, such as peak. [default: this one]",
            show_default=False,
        ),
    ] = 0,
    dask: Annotated[
        str,
        typer.Option(
            "--dask",
            metavar="ADDRESS",
            help="A Dask cluster that does, tcp://…; who is in it can run code here (pickle).",
        ),
    ] = "",
    keep: Annotated[
        str,
        typer.Option(
            "--keep", metavar="FILE", help="Keep what is counted here, to go on from there."
        ),
    ] = "",
    settings: Settings = [],  # noqa: B006
    hw: Annotated[str, typer.Option("--hw", metavar="N[xN]", help="Another input size.")] = "",
    batch: Annotated[str, typer.Option("--batch", metavar="N", help="Samples.")] = "",
    fuse: Annotated[
        bool, typer.Option("--fuse", help="Fold batch norms into convolutions.")
    ] = False,
    only: Only = [],  # noqa: B006
    format: Format = "",
    output: Output = "",
) -> int:
    """Count all designs of a network with choices, exactly: how many, what they cost, which fit.

    Choices stand in the file as {choose: [3, 5, 7]}, or are made by --vary. Without more: how
    figures are spread, and how often each option is taken; with --within of the designs left. Exit
    1 if there is none.
    """
    given = {"hw": hw, "batch": batch, "fuse": "true" if fuse else ""}
    typed = {name: value for name, value in given.items() if value}
    request = Request([subject], [], typed, list(settings), list(only)).with_kinds()
    if request.kinds:
        raise ConvcostError(Problem(subject, "is a kind of layer, and has no choices"))
    windows = [read_window(text) for text in within]
    aims = read_aims(best, "--best") if best else read_aims(front, "--front") if front else []
    one = [flag for flag, asked in _asked(best, front, sample, every, design).items() if asked]
    if len(one) > 1:
        raise ConvcostError(Problem(one[1], f"goes without {one[0]}"))
    if best and len(aims) > 1:
        raise ConvcostError(Problem("--best", "is of one figure; --front is of several"))
    others = ["yaml"] if design else []
    with Printer(format or ("yaml" if design else ""), output, others) as printer:
        from convcost.report import space as report
        from convcost.sources.recipes import Crew
        from convcost.sources.space import SpaceWords, aims_of, read_space, spans_of

        keys = [*[window.key for window in windows], *[aim.key for aim in aims]]
        words = SpaceWords(vary, figures, on or "", times)
        with exploring() as told:
            crew = Crew(workers, dask, keep, told.share)
            space = read_space(request, words, keys, told.steps, crew)
        stopped = space.designs < space.whole
        if stopped:
            say(f"ended early: this is of the first {space.designs:,} of {space.whole:,} designs")
        if design:
            from convcost.sources.space import yaml_of

            printer.write(yaml_of(space, design, hw))
            return 0
        answer = report.answer_of(space, spans_of(space, windows), whole=not one)
        if only_less(aims):
            say(f"--front: {SMALLEST}")
        if not one:
            printer.show(report.space_report(answer))
            return 130 if stopped else 0 if answer.designs.most else 1
        if sample:
            found = space.sample(sample, seed, answer.spans)
        elif every:
            found = report.listed_designs(space, answer)
        elif best:
            [(column, sign)] = aims_of(space, aims).items()
            single = space.best(column, sign, answer.spans)
            found = [single] if single is not None else []
        else:
            found = report.thinned(space.front(aims_of(space, aims), answer.spans), points)
        title = f"{one[0].removeprefix('--')}: {report.heading(answer)}"
        scored = [report.Scored(each) for each in found]
        printer.show(report.designs_report(answer, scored, title, printer.format == "csv"))
    return 130 if stopped else 0 if found else 1


def _asked(best: str, front: str, sample: int, every: bool, design: list[str]) -> dict[str, object]:
    """What single designs are asked for by."""
    flags = {"--best": best, "--front": front, "--sample": sample, "--list": every}
    return {**flags, "--design": design}
