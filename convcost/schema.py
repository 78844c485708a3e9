"""The JSON Schema of the YAML configs, read off the same tables as the reader's own checks."""

from __future__ import annotations

from typing import Any

from convcost.cases import PARAMS
from convcost.kinds import KINDS
from convcost.registry import Param


def config_schema() -> dict[str, Any]:
    """The schema of a config, for editors."""
    params = {name: _param(param) for name, param in PARAMS.items()}
    listed = {
        name: {"type": "array", "items": schema, "minItems": 1} for name, schema in params.items()
    }
    some = {"type": "array", "items": _mapping(params)}
    matrix = _mapping({**listed, "include": some, "exclude": some})
    kinds = {"type": "array", "items": {"$ref": "#/definitions/kind"}, "minItems": 1}
    case = _mapping(
        {
            "name": {
                "type": "string",
                "description": "the case's name; {k} stands for the parameter k",
            },
            "kinds": kinds,
            "matrix": matrix,
            **params,
        }
    )
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "convcost config",
        **_mapping(
            {
                "defaults": _mapping({"kinds": kinds, **params}),
                "cases": {"type": "array", "items": {**case, "required": ["name"]}, "minItems": 1},
            }
        ),
        "required": ["cases"],
        "definitions": {
            "kind": {
                "anyOf": [
                    {"enum": list(KINDS)},
                    {
                        **_mapping(
                            {
                                kind.name: _mapping(
                                    {name: _param(param) for name, param in kind.params.items()}
                                )
                                for kind in KINDS.values()
                            }
                        ),
                        "maxProperties": 1,
                    },
                ]
            }
        },
    }


def _mapping(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _param(param: Param) -> dict[str, Any]:
    return {"description": param.help, **param.type.schema()}
