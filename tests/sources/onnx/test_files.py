"""ONNX files as bytes: what is read of them, and those that were made to do harm."""

import random
from contextlib import suppress
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper

import convcost as api
from convcost.errors import ConvcostError
from convcost.sources.onnx import flow, slimming
from convcost.sources.onnx.model import open_model
from convcost.sources.onnx.reading import read_model
from convcost.sources.onnx.slimming import slimmed
from tests.support.onnx_files import figures, parsed, read, read_proto
from tests.support.program import Program
from tests.support.repositories import git

SMALL = """net (float[1,3,8,8] x) => (float[1,4,6,6] y)
    weights float[4,3,3,3] w
    { c = Conv(x, w) r = Relu(c) s = Shape(r) y = Reshape(r, s) }"""


def with_numbers(size: int) -> onnx.ModelProto:
    """A convolution from `size` channels, with its numbers in the file."""
    model = parsed(SMALL.replace("1,3,8,8", f"1,{size},8,8").replace("4,3,3,3", f"4,{size},3,3"))
    model.graph.initializer[0].raw_data = bytes(4 * size * 36)
    return model


def message_of(path: Path) -> str:
    """The one line that says what is wrong with a file."""
    with pytest.raises(ConvcostError) as caught:
        read_model(str(path))
    [line] = str(caught.value).splitlines()
    assert line.startswith(str(path)[:20]) or line.startswith("…")
    return line


def test_numbers_are_left_out() -> None:
    """Of large tensors only names and dimensions are kept; small ones are kept whole."""
    model = with_numbers(1_000)
    data = model.SerializeToString()
    slim = onnx.ModelProto.FromString(slimmed(memoryview(data)))
    assert len(data) > 144_000 > 1_000 > slim.ByteSize()
    assert slim.graph.initializer[0].dims == model.graph.initializer[0].dims
    assert slim.graph.node == model.graph.node
    small = with_numbers(3).SerializeToString()
    assert slimmed(memoryview(small)) == small


def test_external_data(tmp_path: Path) -> None:
    """Numbers that lie in a file of their own are not looked for, which may be gone."""
    model, path = with_numbers(1_000), tmp_path / "net.onnx"
    onnx.save(model, path, save_as_external_data=True, location="gone.bin")
    (tmp_path / "gone.bin").unlink()
    assert figures(read_model(str(path))) == (36_000, 36 * 36_000, 0)


def test_no_models(tmp_path: Path) -> None:
    """What is no model, or is cut, is said so with its path."""
    path = tmp_path / "net.onnx"
    for data, words in (
        (b"", "is empty"),
        (b"# a text\nnot a model", "is no ONNX model"),
        (b"\x08\x0a", "is no ONNX model"),
        (parsed(SMALL).SerializeToString()[:-5], "is cut"),
    ):
        path.write_bytes(data)
        assert words in message_of(path)
    assert "no such file or directory" in message_of(tmp_path / "other.onnx")
    assert "is a directory" in message_of(tmp_path)


def test_opsets_that_are_not_known() -> None:
    """An opset before 7, or younger than onnx itself, is refused with those that are read."""
    for opset in (6, 999):
        model = parsed(SMALL)
        model.opset_import[0].version = opset
        with pytest.raises(ConvcostError, match=f"has opset {opset}; 7 to "):
            read_proto(model)


def test_cut_anywhere() -> None:
    """A file that ends anywhere before its end is refused, or is another model: no crash."""
    data = parsed(SMALL).SerializeToString()
    for end in range(len(data)):
        with suppress(ConvcostError):
            read_bytes(memoryview(data)[:end])


def read_bytes(data: memoryview) -> object:
    """What is read of some bytes."""
    from convcost.sources.onnx.model import parse_model
    from convcost.sources.onnx.reading import model_of

    return model_of(parse_model(data, "net.onnx"), "net.onnx")


def test_changed_bytes() -> None:
    """Whatever bytes are changed, there is an answer or one error, and no crash."""
    own = parsed(SMALL)
    own.graph.node.extend([helper.make_node("Softmax", ["y"], ["z"], axis=1)])
    data = own.SerializeToString()
    chance = random.Random(0)
    for _ in range(1_000):
        changed = bytearray(data)
        for _ in range(chance.randint(1, 4)):
            changed[chance.randrange(len(data))] = chance.choice(
                (0, 1, 127, 255, chance.randrange(256))
            )
        with suppress(ConvcostError):
            read_bytes(memoryview(bytes(changed)))


def wrong(text: str, domains: str = "") -> str:
    """What is said of a model in the text form that cannot be."""
    with pytest.raises(ConvcostError) as caught:
        read(text, domains=domains)
    return str(caught.value)


def test_what_cannot_be() -> None:
    """Cycles, sizes that nothing has, and weights that do not fit are said with the node's name."""
    head = "net (float[1,3,8,8] x) => (float[1,3,8,8] y)"
    cycle = f"{head} {{ t = Add(x, y) y = Relu(t) }}"
    assert wrong(cycle) == "net.onnx: t (Add): reads 'y', which nothing before it writes"
    weights = f"{head}\nweights float[4,5,3,3] w\n{{ y = Conv(x, w) }}"
    assert "weights of 5 channels in 1 groups do not fit 3 channels" in wrong(weights)
    negative = f"{head}\nweights float[4,3,3,3] w\n{{ y = Conv<pads=[-9,0,0,0]>(x, w) }}"
    assert "negative pads" in wrong(negative)
    kernel = f"{head}\nweights float[4,3,9,9] w\n{{ y = Conv(x, w) }}"
    assert "kernel 9x9 is larger than its padded input" in wrong(kernel)
    model = parsed(f"{head} {{ y = Relu(x) }}")
    model.graph.input[0].type.tensor_type.shape.dim[2].dim_value = -8
    with pytest.raises(ConvcostError, match="cannot be of 1x3x-8x8"):
        read_proto(model)
    model.graph.input[0].type.tensor_type.shape.dim[2].dim_value = 2**62
    with pytest.raises(ConvcostError, match="more than"):
        read_proto(model)


def test_functions_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Functions that call themselves, or double each other, end soon."""
    monkeypatch.setattr(flow, "MOST_OPS", 5_000)
    itself = """net (float[1,3,8,8] x) => (float[1,3,8,8] y) { y = own.f(x) }
        <domain: "own", opset_import: ["": 20, "own": 1]> f (a) => (b) { b = own.f(a) }"""
    assert "functions call one another more than 50 deep" in wrong(itself, ', "own": 1')
    doubling = "net (float[1,3,8,8] x) => (float[1,3,8,8] y) { y = own.f0(x) }" + "".join(
        f"""<domain: "own", opset_import: ["": 20, "own": 1]>
        f{n} (a) => (b) {{ t = own.f{n + 1}(a) b = own.f{n + 1}(t) }}"""
        for n in range(40)
    )
    doubling += '<domain: "own", opset_import: ["": 20]> f40 (a) => (b) { b = Identity(a) }'
    assert "these are more than 5,000 ops" in wrong(doubling, ', "own": 1')


def test_too_many_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of too many nodes is refused while its bytes are counted, not once it is parsed."""
    monkeypatch.setattr(slimming, "MOST_NODES", 100)
    nodes = [helper.make_node("Relu", [f"t{n}"], [f"t{n + 1}"]) for n in range(1_000)]
    ends = [
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 8])] for name in ("t0", "t1000")
    ]
    model = helper.make_model(helper.make_graph(nodes, "chain", *ends))
    with pytest.raises(ConvcostError, match="has more than 100 nodes"):
        read_proto(model)


def test_commands(tmp_path: Path, convcost: Program) -> None:
    """An ONNX file stands where a network does; its free sizes are given by --input."""
    path = tmp_path / "net.onnx"
    onnx.save(with_numbers(3), path)
    ran = convcost("compare", path, "--format", "csv")
    assert ran.code == 0
    assert ran.out.splitlines()[1].startswith("net,net,108,3888,4x6x6")
    assert "3,888 MACs" in convcost("explain", path, "--as", "thop").out
    model = with_numbers(3)
    for axis, name in enumerate("hw"):
        model.graph.input[0].type.tensor_type.shape.dim[2 + axis].dim_param = name
    onnx.save(model, path)
    ran = convcost("show", path)
    assert (ran.code, ran.out) == (2, "")
    assert "--input x=1x3x224x224" in ran.err
    assert convcost("show", path, "--input", "x=1x3x10x10").code == 0
    graph = tmp_path / "net.graph.json"
    ran = convcost("capture", path, "--input", "3x8x8", "--output", graph)
    assert ran.code == 0
    assert ran.err.endswith("net.graph.json: 4 ops, 108 params, 3,888 MACs\n")
    assert (
        convcost("compare", graph, "--format", "csv").out
        == convcost("compare", path, "--input", "3x8x8", "--format", "csv").out
    )
    ran = convcost("show", path, "--mode", "train", "--input", "3x8x8")
    assert (ran.code, ran.err.startswith("--mode: is for torch modules")) == (2, True)


def test_locked(tmp_path: Path, convcost: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock of an ONNX file fails when the file has become dearer, and says which node it is."""
    monkeypatch.chdir(tmp_path)
    onnx.save(with_numbers(3), "net.onnx")
    assert convcost("lock", "net.onnx").code == 0
    assert convcost("check", "net.onnx").code == 0
    onnx.save(with_numbers(6), "net.onnx")
    ran = convcost("check", "net.onnx")
    assert ran.code == 1
    assert "7,776" in ran.out


def test_without_onnx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where onnx is not installed it is said what to install."""
    monkeypatch.setattr("convcost.sources.onnx.model.util.find_spec", lambda name: None)
    with pytest.raises(ConvcostError, match=r'pip install "convcost\[onnx\]"'):
        open_model(str(tmp_path / "net.onnx"))


@pytest.mark.slow
def test_time(tmp_path: Path, convcost: Program) -> None:
    """A file is timed where a module can be built of its nodes; else that is said."""
    path = tmp_path / "net.onnx"
    onnx.save(parsed(SMALL.split("s = Shape")[0].replace("r = Relu(c)", "y = Relu(c)") + "}"), path)
    assert "conv 3x3" in convcost("time", path, "--seconds", "0.1").out
    onnx.save(parsed("net (float[1,3,8] x) => (float[1,3,8] y) { y = Sin(x) }"), path)
    ran = convcost("time", path, "--seconds", "0.1")
    assert (ran.code, "no module can be built of some of its calls" in ran.err) == (2, True)


def test_at_a_commit(repository: Path, convcost: Program) -> None:
    """A diff against a commit reads the file as git has it."""
    onnx.save(with_numbers(3), repository / "configs" / "net.onnx")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "-m", "a file")
    onnx.save(with_numbers(6), repository / "configs" / "net.onnx")
    ran = convcost("diff", "HEAD")
    assert ran.code == 0
    assert ["net", "MACs", "3,888", "7,776"] in [line.split()[:4] for line in ran.out.splitlines()]


def test_in_python(tmp_path: Path) -> None:
    """A file is a network in Python, and any network is saved as one."""
    path = tmp_path / "net.onnx"
    api.network("resnet18").save(path)
    assert api.network(path).cost.macs == 1_814_073_344
    api.network(path).save(tmp_path / "net.graph.json")
    assert api.network(tmp_path / "net.graph.json").cost.params == 11_689_512
