"""The JSON Schema of the YAML configs, read off the same tables as the reader's own checks."""

from __future__ import annotations

from collections.abc import Iterable

from convcost.graph.params import PARAM_COUNTS
from convcost.kinds.catalogue import every_kind
from convcost.kinds.registry import Kind
from convcost.networks.figures import BOUND, EXACT, FIGURES, ROUNDINGS, PrintedType
from convcost.networks.joins import AXES, JOINS
from convcost.networks.parameters import every_param
from convcost.networks.settings import ANY
from convcost.sources.reading.pieces import (
    EXPRESSION,
    SAME,
    Schema,
    in_layer,
    list_of,
    mapping,
    open_to,
    ref,
    said,
)
from convcost.values.axes import ShapeType
from convcost.values.rates import TimeType
from convcost.values.whole import Whole


def config_schema() -> Schema:
    """The schema of a config, for editors."""
    known = every_param()
    params = _params(known)
    kinds = said(list_of(ref("kind")), "kinds by name, or with parameters of their own")
    some = list_of(mapping(params))
    axes = {name: list_of(schema) for name, schema in params.items()}
    name = {
        "type": ["string", "number"],
        "description": "the case's name; {k} stands for the parameter k",
    }
    include = said(some, "combinations more; or parameters more for some combinations")
    exclude = said(some, "combinations that are left out")
    matrix = {
        **mapping({**axes, "include": include, "exclude": exclude}),
        "minProperties": 1,
        "description": "values of parameters: a case for each combination",
    }
    case = mapping({"name": name, "kinds": kinds, "matrix": matrix, "budget": _budget(), **params})
    network = _network()
    several = mapping(
        {
            "defaults": said(mapping({"kinds": kinds, **params}), "what holds for all cases"),
            "cases": said(list_of({**case, "required": ["name"]}), "kinds, each at one shape"),
            "blocks": _blocks(),
            "networks": said(list_of({**network, **_with_input("name", "layers")}), "networks"),
            "configs": {
                **list_of({"type": "string"}),
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
            **{
                in_layer(name): open_to(ref(name), EXPRESSION, {"type": "array"})
                for name in {name: None for kind in every_kind().values() for name in kind.params}
            },
        },
    }


def _network() -> Schema:
    """A network: its input, its layers, variants of it, and what was printed for it."""
    name = {"type": ["string", "number"], "description": "the network's name"}
    free = {"type": "object", "additionalProperties": ANY.schema()}
    chosen = {"type": "object", "additionalProperties": open_to(ANY.schema())}
    published = said(
        {"anyOf": [_published(), list_of(_published())]}, "what a source printed, or several did"
    )
    params = {**chosen, "description": "names that layers can use, and their values"}
    option = {"type": ["string", "number", "boolean", "array"]}
    source: Schema = {"type": "string", "description": "where the network is described"}
    variant = {
        "name": name,
        "source": source,
        "hw": said(ref("hw"), "another size of the input"),
        "batch": said(ref("batch"), "another number of samples"),
        "set": {**free, "description": "other values for some of the params"},
        "fuse": said(ref("fuse"), "fold batch norms into the convolutions before them"),
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
        "hw": said(open_to(ref("hw")), "another size of the input, or one of several"),
        "batch": said(ref("batch"), "samples; multiplies all but params"),
        "params": params,
        "design": said(
            {"type": "object", "additionalProperties": option},
            "which option is taken where there is a choice, by path: {stage.2.k: 5}",
        ),
        "blocks": _blocks(),
        "layers": {**list_of(ref("layer")), "description": "kinds in order"},
        "outputs": {
            "anyOf": [{"type": "string"}, list_of({"type": "string"})],
            "description": "names of the layers whose maps are outputs, if not that of the last",
        },
        "fuse": said(ref("fuse"), "fold batch norms into the convolutions before them"),
        "published": published,
        "budget": _budget(),
        "variants": said(
            list_of({**mapping(variant), "required": ["name"]}), "members of the family, by name"
        ),
    }
    return {**mapping(properties), **_with_input("layers")}


def _shape() -> Schema:
    """A map or features; or tokens."""
    shape = ShapeType().schema()
    tokens = {**mapping({"tokens": shape}), "required": ["tokens"]}
    return {"anyOf": [*shape["anyOf"], tokens]}


def _with_input(*required: str) -> Schema:
    """What a network has to have: an input or several, and this."""
    either = [{"required": ["input"]}, {"required": ["inputs"]}]
    return {"required": list(required), "oneOf": either}


def _budget() -> Schema:
    """What an entry may cost."""
    most = {key: EXACT.schema() for key in FIGURES}
    most[BOUND] = said(TimeType().schema(), "the least time on a device, such as 12ms")
    most["on"] = {"type": "string", "description": "which device: convcost devices lists them"}
    most |= {name: ref(name) for name in ("dtype", "weights")}
    needed = {BOUND: ["on"], "on": [BOUND], "dtype": [BOUND], "weights": [BOUND]}
    words = "the most that figures may be, such as macs: 4.2G"
    return {**mapping(most), "dependencies": needed, "description": words}


def _blocks() -> Schema:
    """Kinds that a file defines: their params, with defaults or none, and their layers."""
    free = {"type": "object", "additionalProperties": open_to(ANY.schema())}
    params = said(free, "its parameters with their defaults; without one they have to be given")
    layers = said(list_of(ref("layer")), "its layers in order")
    block = {**mapping({"params": params, "layers": layers}), "required": ["layers"]}
    return {
        "type": "object",
        "additionalProperties": block,
        "description": "kinds of this file's own, by name",
    }


def _published() -> Schema:
    """What one source printed."""
    figures = {
        key: said(PrintedType().schema(), "as printed, such as 4.2M or 25,557,032")
        for key in FIGURES
    }
    exact = mapping({key: EXACT.schema() for key in FIGURES})
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
    return mapping({**figures, **others})


def _layer(kinds: Iterable[Kind]) -> Schema:
    """A kind by name; or a kind, a block of the file, layers or branches, with modifiers."""
    branch = {"anyOf": [_layers(), ref("layer")]}
    branches = {"anyOf": [list_of(branch), {"type": "object", "additionalProperties": branch}]}
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
        "shared": said(
            {"type": "boolean"}, "one set of weights for all copies, or for all branches of a join"
        ),
        "run": said(
            open_to({"type": "boolean"}, EXPRESSION),
            "if not, its parameters are there, and what follows reads what came before it",
        ),
        "for": {
            "anyOf": [{"type": "string"}, list_of({"type": "string"})],
            "description": "names that are given each of the values, or rows, of in",
        },
        "in": {**list_of({}), "description": "values, or rows, for the names"},
        "when": said(open_to({"type": "boolean"}, EXPRESSION), "the layer is left out if not"),
        "repeat": said(open_to(Whole(0).schema(), EXPRESSION), "how many times"),
        "sizes": said(
            list_of(open_to(Whole().schema(), EXPRESSION)), "channels of each part of a split"
        ),
        "choose": said(
            {"type": "object", "additionalProperties": branch, "minProperties": 1},
            "layers by name, of which one is chosen: {skip: [], conv: {conv-bn-act: {out: 8}}}",
        ),
        "same": SAME,
        "axis": {"enum": list(AXES), "description": "along which a concat is, if not the channels"},
        "layers": said(_layers(), "layers in order, as one"),
        **{
            join: said(branch if join == "residual" else branches, words)
            for join, words in JOINS.items()
        },
    }
    for kind in kinds:
        params = {name: ref(in_layer(name)) for name in kind.params}
        own[kind.name] = {
            "description": kind.summary,
            "anyOf": [mapping(params), {"type": "null"}],
        }
    # Other keys are blocks of the file.
    return {"anyOf": [{"type": "string"}, {"type": "object", "properties": own}]}


def _layers() -> Schema:
    return {"type": "array", "items": ref("layer")}


def _kind(kinds: Iterable[Kind]) -> Schema:
    """A kind by name, or one name with parameters of its own."""
    own = {
        kind.name: {
            "description": kind.summary,
            "anyOf": [mapping(_params(kind.params)), {"type": "null"}],
        }
        for kind in kinds
    }
    one = {**mapping(own), "minProperties": 1, "maxProperties": 1}
    return {"anyOf": [{"enum": list(own)}, one]}


def _params(names: Iterable[str]) -> dict[str, Schema]:
    return {name: ref(name) for name in names}
