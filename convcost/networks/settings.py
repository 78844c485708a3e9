"""Values in networks that wait for the values of names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from convcost.errors import LayerError
from convcost.graph.builder import Builder
from convcost.networks.arithmetic import Term, show
from convcost.ops.layouts import Tokens
from convcost.ops.op import Shape, times
from convcost.values.decimals import Decimal, Factors
from convcost.values.types import Type
from convcost.values.words import Anything, Choice

ANY = Anything()

EXACT = (Anything, Decimal, Factors)
"""Types that take fractions as they are."""

PART = 10
"""Characters of an expression that take about as long as a layer."""

Value = Any
"""A plain value, a `Setting`, or `Options`."""


MAP_WORDS = frozenset(("height", "width", "depth", "size", "tokens", "index"))
"""Names that have a value where a file gives them none: of the map that comes in there, and which
copy of a `repeat` it is."""


class Names(dict[str, Any]):
    """The values of names where a layer stands; `channels` are those that come in there.

    A name that has no value here has that of the names around, `outer`; one of `MAP_WORDS` that no
    file gives a value is of the map, or the `turn`, from 0, of the repeat around. One of a whole
    network that is a choice is `waiting` until it is asked for.
    """

    waiting: dict[str, Value] = {}  # noqa: RUF012  # of most there is none

    def __init__(self, net: Builder, outer: Names | None = None, turn: int | None = None) -> None:
        super().__init__()
        self.net = net
        self.outer = outer
        self.turn = turn
        self.start = net.last

    def __missing__(self, name: str) -> Any:
        """A name that waits, one from around, or one that no file gives a value."""
        if name in self.waiting:
            value = self.waiting.pop(name)
            here, self.net.last = self.net.last, self.start  # words of the map are of what came in
            try:
                whole = isinstance(value, Options)
                self[name] = value.value(self, name) if whole else value_of(value, self)
            finally:
                self.net.last = here
            return self[name]
        around, turn = self.outer, self.turn
        while around is not None:
            if name in around or name in around.waiting:
                return around[name]
            turn = around.turn if turn is None else turn
            around = around.outer
        if name == "channels":
            return self.net.channels
        if name == "index":
            if turn is None:
                raise ValueError("has no 'index' here, which is of the copies of a repeat")
            return turn
        return _of_map(self.net.shape, name)


def _of_map(shape: Shape, name: str) -> Any:
    """The size of one axis of a map, C x spatial, or those of all as a list; or how many tokens."""
    if isinstance(shape, Tokens) != (name == "tokens"):
        come = f"{shape[-2]} tokens come" if isinstance(shape, Tokens) else "no tokens come"
        raise ValueError(f"has no '{name}' here, where {come} in")
    if name == "tokens":
        return shape[-2]
    if name == "size":
        return shape[1:]
    from_behind = {"width": 1, "height": 2, "depth": 3}[name]
    if len(shape) <= from_behind:
        has = f"a map of {times(shape)} comes" if shape[1:] else f"{shape[0]} features come"
        raise ValueError(f"has no '{name}' here, where {has} in")
    return shape[-from_behind]


class Setting(NamedTuple):
    """A value that has to be computed: what it is of, how it is read, and where the file says it.

    `parts` are terms and plain values; several for a list, tuples of them for a list of lists.
    """

    name: str
    type: Type
    parts: tuple[Any, ...]
    place: str
    optional: bool = False

    def has(self, name: str) -> bool:
        """Whether an expression in it asks for this name."""
        return any(name in term.names for term in terms_in(self.parts))

    @property
    def steps(self) -> int:
        """How much it is to work out, in steps of `Builder.spend`."""
        return sum(len(term.text) for term in terms_in(self.parts)) // PART

    def value(self, names: Mapping[str, Any]) -> Any:
        """The value where the names have these values; None only if it is optional.

        Raises:
            LayerError: the expression has no value, or the parameter cannot be that.
        """
        if isinstance(names, Names):
            spend(names.net, self.steps, self.place)
        try:
            found = [_found(part, names) for part in self.parts]
            listed = len(found) != 1 or _is_list(self.parts[0])
            raw = tuple(found) if listed else found[0]
            if raw is None and self.optional and not has_none(self.type):
                return None
            whole = raw is not None and getattr(raw, "denominator", 1) == 1
            exact = whole or isinstance(self.type, EXACT)
            return self.type.parse(raw if exact else show(raw))
        except ValueError as error:
            terms = ", ".join(term.text for term in terms_in(self.parts))
            raise LayerError(f"{self.name} {error} ({terms})", self.place) from None


class Options(NamedTuple):
    """Values of which one is chosen wherever the layer stands that has them.

    Attributes:
        name: of the parameter.
        values: plain ones and settings.
        words: the values as the file has them.
        place: where the file says so.
        same: whether it is one decision for all copies of the layer.
    """

    name: str
    values: tuple[Value, ...]
    words: tuple[str, ...]
    place: str
    same: bool = False

    def has(self, name: str) -> bool:
        """Whether an expression in it asks for this name."""
        return any(isinstance(value, Setting) and value.has(name) for value in self.values)

    def value(self, names: Mapping[str, Any], path: str = "") -> Any:
        """The value that is chosen, at a path, or else where the assembly stands.

        Raises:
            LayerError: it is an expression that has no value there.
        """
        assert isinstance(names, Names)
        choices = names.net.choices
        path = path or choices.path(self.name, self.same)
        chosen = self.values[choices.decide(path, self.words, self.place, self.same)]
        return value_of(chosen, names)


def _found(part: Any, names: Mapping[str, Any]) -> Any:
    """What a term comes to, and each of several."""
    if _is_list(part):
        return tuple([_found(each, names) for each in part])
    return part.value(names) if isinstance(part, Term) else part


def terms_in(parts: tuple[Any, ...]) -> Iterator[Term]:
    """The terms of parts, and of those within."""
    for part in parts:
        if isinstance(part, Term):
            yield part
        elif _is_list(part):
            yield from terms_in(part)


def _is_list(part: Any) -> bool:
    """Whether a part is several; a term is a tuple of its own."""
    return isinstance(part, tuple) and not isinstance(part, Term)


def spend(net: Builder, steps: int, place: str) -> None:
    """Count what is done; too much is said of the place that it became too much with.

    Raises:
        LayerError: it is too much.
    """
    try:
        net.spend(steps)
    except ValueError as error:
        raise LayerError(str(error), place) from None


def has_none(how: Type) -> bool:
    """Whether `none` is one of the values that a parameter may have."""
    return isinstance(how, Choice) and "none" in how.names


def value_of(value: Value, names: Mapping[str, Any]) -> Any:
    """A plain value itself, or what a setting or a choice comes to."""
    return value.value(names) if isinstance(value, Setting | Options) else value
