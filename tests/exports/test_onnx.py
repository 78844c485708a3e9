"""Networks as ONNX files: what onnx checks, onnxruntime runs, and what is read of them again."""

import random
from pathlib import Path

import onnx
import pytest
from hypothesis import HealthCheck, given, settings

import convcost
from convcost.errors import ConvcostError
from convcost.exports.onnx_file import onnx_model
from convcost.exports.steps import emit
from convcost.graph.captured import Captured
from convcost.graph.records import OPS
from convcost.ops.called import Called, CalledProducts, Opaque
from convcost.ops.layouts import as_stacked
from convcost.ops.op import Input, Op
from convcost.sources.onnx.reading import read_model
from tests.support.exported import differences
from tests.support.measured import build
from tests.support.onnx_files import figures, read, read_proto
from tests.support.program import Program
from tests.support.random_texts import random_text
from tests.support.random_tokens import random_tokens
from tests.support.strategies import Drawn, built, drawn_kinds


@pytest.mark.slow
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(drawn_kinds())
def test_kinds(drawn: Drawn) -> None:
    """A kind passes the checker, runs, and is read again with the same figures, alone or not."""
    assert differences(built(drawn), random.choice([1, 2])) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_networks(seed: int) -> None:
    """So does a random network: of maps, and of tokens."""
    text, _ = random_tokens(seed) if seed % 2 else random_text(seed)
    assert differences(build(text).graph, 1 + seed % 3) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["alexnet", "swin_t", "mobilevit_s", "poolformer_s12", "yolov8n", "deeplabv3_resnet50"]
)
def test_shipped(name: str) -> None:
    """A file that was exported is read as the same graph, node by node."""
    network = convcost.network(name)
    found = read_proto(onnx_model(Captured(network.graph, network.name, 2)).model)
    assert found.remarks == ()
    for own, other in zip(network.graph.nodes, found.captured.graph.nodes, strict=True):
        kept = own._replace(shape=as_stacked(own.shape))
        assert other == kept._replace(origin=other.origin)


def test_what_was_changed() -> None:
    """A file whose nodes were changed since is read by its nodes, and that is said."""
    model = onnx_model(Captured(convcost.network("resnet18").graph, "r")).model
    whole = figures(read_proto(model))
    first = next(node for node in model.graph.node if node.op_type == "Conv")
    for each in first.attribute:
        if each.name == "strides":
            each.ints[:] = [1, 1]
    del model.graph.value_info[:]
    found = read_proto(model)
    assert figures(found)[1] > 3 * whole[1]
    assert "it was changed since convcost exported it" in found.remarks[-1]


def test_weights() -> None:
    """Weights take no room unless zeros are wanted; shared ones are there once."""
    network = Captured(convcost.network("resnet18").graph, "r")
    plain, filled = onnx_model(network).model, onnx_model(network, with_weights=True).model
    assert plain.ByteSize() < 100_000 < 4 * 11_689_512 < filled.ByteSize()
    assert len(plain.graph.sparse_initializer) == len(filled.graph.initializer) == 102
    onnx.checker.check_model(filled, full_check=True)
    assert figures(read_proto(filled)) == figures(read_proto(plain))


def test_metadata() -> None:
    """A node has what it costs as metadata, under the path of its layer."""
    graph = convcost.build("standard", (24, 112, 112), 24)
    [node] = onnx_model(Captured(graph, "standard", 2)).model.graph.node
    about = {each.key: each.value for each in node.metadata_props}
    assert about["convcost.params"] == "5,184"
    assert about["convcost.MACs"] == "130,056,192"
    assert about["convcost.op"] == "conv 3x3, padding 1"


def test_what_onnx_does_not_have() -> None:
    """An op of captured code stands in the file with its sizes, and keeps it from being run."""
    import torch

    class Shifted(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.roll(x, 1, 2).relu()

    network = convcost.capture(Shifted(), (3, 8, 8))
    exported = onnx_model(Captured(network.graph, "shifted"))
    assert exported.strange == ["roll"]
    onnx.checker.check_model(exported.model)
    assert exported.model.graph.node[0].domain == "convcost"
    with pytest.raises(ConvcostError, match="--with-weights: ONNX has no op for roll"):
        onnx_model(Captured(network.graph, "shifted"), with_weights=True)


def test_what_a_record_does_not_say() -> None:
    """Of a file that was read only nodes are exported as ONNX's own that write the same again."""
    turned = """net (float[4,2] x) => (float[2,3] y)
        weights float[4,3] w
        { y = Gemm<transA=1>(x, w) }"""
    found = read(turned)
    exported = onnx_model(found.captured)
    assert len(exported.strange) == 1
    again = read_proto(exported.model)
    assert (figures(again), again.remarks) == (figures(found), ())


def test_command(tmp_path: Path, convcost: Program) -> None:
    """The command writes what the end of the file's name says, and every command reads it."""
    path = tmp_path / "net.onnx"
    ran = convcost("export", "resnet18", "--output", path)
    assert (ran.code, ran.out) == (0, "")
    assert "net.onnx: 70 ops" in ran.err
    assert "11689512,1814073344" in convcost("compare", path, "--format", "csv").out
    again = tmp_path / "again.onnx"
    assert convcost("export", path, "--output", again).code == 0
    assert (
        convcost("show", again, "--format", "csv").out
        == convcost("show", path, "--format", "csv").out
    )
    kind = tmp_path / "kind.onnx"
    assert convcost("export", "xsepconv", "--in", 24, "--hw", 112, "--output", kind).code == 0
    assert figures(read_model(str(kind))) == (816, 10_235_904, 0)
    graph = tmp_path / "net.graph.json"
    assert convcost("export", "swin_t", "--output", graph).code == 0
    assert (
        convcost("compare", graph, "--format", "csv").out
        == convcost("compare", "swin_t", "--format", "csv").out
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("resnet18",), "--output: names the file, such as net.onnx"),
        (("resnet18", "--output", "net.txt"), "--output: ends with .onnx, or --format says"),
        (("resnet18", "--output", "."), "--output: . is a folder"),
        (("resnet18", "--output", "n.onnx", "--format", "onxx"), "did you mean 'onnx'?"),
        (("nothing", "--output", "n.onnx"), "no kind, file or network is called so"),
        (("resnet18", "--output", "n.graph.json", "--with-weights"), "is for ONNX files"),
        (("vgg16", "--output", "no/n.onnx"), "cannot be written"),
        (("standard", "--in", "0", "--output", "n.onnx"), "--in"),
    ],
)
def test_wrong(
    arguments: tuple[str, ...],
    words: str,
    convcost: Program,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is wrong is said in one line, and no file is left."""
    monkeypatch.chdir(tmp_path)
    ran = convcost("export", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert list(tmp_path.iterdir()) == []


def test_every_op_has_onnx() -> None:
    """Each op that a layer comes to is written as ONNX; only of captured code some are not."""
    without = {cls for cls in OPS if emit.dispatch(cls) is emit.dispatch(Op)}
    assert without == {Input, Called, CalledProducts, Opaque}
