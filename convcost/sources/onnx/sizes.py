"""Sizes of tensors: those of the inputs, those that the file declares, and those that follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from convcost.errors import ConvcostError, Problem, no_such, shorten
from convcost.graph.builder import LARGEST
from convcost.ops.op import times
from convcost.sources.onnx.values import Sizes, Value
from convcost.values.code import Input

if TYPE_CHECKING:
    from onnx import GraphProto, NodeProto, TypeProto, ValueInfoProto

MOST_AXES = 12

Declared = tuple[int | str, ...]
"""Sizes as a file declares them: numbers, and names of those that are free."""


class Inputs(NamedTuple):
    """What comes in: sizes and element type of each by its name, and the batch of them all."""

    values: Mapping[str, Value]
    batch: int
    free: Mapping[str, int]
    """What each name stands for that a file has for a size."""


class Written(NamedTuple):
    """What a node writes: its element type, and its sizes, of which some may not be known."""

    dtype: int
    sizes: tuple[int | None, ...]


def declared_in(infos: Iterable[ValueInfoProto]) -> dict[str, Declared]:
    """The sizes that a file declares of tensors, by their names."""
    return {info.name: sizes for info in infos if (sizes := _declared(info.type)) is not None}


def _declared(kind: TypeProto) -> Declared | None:
    """Sizes of a type; None where it is no tensor's, or has none."""
    if not kind.HasField("tensor_type") or not kind.tensor_type.HasField("shape"):
        return None
    dims = kind.tensor_type.shape.dim
    return tuple([d.dim_value if d.HasField("dim_value") else d.dim_param for d in dims])


def read_inputs(graph: GraphProto, given: Sequence[Input], path: str) -> Inputs:
    """The inputs of a graph with the sizes that are given for those that are free.

    Raises:
        ConvcostError: a size is free and was not given, or was given and is not free.
    """
    stored = {each.name for each in graph.initializer}
    infos = [info for info in graph.input if info.name not in stored]
    if not infos:
        raise ConvcostError(Problem(path, "has no input"))
    wanted = _by_name([info.name for info in infos], given)
    free: dict[str, int] = {}
    problems: list[Problem] = []
    values: dict[str, Value] = {}
    for info in infos:
        sizes = _declared(info.type)
        if sizes is None or len(sizes) > MOST_AXES:
            said = "is no tensor of a known number of axes"
            said = f"has more than {MOST_AXES} axes" if sizes else said
            raise ConvcostError(Problem(path, f"input '{shorten(info.name)}' {said}"))
        try:
            found = _sizes(info.name, sizes, wanted.get(info.name), free)
            check_sizes(found)
        except ValueError as error:
            problems.append(Problem(path, f"input '{shorten(info.name, 60)}' {error}"))
            continue
        values[info.name] = Value(found, info.type.tensor_type.elem_type)
    if problems:
        raise ConvcostError(*problems)
    return Inputs(values, _batch(infos[0], next(iter(values.values())).sizes), free)


def _batch(first: ValueInfoProto, sizes: Sizes) -> int:
    """How many samples there are: the first size of a map, or one that the file leaves free."""
    declared = _declared(first.type) or ()
    is_first = len(sizes) > 3 or (len(sizes) > 1 and isinstance(declared[0], str))
    return sizes[0] if is_first and sizes[0] else 1


def _by_name(names: Sequence[str], given: Sequence[Input]) -> dict[str, tuple[int, ...]]:
    """The sizes that are given for each input; one without a name is for the first."""
    found: dict[str, tuple[int, ...]] = {}
    for sizes, name, dtype in given:
        if dtype:
            raise ConvcostError(Problem("--input", "an ONNX file says its dtypes itself"))
        wanted = name or names[0]
        if wanted not in names:
            raise ConvcostError(Problem("--input", no_such("input", name, names)))
        if wanted in found:
            raise ConvcostError(Problem("--input", f"{shorten(wanted)} is given twice"))
        found[wanted] = sizes
    return found


def _sizes(
    name: str, declared: Declared, given: tuple[int, ...] | None, free: dict[str, int]
) -> Sizes:
    """An input's sizes; `free` takes what each name stands for."""
    usual = 1
    if given is not None and len(given) == len(declared) - 1:
        first = declared[0]
        given = (first if isinstance(first, int) else free.get(first, usual), *given)
    if given is not None and len(given) != len(declared):
        raise ValueError(f"has {len(declared)} axes, {_said(declared)}, not {len(given)}")
    found: list[int] = []
    for axis, size in enumerate(declared):
        if isinstance(size, int):
            if given is not None and given[axis] != size:
                raise ValueError(f"is {_said(declared)} in the file, not {times(given)}")
            found.append(size)
        elif given is not None:
            found.append(given[axis])
        elif size and size in free:
            found.append(free[size])
        elif axis == 0:
            found.append(usual)
        else:
            example = [str(each) if isinstance(each, int) else "224" for each in declared]
            example[0] = "1" if isinstance(declared[0], str) else example[0]
            words = f"--input {shorten(name, 60)}={'x'.join(example)}"
            raise ValueError(
                f"is {_said(declared)}: give its free sizes, such as {words}; a lock takes the "
                "graph file that convcost capture writes with them"
            )
        if isinstance(size, str) and size and free.setdefault(size, found[-1]) != found[-1]:
            raise ValueError(f"has {shorten(size)} of {found[-1]}, elsewhere {free[size]}")
    return tuple(found)


def _said(declared: Declared) -> str:
    return "x".join([shorten(str(size), 40) or "?" for size in declared]) or "a scalar"


def check_sizes(sizes: Iterable[int]) -> None:
    """Raise `ValueError` for sizes that no tensor has."""
    sizes = tuple(sizes)
    if any(size < 0 for size in sizes) or len(sizes) > MOST_AXES:
        raise ValueError(f"cannot be of {shorten(times(sizes))}")
    if max(sizes, default=0) > LARGEST:
        raise ValueError(f"is of {times(sizes)}, more than {LARGEST:,} along one axis")


def inferred(node: NodeProto, version: int, read: Mapping[str, Value]) -> list[Written] | None:
    """What a node writes by ONNX's own rules; None where there are none for it, or not enough.

    Raises:
        ValueError: it cannot run on what it reads.
    """
    from onnx import checker, defs, helper, numpy_helper, shape_inference

    if not defs.has(node.op_type, node.domain):
        return None
    try:
        schema = defs.get_schema(node.op_type, version, node.domain)
    except defs.SchemaError:  # exporters also write ops that are younger than the opset they name
        schema = defs.get_schema(node.op_type, node.domain)
        version = schema.since_version
    types = {
        name: helper.make_tensor_type_proto(value.dtype, list(value.sizes))
        for name, value in read.items()
    }
    data = {
        name: numpy_helper.from_array(value.known)
        for name, value in read.items()
        if value.known is not None
    }
    opsets = [helper.make_opsetid(node.domain, version)]
    try:
        found = shape_inference.infer_node_outputs(
            schema, node, types, data, opset_imports=opsets, ir_version=10
        )
    except (shape_inference.InferenceError, checker.ValidationError) as error:
        raise ValueError(_plain(str(error))) from None
    except (RuntimeError, ValueError, KeyError, TypeError):
        return None
    return [_written(found.get(name)) for name in node.output]


def _written(kind: Any) -> Written:
    """A type as it was inferred; of one that was not, that nothing is known."""
    if kind is None or not kind.HasField("tensor_type"):
        return Written(0, (None,))
    tensor = kind.tensor_type
    if not tensor.HasField("shape"):
        return Written(tensor.elem_type, (None,))
    sizes = [d.dim_value if d.HasField("dim_value") else None for d in tensor.shape.dim]
    check_sizes([size for size in sizes if size is not None])
    return Written(tensor.elem_type, tuple(sizes))


def _plain(message: str) -> str:
    """What ONNX says of a node, without where its own code says so."""
    words = message.strip().splitlines()
    last = words[-1] if words else ""
    return shorten(last.rpartition("] ")[2] or last, 200)
