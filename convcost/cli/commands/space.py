"""convcost space: what all designs of a network cost, and which of them fit."""

import os
from typing import TYPE_CHECKING, Annotated

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
from convcost.cli.printer import Printer, say
from convcost.cli.progress import exploring
from convcost.cli.requests import network_request
from convcost.errors import ConvcostError, Problem

if TYPE_CHECKING:
    from convcost.sources.spaces.questions import Question
    from convcost.spaces.space import Space

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
    scores: Annotated[
        str,
        typer.Option(
            "--scores",
            metavar="FILE",
            help="A CSV of figures of your own, by design or by path of choices: for --front "
            "accuracy,-macs.",
        ),
    ] = "",
    on: On = None,
    times: Times = "",
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
    hw: InputSize = "",
    batch: Batch = "",
    fuse: Fuse = False,
    only: Only = [],  # noqa: B006
    format: Format = "",
    output: Output = "",
) -> int:
    """Count all designs of a network with choices, exactly: how many, what they cost, which fit.

    Choices stand in the file as {choose: [3, 5, 7]}, or are made by --vary. Without more: how
    figures are spread, and how often each option is taken; with --within of the designs left. Exit
    1 if there is none.
    """
    from convcost.report.spaces.space import answer_of, designs_report, heading, space_report
    from convcost.sources.spaces.questions import Question, find
    from convcost.sources.spaces.recipes import Crew
    from convcost.sources.spaces.space import SpaceWords, read_space, yaml_of

    question = Question(within, best, front, points, sample, seed, every, design, scores)
    request = network_request(subject, settings, only, hw=hw, batch=batch, fuse=fuse)
    asked, figures_needed = question.asked, question.figures()
    others = ["yaml"] if design else []
    with Printer(_format(format, output, design), output, others) as printer:
        if design and printer.format != "yaml":
            raise ConvcostError(Problem("--design", f"is YAML, and not {printer.format}"))
        words = SpaceWords(vary, figures, on or "", times)
        with exploring() as told:
            crew = Crew(workers, dask, keep, told.share)
            space = read_space(request, words, figures_needed, told.steps, crew)
        if design:
            printer.write(yaml_of(space, design))
            return 0
        found = find(space, question)
        answer = answer_of(space, found.spans, whole=not asked)
        if asked:
            title = f"{asked.removeprefix('--')}: {heading(answer)}"
            wide = printer.format == "csv"
            printer.show(designs_report(answer, found.designs, title, wide))
        else:
            printer.show(space_report(answer))
    some = bool(found.designs if asked else answer.designs.most)
    return _conclude(space, question, some, bool(workers or dask or keep))


def _format(format: str, output: str, design: list[str]) -> str:
    """The format: a design is YAML unless a flag or a file's name says otherwise."""
    ending = os.path.splitext(output)[1].lower()
    return "yaml" if design and not format and ending in ("", ".yaml", ".yml") else format


def _conclude(space: "Space", question: "Question", some: bool, crewed: bool) -> int:
    """Say what there is to know of an answer, and give the exit code."""
    from convcost.spaces.asked import only_less

    if not space.choices:
        say(f"{space.case.name} has no choices; --vary NAME=VALUES makes some")
    if only_less(question.aims):
        say(f"--front: {SMALLEST}")
    if crewed and space.added_up:
        say("its figures add up: --workers, --dask and --keep have nothing to do")
    if space.designs < space.whole:
        say(f"ended early: this is of the first {space.designs:,} of {space.whole:,} designs")
        return 130
    return 0 if some else 1
