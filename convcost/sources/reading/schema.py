"""The JSON Schema of the YAML configs, read off the same tables as the reader's own checks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from convcost.graph.params import PARAM_COUNTS
from convcost.kinds.catalogue import every_kind
from convcost.kinds.registry import Kind
from convcost.networks.figures import BOUND, EXACT, FIGURES, ROUNDINGS, PrintedType
from convcost.networks.joins import AXES, JOINS
from convcost.networks.parameters import every_param
from convcost.networks.settings import ANY
from convcost.values.axes import ShapeType
from convcost.values.rates import TimeType
from convcost.values.whole import Whole

Schema = dict[str, Any]

EXPRESSION: Schema = {"type": "string", "pattern": "[A-Za-z_(]"}
"""What may stand in a network in place of a value."""


def config_schema() -> Schema:
    """The schema of a config, for editors."""
    known = every_param()
    params = _params(known)
    kinds = _said(_list(_ref("kind")), "kinds by name, or with parameters of their own")
    some = _list(_mapping(params))
    axes = {name: _list(schema) for name, schema in params.items()}
    name = {
        "type": ["string", "number"],
        "description": "the case's name; {k} stands for the parameter k",
    }
    include = _said(some, "combinations more; or parameters more for some combinations")
    exclude = _said(some, "combinations that are left out")
    matrix = {
        **_mapping({**axes, "include": include, "exclude": exclude}),
        "minProperties": 1,
        "description": "values of parameters: a case for each combination",
    }
    case = _mapping({"name": name, "kinds": kinds, "matrix": matrix, "budget": _budget(), **params})
    network = _network()
    several = _mapping(
        {
            "defaults": _said(_mapping({"kinds": kinds, **params}), "what holds for all cases"),
            "cases": _said(_list({**case, "required": ["name"]}), "kinds, each at one shape"),
            "blocks": _blocks(),
            "networks": _said(_list({**network, **_with_input("name", "layers")}), "networks"),
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
        "if": {"anyOf": [{"required": [key]} for key in ("layers", "input", "inputs")]},
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
    published = _said(
        {"anyOf": [_published(), _list(_published())]}, "what a source printed, or several did"
    )
    params = {**free, "description": "names that layers can use, and their values"}
    source: Schema = {"type": "string", "description": "where the network is described"}
    variant = {
        "name": name,
        "source": source,
        "hw": _said(_ref("hw"), "another size of the input"),
        "batch": _said(_ref("batch"), "another number of samples"),
        "set": {**free, "description": "other values for some of the params"},
        "fuse": _said(_ref("fuse"), "fold batch norms into the convolutions before them"),
        "published": published,
        "budget": _budget(),
    }
    properties = {
        "name": name,
        "source": source,
        "input": {
            "description": "C x H x W, without the batch; features are one number, tokens "
            "{tokens: 197x768}",
            **_shape(),
        },
        "inputs": {
            "type": "object",
            "additionalProperties": _shape(),
            "minProperties": 1,
            "description": "several inputs by name: {image: 3x224x224, meta: 17}",
        },
        "batch": _said(_ref("batch"), "samples; multiplies all but params"),
        "params": params,
        "blocks": _blocks(),
        "layers": {**_list(_ref("layer")), "description": "kinds in order"},
        "outputs": {
            "anyOf": [{"type": "string"}, _list({"type": "string"})],
            "description": "names of the layers whose maps are outputs, if not that of the last",
        },
        "fuse": _said(_ref("fuse"), "fold batch norms into the convolutions before them"),
        "published": published,
        "budget": _budget(),
        "variants": _said(
            _list({**_mapping(variant), "required": ["name"]}), "members of the family, by name"
        ),
    }
    return {**_mapping(properties), **_with_input("layers")}


def _shape() -> Schema:
    """A map or features; or tokens."""
    shape = ShapeType().schema()
    tokens = {**_mapping({"tokens": shape}), "required": ["tokens"]}
    return {"anyOf": [*shape["anyOf"], tokens]}


def _with_input(*required: str) -> Schema:
    """What a network has to have: an input or several, and this."""
    either = [{"required": ["input"]}, {"required": ["inputs"]}]
    return {"required": list(required), "oneOf": either}


def _budget() -> Schema:
    """What an entry may cost."""
    most = {key: EXACT.schema() for key in FIGURES}
    most[BOUND] = _said(TimeType().schema(), "the least time on a device, such as 12ms")
    most["on"] = {"type": "string", "description": "which device: convcost devices lists them"}
    most |= {name: _ref(name) for name in ("dtype", "weights")}
    needed = {BOUND: ["on"], "on": [BOUND], "dtype": [BOUND], "weights": [BOUND]}
    words = "the most that figures may be, such as macs: 4.2G"
    return {**_mapping(most), "dependencies": needed, "description": words}


def _blocks() -> Schema:
    """Kinds that a file defines: their params, with defaults or none, and their layers."""
    free = {"type": "object", "additionalProperties": ANY.schema()}
    params = _said(free, "its parameters with their defaults; without one they have to be given")
    layers = _said(_list(_ref("layer")), "its layers in order")
    block = {**_mapping({"params": params, "layers": layers}), "required": ["layers"]}
    return {
        "type": "object",
        "additionalProperties": block,
        "description": "kinds of this file's own, by name",
    }


def _published() -> Schema:
    """What one source printed."""
    figures = {
        key: _said(PrintedType().schema(), "as printed, such as 4.2M or 25,557,032")
        for key in FIGURES
    }
    exact = _mapping({key: EXACT.schema() for key in FIGURES})
    text = {"type": "string"}
    others: Schema = {
        "as": {**text, "description": "whose way of counting: convcost profilers lists them"},
        "params_as": {"enum": list(PARAM_COUNTS), "description": "which params its source counts"},
        "rounding": {
            "enum": list(ROUNDINGS),
            "description": "of all figures of the entry; a source that did both has two entries",
        },
        "source": {**text, "description": "who printed it, and where"},
        "found": {**exact, "description": "exact figures, where the printed ones do not hold"},
        "note": {**text, "description": "why it does not hold"},
    }
    return _mapping({**figures, **others})


def _layer(kinds: Iterable[Kind]) -> Schema:
    """A kind by name; or a kind, a block of the file, layers or branches, with modifiers."""
    branch = {"anyOf": [_layers(), _ref("layer")]}
    branches = {"anyOf": [_list(branch), {"type": "object", "additionalProperties": branch}]}
    own: dict[str, Schema] = {
        "name": {
            "type": "string",
            "description": "what stands in paths, and what the map that it makes is called",
        },
        "from": {
            "type": "string",
            "description": "the map that it reads, if not the one before; alone, that map",
        },
        "share": {"type": "string", "description": "the layer whose weights it uses, by name"},
        "shared": _said(
            {"type": "boolean"}, "one set of weights for all copies, or for all branches of a join"
        ),
        "run": _said(
            {"anyOf": [{"type": "boolean"}, EXPRESSION]},
            "if not, its parameters are there, and what follows reads what came before it",
        ),
        "for": {
            "anyOf": [{"type": "string"}, _list({"type": "string"})],
            "description": "names that are given each of the values, or rows, of in",
        },
        "in": {**_list({}), "description": "values, or rows, for the names"},
        "when": _said({"anyOf": [{"type": "boolean"}, EXPRESSION]}, "the layer is left out if not"),
        "repeat": _said({"anyOf": [Whole(0).schema(), EXPRESSION]}, "how many times"),
        "sizes": _said(
            _list({"anyOf": [Whole().schema(), EXPRESSION]}), "channels of each part of a split"
        ),
        "axis": {"enum": list(AXES), "description": "along which a concat is, if not the channels"},
        "layers": _said(_layers(), "layers in order, as one"),
        **{
            join: _said(branch if join == "residual" else branches, words)
            for join, words in JOINS.items()
        },
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


def _said(schema: Schema, words: str) -> Schema:
    """A schema with what it is for."""
    return {**schema, "description": words}


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
