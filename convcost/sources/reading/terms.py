"""Reading values that may be expressions over names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Set
from typing import Any

from convcost.errors import nearest, no_such, shorten
from convcost.networks.arithmetic import Term, read_term, read_word
from convcost.networks.settings import ANY, MAP_WORDS, Options, Setting, Value, terms_in
from convcost.sources.ranges import check_words, steps_in
from convcost.sources.reading.reader import Reader
from convcost.sources.tree import Tree
from convcost.values.axes import PaddingType, PerSide
from convcost.values.types import Type
from convcost.values.words import Anything, Choice, Flag

Scope = Set[str]
"""The names that have a value where a layer stands; none is ever added to a scope that is there."""

ALWAYS: Scope = frozenset(["channels"])

_COUNT = re.compile(r"[1-9]\d{0,8}", re.ASCII)
"""What most cells of tables are."""

_PLAIN = re.compile(r"-?[\d.]+")
"""A number as it stands."""

_SIGNS = re.compile(r"[+*/%()<>=!\[\]]|\s-|\b(?:and|or|not|if)\b")
"""What only an expression has in it."""

_NUMBERS = " must be a whole number"
"""Of the reasons why a word is no value: a word never is."""

_WORD = re.compile(r"[A-Za-z][\w-]*")


class TermReader(Reader):
    """Reads values as they stand, and expressions that wait for the values of their names."""

    def setting(
        self, tree: Tree, name: str, how: Type, scope: Scope, optional: bool = False
    ) -> Value:
        """A value of this type: as it stands, or an expression over the names of the scope."""
        if _has_choice(tree):
            return self.options(
                tree, name, lambda item: self.setting(item, name, how, scope, optional)
            )
        if isinstance(how, Anything):
            return self.free(tree, name, scope)
        if isinstance(how, PaddingType | PerSide) and any(
            _is_list(each) for each in tree.items or ()
        ):
            return self.sides(tree, name, how, scope)
        texts = self.texts(tree, name)
        problem = ""
        if not texts:
            return None
        if scope.isdisjoint(texts) or _is_choice(texts, how):
            try:
                return how.parse(texts if tree.items is not None else texts[0])
            except ValueError as error:
                problem = f"{name} {error}"
        terms = self.terms(texts, tree.place, name, scope, problem)
        setting = Setting(name, how, terms, tree.place, optional)
        if any(term.names for term in terms):
            return setting
        try:
            return setting.value({}) if terms else None
        except ValueError as error:
            self.report(tree.place, problem if _PLAIN.fullmatch(texts[0]) else str(error))
            return None

    def options(self, tree: Tree, name: str, read: Callable[[Tree], Value]) -> Value:
        """`{choose: [3, 5, 7]}` or `{choose: 0.25..2:0.05}`, each value of which is `read`."""
        entries = self.mapping(tree, f"the choice of {name}", ("choose", "same"))
        listed = entries["choose"]
        try:
            items = listed.items
            if items is None:
                items = [Tree(listed.place, text=each) for each in steps_in(listed)]
            if any(item.entries is not None for item in items):
                raise ValueError("is chosen from plain values; a choice has no mapping in it")
            words = tuple([word_of(item) for item in items])
            check_words(words)
        except ValueError as error:
            self.report(listed.place, f"{name} {error}")
            return None
        same = bool("same" in entries and self.parsed(entries["same"], "same", Flag()))
        values = tuple([read(item) for item in items])
        return Options(name, values, words, tree.place, same)

    def sides(self, tree: Tree, name: str, how: Type, scope: Scope) -> Value:
        """A list with a number for each axis, or two; any of them may be an expression."""
        axes = [(item.place, self.texts(item, name)) for item in tree.items or ()]
        if not all(texts for _, texts in axes):
            return None
        try:
            return how.parse([texts for _, texts in axes])
        except ValueError as error:
            problem = f"{name} {error}"
        terms = tuple([self.terms(texts, place, name, scope, problem) for place, texts in axes])
        if all(terms) and any(term.names for each in terms for term in each):
            return Setting(name, how, terms, tree.place, optional=True)
        if all(terms):
            self.report(tree.place, problem)
        return None

    def free(self, tree: Tree, name: str, scope: Scope) -> Value:
        """A value of no type yet: a number, true, false, none, an expression, or a word."""
        if _has_choice(tree):
            return self.options(tree, name, lambda item: self.free(item, name, scope))
        parts = self.parts(tree, name, scope)
        if any(terms_in(parts)):
            return Setting(name, ANY, parts, tree.place, optional=True)
        return parts if tree.text is None else parts[0]

    def parts(self, tree: Tree, name: str, scope: Scope) -> tuple[Any, ...]:
        """What a value is made of; of a list that has lists in it, tuples for those."""
        if not any(map(_is_list, tree.items or ())):
            texts = self.texts(tree, name)
            return tuple([self.part(text, tree.place, name, scope) for text in texts])
        lists = [(item, self.parts(_flat(item), name, scope)) for item in tree.items or ()]
        return tuple([each if _is_list(item) or not each else each[0] for item, each in lists])

    def part(self, text: str, place: str, name: str, scope: Scope) -> Any:
        """One text of no type: an expression over the names of the scope, or what it says."""
        if _COUNT.fullmatch(text):
            return int(text)
        try:
            term = read_term(text)
        except ValueError as error:
            if _SIGNS.search(text):
                self.report(place, f"{name} {error}{_quotes(text)}")
            return text  # such as 3x5
        if not term.names:
            return read_word(text)
        if _WORD.fullmatch(text):  # also one of `MAP_WORDS`, as words are values here
            return term if text in scope else text
        unknown = sorted(_unknown(term, scope))
        if unknown:
            self.report(place, f"{name}: {_no_name(unknown[0], scope)}")
        return text if unknown else term

    def terms(
        self, texts: list[str], place: str, name: str, scope: Scope, problem: str = ""
    ) -> tuple[Term, ...]:
        """The expressions; none where one was refused. `problem` is what they are as plain text."""
        try:
            terms = tuple([read_term(text) for text in texts])
        except ValueError as error:
            signs = [text for text in texts if _SIGNS.search(text)]
            report = f"{name} {error}{_quotes(signs[0])}" if signs else problem or f"{name} {error}"
            self.report(place, report)
            return ()
        unknown = [each for term in terms for each in sorted(_unknown(term, scope))]
        if unknown:
            if problem and all(map(_WORD.fullmatch, texts)):
                self.report(place, problem + _hint(unknown[0], scope, problem))
            else:
                self.report(place, f"{name}: {_no_name(unknown[0], scope)}")
        return () if unknown else terms

    def texts(self, tree: Tree, name: str) -> list[str]:
        """The text of a scalar, or of each item of a list."""
        items = [tree] if tree.items is None else tree.items
        found = [item.text for item in items if item.text is not None]
        if len(found) < len(items) or not items:
            self.report(tree.place, f"{name} is a value or a list of values")
            return []
        return found


def _has_choice(tree: Tree) -> bool:
    """Whether a value is one of several."""
    return tree.entries is not None and "choose" in tree.entries


def word_of(item: Tree) -> str:
    """An option as it is named on the command line, and in tables."""
    if item.text is not None:
        return item.text
    return f"[{', '.join(map(word_of, item.items or []))}]"


def _unknown(term: Term, scope: Scope) -> Set[str]:
    """The names in an expression that have no value; `MAP_WORDS` are in no scope, and have one."""
    return term.names - scope - MAP_WORDS


def _flat(tree: Tree) -> Tree:
    """A list of which the items that are lists have lost theirs, as there are no deeper ones."""
    flat = [Tree(each.place) if _is_list(each) else each for each in tree.items or ()]
    return tree if tree.items is None else Tree(tree.place, items=flat)


def _is_choice(texts: list[str], how: Type) -> bool:
    """Whether a word is a choice, as in `over: channels`, although it is a name everywhere."""
    return isinstance(how, Choice) and texts[0] in ALWAYS and texts[0] in how.names


def _is_list(tree: Tree) -> bool:
    return tree.items is not None


def _quotes(text: str) -> str:
    """A hint where a value was cut at its comma."""
    cut = text.count("(") > text.count(")")
    return "; a value with a comma in it needs quotes" if cut else ""


def _hint(word: str, scope: Scope, problem: str) -> str:
    """What a word may be that is no value: a slip for a name, or a name that has no value here."""
    near = nearest(word, sorted(scope))
    if near:
        return f"; or did you mean '{near}'?"
    return f", and no name '{shorten(word)}' has a value here" if _NUMBERS in problem else ""


def _no_name(word: str, scope: Scope) -> str:
    def known() -> Iterator[str]:
        yield from sorted(scope)  # only where they are looked at

    return no_such("name", word, known()) + "; a word in an expression has quotes"
