"""The real profilers, each run on a torch module; their packages are imported when they are.

A probe runs in a process of its own: some of these tools leave hooks, buffers and patched functions
behind.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from inspect import signature
from typing import TYPE_CHECKING, Any, NamedTuple

from convcost.graph.nodes import Graph

if TYPE_CHECKING:
    from torch import Tensor, nn

    Run = Callable[[nn.Module, tuple[Tensor, ...]], tuple[int, int | None]]


class Probe(NamedTuple):
    """How a tool is run: the package that has its version, what it imports, and the call.

    The call takes a module in eval mode and its inputs, N x C x spatial, and returns what the tool
    prints: its figure, and the parameters if it counts them.
    """

    package: str
    imports: tuple[str, ...]
    run: Run


def _thop(module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[int, int]:
    from thop import profile

    macs, params = profile(module, inputs, verbose=False)
    return int(macs), int(params)


def _ptflops(backend: str, **config: bool) -> Run:
    def run(module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[int, int]:
        from convcost.pytorch.capture.loading import prepare_torchvision

        prepare_torchvision()  # which ptflops imports where it is installed
        from ptflops import get_model_complexity_info

        named = _by_name(module, inputs)
        macs, params = get_model_complexity_info(
            module,
            (1,),
            as_strings=False,
            print_per_layer_stat=False,
            verbose=False,
            input_constructor=lambda _: named if len(inputs) > 1 else inputs[0],
            backend=backend,
            backend_specific_config=config,
        )
        if macs is None or params is None:
            raise RuntimeError("ptflops printed a traceback and no figure")
        return int(macs), int(params)

    return run


def _by_name(module: nn.Module, inputs: tuple[Tensor, ...]) -> dict[str, Tensor]:
    """Inputs by the names that a module gives them; by numbers where it takes any number."""
    takes = signature(module.forward).parameters.values()
    names = [each.name for each in takes if each.kind is each.POSITIONAL_OR_KEYWORD]
    if len(names) < len(inputs):
        names = [f"input{index}" for index in range(len(inputs))]
    return dict(zip(names, inputs, strict=False))


def _fvcore(module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[int, int]:
    from fvcore.nn import FlopCountAnalysis, parameter_count

    analysis = FlopCountAnalysis(module, inputs)
    analysis.unsupported_ops_warnings(False).uncalled_modules_warnings(False)
    return int(analysis.total()), parameter_count(module)[""]


def _fvcore_train(module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[int, int]:
    return _fvcore(module.train(), inputs)


def _torchinfo(module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[int, int]:
    from torchinfo import summary

    found = summary(module, input_data=inputs, verbose=0)
    return int(found.total_mult_adds), int(found.total_params)


def _torchprofile(module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[int, None]:
    from torchprofile import profile_macs

    macs = profile_macs(module, inputs)
    assert isinstance(macs, int)
    return macs, None


def _torch(module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[int, None]:
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(*inputs)
    return counter.get_total_flops(), None


def _torch_train(module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[int, None]:
    """Forward and backward on the meta device; of a layer the gradient of its input is wanted."""
    from torch.utils.flop_counter import FlopCounterMode

    module, inputs = module.to("meta"), tuple([each.to("meta") for each in inputs])
    graph = getattr(module, "graph", None)
    for each in inputs if isinstance(graph, Graph) and graph.of_layer else ():
        each.requires_grad_(each.is_floating_point())
    with FlopCounterMode(display=False) as counter:
        backward(module(*inputs))
    return counter.get_total_flops(), None


def backward(written: Any) -> None:
    """Gradients of all that a module returned and that leads to what is trained."""
    import torch

    from convcost.pytorch.capture.listening import outputs_of

    ends = [each for each in outputs_of(written).values() if each.requires_grad]
    if ends:
        torch.autograd.backward(ends, [torch.empty_like(each) for each in ends])


def _calflops(module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[int, int]:
    """What `calculate_flops(model, input_shape=...)` prints, which makes one input itself."""
    from calflops import calculate_flops

    flops, _, params = calculate_flops(
        module, args=[*inputs], print_results=False, output_as_string=False
    )
    return int(flops), int(params)


def _deepspeed(module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[int, int]:
    """What `get_model_profile(model, input_shape=...)` prints, which makes one input itself.

    It runs the model once before it counts, for the sake of its clock: that adds nothing.
    """
    os.environ.setdefault("DS_ACCELERATOR", "cpu")  # of which it says that it found no other
    from deepspeed.profiling.flops_profiler import get_model_profile

    flops, _, params = get_model_profile(
        module, args=[*inputs], print_profile=False, as_string=False, warm_up=0
    )
    return int(flops), int(params)


def _onnx_tool(module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[int, None]:
    """What it prints for the file that convcost exports; code has no file of its own."""
    from convcost.exports.onnx_file import onnx_model
    from convcost.graph.captured import Captured

    graph = getattr(module, "graph", None)
    if not isinstance(graph, Graph):
        raise RuntimeError("it counts ONNX files, not modules; export one, and verify that")
    network = Captured(graph, "net", len(inputs[0]))
    return onnx_model_figure(onnx_model(network, with_weights=True).model), None


def onnx_file_figure(path: str) -> int:
    """What onnx-tool prints for an ONNX file.

    Raises whatever it raises.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import onnx

        if onnx.load(path, load_external_data=False).graph.sparse_initializer:
            raise RuntimeError("it knows no sparse tensors; export with --with-weights")
        return onnx_model_figure(path)


def onnx_model_figure(model: Any) -> int:
    """The total of `onnx_tool.model_profile`, which prints a table."""
    import onnx_tool

    graph = onnx_tool.Model(model, {"verbose": False}).graph
    graph.graph_reorder_nodes()
    graph.shape_infer(None)
    graph.profile(exclude_ops=onnx_tool.NoMacsOps)
    return int(graph.macs[0])


PROBES = {
    "torch": Probe("torch", ("torch", "numpy"), _torch),
    "torch-train": Probe("torch", ("torch", "numpy"), _torch_train),
    "thop": Probe("thop", ("thop", "numpy"), _thop),
    "ultralytics-thop": Probe("ultralytics-thop", ("thop", "numpy"), _thop),
    "ptflops": Probe("ptflops", ("ptflops", "numpy"), _ptflops("pytorch")),
    "ptflops-modules": Probe(
        "ptflops", ("ptflops", "numpy"), _ptflops("pytorch", count_functional=False)
    ),
    "ptflops-aten": Probe("ptflops", ("ptflops", "numpy"), _ptflops("aten")),
    "fvcore": Probe("fvcore", ("fvcore.nn", "numpy"), _fvcore),
    "fvcore-train": Probe("fvcore", ("fvcore.nn", "numpy"), _fvcore_train),
    "torchinfo": Probe("torchinfo", ("torchinfo",), _torchinfo),
    "torchprofile": Probe("torchprofile", ("torchprofile",), _torchprofile),
    "calflops": Probe("calflops", ("calflops", "transformers"), _calflops),
    "onnx-tool": Probe("onnx-tool", ("onnx_tool",), _onnx_tool),
    "deepspeed": Probe("deepspeed", ("deepspeed.profiling.flops_profiler",), _deepspeed),
}
"""The tools that can be run, by the names of their conventions."""


def probe(
    tool: str, module: nn.Module, inputs: tuple[Tensor, ...], train: bool = False
) -> tuple[int, int | None]:
    """What a tool prints for a module: its figure, and the parameters that it counts.

    The module is the tool's from then on, which may leave hooks and buffers behind. Gradients are
    on, as where a user calls a tool on a model, unless the tool has them off. It is in eval mode
    unless it is to `train`; some tools change that.

    Raises whatever the tool raises.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return PROBES[tool].run(module.train(train), inputs)
