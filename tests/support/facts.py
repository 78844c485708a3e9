"""Measured cases of profilers, read from their texts into graphs.

A text such as `Conv2d(8,16,3,padding=1,bias=True) N=2` or `torch.mul(s,x), s=(1,8,1,1)` is
evaluated with stand-ins for `nn`, `F`, `torch` and tensors, each of which appends a node.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

import convcost
from convcost.counting.counts import count, tally
from convcost.counting.profilers import TOOLS, find_convention
from convcost.counting.survey import survey
from convcost.graph.builder import Builder
from convcost.graph.nodes import Graph, Node
from convcost.ops.attention import MultiheadAttention
from convcost.ops.called import Parameter
from convcost.ops.convolutions import Conv, SameConv
from convcost.ops.layouts import Tokens
from convcost.ops.maps import Activation, Elementwise, Norm, Softmax
from convcost.ops.moves import Concat, Flatten, PixelShuffle
from convcost.ops.op import Axes, Op, Shape
from convcost.ops.padding import Pad
from convcost.ops.pools import AdaptivePool, Mean, Pool
from convcost.ops.products import Attention, Einsum, Linear, Matmul
from convcost.ops.recurrent import Recurrent
from convcost.ops.resizing import Resize
from convcost.ops.transposed import TransposedConv
from convcost.sources.reading.configs import read_config
from tests.support import keras
from tests.support.paths import CONFIGS, DATA

OUT_OF_SCOPE = {
    "Conv2d_unbatched": "an input without a batch: every shape in convcost has one",
    "bare_leaf_as_root": "a layer that is the whole model: here a network holds its layers",
    "struct": "about modules that are shared, tied, wrapped or never called, not about shapes",
}
"""What convcost does not reproduce, and why."""

TOOL_NAMES = {
    "ptflops@0.7.0 (pytorch backend; 0.7.5 with count_functional=False)": "ptflops-modules@0.7.5",
    "torch@2.13.0 FlopCounterMode": "torch@2.13.0",
    "thop": "thop@0.1.1",
    "thop==0.0.31": "thop@0.0.31",
    "ultralytics_thop": "ultralytics-thop@2.2.3",
    "ultralytics_thop_2.2.3": "ultralytics-thop@2.2.3",
    "ptflops_pytorch": "ptflops@0.7.5",
    "ptflops_pytorch_nofunc": "ptflops-modules@0.7.5",
    "ptflops_aten": "ptflops-aten@0.7.5",
    "torch_flop_counter": "torch@2.13.0",
    "calflops": "calflops@0.3.2",
    "deepspeed": "deepspeed@0.19.8",
    "fvcore": "fvcore@0.1.5",
    "mmengine": "mmengine@0.10.7",
    "torchinfo": "torchinfo@1.8.0",
    "torchprofile": "torchprofile@0.1.0",
}
"""Names of tools in the data that are not `tool@version` or `tool==version`."""


def tool_name(name: str) -> str:
    """The convention's name of a tool in the data."""
    return TOOL_NAMES.get(name, name).replace("==", "@")


class Case(NamedTuple):
    """One module or call, and what a tool printed for it."""

    tool: str
    op: str
    text: str
    inputs: list[list[int]]
    printed: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.tool}: {self.text}"


def load(name: str) -> dict[str, Any]:
    """One of the files of measured figures."""
    found: dict[str, Any] = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    return found


def cases() -> Iterator[Case]:
    """The measured single-op cases of all tools."""
    for tool, sheet in load("profiler_cases")["tools"].items():
        for op, entry in sheet["ops"].items():
            for case in entry["cases"]:
                yield Case(tool_name(tool), op, case["module"], case["input"], case)


class Measured(NamedTuple):
    """A tool's printed figures for something, and what its table counts for it."""

    source: str
    tool: str
    what: str
    printed: tuple[int | None, ...]
    found: tuple[int | None, ...]


def measured_figures() -> Iterator[Measured]:
    """Every measured figure in scope."""
    yield from _measured_cases()
    yield from _measured_in_train_mode()
    yield from _measured_blocks()
    yield from _measured_networks()
    yield from _measured_history()
    yield from _measured_releases()


def _measured_cases() -> Iterator[Measured]:
    for case in cases():
        if case.op in OUT_OF_SCOPE:
            continue
        convention = find_convention(case.tool)
        graph, batch = graph_of(case.text, case.inputs)
        printed = case.printed
        if "note_paramless" in printed:
            graph = _with_a_parameter(graph)
        count_ = count(graph, convention, batch)
        others = {"macs": "MACs", "activations": "activations"}
        kept = [name for name in others if name in printed]
        tables = [convention.others[others[name]] for name in kept]
        more = [tally(survey(graph, batch), convention, batch, table).total for table in tables]
        yield Measured(
            "cases",
            case.tool,
            case.text,
            (printed["reported"], printed["params"], *[printed[name] for name in kept]),
            (count_.total, count_.params, *more),
        )


def _with_a_parameter(graph: Graph) -> Graph:
    """A graph without parameters that is lent one, as the model was to get calflops to run."""
    lent = Node(Parameter((1,)), (), (1,), "lent", run=False)
    return graph._replace(nodes=(*graph.nodes, lent), last=len(graph.nodes) - 1)


def _measured_in_train_mode() -> Iterator[Measured]:
    for case in cases():
        printed = case.printed.get("train_mode", {})
        if case.op in OUT_OF_SCOPE or "reported" not in printed:
            continue
        tool = case.tool.partition("@")[0]
        convention = find_convention(case.tool)
        if tool != "torch":  # whose other table is of a backward pass, not of a forward one
            convention = TOOLS.get(f"{tool}-train", convention)
        graph, batch = graph_of(case.text, case.inputs)
        found = count(graph, convention, batch)
        yield Measured(
            "train mode",
            convention.name,
            case.text,
            (printed["reported"], printed.get("params")),
            (found.total, found.params),
        )


BLOCKS: dict[str, tuple[str, dict[str, Any]]] = {
    "standard_3x3": ("standard", {}),
    "group_conv_g4": ("group", {"groups": 4}),
    "dw_separable": ("depthwise-separable", {}),
    "dw_separable_bn_relu": ("depthwise-separable", {"norm": "batch", "act": "relu"}),
    "xsepconv_core_k3": ("xsepconv", {"direction": "left-top"}),
    "standard_3x3_bias": ("standard", {"bias": True}),
    "conv_bn_relu": ("standard", {"norm": "batch", "act": "relu"}),
}
"""The blocks of 24 to 24 channels at 112 x 112 that were measured, as kinds."""


@cache
def _block(name: str) -> Graph:
    kind, params = BLOCKS[name]
    return convcost.build(kind, (24, 112, 112), k=3, **params)


@cache
def _network(name: str) -> Graph:
    if name in keras.NETWORKS:
        return keras.NETWORKS[name]()
    [case, *_] = read_config(str(CONFIGS / NETWORKS[name]))
    return case.uses[0].kind.build(case.input, {})


def _measured_blocks() -> Iterator[Measured]:
    for name, entry in load("profiler_blocks").items():
        graph = _block(name)
        for tool, printed in entry["tools"].items():
            yield _compared("blocks", tool, name, graph, printed)


NETWORKS = {"resnet50": "resnet50.yaml", "mobilenet_v2": "mobilenet-v2.yaml"}


def _measured_networks() -> Iterator[Measured]:
    for name, tools in load("profiler_networks").items():
        graph = _network(name)
        for tool, printed in tools.items():
            yield _compared("networks", tool, name, graph, printed)


RAISED = ("ptflops==0.7.1", "ptflops==0.7.1.2")
"""Releases that raised on how they were run (with two inputs; x.add), not for the layer."""


def _measured_history() -> Iterator[Measured]:
    inputs = {case.text: case.inputs for case in cases()}
    for entries in load("profiler_history").values():
        for before, entry in zip([None, *entries[:-1]], entries, strict=True):
            for change in entry["changes"]:
                if change["op"] in OUT_OF_SCOPE or change["op"].startswith("struct"):
                    continue
                text = change["case"]
                graph, batch = graph_of(text, inputs.get(text, [[1, 8, 14, 10]] * 2))
                for version, printed in (
                    (before and before["version"], change["before"]),
                    (entry["version"], change["after"]),
                ):
                    raised = printed["reported"] is None and version in RAISED
                    if version is not None and not raised:
                        yield _compared("history", version, text, graph, printed, batch)


def _measured_releases() -> Iterator[Measured]:
    """Every release of a tool on the same cases; releases that print the same stand together."""
    for sheet in load("profiler_releases").values():
        for release in sheet["releases"]:
            for tool in release["versions"]:
                for text, printed in release["cases"].items():
                    graph, batch = graph_of(text, sheet["inputs"][text])
                    yield _released(tool, text, graph, printed, batch)
            for name, printed in (release["blocks"] | release["networks"]).items():
                graph = _block(name) if name in BLOCKS else _network(name)
                yield _released(release["versions"][-1], name, graph, printed)


def left_out() -> dict[str, dict[str, str]]:
    """What was measured of releases and has no graph here, by the tool, and why."""
    sheets = load("profiler_releases")
    return {tool: sheet["left_out"] for tool, sheet in sheets.items() if "left_out" in sheet}


FURTHER = {"madd": "MAdd", "memrw": "MemR+W"}
"""Further figures that a release prints, and what its convention calls them."""


def _released(tool: str, what: str, graph: Graph, printed: list[Any], batch: int = 1) -> Measured:
    """A figure, the params, and further figures if there are some."""
    reported, params, *more = printed
    further = more[0] if more else {}
    convention, groups = find_convention(tool_name(tool)), survey(graph, batch)
    found = count(graph, convention, batch)
    others = [tally(groups, convention, batch, convention.others[FURTHER[n]]) for n in further]
    counted = None if params is None else found.params
    return Measured(
        "releases",
        tool_name(tool),
        what,
        (reported, params, *further.values()),
        (found.total, counted, *[each.total for each in others]),
    )


def _compared(
    source: str, tool: str, what: str, graph: Graph, printed: dict[str, Any], batch: int = 1
) -> Measured:
    found = count(graph, find_convention(tool_name(tool)), batch)
    params = printed.get("params")
    # ptflops 0.7.1.2 prints a fraction where the batch does not divide the biases.
    total = printed["reported"] if printed["reported"] is None else int(printed["reported"])
    counted = None if params is None else found.params
    return Measured(source, tool_name(tool), what, (total, params), (found.total, counted))


def graph_of(text: str, inputs: Sequence[Sequence[int]]) -> tuple[Graph, int]:
    """The graph of a case, and its batch."""
    whole = text.startswith(("x@y", "torch.matmul", "torch.bmm"))
    batch = 1 if whole else inputs[0][0]
    lay = Tokens if "batch_first" in text else tuple
    shapes: list[Shape] = [lay(each if whole else each[1:]) for each in inputs]
    net = Builder({f"input{index}": shape for index, shape in enumerate(shapes)})
    tensors = [Tensor(net, index) for index in range(len(shapes))]
    expression = _expression(text, inputs)
    space = _Space(net, tensors)
    answer = eval(expression, {"__builtins__": {}}, space)  # texts of our own data
    if not isinstance(answer, Tensor):
        answer(net)
    return net.graph(), batch


def _expression(text: str, inputs: Sequence[Sequence[int]]) -> str:
    """A text without its remarks, with the arguments that it leaves out."""
    if text.startswith("x+=y"):
        return "x.__iadd__(y)"
    if match := re.match(r"class \w+\(nn\.(\w+)\); \w+(\(.*?\))( input .*)?$", text):
        return f"subclass({match[1]}{match[2]})"
    if match := re.match(r"(\w+\(.*),batch_first\)(.*)", text):
        return f"{match[1]}, need_weights=False)" if "need_weights" in match[2] else f"{match[1]})"
    if match := re.match(r"einsum\('(.*?)'\)", text):
        return f"torch.einsum('{match[1]}', x, y)"
    if match := re.match(r"(torch\.(?:matmul|bmm)|F\.\w+) \(", text):
        return f"{match[1]}({', '.join('xyz'[: len(inputs)])})"
    if match := re.match(r"F\.conv2d\(x, self\.w(\(.*?\)), (.*)\)( N=\d)?$", text):
        return f"F.conv2d(x, {match[1]}, {match[2]})"
    if match := re.match(r"F\.linear\(x, self\.w, self\.b\) \(.*->(\d+)$", text):
        return f"F.linear(x, {match[1]})"
    text = re.sub(r"(( N=\d+| input .*| nearest)|, s=.*)$", "", text)
    return re.sub(r"^(x@y) .*", r"\1", text)


class _Space(dict[str, Any]):
    """The names that texts use."""

    def __init__(self, net: Builder, tensors: list[Tensor]) -> None:
        super().__init__(zip("xyz", tensors, strict=False))
        self.net = net
        self["s"] = tensors[-1]
        self["torch"] = Functions(net, "torch")
        self["F"] = Functions(net, "function")
        self["True"], self["False"] = True, False
        self["subclass"] = lambda layer: lambda net: layer(net, form="subclass")

    def __missing__(self, name: str) -> Any:
        return lambda *args, **kwargs: lambda net, form="": layer(net, name, form, *args, **kwargs)


class Tensor:
    """A node of the graph under construction."""

    def __init__(self, net: Builder, index: int) -> None:
        self.net = net
        self.index = index

    def apply(self, op: Op, *others: Tensor, form: str = "") -> Tensor:
        """Append an op on this tensor and others."""
        sources = [self.index, *[other.index for other in others]]
        self.net.add(f"op{len(self.net.nodes)}", op, *sources, form=form)
        return Tensor(self.net, self.net.last)

    def _elementwise(self, function: str, other: Tensor | float, form: str = "") -> Tensor:
        others = [other] if isinstance(other, Tensor) else []
        return self.apply(Elementwise(function), *others, form=form)

    def __add__(self, other: Tensor | float) -> Tensor:
        return self._elementwise("add", other)

    def __iadd__(self, other: Tensor) -> Tensor:
        return self._elementwise("add", other, "inplace")

    def __sub__(self, other: Tensor | float) -> Tensor:
        return self._elementwise("sub", other)

    def __mul__(self, other: Tensor | float) -> Tensor:
        return self._elementwise("mul", other)

    def __truediv__(self, other: Tensor | float) -> Tensor:
        return self._elementwise("div", other)

    def __matmul__(self, other: Tensor) -> Tensor:
        return self.apply(Matmul(self.shape[-1]), other)

    @property
    def shape(self) -> Shape:
        """The node's shape, without the batch."""
        return self.net.nodes[self.index].shape

    def add(self, other: Tensor) -> Tensor:
        """`x.add(y)`."""
        return self._elementwise("add", other, "torch")

    def mean(self, axes: tuple[int, ...]) -> Tensor:
        """`x.mean((2, 3))`."""
        assert axes == (2, 3)
        return self.apply(Mean())

    def flatten(self, start: int) -> Tensor:
        """`x.flatten(1)`."""
        assert start == 1
        return self.apply(Flatten())

    def relu(self) -> Tensor:
        """`x.relu()`."""
        return self.apply(Activation("relu"), form="torch")


class Functions:
    """`torch` and `torch.nn.functional`."""

    def __init__(self, net: Builder, form: str) -> None:
        self.net = net
        self.form = form

    def __getattr__(self, name: str) -> Any:
        def call(x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
            return self._call(name, x, *args, **kwargs)

        return call

    def _call(self, name: str, x: Any, *args: Any, **kwargs: Any) -> Tensor:
        form, net = self.form, self.net
        if name == "einsum":
            first, second = args
            labels = x.partition("->")[0].split(",")
            sizes = zip(labels[0][1:] + labels[1][1:], first.shape + second.shape, strict=True)
            return first.apply(Einsum(x, tuple(dict(sizes).items())), second, form=form)
        if name == "cat":
            return x[0].apply(Concat(), *x[1:], form=form)  # type: ignore[no-any-return]
        if name in ("add", "mul", "sub", "div"):
            return x._elementwise(name, args[0], form)  # type: ignore[no-any-return]
        if name in ("matmul", "bmm"):
            return x.apply(Matmul(x.shape[-1], name), args[0], form=form)  # type: ignore[no-any-return]
        if name == "scaled_dot_product_attention":
            key, value = args
            return x.apply(
                Attention(key.shape[-2], key.shape[-1], value.shape[-1]), key, value, form=form
            )  # type: ignore[no-any-return]
        if name == "linear":
            return x.apply(Linear(x.shape[-1], args[0]), form=form)  # type: ignore[no-any-return]
        if name == "conv2d":
            out, _, *kernel = args[0]
            layer(net, "Conv2d", form, x.shape[0], out, tuple(kernel), bias=False, **kwargs)
        elif name == "pad":
            net.add("pad", _pad(args[0]), form=form)
        else:
            layer(net, FUNCTIONS[name], form, *args, **kwargs)
        return Tensor(net, net.last)


FUNCTIONS = {
    "relu": "ReLU",
    "relu6": "ReLU6",
    "hardswish": "Hardswish",
    "hardsigmoid": "Hardsigmoid",
    "sigmoid": "Sigmoid",
    "silu": "SiLU",
    "gelu": "GELU",
    "leaky_relu": "LeakyReLU",
    "softmax": "Softmax",
    "interpolate": "Upsample",
    "avg_pool2d": "AvgPool2d",
    "max_pool2d": "MaxPool2d",
    "adaptive_avg_pool2d": "AdaptiveAvgPool2d",
}
"""Functions that take what their classes take."""

ACTIVATIONS = {
    **{name: name.lower() for name in ("ReLU", "ReLU6", "PReLU", "ELU", "SiLU", "GELU", "Mish")},
    **{name: name.lower() for name in ("Hardswish", "Hardsigmoid", "Hardtanh", "Sigmoid", "Tanh")},
    **{name: name.lower() for name in ("Softplus", "Identity", "Dropout")},
    "LeakyReLU": "leaky-relu",
}
NORMS = {"BatchNorm": "batch", "SyncBatchNorm": "sync", "InstanceNorm": "instance"}


def _pad(zeros: tuple[int, ...]) -> Pad:
    pairs = tuple(zip(zeros[::2], zeros[1::2], strict=True))
    return Pad(tuple(reversed(pairs)))


def layer(net: Builder, name: str, form: str, *args: Any, **kwargs: Any) -> None:
    """Append what an `nn` class of this name does, with torch's own arguments."""
    dims = len(net.shape) - 1
    kind = re.sub(r"\dd$", "", name)
    if name == "Sequential":
        for each in args:
            each(net)
        return
    inplace = kwargs.pop("inplace", None)
    assert inplace in (None, True)
    if kind in ("Conv", "ConvTranspose"):
        _conv(net, kind, form, dims, *args, **kwargs)
        return
    op = _op(kind, dims, net, *args, **kwargs)
    if inplace and isinstance(op, Activation):
        op = replace(op, inplace=True)
    net.add(f"{kind.lower()}{len(net.nodes)}", op, form=form)


def _op(kind: str, dims: int, net: Builder, *args: Any, **kwargs: Any) -> Op:
    if kind in ACTIVATIONS:
        return Activation(ACTIVATIONS[kind], *args)
    if kind == "Linear":
        return Linear(*args, **kwargs)
    if kind in NORMS:
        affine = kwargs.get("affine", kind != "InstanceNorm")
        return Norm(
            NORMS[kind], args[0], affine=affine, stats=kwargs.get("track_running_stats", True)
        )
    if kind == "GroupNorm":
        return Norm("group", args[1], args[0], **kwargs)
    if kind in ("LayerNorm", "RMSNorm"):
        function = "layer" if kind == "LayerNorm" else "rms"
        return Norm(function, args[0], affine=kwargs.get("elementwise_affine", True))
    if kind in ("Softmax", "LogSoftmax"):
        return Softmax(log=kind == "LogSoftmax")
    if kind in ("AvgPool", "MaxPool"):
        kernel = _axes(args[0], dims)
        stride = _axes(kwargs.get("stride", kernel), dims)
        return Pool(kind[:3].lower(), kernel, stride, _axes(kwargs.get("padding", 0), dims))
    if kind in ("AdaptiveAvgPool", "AdaptiveMaxPool"):
        return AdaptivePool(kind[8:11].lower(), _axes(args[0], dims))
    if kind == "Upsample":
        return Resize(kwargs.get("mode", "nearest"), kwargs.get("scale_factor"), kwargs.get("size"))
    if kind == "ZeroPad":
        return _pad(args[0])
    if kind == "PixelShuffle":
        return PixelShuffle(args[0])
    if kind == "LSTM":
        return Recurrent("lstm", *args)
    if kind == "MultiheadAttention":
        return MultiheadAttention(*args, *net.shape, **kwargs)
    assert kind == "Flatten", kind
    return Flatten()


def _conv(
    net: Builder,
    kind: str,
    form: str,
    dims: int,
    inputs: int,
    out: int,
    kernel: int | Axes,
    stride: int | Axes = 1,
    padding: int | str | Axes = 0,
    dilation: int | Axes = 1,
    groups: int = 1,
    bias: bool = True,
    output_padding: int = 0,
    padding_mode: str = "zeros",
) -> None:
    kernel, dilation = _axes(kernel, dims), _axes(dilation, dims)
    make: Any = Conv
    if padding == "same":
        make = SameConv
        padding = tuple(d * (k - 1) // 2 for k, d in zip(kernel, dilation, strict=True))
    zeros = _axes(padding, dims)  # type: ignore[arg-type]
    if padding_mode != "zeros":  # the module pads with a function first
        net.add("pad", Pad(tuple((n, n) for n in zeros)), form="function")
        zeros = (0,) * dims
    window = (inputs, out, kernel, _axes(stride, dims), zeros, dilation)
    path = f"conv{len(net.nodes)}"
    if kind == "ConvTranspose":
        extra = _axes(output_padding, dims)
        net.add(path, TransposedConv(*window, extra, groups, bias), form=form)
    else:
        net.add(path, make(*window, groups, bias), form=form)


def _axes(value: int | Axes, dims: int) -> Axes:
    return (value,) * dims if isinstance(value, int) else tuple(value)
