"""Nodes of ONNX as ops: what each is, what it writes, and what it costs."""

import pytest

from tests.support.onnx_files import figures, ops, read, written

CASES = {
    "conv": (
        """net (float[1,3,32,32] x) => (float[1,8,16,16] y)
        weights float[8,3,3,3] w, float[8] b
        { y = Conv<pads=[1,1,1,1], strides=[2,2]>(x, w, b) }""",
        (8, 16, 16),
        (8 * 27 + 8, 8 * 16 * 16 * 27),
    ),
    "depthwise, dilated": (
        """net (float[1,8,32,32] x) => (float[1,8,28,28] y)
        weights float[8,1,3,3] w
        { y = Conv<group=8, dilations=[2,2]>(x, w) }""",
        (8, 28, 28),
        (72, 8 * 28 * 28 * 9),
    ),
    "one side padded": (
        """net (float[1,3,224,224] x) => (float[1,32,112,112] y)
        weights float[32,3,3,3] w
        { y = Conv<pads=[0,0,1,1], strides=[2,2]>(x, w) }""",
        (32, 112, 112),
        (864, 32 * 112 * 112 * 27),
    ),
    "padding by a word": (
        """net (float[1,3,225,224] x) => (float[1,32,113,112] y)
        weights float[32,3,3,3] w
        { y = Conv<auto_pad="SAME_UPPER", strides=[2,2]>(x, w) }""",
        (32, 113, 112),
        (864, 32 * 113 * 112 * 27),
    ),
    "volume": (
        """net (float[1,2,8,9,10] x) => (float[1,4,8,9,10] y)
        weights float[4,2,3,3,3] w
        { y = Conv<pads=[1,1,1,1,1,1]>(x, w) }""",
        (4, 8, 9, 10),
        (216, 4 * 720 * 54),
    ),
    "transposed": (
        """net (float[1,16,7,7] x) => (float[1,8,14,14] y)
        weights float[16,8,3,3] w, float[8] b
        { y = ConvTranspose<strides=[2,2], pads=[1,1,1,1], output_padding=[1,1]>(x, w, b) }""",
        (8, 14, 14),
        (16 * 8 * 9 + 8, 16 * 49 * 8 * 9),
    ),
    "transposed to a size": (
        """net (float[1,16,7,7] x) => (float[1,8,14,14] y)
        weights float[16,8,3,3] w
        { y = ConvTranspose<strides=[2,2], output_shape=[14,14]>(x, w) }""",
        (8, 14, 14),
        (16 * 8 * 9, 16 * 49 * 8 * 9),
    ),
    "gemm": (
        """net (float[1,64] x) => (float[1,10] y)
        weights float[10,64] w, float[10] b
        { y = Gemm<transB=1>(x, w, b) }""",
        (10,),
        (650, 640),
    ),
    "linear of tokens": (
        """net (float[1,5,64] x) => (float[1,5,10] y)
        weights float[64,10] w, float[10] b
        { t = MatMul(x, w) y = Add(b, t) }""",
        (5, 10),
        (650, 5 * 640),
    ),
    "a bias that two read": (
        """net (float[1,5,64] x) => (float[1,5,10] y)
        weights float[64,10] w, float[10] b
        { t = MatMul(x, w) u = Add(t, b) v = Mul(t, b) y = Add(u, v) }""",
        (5, 10),
        (650, 5 * 640),
    ),
    "product": (
        """net (float[1,4,5,8] a, float[1,4,8,7] b) => (float[1,4,5,7] y) { y = MatMul(a, b) }""",
        (4, 5, 7),
        (0, 4 * 5 * 8 * 7),
    ),
    "einsum": (
        """net (float[1,4,5,8] a, float[1,4,7,8] b) => (float[1,4,5,7] y)
        { y = Einsum<equation="bhid,bhjd->bhij">(a, b) }""",
        (4, 5, 7),
        (0, 4 * 5 * 7 * 8),
    ),
    "einsum of two samples": (
        """net (float[2,4,6,8] a, float[2,4,6,8] b) => (float[2,4,6,6] y)
        { y = Einsum<equation="bhid,bhjd->bhij">(a, b) }""",
        (4, 6, 6),
        (0, 2 * 4 * 6 * 6 * 8),
    ),
    "einsum whose output begins with channels": (
        """net (float[2,3,9] x) => (float[5,2,9] y)
        weights float[5,3] w
        { t = Transpose<perm=[0,2,1]>(x) y = Einsum<equation="oc,b...c->ob...">(w, t) }""",
        (5, 2, 9),
        (15, 5 * 2 * 9 * 3),
    ),
    "a product with a vector": (
        """net (float[2,4,8] x) => (float[2,4] y)
        weights float[8] w
        { y = MatMul(x, w) }""",
        (2, 4),
        (8, 64),
    ),
    "a bias of more axes": (
        """net (float[2,5] x) => (float[1,2,3] y)
        weights float[5,3] w, float[1,1,3] b
        { t = MatMul(x, w) y = Add(t, b) }""",
        (2, 3),
        (18, 30),
    ),
    "a matrix that is turned": (
        """net (float[4,2] x) => (float[2,3] y)
        weights float[4,3] w
        { y = Gemm<transA=1>(x, w) }""",
        (2, 3),
        (12, 24),
    ),
    "transposed to a larger size": (
        """net (float[1,4,4,3] x) => (float[1,3,12,9] y)
        weights float[4,3,2,3] w
        { y = ConvTranspose<strides=[3,3], output_shape=[12,9]>(x, w) }""",
        (3, 12, 9),
        (72, 48 * 18),
    ),
    "a pool whose last window would begin behind": (
        """net (float[1,4,5,5] x) => (float[1,4,2,4] y)
        { y = AveragePool<kernel_shape=[3,3], strides=[3,2], pads=[1,2,2,1], ceil_mode=1>(x) }""",
        (4, 2, 4),
        (0, 0),
    ),
    "a pool of much padding": (
        """net (float[1,4,8,8] x) => (float[1,4,10,10] y)
        { y = MaxPool<kernel_shape=[3,3], pads=[2,2,2,2]>(x) }""",
        (4, 10, 10),
        (0, 0),
    ),
    "states that are trained": (
        """net (float[6,1,1] x) => (float[6,2,1,3] y)
        weights float[2,9,1] w, float[2,9,3] r, float[2,18] b, float[2,1,3] h
        { y = GRU<hidden_size=3, direction="bidirectional">(x, w, r, b, , h) }""",
        (6, 2, 1, 3),
        (108 + 6, 6 * 2 * 9 * 4),
    ),
    "numbers that say how": (
        """net (float[1,3,8,8] x) => (float[1,3,10,10] y)
        <int64[8] sides = {0, 0, 1, 1, 0, 0, 1, 1}, float value = {0}>
        { y = Pad<mode="reflect">(x, sides, value) }""",
        (3, 10, 10),
        (0, 0),
    ),
    "lstm": (
        """net (float[6,1,16] x) => (float[6,1,1,32] y)
        weights float[1,128,16] w, float[1,128,32] r, float[1,256] b
        { y = LSTM<hidden_size=32>(x, w, r, b) }""",
        (6, 1, 1, 32),
        (128 * 48 + 256, 6 * 128 * 48),
    ),
    "batch norm": (
        """net (float[1,8,4,4] x) => (float[1,8,4,4] y)
        weights float[8] s, float[8] b, float[8] m, float[8] v
        { y = BatchNormalization(x, s, b, m, v) }""",
        (8, 4, 4),
        (16, 0),
    ),
    "embedding": (
        """net (int64[1,7] x) => (float[1,7,32] y)
        weights float[100,32] w
        { y = Gather(w, x) }""",
        (7, 32),
        (3200, 0),
    ),
    "weights twice": (
        """net (float[1,8,4,4] x) => (float[1,8,4,4] y)
        weights float[8,8,3,3] w
        { t = Conv<pads=[1,1,1,1]>(x, w) y = Conv<pads=[1,1,1,1]>(t, w) }""",
        (8, 4, 4),
        (576, 2 * 16 * 576),
    ),
    "weights that are computed": (
        """net (float[1,8,4,4] x) => (float[1,8,4,4] y)
        weights float[8,8,3,3] w, float[8,1,1,1] g
        { k = Mul(w, g) y = Conv<pads=[1,1,1,1]>(x, k) }""",
        (8, 4, 4),
        (584, 16 * 576),
    ),
}


@pytest.mark.parametrize("name", list(CASES))
def test_nodes(name: str) -> None:
    """Params, multiply-adds and the output are those of the definition, with nothing to remark."""
    text, shape, counted = CASES[name]
    found = read(text)
    assert written(found) == shape
    assert figures(found) == (*counted, 0)
    assert found.remarks == ()


def test_attention() -> None:
    """Attention of opset 23 is counted alike with heads as an axis, and behind one another."""
    heads = """net (float[1,4,5,8] q, float[1,4,7,8] k, float[1,4,7,8] v) => (float[1,4,5,8] y)
        { y = Attention(q, k, v) }"""
    flat = """net (float[1,5,32] q, float[1,7,32] k, float[1,7,32] v) => (float[1,5,32] y)
        { y = Attention<q_num_heads=4, kv_num_heads=4>(q, k, v) }"""
    for text, shape in ((heads, (4, 5, 8)), (flat, (5, 32))):
        found = read(text, opset=23)
        assert written(found) == shape
        assert figures(found) == (0, 4 * 5 * 7 * 16, 0)


def test_quantised() -> None:
    """Convolutions of whole numbers are counted as what they compute, their weights as stored."""
    text = """net (uint8[1,3,8,8] x, float xs, uint8 xz, float ws, int8 wz, float ys, uint8 yz)
        => (uint8[1,4,6,6] y)
        weights int8[4,3,3,3] w, int32[4] b
        { y = QLinearConv(x, xs, xz, w, ws, wz, ys, yz, b) }"""
    found = read(text)
    assert figures(found) == (4 * 27 + 4, 36 * 4 * 27, 0)
    assert str(found.precision) == "int8"
    dequantised = """net (float[1,3,8,8] x) => (float[1,4,6,6] y)
        weights int8[4,3,3,3] w, float[] s, int8[] z
        { k = DequantizeLinear(w, s, z) y = Conv(x, k) }"""
    found = read(dequantised)
    assert figures(found) == (4 * 27, 36 * 4 * 27, 0)
    assert str(found.precision) == "weights int8"


def test_runtime() -> None:
    """What ONNX Runtime's optimiser writes is read, though onnx has no rules for it."""
    text = """net (float[1,5,32] x) => (float[1,5,32] y)
        weights float[32,96] w, float[96] b, float[32] g, float[32] h
        { t = com.microsoft.Attention<num_heads=4>(x, w, b)
          y = com.microsoft.SkipLayerNormalization(x, t, g, h) }"""
    found = read(text, domains=', "com.microsoft": 1')
    assert figures(found) == (32 * 96 + 96 + 64, 5 * 32 * 96 + 4 * 5 * 5 * 16, 0)
    assert written(found) == (5, 32)


def test_unknown() -> None:
    """An op that nobody knows is opaque, and counted as unknown, with the size that is declared."""
    text = """net (float[1,4,8,8] x) => (float[1,4,4,4] y) { y = acme.Halve(x) }"""
    found = read(text, domains=', "acme": 1')
    assert figures(found) == (0, 0, 1)
    assert ops(found) == ["acme.Halve, MACs unknown"]
    assert written(found) == (4, 4, 4)


def test_sizes_that_depend_on_numbers() -> None:
    """A product of what follows them is unknown, and it is said from where on."""
    text = """net (float[1,4,8] x) => (float[n,10] y)
        weights float[3,10] w
        { i = NonZero(x) t = Transpose(i) c = Cast<to=1>(t) y = MatMul(c, w) }"""
    found = read(text)
    assert figures(found)[2] == 1
    assert any("depend on numbers" in remark for remark in found.remarks)


def test_left_out() -> None:
    """An input of a function that its caller leaves out is none within it."""
    text = """net (float[1,3,8,8] x) => (float[1,4,6,6] y)
        weights float[4,3,3,3] w
        { y = own.conv(x, w) }
        <domain: "own", opset_import: ["": 20]> conv (a, w, b) => (c) { c = Conv(a, w, b) }"""
    assert figures(read(text, domains=', "own": 1')) == (108, 36 * 108, 0)


@pytest.mark.parametrize(
    ("size", "factor", "written_"), [(10, 2.3, 23), (640, 0.35, 224), (9, 2, 18)]
)
def test_resize(size: int, factor: float, written_: int) -> None:
    """A factor is multiplied in floats of 32 bits, as runtimes and torch do."""
    text = f"""net (float[1,3,{size},{size}] x) => (float[1,3,h,w] y)
        <float[4] scales = {{1, 1, {factor}, {factor}}}> {{ y = Resize(x, , scales) }}"""
    assert written(read(text)) == (3, written_, written_)


def test_functions() -> None:
    """A function of the file is its body, with the attributes that a call gives, each time anew."""
    text = """net (float[1,3,8,8] x) => (float[1,3,8,8] y)
        weights float[3,3,3,3] w, float[3,3,5,5] v
        { t = own.block<pads=[1,1,1,1]>(x, w) y = own.block<pads=[2,2,2,2]>(t, v) }
        <domain: "own", opset_import: ["": 20]>
        block <pads> (x, w) => (y) { c = Conv<pads: ints = @pads>(x, w) y = Relu(c) }"""
    found = read(text, domains=', "own": 1')
    assert figures(found) == (81 + 225, 64 * (81 + 225), 0)
    assert ops(found)[1::2] == ["relu", "relu"]


def test_branches() -> None:
    """Of an If the branch is taken that follows from sizes; else it is opaque, with its params."""
    text = """net (float[1,3,8,8] x{condition}) => (float[1,3,8,8] y)
        weights float[3,3,3,3] w
        {{ {known} y = If (c) <
            then_branch = one () => (float[1,3,8,8] a) {{ a = Conv<pads=[1,1,1,1]>(x, w) }},
            else_branch = two () => (float[1,3,8,8] b) {{ b = Relu(x) }} > }}"""
    size = "s = Size(x) n = Constant<value_int=192>() c = Equal(s, n)"
    known = read(text.format(condition="", known=size))
    assert figures(known) == (81, 64 * 81, 0)
    open_ = read(text.format(condition=", bool c", known=""))
    assert figures(open_) == (81, 0, 1)


def test_how_numbers_are_stored() -> None:
    """Maps are of the type that most nodes write, whatever that of what comes in."""
    bytes_in = """net (uint8[1,3,8,8] x) => (float[1,4,6,6] y)
        weights float[4,3,3,3] w
        { f = Cast<to=1>(x) c = Conv(f, w) y = Relu(c) }"""
    assert str(read(bytes_in).precision) == ""
    halves = bytes_in.replace("float", "float16").replace("to=1>", "to=10>")
    assert str(read(halves).precision) == "float16"
    around = """net (float[1,3,8,8] x, float s, uint8 z) => (float[1,4,6,6] y)
        weights int8[4,3,3,3] w, float[] t, int8[] u
        { q = QuantizeLinear(x, s, z) f = DequantizeLinear(q, s, z)
          k = DequantizeLinear(w, t, u) y = Conv(f, k) }"""
    assert str(read(around).precision) == "weights int8"
