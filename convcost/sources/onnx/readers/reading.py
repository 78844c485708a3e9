"""Which op a node of ONNX is: readers by its op type.

A reader takes a call, and says which op it is, which values are maps, and which are weights that
the op holds itself. What no reader knows goes by the name of its type, see `known`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from convcost.ops.op import Op
from convcost.sources.onnx.values import Sizes, Value


class Call(NamedTuple):
    """A node with what it reads.

    Attributes:
        type: such as `Conv`.
        domain: of whom it is; nothing of ONNX's own.
        version: of its domain's opset.
        inputs: in order, None for one that is left out.
        attributes: by name, text as text.
    """

    type: str
    domain: str
    version: int
    inputs: Sequence[Value | None]
    attributes: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The type, that of another domain behind it."""
        return f"{self.domain}.{self.type}" if self.domain else self.type

    @property
    def x(self) -> Value:
        """The first input.

        Raises:
            ValueError: it is left out.
        """
        return self.needed(0)

    def given(self, index: int) -> Value | None:
        """An input that may be left out."""
        return self.inputs[index] if index < len(self.inputs) else None

    def needed(self, index: int) -> Value:
        """An input that may not.

        Raises:
            ValueError: it is left out.
        """
        found = self.given(index)
        if found is None:
            raise ValueError(f"{self.type} lacks its input {index + 1}")
        return found

    def numbers(self, index: int) -> list[Any] | None:
        """The numbers of an input, where they are known."""
        value = self.given(index)
        if value is None or value.known is None:
            return None
        found: list[Any] = value.known.reshape(-1).tolist()
        return found

    def axes(self, name: str, count: int, usual: int) -> Sizes:
        """A number for each axis.

        Raises:
            ValueError: there are more or fewer.
        """
        found = tuple(self.attributes.get(name) or (usual,) * count)
        if any(type(each) is not int for each in found):
            raise ValueError(f"{self.type} has {name} that are no whole numbers")
        if len(found) != count:
            raise ValueError(f"{self.type} has {name} for {len(found)} axes, not for {count}")
        return found

    def number(self, name: str, usual: int) -> int:
        """A whole number."""
        return int(self.attributes.get(name, usual))

    def text(self, name: str, usual: str = "") -> str:
        """A text."""
        return str(self.attributes.get(name, usual))


class Read(NamedTuple):
    """A node as an op.

    Attributes:
        op: what it is.
        maps: the values that it reads.
        weights: those that are its parameters, of which `Op.params` are the elements.
        sizes: of what it writes; nothing where they follow by ONNX's own rules.
        before: ops on the first map before it, each with what it writes.
        after: ops behind it, each with what it writes.
        added: values that the first op behind it reads, too.
    """

    op: Op
    maps: tuple[Value, ...]
    weights: tuple[Value, ...] = ()
    sizes: Sizes | None = None
    before: tuple[tuple[Op, Sizes], ...] = ()
    after: tuple[tuple[Op, Sizes], ...] = ()
    added: tuple[Value, ...] = ()

    @property
    def written(self) -> Sizes | None:
        """What the last of these ops writes, where that is said."""
        return self.after[-1][1] if self.after else self.sizes


Reader = Callable[[Call], Read | None]

READERS: dict[str, Reader] = {}
"""The op types that are known, by `Call.name`."""


def reads(*types: str) -> Callable[[Reader], Reader]:
    """Register a reader under op types."""

    def register(reader: Reader) -> Reader:
        READERS.update(dict.fromkeys(types, reader))
        return reader

    return register


def there(*values: Value | None) -> tuple[Value, ...]:
    """Those that are given."""
    return tuple([value for value in values if value is not None])


def over(op: Op, sizes: Sizes) -> Sizes:
    """What an op of C x spatial writes of N x C x spatial.

    Raises:
        ValueError: it cannot run on that.
    """
    samples, *axes = sizes
    op.check(tuple(axes))
    written = op.output(tuple(axes))
    if min(written) < 1:
        raise ValueError(op.empty(tuple(axes)))
    return (samples, *written)
