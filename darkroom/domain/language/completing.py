"""What is being written at a place of an expression, and what may stand there."""

from __future__ import annotations

import re
from dataclasses import dataclass

from darkroom.domain.language.fields import NAMES, Field

_OPENED = re.compile(r"-*([^\W\d]+)(:|\s*(?:<=|>=|!=|=|<|>)\s*)")
_STARTED = re.compile(r"-*([^\W\d]*)\Z")
_PATTERN_END = re.compile(r"(?:[^/\\]|\\.)*/", re.DOTALL)
_REST = re.compile(r'[^\s"(),]*')


@dataclass(frozen=True)
class Slot:
    """What is being written."""

    begin: int
    """Where it begins."""
    end: int
    """Where it ends."""
    prefix: str
    """What of it is there already."""
    field: Field | None = None
    """Whose value it is; None for the name of a field."""


def slot_at(text: str, at: int) -> Slot | None:
    """What is being written at a place; None in the middle of words or of a pattern to look for."""
    begin, value, quoted = _token(text[:at])
    match = _OPENED.match(text, begin, at)
    if match is None:
        started = _STARTED.match(text, begin, at)
        if started is None or quoted:
            return None
        rest = _REST.match(text, at)
        end = rest.end() if rest and rest[0].isalpha() else at
        return Slot(started.start(1), end, started[1])
    field = NAMES.get(match[1].lower())
    if field is None:
        return None
    start = max(value, match.end())
    if field.patterns and match[2] == ":" and text[start : start + 1] == "/":
        return None  # nobody can guess what a pattern will be
    if quoted:
        close = text.find('"', at)
        return Slot(start, len(text) if close < 0 else close + 1, text[start + 1 : at], field)
    rest = _REST.match(text, at)
    return Slot(start, rest.end() if rest else at, text[start:at], field)


def _token(text: str) -> tuple[int, int, bool]:
    """Where the last condition of a text begins, where its last value does, and whether quotation marks are open."""
    begin = value = 0
    quoted = False
    place = 0
    while place < len(text):
        letter = text[place]
        # A pattern is passed over whole; one that is open yet goes to the end.
        if letter == "/" and not quoted and _opens_pattern(text[begin:place]):
            close = _PATTERN_END.match(text, place + 1)
            place = close.end() if close else len(text)
            continue
        if letter == "\\" and quoted:
            place += 1
        elif letter == '"':
            quoted = not quoted
        elif not quoted and (letter.isspace() or letter in "()"):
            begin = value = place + 1
        elif not quoted and letter == ",":
            value = place + 1
        place += 1
    return begin, value, quoted


def _opens_pattern(condition: str) -> bool:
    """Whether a slash after this begins a pattern."""
    match = _OPENED.fullmatch(condition)
    field = NAMES.get(match[1].lower()) if match and match[2] == ":" else None
    return field is not None and field.patterns
