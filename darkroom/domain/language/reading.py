"""Reads an expression; nothing in it is ever run."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from functools import lru_cache

from darkroom.domain.language.errors import QueryError, nearest
from darkroom.domain.language.fields import NAMES, OPERATORS, Field
from darkroom.domain.language.nodes import (
    Alike,
    Among,
    Flag,
    Has,
    Leaf,
    Matches,
    Node,
    Number,
    Within,
    Word,
    all_of,
    any_of,
    denied,
)
from darkroom.domain.language.patterns import pattern_of
from darkroom.domain.language.values import (
    date_of,
    likeness_of,
    number_of,
    place_of,
    span,
    text_of,
    value_of,
    yes_no_of,
)
from darkroom.domain.words import tokens

LONGEST = 2000
"""Characters of an expression."""
_MOST_CONDITIONS = 100
_MOST_LIKENESS = 4
_MOST_PATTERNS = 10
_DEEPEST = 20

_NAMED = re.compile(r"([^\W\d][\w.]*)(?:(:)|\s*(<=|>=|!=|=|<|>)\s*)")
_PLAIN = re.compile(r'[^\s"(),]+')
_BARE = re.compile(r'[^\s"()]+')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_SLASHED = re.compile(r"/((?:[^/\\]|\\.)*)/", re.DOTALL)
_AROUND = re.compile(r"(near|box)\(", re.IGNORECASE)
_KEYWORD = re.compile(r"(or|and|not)(?=[\s()\"]|\Z)", re.IGNORECASE)


@lru_cache(maxsize=512)
def read(text: str) -> Node:
    """What an expression of our own says, of any length.

    Raises:
        QueryError: see `given`.
    """
    return _Reader(text, sys.maxsize, 3 * _DEEPEST, sys.maxsize, sys.maxsize).everything()


@lru_cache(maxsize=512)
def given(text: str) -> Node:
    """What an expression says that somebody gave; an empty one lets everything through.

    Raises:
        QueryError: naming the place, what was expected there, and what may have been meant.
    """
    if len(text) > LONGEST:
        raise QueryError(f"more than {LONGEST} characters", LONGEST, length=len(text) - LONGEST)
    return _Reader(text, _MOST_CONDITIONS, _DEEPEST, _MOST_LIKENESS, _MOST_PATTERNS).everything()


class _Reader:
    """Recursive descent, one character place at a time."""

    def __init__(self, text: str, most: int, deepest: int, compared: int, patterns: int) -> None:
        self._text = text
        self._most = most
        self._deepest = deepest
        self._at = 0
        self._depth = 0
        self._leaves = 0
        self._to_compare = compared
        self._to_match = patterns

    def everything(self) -> Node:
        found = self._either() if self._more() else all_of(())
        if self._at < len(self._text):
            raise QueryError("this parenthesis closes nothing", self._at)
        return found

    def _more(self) -> bool:
        """Skip blanks; whether something follows that belongs to what is being read."""
        while self._text[self._at : self._at + 1].isspace():
            self._at += 1
        return self._at < len(self._text) and self._text[self._at] != ")"

    def _keyword(self, *wanted: str) -> bool:
        self._more()
        match = _KEYWORD.match(self._text, self._at)
        if match is None or match[1].lower() not in wanted:
            return False
        self._at = match.end()
        return True

    def _either(self) -> Node:
        found = [self._both()]
        while self._keyword("or"):
            found.append(self._both())
        return any_of(found)

    def _both(self) -> Node:
        found = [self._one()]
        while self._more():
            match = _KEYWORD.match(self._text, self._at)
            if match and match[1].lower() == "or":
                break
            self._keyword("and")
            found.append(self._one())
        return all_of(found)

    def _one(self) -> Node:
        if not self._more():
            raise QueryError("expected a word or a condition here", self._at)
        if self._keyword("not"):
            return denied(self._nested(self._one))
        if (match := _KEYWORD.match(self._text, self._at)) is not None:
            words = f'expected a condition before {match[1]!r}; write "{match[1]}" to look for the word'
            raise QueryError(words, self._at, length=len(match[1]))
        if self._text[self._at] == "-":
            self._at += 1
            if self._at == len(self._text) or self._text[self._at].isspace():
                raise QueryError("expected a condition right after -", self._at - 1)
            return denied(self._nested(self._one))
        if self._text[self._at] == "(":
            return self._nested(self._group)
        return self._condition()

    def _nested(self, inner: Callable[[], Node]) -> Node:
        self._depth += 1
        if self._depth > self._deepest:
            raise QueryError(f"more than {self._deepest} conditions inside one another", self._at)
        found = inner()
        self._depth -= 1
        return found

    def _group(self) -> Node:
        opened = self._at
        self._at += 1
        found = self._either()
        self._more()
        if self._at == len(self._text):
            raise QueryError("this parenthesis is never closed", opened)
        self._at += 1
        return found

    def _condition(self) -> Node:
        self._leaves += 1
        if self._leaves > self._most:
            raise QueryError(f"more than {self._most} conditions", self._at)
        match = _NAMED.match(self._text, self._at)
        if match is None:
            return self._words()
        name, operator = match[1], match[2] or match[3]
        field = NAMES.get(name.lower())
        if field is None:
            words = f"there is no field {name[:40]!r}; put it into quotation marks to look for the words"
            raise QueryError(words, self._at, length=len(name), suggestion=nearest(name, NAMES))
        if operator not in OPERATORS[field.kind]:
            words = f"expected {' or '.join(OPERATORS[field.kind])} after {field.name}, not {operator}"
            raise QueryError(words, match.start(2 if match[2] else 3), length=len(operator))
        self._at = match.end()
        found = self._asked(field, operator)
        return denied(found) if operator == "!=" else found

    def _words(self) -> Node:
        begin = self._at
        text = self._value(_BARE, "a word")
        found = tokens(text)
        if not found:
            raise QueryError("expected a letter or a digit in what to look for", begin, length=self._at - begin)
        return all_of(Word(one) for one in found)

    def _asked(self, field: Field, operator: str) -> Node:
        if field.kind == "place" or (field.name == "place" and _AROUND.match(self._text, self._at)):
            return self._place()
        if field.kind in ("number", "date"):
            return self._measured(field, operator)
        if field.kind == "likeness":
            return self._likeness(field)
        return self._valued(field, operator)

    def _valued(self, field: Field, operator: str) -> Node:
        if field.patterns and operator == ":" and self._text[self._at : self._at + 1] == "/":
            return self._matches(field)
        begin = self._at
        if field.kind == "yes_no":
            return Flag(field.name, yes_no_of(field, self._value(_PLAIN, "yes or no"), begin))
        if field.kind == "presence":
            return any_of(Has(one) for one in self._each(field))
        return Among(field.name, self._each(field), whole=operator != ":" and not field.choices)

    def _matches(self, field: Field) -> Leaf:
        begin = self._at
        match = _SLASHED.match(self._text, begin)
        if match is None:
            words = "this pattern is never closed by /; a text that begins with / stands in quotation marks"
            raise QueryError(words, begin)
        self._to_match -= 1
        if self._to_match < 0:
            raise QueryError(f"more than {_MOST_PATTERNS} patterns", begin, length=len(match[0]))
        found = Matches(field.name, pattern_of(match[1], begin + 1))
        self._at = match.end()
        rest = self._text[self._at : self._at + 1]
        if rest and rest != ")" and not rest.isspace():
            words = "expected a blank after the pattern; alternatives stand within it, parted by |, and a slash in it is written \\/"
            raise QueryError(words, self._at)
        return found

    def _likeness(self, field: Field) -> Leaf:
        begin = self._at
        self._to_compare -= 1
        # Each is compared with every picture of the library.
        if self._to_compare < 0:
            raise QueryError(f"more than {_MOST_LIKENESS} conditions of likeness", begin)
        return Alike(field.name, likeness_of(field, self._value(_PLAIN, f"a value after {field.name}"), begin))

    def _each(self, field: Field) -> tuple[str, ...]:
        """Values with commas between them, each once."""
        found: set[str] = set()
        while True:
            begin = self._at
            text = self._value(_PLAIN, f"a value after {field.name}")
            found.add(text_of(text, begin) if field.kind == "text" else value_of(field, text, begin))
            if self._text[self._at : self._at + 1] != ",":
                return tuple(sorted(found))
            self._at += 1

    def _value(self, pattern: re.Pattern[str], expected: str) -> str:
        """What stands here, in quotation marks or not."""
        quoted = _QUOTED.match(self._text, self._at)
        if quoted is not None:
            self._at = quoted.end()
            return re.sub(r"\\(.)", r"\1", quoted[1], flags=re.DOTALL)
        if self._text[self._at : self._at + 1] == '"':
            raise QueryError("this quotation mark is never closed", self._at)
        match = pattern.match(self._text, self._at)
        if match is None:
            raise QueryError(f"expected {expected}", self._at)
        self._at = match.end()
        return match[0]

    def _measured(self, field: Field, operator: str) -> Leaf:
        begin = self._at
        text = self._value(_PLAIN, f"a {'number' if field.kind == 'number' else 'date'} after {field.name}")
        one = number_of if field.kind == "number" else date_of
        if operator in ("<", "<="):
            return Within(field.name, high=one(field, text, begin), below=operator == "<")
        if operator in (">", ">="):
            return Within(field.name, low=one(field, text, begin), above=operator == ">")
        low, dots, high = text.partition("..")
        if not dots:
            value = one(field, text, begin)
            return Within(field.name, value, value)
        if not (low or high):
            raise QueryError("expected a value before or after ..", begin, length=2)
        least = one(field, low, begin) if low else None
        most = one(field, high, begin + len(low) + 2) if high else None
        if least is not None and most is not None and _begins(least) > _begins(most):
            raise QueryError("expected the least value before the largest", begin, length=len(text))
        return Within(field.name, least, most)

    def _place(self) -> Leaf:
        begin = self._at
        name = self._value(_PLAIN, "near(LAT,LON,RADIUS) or box(SOUTH,WEST,NORTH,EAST)")
        found: list[tuple[str, int]] = []
        if self._text[self._at : self._at + 1] == "(":
            close = self._text.find(")", self._at)
            if close < 0:
                raise QueryError("this parenthesis is never closed", self._at)
            at = self._at + 1
            for part in self._text[at:close].split(","):
                found.append((part.strip(), at + len(part) - len(part.lstrip())))
                at += len(part) + 1
            self._at = close + 1
        return place_of(name.lower(), found, begin)


def _begins(value: Number | str) -> float:
    return span(value)[0].timestamp() if isinstance(value, str) else value
