"""The JSON Schema of the YAML configs, read off the same tables as the reader's own checks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from convcost.cases import PARAMS
from convcost.kinds import KINDS
from convcost.printed import PrintedType
from convcost.reader import PUBLISHED_KEYS
from convcost.registry import Kind
from convcost.values import ShapeType

Schema = dict[str, Any]


def config_schema() -> Schema:
    """The schema of a config, for editors."""
    params = _params(PARAMS)
    kinds = _list(_ref("kind"))
    some = _list(_mapping(params))
    axes = {name: _list(schema) for name, schema in params.items()}
    name = {
        "type": ["string", "number"],
        "description": "the case's name; {k} stands for the parameter k",
    }
    matrix = {**_mapping({**axes, "include": some, "exclude": some}), "minProperties": 1}
    case = _mapping({"name": name, "kinds": kinds, "matrix": matrix, **params})
    network = _network()
    several = _mapping(
        {
            "defaults": _mapping({"kinds": kinds, **params}),
            "cases": _list({**case, "required": ["name"]}),
            "networks": _list({**network, "required": ["name", "input", "layers"]}),
        }
    )
    one_of = {"anyOf": [{"required": ["cases"]}, {"required": ["networks"]}]}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "convcost config",
        "if": {"anyOf": [{"required": ["layers"]}, {"required": ["input"]}]},
        "then": network,
        "else": {**several, **one_of},
        "definitions": {
            "kind": _kind(KINDS.values()),
            **{
                name: {"description": param.help, **param.type.schema()}
                for name, param in PARAMS.items()
            },
        },
    }


def _network() -> Schema:
    """A network: its input, its layers, and figures that were printed for it."""
    name = {"type": ["string", "number"], "description": "the network's name"}
    published = {key: PrintedType().schema() for key in PUBLISHED_KEYS if key != "source"}
    properties = {
        "name": name,
        "input": {"description": "C x H x W, without the batch", **ShapeType().schema()},
        "batch": _ref("batch"),
        "layers": {**_list(_ref("kind")), "description": "kinds in order"},
        "published": _mapping({**published, "source": {"type": "string"}}),
    }
    return {**_mapping(properties), "required": ["input", "layers"]}


def _kind(kinds: Iterable[Kind]) -> Schema:
    """A kind by name, or one name with parameters of its own."""
    own = {
        kind.name: {
            "description": kind.summary,
            "anyOf": [_mapping(_params(kind.params)), {"type": "null"}],
        }
        for kind in kinds
    }
    one = {**_mapping(own), "minProperties": 1, "maxProperties": 1}
    return {"anyOf": [{"enum": list(own)}, one]}


def _params(names: Iterable[str]) -> dict[str, Schema]:
    return {name: _ref(name) for name in names}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items, "minItems": 1}


def _mapping(properties: dict[str, Schema]) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": False}
