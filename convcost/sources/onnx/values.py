"""What nodes of an ONNX file read and write: tensors, by their sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from numpy import ndarray

Sizes = tuple[int, ...]

FLOATS = frozenset((1, 10, 11, 16, 17, 18, 19, 20, 22, 23, 24))
"""The element types that are no whole numbers, by their numbers in `onnx.TensorProto`."""

DTYPES = {
    **{1: "float32", 10: "float16", 11: "float64", 16: "bfloat16"},
    **dict.fromkeys((17, 18, 19, 20, 24), "float8"),
    **dict.fromkeys((2, 3), "int8"),
    **dict.fromkeys((21, 22, 23), "int4"),
    **dict.fromkeys((25, 26), "int2"),
}
"""What convcost calls them, where it knows how they are stored."""


class Held(NamedTuple):
    """An initialiser, or what is only moved of one.

    Attributes:
        name: of the initialiser.
        elements: of the whole of it.
        trained: whether it is a parameter, so far as the file says.
        dtype: in which it is stored.
        is_vector: whether no more than one of its axes has more than one number.
        is_literal: whether it is what a Constant writes, which is no parameter.
        is_guess: whether that it is trained is only likely, as others of the module are gone.
    """

    name: str
    elements: int
    trained: bool
    dtype: int
    is_vector: bool = False
    is_guess: bool = False
    is_literal: bool = False

    @property
    def is_table(self) -> bool:
        """Whether it has several numbers that are no whole ones."""
        return self.dtype in FLOATS and self.elements > 1


class Value(NamedTuple):
    """A tensor.

    Attributes:
        sizes: of all of its axes, the batch among them.
        dtype: its element type, a number of `onnx.TensorProto`.
        node: the index of the node that wrote it; None where there is none yet.
        held: the initialiser that it is.
        known: its numbers, where they are few and follow from nothing but sizes and constants.
        guessed: whether some size depends on numbers, and 1 stands for it.
    """

    sizes: Sizes
    dtype: int = 1
    node: int | None = None
    held: Held | None = None
    known: ndarray | None = None
    guessed: bool = False

    @property
    def is_trained(self) -> bool:
        """Whether it is a parameter."""
        return self.held is not None and self.held.trained

    @property
    def is_guess(self) -> bool:
        """Whether that it is one is only likely."""
        return self.held is not None and self.held.is_guess

    @property
    def rank(self) -> int:
        """How many axes it has."""
        return len(self.sizes)
