"""The page of YAML: every key of a config, as the JSON Schema has it."""

from __future__ import annotations

from typing import Any

from convcost.kinds.catalogue import every_kind
from convcost.networks.parameters import CASE_PARAMS, every_param
from convcost.sources.reading.schema import EXPRESSION, config_schema

from .markdown import code, page, rows, text

PATH = "docs/reference/yaml.md"

Schema = dict[str, Any]


def yaml_page() -> dict[str, str]:
    """The text of the page by its path."""
    schema = config_schema()
    network, config = schema["then"]["properties"], schema["else"]["properties"]
    case = config["cases"]["items"]["properties"]
    [published, _] = network["published"]["anyOf"]
    layer = schema["definitions"]["layer"]["anyOf"][1]["properties"]
    own = {key: each for key, each in layer.items() if key not in every_kind()}
    params = every_param()
    of_cases = {key: each for key, each in case.items() if key not in params}
    parts = [
        "What a file may have, key by key. [Write a network from a paper](../write-a-network.md) "
        "and [Choose a block](../choose-a-block.md) are the same with examples. "
        "`convcost schema` prints the JSON Schema that this page is made of: with the line "
        "`# yaml-language-server: $schema=convcost.schema.json` on top of a config, and the schema "
        "beside it, an editor completes keys and marks mistakes.",
        "A file that has `input` and `layers` is one network. Any other is a config of several "
        "cases or networks.",
        "## A config",
        keys(config),
        "## A network",
        keys(network),
        "## A variant",
        keys(network["variants"]["items"]["properties"]),
        "## A block of the file",
        keys(network["blocks"]["additionalProperties"]["properties"]),
        "## A layer",
        "The name of a [kind](kinds/index.md) or of a block of the file; or a mapping of that name "
        "to its parameters, beside which these keys may stand. In its place a layer may be "
        "`layers`, or one of the joins.",
        keys(own),
        "## What was published",
        keys(published["properties"]),
        "## A case",
        "Beside these keys, the parameters below.",
        keys(of_cases),
        "## A matrix",
        "A list of values for each of some parameters below, and",
        keys({key: case["matrix"]["properties"][key] for key in ("include", "exclude")}),
        "## Parameters",
        "Those of a case come first; the others are parameters of kinds. In a network the value of "
        "a parameter may be an expression.",
        rows(
            ("parameter", "values", "what it does", "kinds"),
            [
                (code(name), code(values(param.type)), text(param.help), kinds_with(name))
                for name, param in params.items()
            ],
        ),
    ]
    return {PATH: page("YAML", *parts)}


def keys(properties: dict[str, Schema]) -> str:
    """The keys of a mapping: what their values are, and what they are for."""
    return rows(
        ("key", "value", "what it is"),
        [(code(key), kind_of(each), text(each["description"])) for key, each in properties.items()],
    )


def kind_of(schema: Schema) -> str:
    """What a value is, in a word or two."""
    if "enum" in schema:
        return ", ".join(map(code, schema["enum"]))
    if "$ref" in schema:
        return REFERRED[schema["$ref"].rpartition("/")[2]]
    if schema == EXPRESSION:
        return "expression"
    if schema.get("pattern", "").startswith("^\\d"):
        return "number"
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(map(kind_of, schema["anyOf"])))
    if schema.get("type") == "array" and schema.get("items"):
        return f"list of {kind_of(schema['items'])}"
    return TYPES[str(schema.get("type"))]


REFERRED = {
    **{"layer": "layer", "kind": "kind", "hw": "size", "batch": "number"},
    "fuse": "true, false",
}
TYPES = {
    "array": "list",
    "object": "mapping",
    "string": "text",
    "integer": "number",
    "boolean": "true, false",
    "['string', 'number']": "text",
    "None": "anything",
}


def values(kind: Any) -> str:
    """The values of a parameter, as the command line has them."""
    return kind.metavar or "true|false"


def kinds_with(name: str) -> str:
    """The kinds that take a parameter, or that every case has it."""
    if name in CASE_PARAMS:
        return "every case"
    kinds = [kind.name for kind in every_kind().values() if name in kind.params]
    if len(kinds) > FEW:
        return f"{len(kinds)} kinds"
    return ", ".join(f"[{kind}](kinds/{kind}.md)" for kind in kinds)


FEW = 6
"""Kinds that are named; more are only counted."""
