"""What both stores need to know of an expression beyond its fields: moments, letters, distances."""

from __future__ import annotations

import math
import re
import sys
from datetime import datetime
from functools import lru_cache

from darkroom.domain.language.fields import RAW
from darkroom.domain.language.nodes import Among, Near, Within
from darkroom.domain.language.values import span

RADIUS = 6_371_008.8
"""Mean radius of the Earth in metres."""


def lower(text: str) -> str:
    """Each letter in its small form, one for one, as databases do it."""
    return "".join(one.lower()[0] for one in text)


def spelt(node: Among) -> tuple[str, ...]:
    """The values as they stand in a record. The name of a place that stands alone may be of any level."""
    if node.field == "format":
        return tuple(formats(node))
    if node.field != "place":
        return node.values
    return tuple(key for one in node.values for key in ((one,) if "/" in one else (one, f"/{one}")))


@lru_cache(maxsize=1)
def _forms() -> dict[str, str]:
    """Small letter -> all letters whose small form it is."""
    found: dict[str, str] = {}
    for code in range(min(sys.maxunicode, 0x1FFFF)):
        letter = chr(code)
        if (small := letter.lower()[0]) != letter:
            found[small] = found.get(small, small) + letter
    return found


def escaped(text: str, *, whole: bool) -> str:
    """A regular expression for a text in any case, everything in it escaped; the same as comparing `lower` of both."""
    forms = _forms()
    found = "".join(f"[{forms[one]}]" if one in forms else re.escape(one) for one in lower(text))
    return rf"\A{found}\z" if whole else found


def formats(node: Among) -> list[str]:
    """The formats and media types meant."""
    return sorted({name for one in node.values for name in (RAW if one == "raw" else (one,))})


def moments(node: Within) -> tuple[datetime | None, datetime | None]:
    """From when on, and before when."""
    low = high = None
    if isinstance(node.low, str):
        low = span(node.low)[1 if node.above else 0]
    if isinstance(node.high, str):
        high = span(node.high)[0 if node.below else 1]
    return low, high


def haversine_most(node: Near) -> float:
    """The largest haversine of what is near enough: (sin(distance / 2R))^2."""
    return math.sin(min(node.metres / (2 * RADIUS), math.pi / 2)) ** 2
