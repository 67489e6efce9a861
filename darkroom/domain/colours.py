"""Names of colours: what people call the dominant colours of a picture. One table answers for every store."""

from __future__ import annotations

import colorsys
import math
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
NEAR = 18.0
"""How far in CIELAB (CIE 1976) what is asked for as `#rrggbb` and what a picture has may lie apart, give or take a step."""

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


def steps_of(colours: Iterable[Colour]) -> list[str]:
    """The colours that cover a part of a picture as three digits: sixteen steps of each primary are told apart."""
    return sorted({_step(one.hex) for one in colours if one.share >= LEAST_SHARE})


@cache
def steps_near(code: str) -> tuple[str, ...]:
    """The steps that look much like `#rrggbb`, its own among them."""
    wanted = _lab(*(int(code[at : at + 2], 16) for at in (1, 3, 5)))
    near = {step for step, lab in _places().items() if math.dist(lab, wanted) <= NEAR}
    return tuple(sorted(near | {_step(code)}))


@cache
def pattern_of(values: tuple[str, ...]) -> re.Pattern[str]:
    """A regular expression for `#rrggbb` of any of these names, or much like any of these colours."""
    meant = {step for step, name in _table().items() if name in values}
    meant.update(step for one in values if one.startswith("#") for step in steps_near(one))
    found = []
    for red, green in product(_DIGITS, repeat=2):
        if blue := "".join(one for one in _DIGITS if red + green + one in meant):
            found.append(f"{red}.{green}.[{blue}]")
    return re.compile(f"^#(?:{'|'.join(found)})")


def _step(code: str) -> str:
    return code[1] + code[3] + code[5]


@cache
def _places() -> dict[str, tuple[float, float, float]]:
    """Where each step lies in CIELAB."""
    middles = {digit: at * 16 + 8 for at, digit in enumerate(_DIGITS)}
    return {"".join(one): _lab(*(middles[digit] for digit in one)) for one in product(_DIGITS, repeat=3)}


def _lab(*primaries: float) -> tuple[float, float, float]:
    """CIELAB (D65) of sRGB from 0 to 255."""
    red, green, blue = (
        one / 255 / 12.92 if one <= 10.31 else ((one / 255 + 0.055) / 1.055) ** 2.4 for one in primaries
    )
    sums = (
        (0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / 0.95047,
        0.2126729 * red + 0.7151522 * green + 0.0721750 * blue,
        (0.0193339 * red + 0.1191920 * green + 0.9503041 * blue) / 1.08883,
    )
    x, y, z = (math.cbrt(one) if one > 216 / 24389 else (24389 / 27 * one + 16) / 116 for one in sums)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _name(code: str) -> ColourName:
    return _table()[_step(code)]


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
