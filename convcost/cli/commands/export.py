"""convcost export: a network as an ONNX file, for Google's Model Explorer, or as a graph file."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli.options import Output
from convcost.cli.parameters import takes_request
from convcost.cli.printer import say
from convcost.errors import ConvcostError, Problem, listed, no_such
from convcost.sources.request import Request, read_kind

if TYPE_CHECKING:
    from convcost.graph.captured import Captured

FORMATS = {"onnx": ".onnx", "model-explorer": ".json", "graph": ".graph.json"}
"""What a network can be written as, and how the names of files end that hold it."""


@takes_request()
def export_command(
    request: Request,
    subject: Annotated[
        str,
        typer.Argument(
            metavar="KIND|NETWORK|CONFIG|CODE|ONNX",
            help="A kind, a shipped network, a file with one network (else --only), a torch "
            "module, or an ONNX file.",
        ),
    ],
    with_weights: Annotated[
        bool, typer.Option("--with-weights", help="With zeros for weights, so that it runs.")
    ] = False,
    format: Annotated[
        str,
        typer.Option(
            metavar="|".join(FORMATS),
            help="What to write. [default: by the file's ending]",
        ),
    ] = "",
    output: Output = "",
) -> int:
    """Write a network as ONNX, for Google's Model Explorer, or as a graph file.

    An ONNX file has the ops of opset 20 and no weights: these are sparse tensors of zeros without
    elements. Nodes have what they cost as metadata. For Model Explorer there are three files:
    the graph, and overlays of params and MACs beside it.
    """
    kind = _format_of(format, output)
    if with_weights and kind != "onnx":
        raise ConvcostError(Problem("--with-weights", "is for ONNX files"))
    network = _network(request._replace(configs=[subject]).with_kinds())
    if kind == "onnx":
        _write_onnx(network, output, with_weights)
    elif kind == "graph":
        _write(output, network.text())
    else:
        from convcost.exports.viewer import viewer_graph, viewer_overlay

        stem = output.removesuffix(".json")
        overlays = {what: f"{stem}.{what}.json" for what in ("macs", "params")}
        _write(output, viewer_graph(network))
        for what, path in overlays.items():
            _write(path, viewer_overlay(network, what))
        say(f"model-explorer {output} --node_data_paths={','.join(overlays.values())}")
    return 0


def _format_of(format: str, output: str) -> str:
    """What is to be written, by its name or by the end of the file's.

    Raises:
        ConvcostError: it is no format, or neither says it.
    """
    if format and format not in FORMATS:
        raise ConvcostError(Problem("--format", no_such("format", format, FORMATS)))
    if not output:
        raise ConvcostError(Problem("--output", "names the file, such as net.onnx"))
    if os.path.isdir(output):
        raise ConvcostError(Problem("--output", f"{output} is a folder"))
    found = format or next((name for name, end in FORMATS.items() if output.endswith(end)), "")
    if output.endswith(FORMATS["graph"]) and not format:
        return "graph"
    if not found:
        raise ConvcostError(Problem("--output", "ends with .onnx, or --format says what it is"))
    return found


def _network(request: Request) -> "Captured":
    """The one network, or layer, that a request is about.

    Raises:
        ConvcostError: it cannot be built, or there are several.
    """
    from convcost.graph.captured import Captured

    if not request.configs:
        chosen, shape, values = read_kind(request)
        try:
            return Captured(chosen.build(shape, values), chosen.name, values.get("batch", 1))
        except ValueError as error:
            raise ConvcostError(f"{chosen.name}: {error}") from None
    from convcost.cli.requests import networks_of

    networks = networks_of(request)
    if len(networks) > 1:
        names = listed([case.name for case, _ in networks])
        raise ConvcostError(Problem(request.configs[0], f"has {names}; name one with --only"))
    [(case, [row])] = networks
    return Captured(row.graph, case.name, case.batch)


def _write_onnx(network: "Captured", output: str, with_weights: bool) -> None:
    """Write an ONNX file, and say which ops in it are none of ONNX's."""
    from convcost.exports.onnx_file import onnx_model
    from convcost.formats.files import WholeFile

    model, strange = onnx_model(network, with_weights)
    with WholeFile(output) as file:
        file.write_bytes(model.SerializeToString())
    say(f"wrote {output}: {len(network.graph.nodes):,} ops")
    if strange:
        say(f"ONNX has no op for {listed(strange)}: the file can be looked at, and not run")


def _write(path: str, text: str) -> None:
    from convcost.formats.files import WholeFile

    with WholeFile(path) as file:
        file.write(text)
    say(f"wrote {path}")
