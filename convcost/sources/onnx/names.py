"""What names of tensors tell: those that exporters make up are of no parameter of a module."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnx import GraphProto, TensorProto

_MADE_UP = re.compile(
    r"onnx::.*|val_\d+|_?val\d*|/.*|const(_|ant).*|_?tensor_constant\d*|c_lifted_tensor.*|Const.*"
    r"|.*[Cc]onst_fold_opt.*|\d+|.*_to_concat|.*_shape_?\d*|(one|zero|two)s?"
    r"|.*(weight|bias|output_\d+|quantized)_scale|.*_zero_point"
)
"""Names that exporters give to what they compute or bring along."""

_FOLDED = re.compile(r"onnx::Conv(Transpose)?_\d+(_quantized)?")
"""How torch's first exporter calls the weights of a convolution into which it folds a norm."""

_SIGNATURE = "pkg.torch.export.ExportedProgram.graph_signature"

_PARAMETER = re.compile(r"PARAMETER target='([^']{1,300})'")

_KIND = "pkg.torch.export.graph_signature.InputSpec.kind"


def is_made_up(name: str) -> bool:
    """Whether a name is none that code has."""
    return _MADE_UP.fullmatch(name) is not None


def is_folded(name: str) -> bool:
    """Whether the name of a convolution's weights says that a norm is folded into it."""
    return _FOLDED.fullmatch(name) is not None or "fused_bn" in name


def is_trained(tensor: TensorProto, kinds: Mapping[str, bool], lost: bool) -> bool:
    """Whether an initialiser is a parameter, so far as names tell.

    A vector that an exporter computed is one that it only shaped otherwise, such as a scale of
    channels; a larger tensor may be anything. Where an exporter says what parameters are, and all
    of them are there, it has made up all others.
    """
    if tensor.name in kinds:
        return kinds[tensor.name]
    is_vector = len([size for size in tensor.dims if size > 1]) == 1
    if kinds:
        return is_vector and lost
    return not is_made_up(tensor.name) or (is_vector and tensor.name.startswith("onnx::"))


def is_any_lost(graph: GraphProto) -> bool:
    """Whether a module had parameters that are no tensors of the file."""
    text = "".join([each.value for each in graph.metadata_props if each.key == _SIGNATURE])
    return not {*_PARAMETER.findall(text)} <= {tensor.name for tensor in graph.initializer}


def kinds_of(graph: GraphProto) -> dict[str, bool]:
    """Whether tensors are parameters, where the exporter says it."""
    found = {}
    for info in graph.value_info:
        for each in info.metadata_props:
            if each.key == _KIND:
                found[info.name] = each.value == "PARAMETER"
    return found
