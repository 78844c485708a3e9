"""The JSON Schema of what check and diff print as JSON."""

from __future__ import annotations

from typing import Any

from convcost.gate.changes import GONE, GREW, NEW, OVER, RENAMED, SHRANK
from convcost.gate.outcome import CHECK_VERSION
from convcost.networks.figures import BOUND, FIGURES, ROUNDINGS

Schema = dict[str, Any]

WHOLE: Schema = {"type": "integer", "minimum": 0}
TEXT: Schema = {"type": "string"}
COUNTS = ("figures", "hold", "known", "fail")


def check_schema() -> Schema:
    """The schema of check's and diff's JSON."""
    required = _exactly(
        {
            "version": {"const": CHECK_VERSION},
            "summary": {"type": "object", "additionalProperties": WHOLE},
            "passes": {"type": "boolean"},
            "changes": _list(_change()),
            "layers": {"type": "object", "additionalProperties": _list(_cause())},
            "layers_unknown": {"type": "object", "additionalProperties": TEXT},
            "sources": _list(_exactly({"source": TEXT, **dict.fromkeys(COUNTS, WHOLE)})),
            "published": _list(_published()),
        }
    )
    with_all = {"unchanged": {**_list(TEXT), "description": "entries, with --all"}}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "convcost check",
        **required,
        "properties": {**required["properties"], **with_all},
    }


def _change() -> Schema:
    """A figure of an entry that is another than before, or over its budget."""
    status = [GREW, SHRANK, NEW, GONE, RENAMED, OVER]
    required = _exactly(
        {
            "entry": TEXT,
            "status": {"enum": status},
            "figure": {"enum": [*FIGURES, BOUND, None]},
            "old": _or_null(WHOLE),
            "new": _or_null(WHOLE),
            "delta": _or_null({"type": "integer"}),
            "limit": _or_null(WHOLE),
            "fails": {"type": "boolean"},
            "place": _or_null({**TEXT, "description": "file:line:column"}),
        }
    )
    was = {"was": {**TEXT, "description": "what a renamed entry was called"}}
    return {**required, "properties": {**required["properties"], **was}}


def _cause() -> Schema:
    """A layer that costs another sum: before, now, and the difference."""
    counted = ("params", "macs", "activations")
    side = _exactly({"path": TEXT, "output": _list(WHOLE), **dict.fromkeys(counted, WHOLE)})
    delta = _exactly({figure: {"type": "integer"} for figure in counted})
    return _exactly(
        {"old": _or_null(side), "new": _or_null(side), "delta": delta, "place": _or_null(TEXT)}
    )


def _published() -> Schema:
    """A published figure."""
    words = ("network", "printed", "as", "status", "source", "note", "place")
    return _exactly(
        {
            **dict.fromkeys(words, TEXT),
            "input": _list(WHOLE),
            "figure": {"enum": list(FIGURES)},
            "rounding": {"enum": list(ROUNDINGS)},
            "counted": WHOLE,
        }
    )


def _exactly(properties: dict[str, Schema]) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}
