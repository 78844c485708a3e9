"""convcost schema: the JSON Schema of configs and other files, or of what check prints."""

from typing import Annotated

import typer

from convcost.cli.options import Output
from convcost.cli.printer import Printer
from convcost.errors import ConvcostError, no_such


def schema_command(
    what: Annotated[
        str,
        typer.Argument(
            metavar="[config|graph|convention|check]",
            help="Of configs, graph files, conventions, or check's JSON.",
        ),
    ] = "config",
    output: Output = "",
) -> int:
    """Print the JSON Schema of configs, graph files, conventions, or of what check prints."""
    with Printer("json", output) as printer:
        from convcost.formats.document import Document
        from convcost.gate.schema import check_schema
        from convcost.graph.schema import graph_schema
        from convcost.sources.reading.conventions import convention_schema
        from convcost.sources.reading.schema import config_schema

        schemas = {
            "config": config_schema,
            "graph": graph_schema,
            "convention": convention_schema,
            "check": check_schema,
        }
        if what not in schemas:
            raise ConvcostError(no_such("schema", what, schemas))
        printer.show(Document(schemas[what](), ()))
    return 0
