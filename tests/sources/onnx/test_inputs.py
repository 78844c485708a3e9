"""Sizes of what comes into an ONNX file: its own, and those that are given for free ones."""

import pytest

from convcost.errors import ConvcostError
from convcost.values.code import Input
from tests.support.onnx_files import figures, read, written

FREE = """net (float[n,3,h,w] x) => (float[n,8,h,w] y)
    weights float[8,3,3,3] w1
    { y = Conv<pads=[1,1,1,1]>(x, w1) }"""


def error_of(text: str, *inputs: Input) -> str:
    """What is wrong with a file and these inputs."""
    with pytest.raises(ConvcostError) as caught:
        read(text, inputs=inputs)
    return str(caught.value)


@pytest.mark.parametrize("sizes", [(1, 3, 20, 30), (3, 20, 30)])
def test_free_sizes(sizes: tuple[int, ...]) -> None:
    """They may be given with the batch or without it, by the input's name or without one."""
    for name in ("x", ""):
        found = read(FREE, inputs=[Input(sizes, name)])
        assert written(found) == (8, 20, 30)
        assert figures(found) == (216, 600 * 216, 0)


def test_batch() -> None:
    """A batch that is given or fixed is that of the figures; one that is free is 1."""
    assert read(FREE, inputs=[Input((4, 3, 20, 30))]).captured.batch == 4
    assert figures(read(FREE, inputs=[Input((4, 3, 20, 30))]))[1] == 4 * 600 * 216
    fixed = FREE.replace("n,3,h,w", "2,3,20,30").replace("n,8,h,w", "2,8,20,30")
    assert (read(fixed).captured.batch, written(read(fixed))) == (2, (8, 20, 30))
    only_batch = FREE.replace("h,w]", "20,30]")
    assert read(only_batch).captured.batch == 1


def test_one_name_is_one_size() -> None:
    """A size that has the same name elsewhere needs no second flag, and cannot be another."""
    text = """net (float[1,3,h,w] x, float[1,3,h,w] z) => (float[1,3,h,w] y) { y = Add(x, z) }"""
    assert written(read(text, inputs=[Input((1, 3, 20, 30))])) == (3, 20, 30)
    words = error_of(text, Input((1, 3, 20, 30)), Input((1, 3, 9, 30), "z"))
    assert "input 'z' has h of 9, elsewhere 20" in words


def test_wrong_inputs() -> None:
    """What is missing is said with an example; what does not fit with what the file has."""
    assert error_of(FREE).startswith(
        "net.onnx: input 'x' is nx3xhxw: give its free sizes, such as --input x=1x3x224x224; a lock"
    )
    assert "has 4 axes, nx3xhxw, not 2" in error_of(FREE, Input((20, 30)))
    assert "is nx3xhxw in the file, not 1x4x20x30" in error_of(FREE, Input((1, 4, 20, 30)))
    assert "no input 'images'; it is one of x" in error_of(FREE, Input((1, 3, 2, 2), "images"))
    assert "x is given twice" in error_of(FREE, Input((1, 3, 9, 9)), Input((1, 3, 9, 9), "x"))


def test_sizes_are_folded() -> None:
    """A Reshape whose target is computed of sizes writes what it would write."""
    text = """net (float[n,3,h,w] x) => (float[n,p,3] y) {
        s = Shape(x) zero = Constant<value_int=0>() n0 = Gather(s, zero)
        one = Constant<value_ints=[0]>() m = Unsqueeze(n0, one)
        rest = Constant<value_ints=[3,-1]>() t = Concat<axis=0>(m, rest)
        r = Reshape(x, t) y = Transpose<perm=[0,2,1]>(r) }"""
    assert written(read(text, inputs=[Input((1, 3, 4, 5))])) == (20, 3)


def test_declared_sizes_are_compared() -> None:
    """That a file declares another size than follows is said, with both."""
    text = """net (float[1,3,8,8] x) => (float[1,3,9,8] y) { y = Relu(x) }"""
    assert read(text).remarks == ("sizes differ: y writes 1x3x8x8, the file says 1x3x9x8",)
