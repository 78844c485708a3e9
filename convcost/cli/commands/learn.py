"""convcost learn: the rule behind a table of printed figures."""

from importlib import util
from typing import Annotated

import typer

from convcost.cli.options import Format
from convcost.cli.printer import Printer, say
from convcost.cli.progress import searching


def learn_command(
    figures: Annotated[
        list[str],
        typer.Argument(
            metavar="[TABLE.csv|CONFIG|NETWORK]...",
            help="A CSV of networks and figures (ResNet-18,1.82G), or configs with published "
            "figures. [default: all that is shipped]",
            show_default=False,
        ),
    ] = [],  # noqa: B006  # typer copies it
    output: Annotated[
        str, typer.Option("--output", metavar="FILE", help="Write the rule, for --as to take.")
    ] = "",
    source: Annotated[
        str,
        typer.Option(
            "--source", metavar="TEXT", help="Of published figures those of this source; * is any."
        ),
    ] = "",
    column: Annotated[
        str,
        typer.Option("--column", metavar="TITLE", help="The table's column of figures."),
    ] = "",
    scale: Annotated[
        str, typer.Option("--scale", metavar="k|M|G|T", help="What figures without a unit are in.")
    ] = "",
    hw: Annotated[
        str, typer.Option("--hw", metavar="N[xN[xN]]", help="Another size of the table's inputs.")
    ] = "",
    as_: Annotated[
        list[str],
        typer.Option(
            "--as",
            metavar="TOOL[@VERSION]|FILE",
            help="Conventions that may be it; none: leave them aside. Repeatable. [default: every "
            "one that is known]",
            show_default=False,
        ),
    ] = [],  # noqa: B006
    effort: Annotated[
        int,
        typer.Option(
            "--effort", metavar="N", min=1, max=100, help="How long to look for simpler rules."
        ),
    ] = 2,
    format: Format = "",
) -> int:
    """Find the rule behind a table of printed figures.

    Each figure is a sum over ops. A known tool that prints all of them is the answer; then one that
    does but for its rule of one call; else the simplest rule of whole numbers and halves, from 0 to
    8, by which figures fall within their printed digits, rounded or cut off. Says which figures it
    does not explain, what these leave open, how many rules would do by chance, and whether the rule
    from the others gives each. Exit 1 if nothing simple fits. New rules need convcost[learn].
    """
    with Printer(format, "") as printer:
        from convcost.learning.learn import Options, learn
        from convcost.report.printed.learn import learn_report, verdict
        from convcost.sources.figures.asked import check_output, conventions_of, named, read_lines
        from convcost.sources.figures.table import TableWords

        check_output(output)
        name, known = named(output, figures), conventions_of(as_)
        lines = read_lines(figures, source, TableWords(column, scale, hw))
        told = source or ", ".join(figures)
        solver = util.find_spec("ortools") is not None
        options = Options(name, told, known, float(effort), solver)
        with searching() as progress:
            learned = learn(lines, options, progress)
        printer.show(learn_report(learned, lines))
    say(*verdict(learned))
    if not learned.simplest and not solver:
        say("a simpler or better rule was not looked for: pip install 'convcost[learn]'")
    if output and not learned.fits:
        say(f"{output} is not written")
    elif output:
        from convcost.formats.files import WholeFile
        from convcost.sources.figures.writing import convention_text

        with WholeFile(output) as file:
            file.write(convention_text(learned, name, told))
        say(f"wrote {output}; count by it with --as {output}")
    return 0 if learned.fits else 1
