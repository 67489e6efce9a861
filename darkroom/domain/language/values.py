"""Values of each kind: read from text, each into its one spelling, and written again."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from darkroom.domain.edit import tidy_tag
from darkroom.domain.language.errors import QueryError, nearest
from darkroom.domain.language.fields import Field
from darkroom.domain.language.nodes import Box, Near, Number
from darkroom.domain.words import fold

_NUMBER = re.compile(
    r"(?:f/?)?([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,3})?)(?:/(\d+(?:\.\d*)?))?([a-z]*)\Z", re.IGNORECASE
)
_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?\Z", re.IGNORECASE
)
_COLOUR = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})\Z", re.IGNORECASE)
_ID = re.compile(r"[0-9a-f]{64}\Z", re.IGNORECASE)
LONGEST_WORDS = 300
"""Characters that pictures are compared with; models read some dozen words."""
_DISTANCES = {"m": 1.0, "km": 1000.0, "mi": 1609.344}
_FARTHEST = 20_100_000.0
_YES_NO = {"yes": True, "true": True, "no": False, "false": False}
_EXACT = 2**53


def text_of(text: str, at: int) -> str:
    """A text to look for, composed; never empty."""
    found = unicodedata.normalize("NFC", text).strip()
    if not found or any(unicodedata.category(one) in ("Cc", "Cs") for one in found):
        raise QueryError("expected words to look for", at, length=len(text))
    return found


def value_of(field: Field, text: str, at: int) -> str:
    """One of the values that a picture may have."""
    found = text_of(text, at)
    if field.name == "tag":
        try:
            return tidy_tag(found)
        except ValueError as error:
            raise QueryError(f"expected a tag: {error}", at, length=len(text)) from error
    if field.name == "format":
        return found.lower()
    if field.name == "place":
        return fold(found).strip("/")
    if field.name == "colour" and found.startswith("#"):
        return _colour(found, text, at)
    if field.choices:
        lower = found.lower()
        if lower not in field.choices:
            words = f"expected {_listed(field.choices)} after {field.name}, not {found[:40]!r}"
            raise QueryError(words, at, length=len(text), suggestion=nearest(lower, field.choices))
        return lower
    return found


def _colour(found: str, text: str, at: int) -> str:
    match = _COLOUR.match(found)
    if match is None:
        raise QueryError(f"expected three or six hexadecimal digits, not {found[:40]!r}", at, length=len(text))
    digits = match[1].lower()
    return f"#{digits}" if len(digits) == 6 else "#" + "".join(one * 2 for one in digits)


def likeness_of(field: Field, text: str, at: int) -> str:
    """Words in small letters with one blank between them, or the id of a picture."""
    found = text_of(text, at)
    if field.name == "like":
        words = " ".join(found.lower().split())
        if len(words) > LONGEST_WORDS:
            raise QueryError(f"more than {LONGEST_WORDS} characters to compare pictures with", at, length=len(text))
        return words
    if not _ID.match(found):
        raise QueryError("expected the id of a picture: 64 hexadecimal digits", at, length=len(text))
    return found.lower()


def yes_no_of(field: Field, text: str, at: int) -> bool:
    """Whether it is so."""
    if (found := _YES_NO.get(text.lower())) is None:
        words = f"expected yes or no after {field.name}, not {text[:40]!r}"
        raise QueryError(words, at, length=len(text), suggestion=nearest(text, _YES_NO))
    return found


def number_of(field: Field, text: str, at: int) -> Number:
    """A number in the unit of the field."""
    match = _NUMBER.match(text)
    if match is None:
        raise QueryError(f"expected a number after {field.name}, not {text[:40]!r}", at, length=len(text))
    value, divisor, unit = float(match[1]), match[2], match[3].lower()
    if unit and unit not in field.units:
        known = f"expected one of {_listed(field.units)}" if field.units else f"{field.name} has no unit"
        raise QueryError(f"{known}, not {unit[:20]!r}", at + match.start(3), length=len(unit))
    if divisor is not None:
        if float(divisor) == 0:
            raise QueryError("expected a number above 0 under the fraction line", at + match.start(2))
        value /= float(divisor)
    value *= field.units.get(unit, 1)
    beyond = (field.least is not None and value < field.least) or (field.most is not None and value > field.most)
    if beyond or not math.isfinite(value):
        range_ = f"from {field.least:g} to {field.most:g}" if field.most is not None else "that is not beyond measure"
        raise QueryError(f"expected a number {range_} after {field.name}", at, length=len(text))
    return plain(value)


def plain(value: float) -> Number:
    """A whole number where it is one."""
    return int(value) if value == int(value) and abs(value) < _EXACT else value


def date_of(field: Field, text: str, at: int) -> str:
    """A year, month, day or moment as text; UTC where it says no offset."""
    found = text.upper()
    try:
        span(found)
    except ValueError:
        words = f"expected a date after {field.name} (2026, 2026-11, 2026-11-22 or 2026-11-22T18:30), not {text[:40]!r}"
        raise QueryError(words, at, length=len(text)) from None
    return found


def span(text: str) -> tuple[datetime, datetime]:
    """When a date begins, and when the next one does.

    Raises:
        ValueError: for what is no date.
    """
    match = _DATE.match(text)
    if match is None or not 1 <= int(match[1]) <= 9998:
        raise ValueError("no date")
    year, month, day = int(match[1]), int(match[2] or 1), int(match[3] or 1)
    if match[2] is None:
        return datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    if match[3] is None:
        return datetime(year, month, 1, tzinfo=UTC), datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    if match[4] is None:
        begin = datetime(year, month, day, tzinfo=UTC)
        return begin, begin + timedelta(days=1)
    millis = int((match[7] or "0").ljust(3, "0"))
    begin = datetime(year, month, day, int(match[4]), int(match[5]), int(match[6] or 0), millis * 1000, tzinfo=UTC)
    length = timedelta(milliseconds=1) if match[7] else timedelta(seconds=1) if match[6] else timedelta(minutes=1)
    if match[8] and match[8] != "Z":
        hours, minutes = int(match[8][1:3]), int(match[8][4:])
        if hours > 23 or minutes > 59:
            raise ValueError("no offset")
        offset = timedelta(hours=hours, minutes=minutes)
        begin = begin - offset if match[8][0] == "+" else begin + offset
    if begin.year > 9998:
        raise ValueError("no date")
    return begin, begin + length


def place_of(name: str, texts: list[tuple[str, int]], at: int) -> Near | Box:
    """A place from the name of its form and what stands between the parentheses."""
    if name == "near":
        if len(texts) != 3:
            raise QueryError("expected near(LATITUDE,LONGITUDE,RADIUS), as near(59.9,10.7,5km)", at)
        return Near(_degrees(texts[0], 90), _degrees(texts[1], 180), _metres(*texts[2]))
    if name == "box":
        if len(texts) != 4:
            raise QueryError("expected box(SOUTH,WEST,NORTH,EAST), as box(59.8,10.5,60.1,10.9)", at)
        box = Box(*(_degrees(one, 180 if place % 2 else 90) for place, one in enumerate(texts)))
        if box.south > box.north:
            raise QueryError("expected the south before the north", texts[0][1], length=len(texts[0][0]))
        return box
    words = f"expected near(LAT,LON,RADIUS) or box(SOUTH,WEST,NORTH,EAST), not {name[:40]!r}"
    raise QueryError(words, at, length=len(name), suggestion=nearest(name, ("near", "box")))


def _degrees(given: tuple[str, int], most: int) -> float:
    text, at = given
    match = _NUMBER.match(text)
    if match is None or match[2] or match[3] or abs(float(match[1])) > most:
        raise QueryError(f"expected degrees from -{most} to {most}, not {text[:40]!r}", at, length=len(text))
    return plain(float(match[1]))


def _metres(text: str, at: int) -> float:
    match = _NUMBER.match(text)
    if match is None or match[2] or match[3].lower() not in _DISTANCES:
        raise QueryError(f"expected a distance with m, km or mi, not {text[:40]!r}", at, length=len(text))
    metres = float(match[1]) * _DISTANCES[match[3].lower()]
    if not 0 < metres <= _FARTHEST:
        raise QueryError("expected a distance above 0 and not around the Earth", at, length=len(text))
    return plain(metres)


def _listed(words: Iterable[str]) -> str:
    found = list(words)
    return ", ".join(found[:-1]) + (" or " if len(found) > 1 else "") + found[-1]
