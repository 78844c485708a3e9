"""The parameters of cases and of their kinds: read, checked against each other, shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod
from typing import Any

from convcost.errors import one_of
from convcost.kinds.catalogue import every_kind
from convcost.kinds.registry import KINDS, PARAMS, Kind, Param
from convcost.ops.layouts import Tokens
from convcost.ops.op import Shape, decimal
from convcost.values.axes import PaddingType, PerAxis, PerSide
from convcost.values.decimals import Factors
from convcost.values.dtypes import BITS, Stored, StoredType
from convcost.values.whole import Numbers, Whole
from convcost.values.words import Choice, Flag

CASE_PARAMS = {
    "in": Param("in", Whole(), "input channels", None, None),
    "hw": Param("hw", PerAxis(), "input size: 112 for 112x112, 112x96, 8x112x112", None, None),
    "tokens": Param(
        "tokens",
        PerAxis(),
        "tokens that come in, in place of a map: 197, or 14x14 of a map",
        None,
        None,
    ),
    "dims": Param("dims", Whole(1, 3), "spatial axes, where hw is one number", None, 2),
    "batch": Param("batch", Whole(), "samples; multiplies all but params", None, 1),
    "dtype": Param("dtype", Choice(tuple(BITS), "dtype"), "of weights and maps", None, "float32"),
    "weights": Param("weights", StoredType(), "of weights, if not that: int4:g128", None, None),
    "activations": Param(
        "activations", Choice(tuple(BITS), "dtype"), "of maps, if not that", None, None
    ),
    "fuse": Param("fuse", Flag(), "fold batch norms into convolutions", None, False),
}
"""The parameters of a case itself; all others belong to its kinds."""

PER_AXIS = (PerAxis, PerSide, PaddingType, Factors)
"""Types of which a tuple has something for each spatial axis."""

Problems = list[tuple[str, str]]
"""Names of parameters, each with what is wrong."""


def kind_params() -> dict[str, Param]:
    """Every parameter of every kind by name, in the order of the kinds."""
    every_kind()
    return PARAMS


def every_param() -> dict[str, Param]:
    """Everything that a case can say, by name: its own parameters, and those of its kinds."""
    return CASE_PARAMS | kind_params()


def input_shape(values: Mapping[str, Any]) -> Shape:
    """C x spatial from `in`, `hw` and `dims`, which have no `shape_problems`; C alone, or T x C."""
    if values.get("tokens"):
        tokens = values["tokens"]
        of = () if isinstance(tokens, int) else tokens
        return Tokens((prod(of) if of else tokens, values["in"]), of)
    hw = values.get("hw", ())
    return (values["in"], *((hw,) * (values.get("dims") or 2) if isinstance(hw, int) else hw))


def read_values(
    raw: Mapping[str, object], kinds: Iterable[Kind], known: Iterable[str] = CASE_PARAMS
) -> tuple[dict[str, Any], Problems]:
    """Parse parameters of cases and kinds; None is "not given".

    `known` are the parameters of cases that are welcome; those of kinds are if a kind takes them.
    """
    values: dict[str, Any] = {}
    problems: Problems = []
    chosen, own = list(kinds), dict.fromkeys(known)
    taken = own | {name: None for kind in chosen for name in kind.params}
    for name, value in raw.items():
        param = CASE_PARAMS[name] if name in own else _of_kinds(name)
        if param is None:
            problems.append((name, f"is no parameter; {one_of(name, taken)}"))
        elif value is not None:
            try:
                values[name] = param.type.parse(value)
            except ValueError as error:
                problems.append((name, str(error)))
    return values, problems + unused(values, chosen)


def shape_problems(values: Mapping[str, Any], kinds: Iterable[Kind]) -> Problems:
    """Parameters that are missing or do not fit the number of spatial axes.

    Kinds that are of features need no size of a map, those of tokens need their number.
    """
    chosen = list(kinds)
    if "tokens" in values:
        of_maps = [name for name in ("hw", "dims") if name in values]
        needed: tuple[str, ...] = ("in",)
        if of_maps:
            return [(name, "is of a map, and tokens are given") for name in of_maps]
    elif all(kind.features for kind in chosen):
        needed = ("in",)
    else:
        of_tokens = "hw" not in values and all(kind.tokens or kind.features for kind in chosen)
        needed = ("in", "tokens" if of_tokens else "hw")
    missing = [name for name in needed if name not in values]
    if missing:
        return [(name, f"is missing ({CASE_PARAMS[name].help})") for name in missing]
    if values.get("hw", 1) is None:  # given, and refused already
        return []
    shape, dims = input_shape(values), values.get("dims")
    axes = len(shape.of) if isinstance(shape, Tokens) else len(shape) - 1
    if dims not in (None, axes) and "hw" in values:
        return [("hw", f"has {axes} numbers for {dims} dims")]
    return [
        (name, f"has {len(value)} numbers for {axes} spatial axes")
        for name, value in values.items()
        if isinstance(value, tuple) and isinstance(_known(name).type, PER_AXIS)
        if len(value) != axes and name != "tokens"
    ]


def unused(names: Iterable[str], kinds: Iterable[Kind]) -> Problems:
    """The parameters that none of the kinds takes."""
    chosen = list(kinds)
    taken = {name for kind in chosen for name in kind.params} | CASE_PARAMS.keys()
    who = ", ".join(kind.name for kind in chosen)
    return [(name, f"is not taken by {who}") for name in names if name not in taken]


def _of_kinds(name: str) -> Param | None:
    """The parameter of this name that some kind takes; all kinds are asked only if need be."""
    return PARAMS.get(name) or kind_params().get(name)


def _known(name: str) -> Param:
    """The parameter of this name, of cases or of kinds that are loaded."""
    return CASE_PARAMS[name] if name in CASE_PARAMS else PARAMS[name]


def show_value(value: object) -> str:
    """A parameter's value as it is typed."""
    if isinstance(value, Stored):
        return str(value)
    if isinstance(value, tuple):
        words = isinstance(value, Numbers) or isinstance(value[0] if value else "", str)
        parts = [_show_pair(part) for part in value]
        return ("," if words else "x").join(parts) or "none"
    if hasattr(value, "denominator") and not isinstance(value, int):
        return decimal(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _show_pair(part: object) -> str:
    """What a parameter has for one axis, which may be one number for each side of it."""
    return ",".join(map(str, part)) if isinstance(part, tuple) else show_value(part)


def default_of(name: str, kinds: Iterable[Kind]) -> str:
    """A parameter's default as it is typed; nothing where there is none, or kinds differ in it."""
    params = [kind.params[name] for kind in kinds if name in kind.params]
    params = params or [kind.params[name] for kind in KINDS.values() if name in kind.params]
    shown = {
        "" if param.required or param.default is None else show_value(param.default)
        for param in params or [_known(name)]
    } - {""}
    return shown.pop() if len(shown) == 1 else ""
