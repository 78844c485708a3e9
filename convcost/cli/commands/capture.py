"""convcost capture: what a torch module does, as a graph file."""

from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli.options import Arguments, Batch, Inputs, Mode, Output, Real, Timeout
from convcost.cli.printer import say
from convcost.errors import ConvcostError, Problem
from convcost.values.code import TIMEOUT

if TYPE_CHECKING:
    from convcost.graph.captured import Captured


def capture_command(
    subject: Annotated[
        str,
        typer.Argument(
            metavar="CODE|ONNX",
            help="package.module:attribute or path/to/file.py:attribute: a torch.nn.Module, or a "
            "class or function that makes one; or an ONNX file.",
        ),
    ],
    inputs: Inputs = [],  # noqa: B006  # typer copies it
    args: Arguments = [],  # noqa: B006
    batch: Batch = "",
    mode: Mode = "",
    real: Real = False,
    timeout: Timeout = TIMEOUT,
    check: Annotated[
        str,
        typer.Option(
            "--check", metavar="FILE", help="Write nothing; exit 1 unless the file is the same."
        ),
    ] = "",
    output: Output = "",
) -> int:
    """Run a torch module once without data, and write what it did as a graph file.

    Named code runs, in a process of its own; nothing else does. The file holds shapes and paths and
    no weights: every command takes it in the place of a config, also where there is no torch. Its
    name is to end with .graph.json. Needs convcost[torch]. An ONNX file is read, not run, with the
    sizes of --input where it leaves them free; needs convcost[onnx].
    """
    from convcost.cli.requests import captured_from
    from convcost.sources.files import read_graph
    from convcost.sources.flags import CodeWords, read_code
    from convcost.sources.patterns import is_code, is_graph_path, is_onnx_path

    if not is_code(subject) and not is_onnx_path(subject):
        message = "is no code; name package.module:attribute, or file.py:attribute; or an ONNX file"
        raise ConvcostError(Problem(subject, message))
    if output and not is_graph_path(output):
        raise ConvcostError(Problem("--output", "is to end with .graph.json"))
    words = CodeWords(inputs, args, mode, real, timeout)
    code = read_code(words, batch)._replace(word=subject)
    old = read_graph(check) if check else None
    if old is not None:
        return _compare(old, captured_from(code), check)
    if not output:
        found = captured_from(code)
        typer.echo(found.text(), nl=False)
        _tell(found, "captured")
        return 0
    from convcost.formats.files import WholeFile

    with WholeFile(output) as file:
        found = captured_from(code)
        file.write(found.text())
    _tell(found, f"wrote {output}")
    return 0


def _tell(found: "Captured", done: str) -> None:
    """Say what was captured, and what is to be known of it."""
    from convcost.graph.cost import cost, unknown_words
    from convcost.networks.captured import remarks

    own = cost(found.graph, found.batch)
    ops = f"{len(found.graph.nodes):,} ops"
    least = "at least " if own.unknown else ""
    say(f"{done}: {ops}, {own.params:,} params, {least}{own.macs:,} MACs")
    say(*filter(None, [unknown_words(found.graph), *remarks(found)]))


def _compare(old: "Captured", new: "Captured", path: str) -> int:
    """Say whether a file is still what the code gives."""
    from convcost.graph.captured import differences

    found = differences(old, new)
    if not found:
        say(f"{path} is what the code gives")
        return 0
    say(*found, more="more nodes differ")
    say(f"{path} is not what the code gives any more; write it anew with --output {path}")
    return 1
