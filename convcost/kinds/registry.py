"""How a kind is registered: its signature is its schema.

A kind's parameters, their defaults, their help and their place on the command line, in YAML and in
the JSON Schema are read off its signature: `Annotated[type, how it is read, help, symbol]`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from keyword import iskeyword
from typing import Any, NamedTuple

from convcost.graph.builder import Builder
from convcost.graph.nodes import Graph
from convcost.ops.layouts import Tokens
from convcost.ops.op import Shape, times
from convcost.values.types import Type
from convcost.values.whole import Whole

Bundled = dict[Callable[..., Any], Any]
"""What the bundles made of one set of parameters."""


BUNDLES: dict[Any, Callable[..., Any]] = {}
"""Types of argument that stand for several parameters, and the function that makes one of these."""

BUNDLED_PARAMS: list[str] = []
"""The names of those parameters."""

TAKEN = (
    "budget",
    "set",
    "settings",
    "only",
    "swap",
    "columns",
    "sort",
    "units",
    "subject",
    "depth",
    "by",
    "in",
    "hw",
    "tokens",
    "dims",
    "batch",
    "dtype",
    "weights",
    "activations",
    "on",
    "device",
    "train",
    "freeze",
    "checkpoint",
    "optimizer",
    "amp",
    "attention",
    "fits",
    "threads",
    "seconds",
    "ops",
    "table",
    "compile",
    "fuse",
    "kind",
    "kinds",
    "configs",
    "layers",
    "networks",
    "as",
    "with",
    "verify",
    "format",
    "output",
)
"""Names that cases and commands use themselves."""


class Param(NamedTuple):
    """One parameter, as read off a signature."""

    name: str
    type: Type
    help: str
    symbol: str | None
    default: Any

    @property
    def required(self) -> bool:
        """Whether there is no default, which is `out` only: as many channels as come in."""
        return self.default is inspect.Parameter.empty


class Kind(NamedTuple):
    """A registered kind: its name, its function, what it is, and the parameters it takes."""

    name: str
    function: Callable[..., None]
    summary: str
    params: dict[str, Param]
    own: tuple[str, ...]
    """The parameters that the function takes itself."""
    bundles: tuple[tuple[str, Callable[..., Any], tuple[str, ...]], ...]
    """Its other arguments: name, bundle, and the parameters that the bundle takes."""
    compared: bool = True
    """Whether it is a convolution, which `compare` lists unless kinds are named."""
    also: str = ""
    """What else it is called, to be suggested."""
    features: bool = False
    """Whether it is of features, so that a case needs no size of a map."""
    tokens: bool = False
    """Whether it is of tokens, so that a case needs their number."""
    anywhere: bool = True
    """Whether it goes on maps, features and tokens alike, as a block of a file may."""
    folded: bool = False
    """Whether its batch norms are folded into the convolutions before them."""
    since: str = ""
    """The version that it came with, if that is not 0.1: before, a file could call a block so."""
    of_layers: bool = False
    """Whether it is made of layers, as a block of a file is."""

    def __repr__(self) -> str:
        return f"<kind {self.name}>"

    def fold(self) -> Kind:
        """The kind with its batch norms folded into the convolutions before them."""

        def append(net: Builder, **given: Any) -> None:
            net.folds = True
            self.function(net, **given)

        return self if self.folded else self._replace(function=append, folded=True)

    def build(
        self,
        inputs: Shape | Mapping[str, Shape],
        given: Mapping[str, Any],
        bundled: Bundled | None = None,
    ) -> Graph:
        """The graph of this kind on an input of C x spatial, with the parameters `given`.

        Of a network with several inputs they are given by name.

        Kinds that are given the same parameters may share `bundled`, which is filled once.

        Raises:
            ValueError: the kind cannot be built at this shape with these parameters.
        """
        net = Builder(inputs)
        self.append(net, given, {} if bundled is None else bundled)
        return net.graph()

    def append(self, net: Builder, given: Mapping[str, Any], bundled: Bundled) -> None:
        """Append the nodes of this kind to a graph under construction."""
        if not self.anywhere and isinstance(net.shape, Tokens):
            reads = "features" if self.features else "a map"
            raise ValueError(
                f"{self.name} reads {reads}, and {times(net.shape)} are tokens; to-map ends them"
            )
        arguments = {}
        for argument, make, names in self.bundles:
            if make not in bundled:
                known = {name: given[name] for name in names if name in given}
                bundled[make] = make(net.dims, **known)
            arguments[argument] = bundled[make]
        for name in self.own:
            if name in given:
                arguments[f"{name}_" if iskeyword(name) else name] = given[name]
            elif self.params[name].required:
                arguments[name] = net.channels
        self.function(net, **arguments)


KINDS: dict[str, Kind] = {}
"""The kinds that were registered, by name; `catalogue.every_kind` has all of them."""

PARAMS: dict[str, Param] = {}
"""Their parameters by name; those of one name are of one type and have one symbol."""


def bundle(function: Callable[..., Any]) -> Callable[..., Any]:
    """Register a function of `dims` and parameters; kinds ask for what it returns."""
    BUNDLES[inspect.get_annotations(function, eval_str=True)["return"]] = function
    BUNDLED_PARAMS.extend(name for name, _, _ in _signature(function))
    return function


def kind(
    name: str,
    *,
    compared: bool = True,
    also: str = "",
    features: bool = False,
    tokens: bool = False,
    anywhere: bool = False,
    since: str = "",
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function as the kind called `name`.

    Args:
        name: what it is called.
        compared: whether it is a convolution, which `compare` lists unless kinds are named.
        also: what else it is called, to be suggested: names with blanks between them, without the
            2d of torch's, as in `conv convolution`.
        features: whether it is of features, so that a case needs no `hw`.
        tokens: whether it is of tokens, so that a case needs `tokens`.
        anywhere: whether it goes on tokens as on maps and features.
        since: the version that it came with, for what came after 0.1: a block of a file that has
            the same name hides it.

    Raises:
        TypeError: the signature is not one that the command line and YAML could be read off.
    """

    def register(function: Callable[..., None]) -> Callable[..., None]:
        params: dict[str, Param] = {}
        own, bundles = [], []
        for argument, annotation, default in _signature(function):
            make = BUNDLES.get(annotation)
            read = _signature(make) if make else [(argument, annotation, default)]
            found = {each[0]: _param(name, *each) for each in read}
            params |= found
            if make:
                bundles.append((argument, make, tuple(found)))
            else:
                own.append(argument)
        summary = inspect.cleandoc(function.__doc__ or "").split("\n\n")[0].replace("\n", " ")
        PARAMS.update(params)
        KINDS[name] = Kind(
            name,
            function,
            summary,
            params,
            tuple(own),
            tuple(bundles),
            compared=compared,
            also=also,
            features=features,
            tokens=tokens,
            anywhere=anywhere or tokens,
            since=since,
        )
        return function

    return register


def _signature(function: Callable[..., Any]) -> list[tuple[str, Any, Any]]:
    """Name, annotation and default of every parameter but the first (the builder, or dims)."""
    hints = inspect.get_annotations(function, eval_str=True)
    parameters = list(inspect.signature(function).parameters.values())[1:]
    return [(p.name.rstrip("_"), hints[p.name], p.default) for p in parameters]


def _param(kind: str, name: str, annotation: Any, default: Any) -> Param:
    """Read one parameter off a signature, and refuse what could not be a flag."""
    how, words, *symbol = getattr(annotation, "__metadata__", (Whole(), ""))
    param = Param(name, how, words, symbol[0] if symbol else None, default)
    problem = ""
    if not words:
        problem = "needs an annotation: Annotated[type, how it is read, help]"
    elif name in TAKEN:
        problem = "is a name that cases or commands use themselves"
    elif param.required and name != "out":
        problem = "needs a default; only `out` goes without, and is then the input's channels"
    twin = PARAMS.get(name, param)
    if (twin.type, twin.symbol) != (param.type, param.symbol):
        other = next(each.name for each in KINDS.values() if name in each.params)
        problem = f"has another type or symbol than in {other}"
    if problem:
        raise TypeError(f"kind {kind}: parameter {name} {problem}")
    return param
