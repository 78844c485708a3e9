"""Pieces of the JSON Schema of configs."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

SAME: Schema = {"type": "boolean", "description": "one decision for all copies of a repeat"}

RANGE: Schema = {"type": "string", "pattern": r"\.\."}
"""`0.25..2:0.05`."""


def choice_of(options: Schema) -> Schema:
    """One of several values: `{choose: [3, 5, 7]}`."""
    listed = {"anyOf": [list_of(options), RANGE]}
    return {**mapping({"choose": listed, "same": SAME}), "required": ["choose"]}


def open_to(*schemas: Schema) -> Schema:
    """A value, or one of several."""
    value: Schema = {"anyOf": list(schemas)}
    return {"anyOf": [*schemas, choice_of(value)]}


EXPRESSION: Schema = {"type": "string", "pattern": "[A-Za-z_(]"}
"""What may stand in a network in place of a value."""


def in_layer(name: str) -> str:
    """What a parameter may be in a layer of a network, where expressions and choices stand."""
    return f"layer-{name}"


def said(schema: Schema, words: str) -> Schema:
    """A schema with what it is for."""
    return {**schema, "description": words}


def ref(name: str) -> Schema:
    """What is defined under a name."""
    return {"$ref": f"#/definitions/{name}"}


def list_of(items: Schema) -> Schema:
    """A list that is not empty."""
    return {"type": "array", "items": items, "minItems": 1}


def mapping(properties: dict[str, Schema]) -> Schema:
    """A mapping with these keys and no others."""
    return {"type": "object", "properties": properties, "additionalProperties": False}
