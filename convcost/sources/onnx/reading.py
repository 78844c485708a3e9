"""An ONNX file as a network."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from convcost.errors import ConvcostError, Problem, shorten
from convcost.graph.captured import Captured
from convcost.graph.nodes import Graph, Scattered
from convcost.sources.onnx.exported import CHANGED, graph_of, is_same
from convcost.sources.onnx.model import Model, open_model
from convcost.sources.onnx.sizes import read_inputs
from convcost.sources.onnx.values import DTYPES
from convcost.sources.onnx.walk import Walk
from convcost.values.code import Input
from convcost.values.dtypes import Precision, Stored


class ReadModel(NamedTuple):
    """A file, read: its graph, how its numbers are stored, and what is to be known of it.

    `folded` are the numbers that nodes write which are not in the graph, as they follow from sizes,
    by their types.
    """

    captured: Captured
    precision: Precision
    remarks: tuple[str, ...]
    folded: Mapping[str, int] = {}


def read_model(path: str, inputs: Sequence[Input] = ()) -> ReadModel:
    """The network in an ONNX file, with these sizes of its inputs where the file has none.

    Raises:
        ConvcostError: onnx is not installed, or the file is none that can be read; with its place.
    """
    return model_of(open_model(path), path, inputs)


def model_of(model: Model, path: str, inputs: Sequence[Input] = ()) -> ReadModel:
    """The network that a model is; `path` stands in front of what is wrong with it.

    Raises:
        ConvcostError: see `read_model`.
    """
    own = graph_of(model.exported, path) if model.exported else None
    given = read_inputs(model.graph, inputs, path)
    given = given._replace(batch=own.batch) if own else given
    try:
        walk = Walk(model, given, path)
    except ValueError as error:
        raise ConvcostError(Problem(path, str(error))) from None
    walk.run()
    outputs = walk.outputs()
    last, *others = outputs.values()
    flow = walk.flow
    if len(flow.nodes) == len(given.values):
        raise ConvcostError(Problem(path, "has no node that computes something"))
    scattered = Scattered(frozenset(), frozenset())
    graph = Graph(tuple(flow.nodes), last, outputs if others else {}, scattered)
    opsets = ", ".join(f"{name or 'onnx'} {number}" for name, number in model.opsets.items())
    about = {"onnx": opsets, "producer": model.producer}
    name = shorten(os.path.splitext(os.path.basename(path))[0], 100) or "model"
    captured = Captured(graph, name, given.batch, about)
    again = {**walk.notes.again, **flow.again}
    unknown = {each.name for each in model.graph.initializer} - {*flow.holders}
    remarks = walk.notes.sentences(
        [again[name] for name in again if name in flow.holders],
        [held for held in flow.constants.values() if held.is_table and held.name in unknown],
    )
    if model.exported:
        same = own is not None and is_same(own, captured)
        captured = own if same and own else captured
        remarks += [] if same else [CHANGED]
    return ReadModel(captured, _precision(walk), tuple(remarks), walk.folded)


def _precision(walk: Walk) -> Precision:
    """How most weights are stored, and most of what nodes write."""
    weights: Counter[str] = Counter()
    for name in walk.flow.holders:
        value = walk.scope.values.get(name)
        if value is not None and value.held is not None:
            weights[DTYPES.get(value.held.dtype, "float32")] += value.held.elements
    maps: Counter[str] = Counter()
    for type_, count in walk.maps.items():
        maps[DTYPES.get(type_, "float32")] += count
    of_maps = max(maps, key=maps.__getitem__, default="float32")
    of_weights = max(weights, key=weights.__getitem__, default=of_maps)
    return Precision(of_maps, Stored(of_weights) if of_weights != of_maps else None)
