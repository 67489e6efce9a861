"""The list of sample scenes: what is painted, in which mood, and what its file says of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from darkroom.imaging.samples.land import autumn, dunes, mesas, misty_forest, mountains
from darkroom.imaging.samples.paint import Canvas, Mood
from darkroom.imaging.samples.water import city, night, ocean

Painter = Callable[[Canvas, Mood], None]


@dataclass(frozen=True)
class Scene:
    """One picture to paint."""

    folder: str
    """Label: sub-folders of the inbox become tags."""
    title: str
    """File name without its ending, and caption."""
    painter: Painter
    mood: Mood
    place: tuple[float, float, int]
    """Latitude, longitude, altitude."""
    hour: int
    """Of the day, local time."""


_ALPS = (46.4102, 11.8440, 2105)
_FJORD = (68.2087, 14.0312, 320)
_ANDES = (-50.9423, -73.4068, 880)
_BLACK_FOREST = (47.8744, 8.0042, 1240)
_VERMONT = (44.5258, -72.7786, 640)
_NAMIB = (-24.7275, 15.2993, 760)
_UTAH = (36.9980, -110.0985, 1590)
_LISBON = (38.7079, -9.1366, 12)
_CHICAGO = (41.8902, -87.6147, 181)
_AZORES = (37.7412, -25.6756, 3)
_CYCLADES = (36.4618, 25.3753, 24)
_ATACAMA = (-22.9087, -68.1997, 2410)
_TROMSO = (69.6492, 18.9553, 40)

_DAWN = [(0.0, "3d5a8f"), (0.3, "8d8fb8"), (0.52, "f0b7a4"), (0.7, "fbe0bf"), (1.0, "fbe6cf")]
_CLEAR = [(0.0, "2f6fb5"), (0.35, "6fa8d8"), (0.65, "c3dcec"), (1.0, "e8eef0")]
_DUSK = [(0.0, "27264f"), (0.3, "6a3f77"), (0.52, "cf6a6c"), (0.68, "f7a76c"), (1.0, "fbd29a")]
_ROSE = [(0.0, "5a6fa8"), (0.35, "b69fc4"), (0.6, "f3b9bd"), (1.0, "fde3d2")]
_STORM = [(0.0, "2f3a4a"), (0.4, "5c6b7c"), (0.7, "a9b1b6"), (1.0, "d6d4cc")]
_TEAL = [(0.0, "123a52"), (0.35, "2d7a86"), (0.6, "8cc6b4"), (1.0, "f3e3b5")]
_NIGHT = [(0.0, "050a1f"), (0.5, "0d1b3d"), (0.85, "24365f"), (1.0, "3d4a70")]
_INDIGO = [(0.0, "090a24"), (0.5, "1b1747"), (0.85, "4a2f6b"), (1.0, "7c4a70")]
_POLAR = [(0.0, "03101c"), (0.5, "06243a"), (1.0, "12414f")]
_SAND_DAY = [(0.0, "3f84bd"), (0.4, "8fbcd9"), (0.62, "e3dcc6"), (1.0, "f1e2c0")]
_SAND_DUSK = [(0.0, "463463"), (0.3, "9a4f77"), (0.5, "e8836a"), (0.62, "f9bf80"), (1.0, "fbd9a0")]
_HOT = [(0.0, "7a9bb5"), (0.4, "c8cfc6"), (0.62, "f4ddb0"), (1.0, "f6d79c")]


def _peak(sky: Any, far: str, near: str, light: str, dark: str, **more: Any) -> Mood:
    return {"sky": sky, "far": far, "near": near, "light": light, "dark": dark, "cloud": "ffffff", "snow": 0.8, **more}


def _skyline(sky: Any, far: str, near: str, water: str, lights: float, **more: Any) -> Mood:
    windows = ["ffd98a", "ffe9bd", "ffc46b", "cfe4ff"]
    return {
        "sky": sky,
        "far": far,
        "near": near,
        "water": water,
        "lights": lights,
        "windows": windows,
        "cloud": "ffffff",
        **more,
    }


# fmt: off
SCENES: tuple[Scene, ...] = (
    Scene("mountains", "first-light-on-the-north-face", mountains, _peak(_DAWN, "e9c9bd", "39465f", "ffc9a0", "2c3550", sun=(0.78, 0.4, "ffd0a0"), cloud="ffe3d2"), _ALPS, 6),
    Scene("mountains", "glacier-lake-at-noon", mountains, _peak(_CLEAR, "bcd3e4", "2f4a5c", "f2efe6", "2b3f55", lake=True, water="2f7f93", clouds=0.45), _ANDES, 12),
    Scene("mountains", "blue-ridges", mountains, _peak(_ROSE, "d9c3d3", "37406b", "ffd9d0", "2c3157", snow=0.0, cloud="ffe9e4"), _ALPS, 20),
    Scene("mountains", "sunset-over-the-pass", mountains, _peak(_DUSK, "f0a77c", "2c2440", "ffb27a", "241f3a", sun=(0.24, 0.44, "ffb066"), snow=0.5, cloud="ffb58a"), _ALPS, 21),
    Scene("mountains", "fresh-snow", mountains, _peak(_CLEAR, "d3e0ea", "51687d", "ffffff", "4a6180", snow=1.6, clouds=0.2), _FJORD, 10),
    Scene("mountains", "mirror-lake-in-the-evening", mountains, _peak(_TEAL, "c9d9b6", "1d3d46", "ffe2a8", "14303f", lake=True, water="1f5560", sun=(0.62, 0.46, "ffe0a0"), cloud="f8edcf"), _ANDES, 19),
    Scene("mountains", "storm-clearing", mountains, _peak(_STORM, "c3c7c6", "27313a", "e4ddcc", "1e2730", clouds=0.65, cloud="e9e7e0", snow=0.7), _FJORD, 15),
    Scene("forest", "fog-in-the-valley", misty_forest, {"sky": [(0.0, "b8c6cc"), (0.4, "dde4e2"), (1.0, "e8ebe4")], "far": "dfe6e3", "near": "16302c"}, _BLACK_FOREST, 8),
    Scene("forest", "sun-through-the-firs", misty_forest, {"sky": [(0.0, "e3b871"), (0.4, "f8e2ae"), (1.0, "fbeec8")], "far": "f6dfa6", "near": "2a3218", "sun": (0.66, 0.22, "fff0c0")}, _BLACK_FOREST, 7),
    Scene("forest", "blue-hour", misty_forest, {"sky": [(0.0, "27406b"), (0.4, "6285ad"), (1.0, "a8c0d3")], "far": "9fb8cf", "near": "0b1a2e"}, _BLACK_FOREST, 18),
    Scene("forest", "indian-summer", autumn, {"sky": _CLEAR, "cloud": "ffffff", "far": "c5cfd6", "near": "4d2f17", "leaves": ["c8451f", "e0802a", "f0b13c", "a8341f", "7d7a2a", "d9612a"]}, _VERMONT, 14),
    Scene("forest", "late-october", autumn, {"sky": _DAWN, "cloud": "ffe8d8", "far": "e8cdb8", "near": "3b2414", "leaves": ["b5521f", "d38a33", "8a5a1f", "6d6a2c", "c46a28", "9a3d22"]}, _VERMONT, 8),
    Scene("forest", "spring-canopy", autumn, {"sky": _CLEAR, "cloud": "ffffff", "far": "c9dccf", "near": "1d3a1c", "leaves": ["5f9a3a", "7fb84a", "3f7a35", "a3c95a", "4f8a4a", "8fb047"]}, _VERMONT, 11),
    Scene("forest", "ember-morning", misty_forest, {"sky": [(0.0, "6d3f5c"), (0.35, "d97a63"), (0.7, "f6c08c"), (1.0, "f9d7ab")], "far": "f2b98c", "near": "26141f", "sun": (0.3, 0.3, "ffd9a0")}, _BLACK_FOREST, 6),
    Scene("ocean", "sun-going-down", ocean, {"sky": _DUSK, "sun": (0.5, 0.5, "ffb36b"), "far": "d98a70", "near": "1f2747", "light": "ffd9a3", "cloud": "f79c7c"}, _AZORES, 20),
    Scene("ocean", "islands-at-dawn", ocean, {"sky": _DAWN, "sun": (0.72, 0.49, "ffd9ae"), "far": "e9c4b0", "near": "35507a", "light": "fff0d8", "cloud": "ffe6d6", "islands": True}, _CYCLADES, 6),
    Scene("ocean", "trade-wind", ocean, {"sky": _CLEAR, "far": "4fa3c4", "near": "0c4a75", "light": "f4fbff", "cloud": "ffffff", "clouds": 0.5, "sail": 0.32, "hull": "a83a32"}, _AZORES, 13),
    Scene("ocean", "turquoise-beach", ocean, {"sky": _CLEAR, "horizon": 0.42, "far": "2b8fb8", "near": "5fd0c4", "light": "f2fffb", "cloud": "ffffff", "beach": "ecd9b0"}, _CYCLADES, 12),
    Scene("ocean", "grey-swell", ocean, {"sky": _STORM, "horizon": 0.5, "far": "8b9aa3", "near": "1d3440", "light": "e6ecec", "cloud": "dfe1de", "clouds": 0.6}, _AZORES, 16),
    Scene("ocean", "moonrise", ocean, {"sky": [(0.0, "0c1636"), (0.5, "2c3a6e"), (1.0, "7a7aa0")], "sun": (0.64, 0.3, "cdd8f5"), "far": "6e7aa6", "near": "0a1430", "light": "eef2ff", "cloud": "8f98c0", "clouds": 0.2}, _CYCLADES, 22),
    Scene("ocean", "homeward", ocean, {"sky": _SAND_DUSK, "sun": (0.7, 0.49, "ffcf8a"), "far": "e8a078", "near": "43284f", "light": "ffe3b5", "cloud": "ffb58c", "sail": 0.42, "hull": "2a1730"}, _AZORES, 20),
    Scene("desert", "dunes-before-sunset", dunes, {"sky": _SAND_DUSK, "sun": (0.2, 0.4, "ffd590"), "light": "f2a65a", "shade": "5a2438", "far": "f6bd86", "cloud": "ffcfa0"}, _NAMIB, 18),
    Scene("desert", "red-sand", dunes, {"sky": _SAND_DAY, "light": "e0763a", "shade": "6d2419", "far": "e6cdb0", "cloud": "ffffff"}, _NAMIB, 9),
    Scene("desert", "silence", dunes, {"sky": _ROSE, "light": "f0c9a0", "shade": "8a5f72", "far": "f2d3c8", "cloud": "fff0ea"}, _NAMIB, 7),
    Scene("desert", "buttes-at-midday", mesas, {"sky": _CLEAR, "light": "d9844f", "shade": "7c3321", "far": "d8c9bd", "cloud": "ffffff", "brush": "5c6b3a"}, _UTAH, 13),
    Scene("desert", "last-light-on-the-mesa", mesas, {"sky": _SAND_DUSK, "light": "e8733c", "shade": "541c2a", "far": "e9a183", "cloud": "ffb78f", "brush": "4a3038"}, _UTAH, 19),
    Scene("desert", "heat", dunes, {"sky": _HOT, "sun": (0.62, 0.18, "fff6d8"), "size": 0.055, "light": "f0c07a", "shade": "a8683a", "far": "f4dcb0", "cloud": "fff4dc"}, _NAMIB, 14),
    Scene("city", "rush-hour", city, _skyline(_DUSK, "b06a74", "15182c", "3c2c4f", 0.45, sun=(0.3, 0.6, "ffb46e"), cloud="f79a80"), _CHICAGO, 20),
    Scene("city", "after-midnight", city, _skyline([(0.0, "060b1e"), (0.6, "14234a"), (1.0, "3a4573")], "2f3d66", "060a16", "0e1a38", 0.62, cloud="2f3b63", clouds=0.2), _CHICAGO, 1),
    Scene("city", "morning-haze", city, _skyline(_DAWN, "f0cdb8", "4a4f6e", "a58f98", 0.06, sun=(0.7, 0.52, "ffd8b0"), cloud="ffe9da"), _LISBON, 7),
    Scene("city", "clear-noon", city, _skyline(_CLEAR, "c2d6e3", "39526a", "4f86a3", 0.05, clouds=0.5), _CHICAGO, 12),
    Scene("city", "moon-over-downtown", city, _skyline(_INDIGO, "6a4a7c", "0d0b20", "241a42", 0.55, sun=(0.76, 0.22, "cfd6ff"), disc="f5f1e0", cloud="5a4580", clouds=0.2), _CHICAGO, 23),
    Scene("city", "green-twilight", city, _skyline(_TEAL, "8fb8a6", "0e2a33", "1d4a52", 0.38, cloud="e6e8c4"), _LISBON, 21),
    Scene("night-sky", "galactic-centre", night, {"sky": _NIGHT, "milky": (-0.62, "8fa5e6", "ffd9b0"), "far": "1a2747", "near": "03060f"}, _ATACAMA, 2),
    Scene("night-sky", "aurora-over-the-fjord", night, {"sky": _POLAR, "aurora": ["5cf2a0", "3fd6c0"], "far": "0d3340", "near": "020a10", "lake": True}, _TROMSO, 23),
    Scene("night-sky", "moonlit-lake", night, {"sky": _INDIGO, "moon": (0.66, 0.3, 0.05), "far": "3a2a5c", "near": "0a0818", "lake": True, "stars": 1600}, _ALPS, 22),
    Scene("night-sky", "violet-aurora", night, {"sky": _POLAR, "aurora": ["7af0c0", "b58cf5"], "far": "10233f", "near": "02060e"}, _TROMSO, 1),
    Scene("night-sky", "winter-stars", night, {"sky": [(0.0, "04081a"), (0.6, "0c2145"), (1.0, "2e5278")], "milky": (0.9, "7f9fe0", "cfd8ff"), "far": "24406a", "near": "060c18", "lake": True}, _TROMSO, 20),
    Scene("night-sky", "desert-milky-way", night, {"sky": [(0.0, "0a0920"), (0.6, "1d1738"), (1.0, "5a3a44")], "milky": (-1.05, "a99ae0", "ffcfa0"), "far": "3a2433", "near": "0b0610"}, _ATACAMA, 3),
)
"""All scenes, in the order in which they are painted."""
# fmt: on
