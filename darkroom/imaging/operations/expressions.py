"""Formulas on pixels, written by users: an own small language, so that nothing of Python can be reached from it.

    mix(r, luma, 0.5)          smoothstep(0.2, 0.8, v) ^ 1.2          x < 0.5 ? r : 1 - r

Numbers, names and calls; `+ - * / % ^`, comparisons, `&& || !`, `condition ? one : other`. `^` is the power and binds
tightest. A formula is read into a tree within limits of length, depth and size, and then becomes one NumPy function.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from darkroom.errors import Error

MAX_LENGTH = 1_000
MAX_DEPTH = 160
"""Of the tree; a pair of brackets takes four levels."""
MAX_NODES = 900
_LARGEST = 1e30

Values = Mapping[str, Any]
_Node = Callable[[Values], Any]
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<sign><=|>=|==|!=|&&|\|\||[-+*/%^()<>!?:,]))"
)
CONSTANTS = {"pi": math.pi, "e": math.e}
VARIABLES = {
    "r": "red, 0 to 1",
    "g": "green, 0 to 1",
    "b": "blue, 0 to 1",
    "a": "alpha, 1 where there is none",
    "v": "the channel that is worked out",
    "luma": "brightness",
    "x": "place from the left, 0 to 1",
    "y": "place from the top, 0 to 1",
    "width": "of the picture in pixels",
    "height": "of the picture in pixels",
}
"""What a formula may name, with its meaning."""


def _smoothstep(low: Any, high: Any, value: Any) -> Any:
    place = np.clip((value - low) / np.where(high == low, 1e-9, high - low), 0, 1)
    return place * place * (3 - 2 * place)


# Name: number of arguments (None for two or more) and what it does.
FUNCTIONS: dict[str, tuple[int | None, Callable[..., Any]]] = {
    "abs": (1, np.abs), "sqrt": (1, np.sqrt), "exp": (1, np.exp), "log": (1, np.log), "log2": (1, np.log2),
    "log10": (1, np.log10), "sin": (1, np.sin), "cos": (1, np.cos), "tan": (1, np.tan), "asin": (1, np.arcsin),
    "acos": (1, np.arccos), "atan": (1, np.arctan), "atan2": (2, np.arctan2), "hypot": (2, np.hypot),
    "pow": (2, np.power), "floor": (1, np.floor), "ceil": (1, np.ceil), "round": (1, np.rint), "sign": (1, np.sign),
    "fract": (1, lambda value: value - np.floor(value)),
    "min": (None, lambda *values: _all(np.minimum, values)), "max": (None, lambda *values: _all(np.maximum, values)),
    "clamp": (3, lambda value, low, high: np.minimum(np.maximum(value, low), high)),
    "mix": (3, lambda one, other, share: one + share * (other - one)),
    "step": (2, lambda edge, value: (value >= edge) * 1.0),
    "smoothstep": (3, _smoothstep),
    "if": (3, lambda condition, one, other: np.where(np.not_equal(condition, 0), one, other)),
}  # fmt: skip


def _all(join: Callable[[Any, Any], Any], values: tuple[Any, ...]) -> Any:
    found = values[0]
    for value in values[1:]:
        found = join(found, value)
    return found


def _truth(value: Any) -> Any:
    return np.not_equal(value, 0)


# Sign: how tightly it binds, and what it does. Comparisons give 1 or 0.
_BINARY: dict[str, tuple[int, Callable[[Any, Any], Any]]] = {
    "||": (1, lambda one, other: (_truth(one) | _truth(other)) * 1.0),
    "&&": (2, lambda one, other: (_truth(one) & _truth(other)) * 1.0),
    "==": (3, lambda one, other: np.equal(one, other) * 1.0),
    "!=": (3, lambda one, other: np.not_equal(one, other) * 1.0),
    "<": (4, lambda one, other: np.less(one, other) * 1.0),
    "<=": (4, lambda one, other: np.less_equal(one, other) * 1.0),
    ">": (4, lambda one, other: np.greater(one, other) * 1.0),
    ">=": (4, lambda one, other: np.greater_equal(one, other) * 1.0),
    "+": (5, lambda one, other: one + other),
    "-": (5, lambda one, other: one - other),
    "*": (6, lambda one, other: one * other),
    "/": (6, np.divide),
    "%": (6, np.mod),
}
_UNARY_BINDS = 7
_POWER_BINDS = 8


class FormulaError(ValueError):
    """What is wrong with a formula, and where."""

    def __init__(self, words: str, place: int) -> None:
        self.place = place
        super().__init__(f"{words} at character {place + 1}")


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    place: int


def _tokens(text: str) -> list[_Token]:
    found, place = [], 0
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        if match is None:
            at = place + len(text[place:]) - len(text[place:].lstrip())
            raise FormulaError(f"{text[at]!r} has no meaning here", at)
        kind = str(match.lastgroup)
        found.append(_Token(kind, match.group(kind), match.start(kind)))
        place = match.end()
    found.append(_Token("end", "the end", len(text)))
    return found


class _Parser:
    """Precedence climbing: each call takes what binds at least as tightly as it was told."""

    def __init__(self, text: str, names: Collection[str]) -> None:
        if len(text) > MAX_LENGTH:
            raise FormulaError(f"the formula has {len(text)} characters, more than {MAX_LENGTH},", MAX_LENGTH)
        self._tokens, self._at, self._names, self._nodes = _tokens(text), 0, names, 0
        self.used: set[str] = set()

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self, text: str | None = None) -> _Token:
        token = self._next
        if text is not None and token.text != text:
            raise FormulaError(f"{text!r} is missing before {token.text!r}", token.place)
        self._at += 1
        return token

    def _count(self, depth: int) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise FormulaError(f"the formula has more than {MAX_NODES} parts", self._next.place)
        if depth > MAX_DEPTH:
            raise FormulaError("the formula is nested too deep", self._next.place)

    def whole(self) -> _Node:
        """The formula."""
        node = self._choice(0)
        if self._next.kind != "end":
            raise FormulaError(f"{self._next.text!r} is not expected", self._next.place)
        return node

    def _choice(self, depth: int) -> _Node:
        self._count(depth)
        condition = self._binary(0, depth + 1)
        if self._next.text != "?":
            return condition
        self._take()
        one = self._choice(depth + 1)
        self._take(":")
        other = self._choice(depth + 1)
        return lambda values: np.where(_truth(condition(values)), one(values), other(values))

    def _binary(self, least: int, depth: int) -> _Node:
        self._count(depth)
        left = self._unary(depth + 1)
        while self._next.kind == "sign" and self._next.text in _BINARY and _BINARY[self._next.text][0] > least:
            binds, join = _BINARY[self._take().text]
            left = _joined(join, left, self._binary(binds, depth + 1))
        return left

    def _unary(self, depth: int) -> _Node:
        self._count(depth)
        if self._next.kind == "sign" and self._next.text in "-+!":
            sign = self._take().text
            inner = self._unary(depth + 1)
            if sign == "-":
                return lambda values: np.negative(inner(values))
            return inner if sign == "+" else (lambda values: np.logical_not(_truth(inner(values))) * 1.0)
        base = self._atom(depth + 1)
        if self._next.text != "^":
            return base
        self._take()
        # Right to left: 2 ^ 3 ^ 2 is 2 ^ 9; and the exponent may have a sign of its own.
        return _joined(np.power, base, self._unary(depth + 1))

    def _atom(self, depth: int) -> _Node:
        self._count(depth)
        token = self._take()
        if token.kind == "number":
            if float(token.text) > _LARGEST:
                raise FormulaError(f"{token.text} is too large", token.place)
            number = np.float32(token.text)
            return lambda values: number
        if token.kind == "name":
            return self._call(token, depth) if self._next.text == "(" else self._variable(token)
        if token.text == "(":
            inner = self._choice(depth + 1)
            self._take(")")
            return inner
        raise FormulaError(f"a value is missing before {token.text!r}", token.place)

    def _variable(self, token: _Token) -> _Node:
        name = token.text
        if name in CONSTANTS:
            number = np.float32(CONSTANTS[name])
            return lambda values: number
        if name in FUNCTIONS:
            raise FormulaError(f"{name!r} is a function and needs brackets", token.place)
        if name not in self._names:
            known = ", ".join(sorted({*self._names, *CONSTANTS}))
            raise FormulaError(f"{name!r} is not known (there are {known})", token.place)
        self.used.add(name)
        return lambda values: values[name]

    def _call(self, token: _Token, depth: int) -> _Node:
        if token.text not in FUNCTIONS:
            raise FormulaError(
                f"there is no function {token.text!r} (there are {', '.join(sorted(FUNCTIONS))})", token.place
            )
        count, function = FUNCTIONS[token.text]
        self._take("(")
        given: list[_Node] = []
        while self._next.text != ")":
            given.append(self._choice(depth + 1))
            if self._next.text != ",":
                break
            self._take()
        self._take(")")
        if (count is not None and len(given) != count) or (count is None and len(given) < 2):
            wanted = "at least 2" if count is None else count
            raise FormulaError(f"{token.text} takes {wanted} values, not {len(given)},", token.place)
        return lambda values: function(*(one(values) for one in given))


def _joined(join: Callable[[Any, Any], Any], left: _Node, right: _Node) -> _Node:
    return lambda values: join(left(values), right(values))


@dataclass(frozen=True)
class Expression:
    """A formula that was read."""

    text: str
    uses: frozenset[str]
    """The names in it."""
    run: Callable[[Values], Any]

    def __call__(self, values: Values) -> Any:
        """Its value; where it has none (0/0, roots of negative numbers) it is 0, beyond all numbers 1 or 0."""
        with np.errstate(all="ignore"):
            found = np.asarray(self.run(values), np.float32)
        return np.nan_to_num(found, nan=0.0, posinf=1.0, neginf=0.0)


@lru_cache(maxsize=256)
def parse(text: str, names: frozenset[str] = frozenset(VARIABLES)) -> Expression:
    """A formula from its text.

    Raises:
        FormulaError: with the place of what is wrong.
    """
    parser = _Parser(text, names)
    run = parser.whole()
    return Expression(text, frozenset(parser.used), run)


def compile_expression(text: str, names: frozenset[str] = frozenset(VARIABLES)) -> Expression:
    """A formula from its text, for callers outside a form.

    Raises:
        Error: `invalid_parameter`, with the place of what is wrong.
    """
    try:
        return parse(text, names)
    except FormulaError as error:
        raise Error("invalid_parameter", f"The formula {text[:80]!r} cannot be read: {error}.") from error
