"""What names of tensors tell: those that exporters make up are of no parameter of a module."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnx import GraphProto

_MADE_UP = re.compile(
    r"onnx::.*|val_\d+|_?val\d*|/.*|const(_|ant).*|_?tensor_constant\d*|c_lifted_tensor.*|Const.*"
    r"|.*[Cc]onst_fold_opt.*|\d+|.*_to_concat|.*_shape_?\d*|(one|zero|two)s?"
)
"""Names that exporters give to what they compute or bring along."""

_FOLDED = re.compile(r"onnx::Conv(Transpose)?_\d+")
"""How torch's first exporter calls the weights of a convolution into which it folds a norm."""

_KIND = "pkg.torch.export.graph_signature.InputSpec.kind"


def is_made_up(name: str) -> bool:
    """Whether a name is none that code has."""
    return _MADE_UP.fullmatch(name) is not None


def is_folded(name: str) -> bool:
    """Whether the name of a convolution's weights says that a norm is folded into it."""
    return _FOLDED.fullmatch(name) is not None or "fused_bn" in name


def kinds_of(graph: GraphProto) -> dict[str, bool]:
    """Whether tensors are parameters, where the exporter says it."""
    found = {}
    for info in graph.value_info:
        for each in info.metadata_props:
            if each.key == _KIND:
                found[info.name] = each.value == "PARAMETER"
    return found
