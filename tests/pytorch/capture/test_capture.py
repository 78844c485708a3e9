"""What a captured graph says of a module: weights, dataflow, outputs, what is not known."""

import random
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor, nn

import convcost
from convcost.graph.captured import Captured
from convcost.graph.nodes import Graph, Node
from convcost.graph.reading import parse
from convcost.ops.called import CalledProducts, Opaque
from convcost.ops.convolutions import Conv

pytestmark = pytest.mark.slow


class Call(nn.Module):
    """A module of others, and a function that calls them."""

    def __init__(self, call: Callable[..., Any], **modules: nn.Module) -> None:
        super().__init__()
        self.call = call
        for name, module in modules.items():
            self.add_module(name, module)

    def forward(self, *inputs: Tensor, **named: Tensor) -> Any:
        """Call the function."""
        return self.call(self, *inputs, **named)


def nodes_of(graph: Graph, words: str) -> list[Node]:
    """The nodes whose ops begin so."""
    return [node for node in graph.nodes if str(node.op).startswith(words)]


def test_used_twice() -> None:
    """A module that is called twice has its weights once, and its products twice."""
    module = Call(lambda m, x: m.conv(m.conv(x)), conv=nn.Conv2d(4, 4, 3, padding=1))
    found = convcost.capture(module, (4, 8, 8))
    assert (found.cost.params, found.cost.macs) == (148, 2 * 144 * 64)
    first, second = nodes_of(found.graph, "conv")
    assert (first.owner, second.owner) == (None, found.graph.nodes.index(first))


def test_tied_weights() -> None:
    """A head that has the weights of an embedding adds no params."""
    module = Call(lambda m, ids: m.head(m.words(ids)), words=nn.Embedding(50, 8))
    module.head = nn.Linear(8, 50, bias=False)
    module.head.weight = module.words.weight
    found = convcost.capture(module, torch.zeros(1, 7, dtype=torch.long))
    assert (found.cost.params, found.cost.macs) == (400, 7 * 400)


def test_replaced_buffers() -> None:
    """What takes the place of a buffer while the code runs is what was computed, time and again."""

    def call(module: nn.Module, x: Tensor) -> Tensor:
        for number in range(20):
            setattr(module, f"table{number}", None)
            x = x.transpose(1, 2) * 2
        return x

    module = Call(call)
    for number in range(20):
        module.register_buffer(f"table{number}", torch.zeros(8))
    graph = convcost.capture(module, (8, 8)).graph
    assert not nodes_of(graph, "constant")
    assert len(nodes_of(graph, "transpose")) == len(nodes_of(graph, "mul")) == 20


def test_padding() -> None:
    """Zeros around a map are said by their sides, also where code names channels that get none."""
    module = Call(lambda m, x: nn.functional.pad(x, (0, 1, 0, 0, 0, 0)))
    assert nodes_of(convcost.capture(module, (4, 8, 8)).graph, "pad right 1")
    module = Call(lambda m, x: nn.functional.pad(x, (0, 0, 0, 0, 2, 0)))
    assert nodes_of(convcost.capture(module, (4, 8, 8)).graph, "pad channels 2 before, 0 after")


def test_not_used_and_frozen() -> None:
    """What no call used counts among the params, and is told; so is what is not trained."""
    module = Call(lambda m, x: m.used(x), used=nn.Linear(4, 4), idle=nn.Conv2d(3, 5, 3))
    module.used.bias.requires_grad_(False)
    found = convcost.capture(module, (4,))
    assert found.cost.params == sum(each.numel() for each in module.parameters())
    [idle] = [node for node in found.graph.nodes if not node.run]
    assert (idle.path, idle.op.params) == ("idle", 140)
    assert [words.partition(" ")[0] for words in found.remarks] == ["4", "140"]


def test_computed_weights() -> None:
    """A convolution whose weights are computed has the params of what they are computed of."""
    module = nn.utils.parametrizations.weight_norm(nn.Conv2d(3, 4, 3))
    found = convcost.capture(module, (3, 8, 8))
    assert (found.cost.params, found.cost.macs) == (116, 108 * 36)
    [conv] = [node for node in found.graph.nodes if isinstance(node.op, Conv)]
    assert conv.params == 0


@pytest.fixture
def kernel() -> Iterator[Callable[[Tensor], Tensor]]:
    """A kernel of one's own, which is gone afterwards."""
    library = torch.library.Library("convcost_tests", "DEF")  # type: ignore[no-untyped-call]
    library.define("twist(Tensor x) -> Tensor")
    library.impl("twist", lambda x: torch.empty_like(x), "Meta")
    yield torch.ops.convcost_tests.twist
    library._destroy()


def test_kernel_of_ones_own(kernel: Callable[[Tensor], Tensor]) -> None:
    """Its MACs are unknown, its shapes and params are true, and every sum says so."""
    module = Call(lambda m, x: m.last(kernel(m.first(x))), first=nn.Conv2d(3, 4, 3))
    module.last = nn.Linear(6, 5)
    found = convcost.capture(module, (3, 8, 8))
    [opaque] = [node for node in found.graph.nodes if isinstance(node.op, Opaque)]
    assert (opaque.path, opaque.op.function, opaque.shape) == (
        "twist",
        "convcost_tests::twist",
        (4, 6, 6),
    )
    assert (found.cost.unknown, found.cost.macs, found.cost.params) == (1, 108 * 36 + 24 * 30, 147)
    [row] = [row for row in found.rows() if row.cost.unknown]
    assert row.path == "twist"


def test_products_that_have_no_record() -> None:
    """A function that multiplies matrices costs what its kernels multiply."""
    module = Call(lambda m, x, y: torch.tensordot(x, y, dims=([1], [1])))
    found = convcost.capture(module, torch.zeros(3, 4), torch.zeros(5, 4))
    [node] = [each for each in found.graph.nodes if isinstance(each.op, CalledProducts)]
    assert found.cost.macs == 60
    assert node.op.kernel == "mm"


def test_in_place_and_views() -> None:
    """What is read of a tensor that was overwritten, also through a view, is what was written."""

    def call(m: Any, x: Tensor) -> Tensor:
        y = m.first(x)
        y += 1
        y[:, :2] = m.second(x)[:, :2]
        y.view(y.shape[0], -1).mul_(2)
        return y

    module = Call(call, first=nn.Conv2d(3, 4, 1), second=nn.Conv2d(3, 4, 1))
    graph = convcost.capture(module, (3, 5, 5)).graph
    read, reached = [graph.outputs[0]], set[int]()
    while read:
        index = read.pop()
        reached.add(index)
        read += graph.nodes[index].sources
    conv = {index for index, node in enumerate(graph.nodes) if isinstance(node.op, Conv)}
    assert conv <= reached
    assert {"add_", "mul_"} <= {graph.nodes[n].path.rpartition(".")[2] for n in reached}


class Outputs(NamedTuple):
    """A named tuple."""

    boxes: Tensor
    scores: Tensor


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda x: x + 1, ["output"]),
        (lambda x: (x + 1, x + 2), ["0", "1"]),
        (lambda x: {"a": x + 1, "b": [x + 2, None]}, ["a", "b.0"]),
        (lambda x: Outputs(x + 1, x + 2), ["boxes", "scores"]),
    ],
)
def test_outputs(make: Callable[[Tensor], Any], names: list[str]) -> None:
    """Outputs have the names that they have in what is returned."""
    found = convcost.capture(Call(lambda m, x: make(x)), (4,))
    assert list(found.outputs) == names


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch's own, of what it has
@pytest.mark.parametrize("wrap", [torch.compile, nn.DataParallel], ids=["compile", "parallel"])
def test_wrappers(wrap: Callable[[nn.Module], nn.Module]) -> None:
    """What wraps a module is taken off: the paths are those of the module."""
    found = convcost.capture(wrap(nn.Sequential(nn.Conv2d(3, 4, 3))), (3, 8, 8))
    assert [row.path for row in found.rows()] == ["0"]
    assert found.cost.macs == 108 * 36


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_scripted() -> None:
    """Of a scripted module the kernels are seen: its products, and its params."""
    scripted = torch.jit.script(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()))
    found = convcost.capture(Call(lambda m, x: m.inner(x), inner=scripted), (3, 8, 8))
    assert (found.cost.params, found.cost.macs) == (112, 108 * 36)


def test_left_as_it_is() -> None:
    """The module keeps its mode, hooks, buffers and devices, and random numbers go on as before."""
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout())
    called = []
    module[0].register_forward_hook(lambda *given: called.append(given))
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    image = torch.rand(2, 3, 8, 8)
    states = torch.get_rng_state(), random.getstate()
    convcost.capture(module, (3, 8, 8), batch=2, train=True)
    convcost.capture(module, image, batch=2, real=True, train=True)
    assert module.training
    assert len(module[0]._forward_hooks) == 1
    assert not torch.nn.modules.module._global_forward_hooks
    assert {parameter.device.type for parameter in module.parameters()} == {"cpu"}
    for name, tensor in module.state_dict().items():
        assert torch.equal(tensor, before[name]), name
    assert torch.equal(torch.get_rng_state(), states[0])
    assert random.getstate() == states[1]


def test_tokens_before_samples() -> None:
    """Attention in torch's own order costs what it does, and what reads it fits, file and all."""
    attend, head = nn.MultiheadAttention(8, 2), nn.Linear(8, 3)
    module = Call(lambda m, x: m.head(m.attend(x, x, x, need_weights=False)[0]), attend=attend)
    module.head = head
    found = convcost.capture(module, torch.zeros(5, 2, 8), batch=2)
    assert found.cost.macs == 2 * (5 * 8 * 32 + 2 * 25 * 8 + 5 * 24)
    parse(Captured(found.graph, "net", 2).text(), "net")


def test_many_that_are_joined() -> None:
    """A file may have as many sources of a node as there are nodes."""
    module = Call(lambda m, x: torch.stack([x + number for number in range(100)], 1))
    graph = convcost.capture(module, (4,)).graph
    assert len(graph.nodes[-1].sources) == 100
    assert parse(Captured(graph, "net").text(), "net").graph.nodes == graph.nodes


def test_no_output() -> None:
    """A module that returns no tensor is refused in one line."""
    with pytest.raises(convcost.ConvcostError, match="it returns no tensor"):
        convcost.capture(Call(lambda m, x: 3), (4,))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ((3, (3, 8, 8)), "module is a torch.nn.Module, not a int"),
        ((nn.ReLU(),), "inputs: the shape of one at least"),
        ((nn.ReLU(), "3x8x8"), "inputs: is a tensor or a shape without the batch"),
        ((nn.ReLU(), (3, 0, 8)), "inputs: is a tensor or a shape without the batch"),
        ((nn.Conv2d(4, 4, 3), (3, 8, 8)), "Conv2d: RuntimeError: "),
    ],
)
def test_mistakes(given: tuple[Any, ...], words: str) -> None:
    """What cannot be captured is said in one line."""
    with pytest.raises(convcost.ConvcostError, match=words[:20]) as raised:
        convcost.capture(*given)
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)
