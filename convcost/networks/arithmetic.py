"""Arithmetic in networks: `make_divisible(32 * width)`, `stride > 1 and channels != out`.

The grammar is Python's, of which a small part is allowed: numbers, names, + - * / // %,
comparisons, `and`, `or`, `not`, `a if c else b`, items of lists (`n[0]`) and the functions below.
Decimals and quotients are exact, so 24 * 1.4 is 168/5 and not 33.599999999999994.
"""

from __future__ import annotations

import ast
import math
import operator
import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from convcost.errors import no_such, shorten
from convcost.values.rounding import nearest_power

MOST_CHARACTERS = 500

Scope = Mapping[str, Any]
"""Names and their values: whole numbers, fractions, `True`, `False`, `None`, words and tuples."""

Evaluate = Callable[[Scope], Any]

CONSTANTS = {
    **{"true": True, "false": False, "none": None},
    **{"TRUE": True, "FALSE": False, "null": None},
}
"""Words that are values; Python's own `True`, `False` and `None` are known as well."""

_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda left, right: _fraction(left) / right,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_ORDERED = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)

_WARNED_OF = re.compile(r"\d[A-Za-z_]|\\")
"""What Python may warn of where it parses: `1if` and escapes."""

LARGEST = 10**30
"""Numbers on the way to a size are smaller, and so are the denominators of fractions."""

MOST_DIGITS = 30
"""As many as such numbers have."""


class Term(NamedTuple):
    """An expression that waits for the values of its names."""

    text: str
    names: frozenset[str]
    evaluate: Evaluate

    def value(self, scope: Scope) -> Any:
        """Its value where the names have these values.

        Raises:
            ValueError: it has none, as it divides by zero or adds a word to a number.
        """
        return self.evaluate(scope)


def read_term(text: str) -> Term:
    """Read an expression.

    Raises:
        ValueError: it is none, or has something in it that is not allowed.
    """
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"is longer than {MOST_CHARACTERS} characters")
    try:
        tree = _parse(text.strip())
        names: set[str] = set()
        compiled = _compile(tree.body, names)
    except (SyntaxError, RecursionError, MemoryError):
        raise ValueError(f"is no expression, got '{shorten(text)}'") from None
    return Term(text, frozenset(names), compiled)


def _parse(text: str) -> ast.Expression:
    if not _WARNED_OF.search(text):
        return ast.parse(text, mode="eval")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text, mode="eval")


def read_word(text: str) -> Any:
    """What a text says by itself: a number, `true`, `false`, `none`, or else a word."""
    try:
        term = read_term(text)
        return text if term.names else term.value({})
    except ValueError:
        return text


def make_divisible(size: Any, by: Any = 8) -> int:
    """The multiple of `by` nearest to `size`, one more if that is less than 90 % of it.

    Source: `make_divisible` of tensorflow/models, research/slim/nets/mobilenet.
    """
    if size <= 0 or by <= 0:
        raise ValueError(
            f"make_divisible is of sizes above zero, not of {show(size)} and {show(by)}"
        )
    rounded = max(by, math.floor(size + by / _fraction(2)) // by * by)
    return int(rounded + by if 10 * rounded < 9 * size else rounded)


def round_to(size: Any, digits: Any = 0) -> Any:
    """The number nearest to `size` of so many decimals, or of zeros at the end; halves to even."""
    if digits != int(digits) or abs(digits) > MOST_DIGITS:
        raise ValueError(
            f"round is to -{MOST_DIGITS} to {MOST_DIGITS} decimals, not to {show(digits)}"
        )
    return round(size, int(digits)) if digits else round(size)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "make_divisible": make_divisible,
    "nearest_power": nearest_power,
    "floor": math.floor,
    "ceil": math.ceil,
    "round": round_to,
    "min": min,
    "max": max,
}


def _compile(node: ast.expr, names: set[str]) -> Evaluate:
    """A function of the scope that computes what the node says; `names` takes those it needs."""

    def inner(*nodes: ast.expr) -> list[Evaluate]:
        return [_compile(each, names) for each in nodes]

    match node:
        case ast.Constant(value=value):
            constant = _constant(value)
            return lambda scope: constant
        case ast.Name(id=name) if name in CONSTANTS:
            return lambda scope: CONSTANTS[name]
        case ast.Name(id=name):
            names.add(name)
            return lambda scope: scope[name]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _binary(_OPERATORS[type(op)], *inner(left, right))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _binary(operator.sub, lambda scope: 0, *inner(operand))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            [denied] = inner(operand)
            return lambda scope: not _truth(denied(scope))
        case ast.BoolOp(op=op, values=values):
            parts = inner(*values)
            decide = all if isinstance(op, ast.And) else any
            return lambda scope: decide(_truth(part(scope)) for part in parts)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            condition, yes, no = inner(test, body, orelse)
            return lambda scope: (yes if _truth(condition(scope)) else no)(scope)
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
            return _compare(op, *inner(left, right))
        case ast.Subscript(value=value, slice=place):
            return _element(ast.unparse(value), *inner(value, place))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
            return _call(name, inner(*args))
        case ast.Call(func=ast.Name(id=name)) if name not in FUNCTIONS:
            raise ValueError(no_such("function", name, FUNCTIONS))
    raise ValueError(f"cannot have '{shorten(ast.unparse(node))}' in it")


def _constant(value: object) -> Any:
    if isinstance(value, float) and abs(value) < LARGEST:
        return _plain(_fraction(repr(value)))
    if value is None or isinstance(value, bool):
        return value
    if type(value) not in (int, str):
        raise ValueError(f"cannot have {value!r} in it")
    return value


def _binary(function: Callable[[Any, Any], Any], left: Evaluate, right: Evaluate) -> Evaluate:
    def compute(scope: Scope) -> Any:
        one, two = _number(left(scope)), _number(right(scope))
        try:
            return _plain(function(one, two))
        except ZeroDivisionError:
            raise ValueError("division by zero") from None

    return compute


def _compare(op: ast.cmpop, left: Evaluate, right: Evaluate) -> Evaluate:
    compare = _COMPARISONS[type(op)]
    if not isinstance(op, _ORDERED):
        return lambda scope: compare(_unquoted(left(scope)), _unquoted(right(scope)))
    return lambda scope: compare(_number(left(scope)), _number(right(scope)))


def _unquoted(value: Any) -> Any:
    """A value to be compared: with quotes or without, `none` is nothing."""
    return None if value == "none" else value


def _element(name: str, listed: Evaluate, place: Evaluate) -> Evaluate:
    """One of a list, from 0; `n[-1]` is the last."""

    def compute(scope: Scope) -> Any:
        values, index = listed(scope), _number(place(scope))
        if not isinstance(values, tuple):
            raise ValueError(f"takes an item of {name}, which is {show(values)}, no list")
        if not hasattr(index, "__index__") or not -len(values) <= index < len(values):
            raise ValueError(f"has no {name}[{show(index)}]; there are {len(values)}, from 0")
        return values[index]

    return compute


def _call(name: str, arguments: list[Evaluate]) -> Evaluate:
    function = FUNCTIONS[name]

    def compute(scope: Scope) -> Any:
        values = [_number(argument(scope)) for argument in arguments]
        try:
            return _plain(function(*values))
        except TypeError:
            raise ValueError(f"{name} does not take {len(values)} numbers") from None
        except ZeroDivisionError:
            raise ValueError("division by zero") from None

    return compute


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not hasattr(value, "numerator"):
        raise ValueError(f"{show(value)} is no number")
    return value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{show(value)} is neither true nor false")
    return value


def show(value: Any) -> str:
    """A value as a file would have it."""
    for name, constant in CONSTANTS.items():
        if value is constant:
            return name
    if isinstance(value, str):
        return f"'{shorten(value)}'"
    if isinstance(value, tuple):
        return f"[{', '.join(map(show, value))}]"
    if getattr(value, "denominator", 1) != 1:
        return f"{float(value):.6g}"
    return str(value)


def _fraction(value: Any) -> Any:
    from fractions import Fraction  # only where a file has decimals or quotients

    return Fraction(value)


def _plain(value: Any) -> Any:
    """A fraction without a denominator as an int.

    Raises:
        ValueError: the number is too large, as squares of squares soon are.
    """
    if max(abs(value.numerator), value.denominator) > LARGEST:
        raise ValueError("comes to a number of more than 30 digits")
    return int(value) if getattr(value, "denominator", 0) == 1 else value
