"""What nodes write: by their own rules, by ONNX's, and as the file declares it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from convcost.errors import shorten
from convcost.ops.pools import Pool
from convcost.sources.onnx.notes import Notes
from convcost.sources.onnx.readers.reading import Read
from convcost.sources.onnx.sizes import Declared, Written, check_sizes, declared_in, inferred
from convcost.sources.onnx.values import Value

if TYPE_CHECKING:
    from onnx import NodeProto, ValueInfoProto

Known = tuple[int | None, ...]
"""Sizes, of which some may not be known."""


class Declarations:
    """The sizes that a file declares, for where no rule says them, and to be compared with."""

    def __init__(self, free: Mapping[str, int], notes: Notes) -> None:
        """Start with what the names of free sizes stand for."""
        self.free = free
        self.notes = notes
        self._sizes: dict[str, Declared] = {}

    def add(self, infos: Iterable[ValueInfoProto]) -> None:
        """Know those of one more graph."""
        self._sizes |= declared_in(infos)

    def of(self, name: str) -> Known | None:
        """The sizes of a tensor, those that are free where it is known what they stand for."""
        declared = self._sizes.get(name)
        if declared is None:
            return None
        return tuple([s if isinstance(s, int) else self.free.get(s) for s in declared])

    def written(
        self, node: NodeProto, version: int, read: Sequence[Value | None], found: Read
    ) -> list[Value]:
        """What a node writes.

        Raises:
            ValueError: neither a rule nor the file says it.
        """
        by_rule = [Written(0, (None,))] * len(node.output)
        if found.written is None or len(by_rule) > 1:
            given = {name: value for name, value in zip(node.input, read, strict=True) if value}
            by_rule = inferred(node, version, given) or by_rule
        guessed = any(each is not None and each.guessed for each in read)
        usual = read[0].dtype if read and read[0] is not None else 1
        values: list[Value] = []
        for name, rule in zip(node.output, by_rule, strict=True):
            declared = self.of(name)
            own = found.written if not values or isinstance(found.op, Pool) else None
            sizes = own if own is not None else _best(rule.sizes, declared)
            if sizes == (None,) and name and not values:
                words = "what it writes is of no known size, and the file declares none"
                raise ValueError(f"{words} of {shorten(name, 60)}")
            whole = tuple([1 if size is None else size for size in sizes])
            check_sizes(whole)
            unsure = guessed or None in sizes
            if unsure and not guessed:
                self.notes.unsure.append(node)
            elif declared and not values and not unsure:
                self.notes.compare(node, whole, declared)
            values.append(Value(whole, rule.dtype or usual, guessed=unsure))
        return values


def _best(rule: Known, declared: Known | None) -> Any:
    """Sizes by ONNX's rule, and where that does not say them as the file declares them."""
    if declared is None or None not in rule:
        return rule
    if rule == (None,) or len(rule) != len(declared):
        return declared
    return tuple([d if r is None else r for r, d in zip(rule, declared, strict=True)])
