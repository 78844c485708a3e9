"""Training in Python: what a step costs, and what memory it takes.

>>> import convcost
>>> net = convcost.network("resnet18")
>>> step = convcost.trained(net.graph, batch=32, optimizer="adamw")
>>> step.step().total
340749189120
"""

from __future__ import annotations

from collections.abc import Sequence

from convcost.errors import ConvcostError, Problem
from convcost.graph.nodes import Graph
from convcost.networks.freeze import freeze as freeze_layers
from convcost.networks.freeze import require_in
from convcost.networks.parameters import CASE_PARAMS
from convcost.report.training import DTYPES
from convcost.sources.flags import TrainingWords
from convcost.sources.training import read_training
from convcost.training.plan import Trained, Training


def trained(
    graph: Graph,
    *,
    batch: int = 1,
    optimizer: str = "sgd",
    amp: str = "",
    checkpoint: Sequence[str] = (),
    freeze: Sequence[str] = (),
    attention: str = "fused",
    device: str = "cpu",
    dtype: str = "float32",
) -> Trained:
    """A graph as it is trained: `step()` has its FLOPs, `memory` its bytes.

    Args:
        graph: of `convcost.build`, whose input wants a gradient, too, or a network's.
        batch: samples.
        optimizer: `sgd`, `momentum`, `adam`, `adamw`, `adafactor` or `lion`.
        amp: the dtype of mixed precision, `float16` or `bfloat16`; nothing if there is none.
        checkpoint: patterns of layers that are computed again in the backward pass.
        freeze: patterns of layers that are not trained.
        attention: as one kernel (`fused`) where there is one, or as products (`math`).
        device: whose kernels, `cpu` or `cuda`.
        dtype: of maps and parameters without mixed precision.

    Raises:
        ConvcostError: an argument is wrong, or a pattern names no layer.
    """
    how = tuple(freeze), tuple(checkpoint), optimizer, amp, attention, device
    asked = read_training(TrainingWords(True, *how))
    assert asked is not None
    if dtype not in DTYPES:
        raise ConvcostError(Problem("dtype", f"is one of {', '.join(DTYPES)}, not '{dtype}'"))
    try:
        samples = CASE_PARAMS["batch"].type.parse(batch)
    except ValueError as error:
        raise ConvcostError(Problem("batch", str(error))) from None
    for patterns, name in ((freeze, "freeze"), (checkpoint, "checkpoint")):
        require_in([graph], patterns, name)
    kernels = asked.training.kernels._replace(dtype=dtype)
    training: Training = asked.training._replace(kernels=kernels)
    return Trained(freeze_layers(graph, freeze), samples, training)
