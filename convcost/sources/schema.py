"""The JSON Schema of the YAML configs, read off the same tables as the reader's own checks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from convcost.graph.params import PARAM_COUNTS
from convcost.kinds.catalogue import every_kind
from convcost.kinds.registry import Kind
from convcost.kinds.values import ShapeType, Whole
from convcost.networks.figures import EXACT, FIGURES, ROUNDINGS, PrintedType
from convcost.networks.layers import JOINS
from convcost.networks.parameters import every_param
from convcost.networks.settings import ANY

Schema = dict[str, Any]

EXPRESSION: Schema = {"type": "string", "pattern": "[A-Za-z_(]"}
"""What may stand in a network in place of a value."""


def config_schema() -> Schema:
    """The schema of a config, for editors."""
    known = every_param()
    params = _params(known)
    kinds = _list(_ref("kind"))
    some = _list(_mapping(params))
    axes = {name: _list(schema) for name, schema in params.items()}
    name = {
        "type": ["string", "number"],
        "description": "the case's name; {k} stands for the parameter k",
    }
    matrix = {**_mapping({**axes, "include": some, "exclude": some}), "minProperties": 1}
    case = _mapping({"name": name, "kinds": kinds, "matrix": matrix, "budget": _budget(), **params})
    network = _network()
    several = _mapping(
        {
            "defaults": _mapping({"kinds": kinds, **params}),
            "cases": _list({**case, "required": ["name"]}),
            "blocks": _blocks(),
            "networks": _list({**network, "required": ["name", "input", "layers"]}),
            "configs": {
                **_list({"type": "string"}),
                "description": "other configs that convcost.yaml stands for: models/**/*.yaml",
            },
        }
    )
    one_of = {"anyOf": [{"required": [key]} for key in ("cases", "networks", "configs")]}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "convcost config",
        "if": {"anyOf": [{"required": ["layers"]}, {"required": ["input"]}]},
        "then": network,
        "else": {**several, **one_of},
        "definitions": {
            "kind": _kind(every_kind().values()),
            "layer": _layer(every_kind().values()),
            **{
                name: {"description": param.help, **param.type.schema()}
                for name, param in known.items()
            },
        },
    }


def _network() -> Schema:
    """A network: its input, its layers, variants of it, and what was printed for it."""
    name = {"type": ["string", "number"], "description": "the network's name"}
    free = {"type": "object", "additionalProperties": ANY.schema()}
    published = {"anyOf": [_published(), _list(_published())]}
    params = {**free, "description": "names that layers can use, and their values"}
    source: Schema = {"type": "string", "description": "where the network is described"}
    variant = {
        "name": name,
        "source": source,
        "hw": _ref("hw"),
        "batch": _ref("batch"),
        "set": {**free, "description": "other values for some of the params"},
        "published": published,
        "budget": _budget(),
    }
    properties = {
        "name": name,
        "source": source,
        "input": {"description": "C x H x W, without the batch", **ShapeType().schema()},
        "batch": _ref("batch"),
        "params": params,
        "blocks": _blocks(),
        "layers": {**_list(_ref("layer")), "description": "kinds in order"},
        "published": published,
        "budget": _budget(),
        "variants": _list({**_mapping(variant), "required": ["name"]}),
    }
    return {**_mapping(properties), "required": ["input", "layers"]}


def _budget() -> Schema:
    """What an entry may cost."""
    most = {key: EXACT.schema() for key in FIGURES}
    return {**_mapping(most), "description": "the most that figures may be, such as macs: 4.2G"}


def _blocks() -> Schema:
    """Kinds that a file defines: their params, with defaults or none, and their layers."""
    free = {"type": "object", "additionalProperties": ANY.schema()}
    block = {**_mapping({"params": free, "layers": _list(_ref("layer"))}), "required": ["layers"]}
    return {"type": "object", "additionalProperties": block}


def _published() -> Schema:
    """What one source printed."""
    figures = {key: PrintedType().schema() for key in FIGURES}
    exact = _mapping({key: EXACT.schema() for key in FIGURES})
    text = {"type": "string"}
    others: Schema = {
        "as": {**text, "description": "whose way of counting: convcost profilers lists them"},
        "params_as": {"enum": list(PARAM_COUNTS)},
        "rounding": {"enum": list(ROUNDINGS)},
        "source": text,
        "found": {**exact, "description": "exact figures, where the printed ones do not hold"},
        "note": text,
    }
    return _mapping({**figures, **others})


def _layer(kinds: Iterable[Kind]) -> Schema:
    """A kind by name; or a kind, a block of the file, layers or branches, with modifiers."""
    branches = {"anyOf": [_list(_layers()), {"type": "object", "additionalProperties": _layers()}]}
    own: dict[str, Schema] = {
        "name": {"type": "string", "description": "what stands in paths"},
        "for": {"anyOf": [{"type": "string"}, _list({"type": "string"})]},
        "in": {**_list({}), "description": "values, or rows, for the names"},
        "when": {"anyOf": [{"type": "boolean"}, EXPRESSION]},
        "repeat": {"anyOf": [Whole(0).schema(), EXPRESSION]},
        "sizes": _list({"anyOf": [Whole().schema(), EXPRESSION]}),
        "layers": _layers(),
        **{join: _layers() if join == "residual" else branches for join in JOINS},
    }
    for kind in kinds:
        params = {
            name: {"anyOf": [_ref(name), EXPRESSION, {"type": "array"}]} for name in kind.params
        }
        own[kind.name] = {
            "description": kind.summary,
            "anyOf": [_mapping(params), {"type": "null"}],
        }
    # Other keys are blocks of the file.
    return {"anyOf": [{"type": "string"}, {"type": "object", "properties": own}]}


def _layers() -> Schema:
    return {"type": "array", "items": _ref("layer")}


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
