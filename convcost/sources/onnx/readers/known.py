"""Op types that no reader is for, and of which it is known that they multiply no matrices."""

from __future__ import annotations

from convcost.ops.called import Called, Opaque
from convcost.ops.op import Op
from convcost.sources.onnx.readers.reading import Call

_MOVES = """
    Bernoulli Cast CastLike CenterCropPad Col2Im Compress Concat Constant ConstantOfShape
    DepthToSpace Expand EyeLike Flatten Gather GatherElements GatherND Identity MaxUnpool
    Multinomial NonZero OneHot Optional OptionalGetElement Pad RandomNormal RandomNormalLike
    RandomUniform RandomUniformLike Range Reshape ReverseSequence Scatter ScatterElements ScatterND
    Shape Size Slice SpaceToDepth Split Squeeze TensorScatter Tile Transpose Trilu Unsqueeze Where
"""
_COMPUTES = """
    Abs Acos Acosh Add AffineGrid And ArgMax ArgMin Asin Asinh Atan Atanh BitCast BitShift
    BitwiseAnd BitwiseNot BitwiseOr BitwiseXor BlackmanWindow Ceil Celu Clip Cos Cosh CumProd CumSum
    DequantizeLinear Det Div DynamicQuantizeLinear Equal Erf Exp Floor GlobalLpPool Greater
    GreaterOrEqual GridSample HammingWindow HannWindow Hardmax IsInf IsNaN Less LessOrEqual Log
    LpNormalization LpPool Max MaxRoiPool Mean MeanVarianceNormalization Min Mod Mul
    NegativeLogLikelihoodLoss Neg NonMaxSuppression Not Or PRelu Pow QuantizeLinear Reciprocal
    ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd
    ReduceSum ReduceSumSquare Resize RoiAlign RotaryEmbedding Round Shrink Sign Sin Sinh
    SoftmaxCrossEntropyLoss Softsign Sqrt Sub Sum Tan ThresholdedRelu TopK Unique Upsample Xor
"""
MOVES, COMPUTES = frozenset(_MOVES.split()), frozenset(_COMPUTES.split())

DATA = {
    **dict.fromkeys(("QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear"), 1),
    **dict.fromkeys(("Resize", "Upsample", "Pad", "OneHot", "Dropout", "TopK"), 1),
    "NonMaxSuppression": 2,
}
"""How many of the first inputs are computed with; those behind them say how."""

IN_TORCH = {
    **{"Transpose": "permute", "Where": "where", "Cast": "to", "CastLike": "to"},
    **{"Unsqueeze": "unsqueeze", "Squeeze": "squeeze", "Split": "split", "Slice": "slice"},
    **{"Reshape": "reshape", "Flatten": "flatten", "Expand": "expand", "Tile": "repeat"},
    **{"Shape": "shape", "Concat": "cat", "Gather": "gather", "Range": "arange"},
    **{"ConstantOfShape": "full", "Equal": "eq", "Less": "lt", "Greater": "gt"},
    **{"LessOrEqual": "le", "GreaterOrEqual": "ge", "Not": "logical_not", "And": "logical_and"},
    **{"Or": "logical_or", "ArgMax": "argmax", "ArgMin": "argmin", "NonZero": "nonzero"},
    **{"ReduceMean": "mean", "ReduceSum": "sum", "ReduceMax": "amax", "ReduceMin": "amin"},
    **{"Reciprocal": "reciprocal", "Sqrt": "sqrt", "Pow": "pow", "Exp": "exp", "Erf": "erf"},
}
"""How torch calls them, where that is another name, so that one name is known for one function."""


def known(call: Call) -> Op:
    """The op of a node that no reader knows; its MACs are unknown if its type is."""
    name = IN_TORCH.get(call.name, call.name)
    if call.name in MOVES:
        return Called(name, still=True)
    return Called(name) if call.name in COMPUTES else Opaque(call.name)
