"""A peer: the least that a typer program with the same flags can do."""

from typing import Annotated

import typer

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def compare(
    in_: Annotated[str, typer.Option("--in")] = "",
    out: Annotated[str, typer.Option("--out")] = "",
    k: Annotated[str, typer.Option("--k")] = "",
    hw: Annotated[str, typer.Option("--hw")] = "",
) -> None:
    print(in_, out, k, hw)


@app.callback()
def root() -> None:
    """Have commands, as convcost has."""


app()
