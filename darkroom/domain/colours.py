"""Names of colours: what people call the dominant colours of a picture. One table answers for every store."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Iterable
from functools import cache
from itertools import product
from typing import Literal, get_args

from darkroom.domain.image import Colour

ColourName = Literal[
    "red", "orange", "brown", "yellow", "green", "teal", "blue", "purple", "pink", "black", "grey", "white"
]
"""A name for a colour."""
COLOUR_NAMES: tuple[ColourName, ...] = get_args(ColourName)
"""Every name, in the order in which they are shown."""
LEAST_SHARE = 0.12
"""A colour that covers less of a picture is not told of it."""

_DIGITS = "0123456789abcdef"
_HUES: tuple[tuple[float, ColourName], ...] = (
    (15, "red"), (42, "orange"), (68, "yellow"), (165, "green"), (195, "teal"), (255, "blue"), (290, "purple"),
    (345, "pink"), (361, "red"),
)  # fmt: skip
"""Degrees of the colour circle up to which a name goes."""


def names_of(colours: Iterable[Colour]) -> list[ColourName]:
    """Names of the colours that cover a part of a picture."""
    there = {_name(one.hex) for one in colours if one.share >= LEAST_SHARE}
    return [name for name in COLOUR_NAMES if name in there]


@cache
def pattern_of(names: tuple[str, ...]) -> re.Pattern[str]:
    """A regular expression for `#rrggbb` of any of these names: sixteen steps of each primary are told apart."""
    found = []
    for red, green in product(_DIGITS, repeat=2):
        if blue := "".join(one for one in _DIGITS if _table()[red + green + one] in names):
            found.append(f"{red}.{green}.[{blue}]")
    return re.compile(f"^#(?:{'|'.join(found)})")


def _name(code: str) -> ColourName:
    return _table()[code[1] + code[3] + code[5]]


@cache
def _table() -> dict[str, ColourName]:
    steps = {digit: (at * 16 + 8) / 255 for at, digit in enumerate(_DIGITS)}
    return {
        red + green + blue: _called(*colorsys.rgb_to_hsv(steps[red], steps[green], steps[blue]))
        for red, green, blue in product(_DIGITS, repeat=3)
    }


def _called(hue: float, saturation: float, value: float) -> ColourName:
    if value < 0.2:
        return "black"
    if saturation < 0.18 or (saturation < 0.3 and value < 0.45):
        return "white" if value > 0.85 else "grey"
    degrees = hue * 360
    if degrees < 45 and value < 0.65 and (degrees >= 10 or saturation < 0.5):
        return "brown"
    name = next(name for limit, name in _HUES if degrees < limit)
    return "pink" if name == "red" and saturation < 0.5 and value > 0.75 else name
