"""The JSON Schema of graph files, read off the ops."""

from __future__ import annotations

from typing import Any

from convcost.graph.calls import FORMS
from convcost.graph.captured import FORMAT, OPTIONAL, ORIGIN, VERSION
from convcost.graph.fields import LONGEST, NUMBER, TYPES
from convcost.graph.nodes import FROZEN
from convcost.graph.reading import MOST_NODES, SEEN
from convcost.graph.records import NAMES, OPS, schema_of

_TEXT = TYPES["str"].schema
_SIZES = {**TYPES["Axes"].schema, "minItems": 1, "maxItems": 12}

_OF_SEEN = (
    "The class of a module around it that a tool takes as a whole.",
    "Elements of weights and biases that its module reads, which is no layer of torch.",
    "Parameters that the module which it is holds, beside its own.",
    "At how many places of the tree of modules that module stands, or what calls it.",
    "Products of sizes that were made for its arguments.",
    "How code gives arguments, where a tool trips over that.",
)


def graph_schema() -> dict[str, Any]:
    """The schema of a graph file."""
    head = {
        FORMAT: {"const": VERSION, "description": "The version of the format."},
        "name": {**_TEXT, "description": "Of the network."},
        "about": {
            "type": "object",
            "additionalProperties": _TEXT,
            "description": "How it was captured; nothing of it is run.",
        },
        "batch": {"type": "integer", "minimum": 1, "description": "Samples."},
        "frozen": {**NUMBER, "description": "Parameters that are not trained."},
        "repeated": {
            **NUMBER,
            "description": "Parameters of modules without children that are those of another, too.",
        },
        "outputs": {
            "type": "object",
            "additionalProperties": NUMBER,
            "minProperties": 1,
            "description": "The nodes that write the outputs, by name.",
        },
        "nodes": {
            "type": "array",
            "items": {"$ref": "#/$defs/node"},
            "minItems": 1,
            "maxItems": MOST_NODES,
            "description": "In the order in which they run; the inputs first.",
        },
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A captured graph of convcost",
        "type": "object",
        "properties": head,
        "required": [key for key in head if key not in OPTIONAL],
        "additionalProperties": False,
        "$defs": {"node": _node()},
    }


def _node() -> dict[str, Any]:
    """The schema of a node: what all have, and what its op has."""
    common = {
        "path": {**_TEXT, "description": "The module, and the function that it calls."},
        "reads": {"type": "array", "items": NUMBER, "description": "Nodes before it."},
        "shape": {**_SIZES, "description": "C x spatial without the batch."},
        "stacked": {
            "enum": ["each", "once"],
            "description": "The first size is in the batch: for each sample, or once for all.",
        },
        "form": {"enum": list(FORMS), "description": "How the code calls it."},
        "owner": {**NUMBER, "description": "The node whose weights it uses."},
        "run": {"type": "boolean", "description": "Whether it is run."},
        "frozen": {"enum": list(FROZEN), "description": "Which of its parameters are not trained."},
        "stopped": {"type": "boolean", "description": "Whether no gradient passes it."},
        "scattered": {
            "enum": ["samples first", "tokens first", "samples first and tokens first"],
            "description": "In which order its elements do not lie one behind the other.",
        },
        **{
            key: {**field.schema, "description": description}
            for (key, field), description in zip(SEEN.items(), _OF_SEEN, strict=True)
        },
        **{key: {"type": "string", "maxLength": LONGEST} for key in ORIGIN},
    }
    return {
        "type": "object",
        "properties": {"op": {"enum": [NAMES[cls] for cls in OPS]}, **common},
        "required": ["path", "op", "shape"],
        "oneOf": [
            {
                "properties": {"op": {"const": NAMES[cls]}, **own["properties"]},
                "required": own["required"],
            }
            for cls in OPS
            for own in [schema_of(cls)]
        ],
    }
