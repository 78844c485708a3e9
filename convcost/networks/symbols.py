"""Integers that remember how they were computed, and the text of that.

`Traced` is an int with an expression beside it. The engine runs on it unchanged, so the formula
shown *is* the computation: comparisons and divisibility checks see the number, sums and products
write down the term. Where the code branches, the formula is that of the branch taken. A remainder
is a plain number, for divisibility checks; other arithmetic is refused.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import reduce
from typing import Any, NamedTuple, NoReturn

Monomial = tuple[tuple[Any, int], ...]
"""Atoms (named sizes and floors) with their exponents, which may be negative."""

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
ORDER = ("N", "T", "C_out", "C_in", "M", "g", "K", "K_d", "K_h", "K_w")
"""The order of factors in a product; spatial sizes follow."""


class Expr(NamedTuple):
    """A sum of products with rational coefficients.

    Division is exact where the divisor is a single product, so that C_out x C_in / C_in is C_out.
    """

    terms: tuple[tuple[Monomial, Fraction], ...]

    @classmethod
    def of(cls, terms: Mapping[Monomial, Fraction]) -> Expr:
        """The sum of these terms, in the order in which they came up."""
        return cls(tuple([term for term in terms.items() if term[1]]))

    @classmethod
    def number(cls, value: int) -> Expr:
        """A plain number."""
        return cls.of({(): Fraction(value)})

    @classmethod
    def symbol(cls, atom: str | Floor) -> Expr:
        """A single named size, or a floor."""
        return cls(((((atom, 1),), Fraction(1)),))

    def plus(self, other: Expr) -> Expr:
        """The sum."""
        terms = dict(self.terms)
        for monomial, factor in other.terms:
            terms[monomial] = terms.get(monomial, Fraction(0)) + factor
        return Expr.of(terms)

    def times(self, other: Expr) -> Expr:
        """The product."""
        terms: dict[Monomial, Fraction] = {}
        for left, a in self.terms:
            for right, b in other.terms:
                monomial = _product(left, right)
                terms[monomial] = terms.get(monomial, Fraction(0)) + a * b
        return Expr.of(terms)

    def over(self, divisor: Expr) -> Expr | None:
        """The exact quotient; None where the divisor is a sum."""
        if len(divisor.terms) != 1:
            return None
        [(monomial, factor)] = divisor.terms
        inverse = tuple((atom, -exponent) for atom, exponent in monomial)
        return self.times(Expr(((inverse, 1 / factor),)))

    @property
    def is_whole(self) -> bool:
        """Whether it is a whole number whatever its sizes."""
        return all(
            factor.denominator == 1 and all(exponent > 0 for _, exponent in monomial)
            for monomial, factor in self.terms
        )

    def evaluate(self, sizes: Mapping[str, int]) -> Fraction:
        """The value when every named size is given."""

        def value(atom: str | Floor) -> Fraction:
            if isinstance(atom, str):
                return Fraction(sizes[atom])
            return Fraction(atom.numerator.evaluate(sizes) // atom.denominator.evaluate(sizes))

        return sum(
            (
                reduce(operator.mul, [value(atom) ** n for atom, n in monomial], factor)
                for monomial, factor in self.terms
            ),
            Fraction(0),
        )


class Floor(NamedTuple):
    """The whole part of a quotient that does not divide exactly."""

    numerator: Expr
    denominator: Expr


class Traced(int):
    """An int and the expression that gave it."""

    expr: Expr

    def __new__(cls, value: int, expr: Expr) -> Traced:
        """Pair a value with its expression."""
        self = super().__new__(cls, value)
        self.expr = expr
        return self

    @classmethod
    def named(cls, name: str, value: int) -> Traced:
        """A size with a name."""
        return cls(value, Expr.symbol(name))

    def __add__(self, other: int) -> Traced:
        return Traced(int(self) + int(other), self.expr.plus(expression(other)))

    def __sub__(self, other: int) -> Traced:
        return self + -other

    def __mul__(self, other: int) -> Traced:
        if not isinstance(other, int):
            self._refuse(other)
        return Traced(int(self) * int(other), self.expr.times(expression(other)))

    def __neg__(self) -> Traced:
        return self * -1

    def __rsub__(self, other: int) -> Traced:
        return -self + other

    def __floordiv__(self, other: int) -> Traced:
        return _floor_division(self, other)

    def __rfloordiv__(self, other: int) -> Traced:
        return _floor_division(other, self)

    def _refuse(self, *others: object) -> NoReturn:
        raise TypeError("formulas know +, -, *, // only; this would lose the formula")

    __radd__ = __add__
    __rmul__ = __mul__
    __pow__ = __rpow__ = __truediv__ = __rtruediv__ = _refuse


def expression(value: int) -> Expr:
    """How `value` was computed; a plain int is a plain number."""
    return value.expr if isinstance(value, Traced) else Expr.number(value)


def _floor_division(left: int, right: int) -> Traced:
    quotient, rest = divmod(int(left), int(right))
    above, below = expression(left), expression(right)
    exact = above.over(below) if not rest else None
    if exact is None or not (len(above.terms) == 1 or exact.is_whole):
        exact = Expr.symbol(Floor(above, below))
    return Traced(quotient, exact)


def _product(left: Monomial, right: Monomial) -> Monomial:
    exponents = dict(left)
    for atom, exponent in right:
        exponents[atom] = exponents.get(atom, 0) + exponent
    kept = [(atom, n) for atom, n in exponents.items() if n]
    return tuple(sorted(kept, key=lambda power: _atom_rank(power[0])))


def _atom_rank(atom: str | Floor) -> tuple[int, str]:
    if not isinstance(atom, str):
        return (len(ORDER) + 1, str(atom))
    return (ORDER.index(atom) if atom in ORDER else len(ORDER), atom)


class Style(NamedTuple):
    """How one notation writes the parts of a formula."""

    times: str
    power: Callable[[str, int], str]
    fraction: Callable[[str, str], str]
    floor: Callable[[str, str], str]
    name: Callable[[str], str]


def _latex_name(name: str) -> str:
    base, _, index = name.partition("_")
    if not index:
        return base
    return f"{base}_{{{index}}}" if len(index) == 1 else f"{base}_{{\\mathrm{{{index}}}}}"


def _bracket(text: str, signs: str) -> str:
    """Bracket a text that has any of these signs in it."""
    return f"({text})" if any(sign in text for sign in signs) else text


TEXT = Style(
    times="·",
    power=lambda base, n: base + str(n).translate(SUPERSCRIPTS),
    fraction=lambda above, below: f"{above}/{below}",
    floor=lambda above, below: f"⌊{_bracket(above, ' ')}/{_bracket(below, ' ·/')}⌋",
    name=str,
)
LATEX = Style(
    times=r" \cdot ",
    power=lambda base, n: f"{base}^{{{n}}}",
    fraction=lambda above, below: rf"\frac{{{above}}}{{{below}}}",
    floor=lambda above, below: rf"\left\lfloor\frac{{{above}}}{{{below}}}\right\rfloor",
    name=_latex_name,
)


def write(expr: Expr, style: Style = TEXT, numbers: Mapping[str, int] | None = None) -> str:
    """Write an expression out, with names or with `numbers` put in their place."""
    text = ""
    for monomial, factor in expr.terms:
        sign = ("-" if factor < 0 else "") if not text else (" - " if factor < 0 else " + ")
        text += sign + _write_term(monomial, abs(factor), style, numbers)
    return text or "0"


def _write_term(
    monomial: Monomial, factor: Fraction, style: Style, numbers: Mapping[str, int] | None
) -> str:
    def power(atom: str | Floor, exponent: int) -> str:
        if isinstance(atom, str):
            base = style.name(atom) if numbers is None else str(numbers[atom])
        else:
            above, below = (write(part, style, numbers) for part in atom)
            base = style.floor(above, below)
        return base if exponent == 1 else style.power(base, exponent)

    above = [power(atom, n) for atom, n in monomial if n > 0]
    below = [power(atom, -n) for atom, n in monomial if n < 0]
    if factor.denominator != 1:
        below.insert(0, str(factor.denominator))
    if not below:
        number = [str(factor.numerator)] * (factor.numerator != 1 or not above)
        return style.times.join(number + above)
    divisor = style.times.join(below)
    if len(below) > 1 and style is TEXT:
        divisor = f"({divisor})"
    names = [atom for atom, n in monomial if n > 0]
    number = [str(factor.numerator)] * (factor.numerator != 1)
    if divisor in ("g", str((numbers or {}).get("g"))) and "C_in" in names and len(names) > 1:
        # The field writes C_in/g, the channels of one group, as one factor.
        at = names.index("C_in")
        quotient = style.fraction(above[at], divisor)
        above[at] = f"({quotient})" if style is TEXT else quotient
        return style.times.join(number + above)
    return style.fraction(style.times.join(number + above) or "1", divisor)


def write_ratio(
    above: Expr, below: Expr, style: Style = TEXT, numbers: Mapping[str, int] | None = None
) -> str:
    """Write a quotient: term by term where the divisor is one product, else as a fraction."""
    if above == below:
        return "1"
    quotient = above.over(below)
    if quotient is not None:
        return write(quotient, style, numbers)
    parts = [write(part, style, numbers) for part in (above, below)]
    if style is TEXT:
        parts = [f"({part})" for part in parts]
    return style.fraction(*parts)
