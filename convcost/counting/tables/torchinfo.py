"""torchinfo: each parameter once for each position that it is used at.

Source: torchinfo/layer_info.py, calculate_macs.
"""

from __future__ import annotations

from math import prod

from convcost.counting.conventions import Convention, each
from convcost.counting.quantities import OUTPUT_SIZED
from convcost.counting.recurrent import STATES_PARAMS, TOKENS_PARAMS
from convcost.counting.rules import BIAS, MACS, PARAMS, ZERO, Call, quantity
from convcost.graph.calls import OWN_WEIGHTS
from convcost.ops.called import OwnWeights

_OWN_NAMES = (
    "LayerScale",
    "LearnableScalar",
    "ClassToken",
    "Positions",
    "PositionBias",
    "HeadScale",
)


@quantity("N·params·positions", "parameters, once for each position of all axes but the second")
def POSITIONS_PARAMS(call: Call) -> int:
    """What a class is counted that has Conv in its name."""
    return call.op.params * prod(call.output[1:]) * call.batch


@quantity("N·weights", "weights and biases that a module holds itself, by their names", OwnWeights)
def WEIGHTS(call: Call) -> int:
    """Each as often as the module writes rows, or positions."""
    assert isinstance(call.op, OwnWeights)
    return call.op.elements * call.batch


TORCHINFO = Convention(
    "torchinfo",
    ("1.8.0",),
    {
        **each("nn.Conv{}d", MACS + BIAS),
        **each(
            "nn.ConvTranspose{}d",
            (OUTPUT_SIZED + BIAS).but(
                "a transposed convolution counted by its output, stride² too many"
            ),
        ),
        "torchvision.ops.DeformConv2d": MACS + BIAS,
        "nn.Linear": PARAMS.but("a linear layer counted once, not for each row"),
        # of parameters only those that are called weight or bias
        **{f"nn.Module ({name})": ZERO for name in (*_OWN_NAMES, "parameter")},
        "nn.MultiheadAttention": ZERO.but("its weights are not those of a layer that is called"),
        **dict.fromkeys(("nn.RNN", "nn.GRU", "nn.LSTM"), TOKENS_PARAMS),
        **dict.fromkeys(("nn.RNNCell", "nn.GRUCell", "nn.LSTMCell"), STATES_PARAMS),
        "nn.Conv": POSITIONS_PARAMS,
        OWN_WEIGHTS: WEIGHTS,
        "nn.*": PARAMS,
    },
    unit="MACs",
    label="mult-adds",
    summary="MACs and biases of convolutions; of other modules the parameters, once a sample",
    sees="modules; a class whose name has 'Conv' in it is a convolution; no functions",
    params="all",
    subclasses=True,
    by_class_name=True,
    defects=("parameters of a module with two parents are counted twice",),
)
