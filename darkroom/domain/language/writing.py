"""Writes an expression in its one spelling; reading that gives the same expression again."""

from __future__ import annotations

import re

from darkroom.domain.language.nodes import (
    Alike,
    Among,
    Box,
    Either,
    Every,
    Flag,
    Has,
    Leaf,
    Matches,
    Near,
    Node,
    Not,
    Number,
    Within,
    Word,
)

_SAFE = re.compile(r'[^\s"(),\\/][^\s"(),\\]*\Z')
_KEYWORDS = ("or", "and", "not")


def write(node: Node) -> str:
    """The expression as text."""
    if isinstance(node, Every):
        return " ".join(_part(one, Either) for one in node.parts)
    if isinstance(node, Either):
        return " or ".join(_part(one) for one in node.parts)
    if isinstance(node, Not):
        inner = write(node.what)
        return f"-({inner})" if isinstance(node.what, Every | Either) else f"-{inner}"
    return _leaf(node)


def _part(node: Node, *inside: type) -> str:
    return f"({write(node)})" if isinstance(node, inside) else write(node)


def _leaf(node: Leaf) -> str:  # noqa: PLR0911 - one for each kind
    match node:
        case Word(text):
            return f'"{text}"' if text in _KEYWORDS else text
        case Among(field, values, whole):
            return f"{field}{'=' if whole else ':'}{','.join(map(quoted, values))}"
        case Matches(field, pattern):
            return f"{field}:/{pattern}/"
        case Flag(field, value):
            return f"{field}:{'yes' if value else 'no'}"
        case Has(field):
            return f"has:{field}"
        case Alike(field, value):
            return f"{field}:{quoted(value)}"
        case Near(latitude, longitude, metres):
            far = f"{number(metres / 1000)}km" if metres % 1000 == 0 else f"{number(metres)}m"
            return f"gps:near({number(latitude)},{number(longitude)},{far})"
        case Box(south, west, north, east):
            return f"gps:box({','.join(map(number, (south, west, north, east)))})"
        case Within():
            return _within(node)


def _within(node: Within) -> str:
    low, high = (None if one is None else one if isinstance(one, str) else number(one) for one in (node.low, node.high))
    if high is None:
        return f"{node.field}{'>' if node.above else '>='}{low}"
    if low is None:
        return f"{node.field}{'<' if node.below else '<='}{high}"
    return f"{node.field}:{low}" if low == high else f"{node.field}:{low}..{high}"


def number(value: Number) -> str:
    """A number as it is read again."""
    return repr(int(value) if value == int(value) and abs(value) < 2**53 else value)


def quoted(text: str) -> str:
    """A value, in quotation marks where it needs them."""
    if _SAFE.match(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
